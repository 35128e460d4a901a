"""Supervision, put together."""

from datetime import datetime
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request

from services.chassis.clock import SystemClock
from services.chassis.main import build as build_service
from services.chassis.service import Service, ServiceSpec
from services.chassis.settings import Settings
from services.chassis.timer import Timer
from services.chassis.web import maybe_user
from services.reference.attachments.web import keep_swept
from services.reference.outreach import ACTIVITIES, PAIRINGS, VISITS
from services.reference.projections import PROJECTIONS as REFERENCE
from services.reference.standing import follow_roles
from services.reference.words import ROLE_NAMES
from services.supervision.react import call_seeds, drawing
from services.supervision.react.breaches import BreachTimer, Horizons
from services.supervision.react.case_clocks import CASE_CLOCKS
from services.supervision.react.clocks import CLOCKS
from services.supervision.react.course import ROLE as PHASE_TIMER
from services.supervision.react.course import PhaseTimer
from services.supervision.react.coverage import ROLE as COVERAGE_TIMER
from services.supervision.react.coverage import CoverageHorizon, CoverageTimer
from services.supervision.react.duty_timer import ROLE as DUTY_TIMER
from services.supervision.react.duty_timer import DutyTimer
from services.supervision.react.followups import FOLLOW_UPS
from services.supervision.react.horizon import DispatchHorizon, OwnHorizon
from services.supervision.react.issued_slots import ASSESSMENT_TO_SLOT, NOTICE_TO_SLOT
from services.supervision.react.ladder import LADDER
from services.supervision.react.ladder_timer import ROLE as LADDER_TIMER
from services.supervision.react.ladder_timer import LadderTimer
from services.supervision.react.notice_orders import NOTICE_ORDERS
from services.supervision.react.own_clocks import OWN_CLOCKS
from services.supervision.react.reminders import ROLE as REMINDERS
from services.supervision.react.reminders import ReminderTimer
from services.supervision.react.rhythm import REPORT_TO_SLOT, VISIT_TO_SLOT, RhythmHorizon, RhythmTimer
from services.supervision.react.rhythm import ROLE as RHYTHM_TIMER
from services.supervision.react.signals import SIGNALS
from services.supervision.read.assessments import ASSESSMENTS
from services.supervision.read.attendance import ATTENDANCE
from services.supervision.read.bulletins import BULLETINS
from services.supervision.read.case_pulse import CASE_PULSE
from services.supervision.read.clock_board import CLOCK_BOARD
from services.supervision.read.commitments import COMMITMENTS
from services.supervision.read.course import COURSE
from services.supervision.read.coverage_facts import COVERAGE
from services.supervision.read.duty_checks import DUTY_CHECKS
from services.supervision.read.evidence import EVIDENCE
from services.supervision.read.followup_queue import FOLLOW_UP_CASES, FOLLOW_UP_QUEUE
from services.supervision.read.measures import INTERVIEWS, RECTIFICATIONS, REFERRALS
from services.supervision.read.notice_board import NOTICE_BOARD, NOTICE_NUMBERS
from services.supervision.read.owed import MISSED
from services.supervision.read.review_docket import REVIEW_DOCKET
from services.supervision.read.rhythm_board import RHYTHM_BOARD, ROLE_HOLDERS
from services.supervision.read.signal_docket import SIGNAL_DOCKET
from services.supervision.read.spot_checks import SPOT_CHECKS
from services.supervision.read.task_table import TASK_TABLE
from services.supervision.read.traces import TRACES
from services.supervision.web import (
    api,
    assess_api,
    assess_files,
    assess_live,
    assess_pages,
    bulletin_api,
    bulletin_list,
    bulletin_pages,
    check_item_pages,
    checks_pages,
    clocks,
    commitment_api,
    commitment_pages,
    course_pages,
    coverage_pages,
    duty_checks,
    duty_pages,
    evidence,
    inspecting_api,
    ladder_api,
    measure_pages,
    meeting_ledger,
    notice_pages,
    pages,
    quota_pages,
    reviews_pages,
    rhythm_api,
    rhythm_pages,
    signals_pages,
    task_pages,
)
from services.ui import installing

HERE = Path(__file__).parent


def _screens(app: FastAPI) -> None:
    service = app.state.service

    async def number(request: Request) -> int:
        return await pages.badge(request, maybe_user(request))

    installing.install(
        app,
        "supervision",
        [HERE / "web" / "templates"],
        clock=service.clock,
        simulated=service.settings.simulated_from is not None,
        badge=number,
    )


async def _judge(service: Service) -> None:
    horizon = DispatchHorizon(service)
    horizons = Horizons(horizon, OwnHorizon(service))
    timer = BreachTimer(service.pool, service.commands, service.leases, horizons)
    service.keep("breach-timer", timer.run())
    reminders = ReminderTimer(service.pool, service.commands, horizons)
    service.keep(REMINDERS, Timer(REMINDERS, service.leases, reminders.tick).run())
    # Of a case that was heard of lately, the pulse must say so before its silence is judged.
    heard = DispatchHorizon(service, CASE_PULSE.name)
    ladder = LadderTimer(service.pool, service.commands, service.clock, heard)
    service.keep(LADDER_TIMER, Timer(LADDER_TIMER, service.leases, ladder.tick).run())

    phases = PhaseTimer(service.pool, service.commands, service.clock)
    service.keep(PHASE_TIMER, Timer(PHASE_TIMER, service.leases, phases.tick).run())
    owed = RhythmHorizon(service)
    rhythm = RhythmTimer(service.pool, service.commands, owed)
    service.keep(RHYTHM_TIMER, Timer(RHYTHM_TIMER, service.leases, rhythm.tick).run())
    duties = DutyTimer(service.pool, service.commands, owed)
    service.keep(DUTY_TIMER, Timer(DUTY_TIMER, service.leases, duties.tick).run())
    covering = CoverageTimer(service.pool, service.commands, CoverageHorizon(service))
    service.keep(COVERAGE_TIMER, Timer(COVERAGE_TIMER, service.leases, covering.tick).run())

    seeds = call_seeds.random_seed if isinstance(service.clock, SystemClock) else call_seeds.simulated_seed
    calls = call_seeds.CallSeedTimer(service.pool, service.commands, service.clock, seeds)
    service.keep(call_seeds.ROLE, Timer(call_seeds.ROLE, service.leases, calls.tick).run())

    async def known_to(source: str) -> datetime | None:
        return service.transport.watermark(source) if service.transport else None

    draws = drawing.DrawTimer(service.pool, service.commands, known_to)
    service.keep(drawing.ROLE, Timer(drawing.ROLE, service.leases, draws.tick).run())
    await keep_swept(service)


SPEC = ServiceSpec(
    name="supervision",
    migrations=HERE / "migrations",
    projections=(
        *REFERENCE,
        CLOCK_BOARD,
        FOLLOW_UP_QUEUE,
        FOLLOW_UP_CASES,
        NOTICE_BOARD,
        NOTICE_NUMBERS,
        BULLETINS,
        ASSESSMENTS,
        INTERVIEWS,
        RECTIFICATIONS,
        REFERRALS,
        CASE_PULSE,
        REVIEW_DOCKET,
        SPOT_CHECKS,
        DUTY_CHECKS,
        SIGNAL_DOCKET,
        TRACES,
        COURSE,
        COVERAGE,
        COMMITMENTS,
        TASK_TABLE,
        RHYTHM_BOARD,
        ROLE_HOLDERS,
        ATTENDANCE,
        EVIDENCE,
        PAIRINGS,
        ACTIVITIES,
        VISITS,
        MISSED,
    ),
    reactors=(
        CLOCKS,
        CASE_CLOCKS,
        OWN_CLOCKS,
        FOLLOW_UPS,
        LADDER,
        SIGNALS,
        REPORT_TO_SLOT,
        VISIT_TO_SLOT,
        ASSESSMENT_TO_SLOT,
        NOTICE_TO_SLOT,
        NOTICE_ORDERS,
    ),
    routers=(
        clocks.api,
        clocks.router,
        ladder_api.router,
        notice_pages.router,
        measure_pages.router,
        bulletin_api.router,
        bulletin_list.router,
        bulletin_pages.router,
        assess_api.router,
        assess_live.router,
        assess_files.router,
        assess_pages.router,
        inspecting_api.router,
        evidence.router,
        checks_pages.router,
        check_item_pages.router,
        reviews_pages.router,
        signals_pages.router,
        task_pages.api,
        task_pages.router,
        commitment_api.api,
        commitment_pages.router,
        coverage_pages.api,
        coverage_pages.router,
        course_pages.api,
        course_pages.router,
        meeting_ledger.api,
        meeting_ledger.router,
        rhythm_api.router,
        rhythm_pages.router,
        quota_pages.api,
        quota_pages.router,
        duty_pages.api,
        duty_pages.router,
        duty_checks.api,
        duty_checks.router,
        api.router,
        pages.router,
    ),
    sources=("intake", "dispatch", "reporting"),
    keys="entitled",
    install=(_screens, follow_roles),
    role_names=ROLE_NAMES,
    on_start=_judge,
)


def build(settings: Settings) -> FastAPI:
    """The application of one process."""
    return build_service(SPEC, settings)
