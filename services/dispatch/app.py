"""Dispatch, put together."""

from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request

from services.chassis.main import build as build_service
from services.chassis.service import Service, ServiceSpec
from services.chassis.settings import Settings
from services.chassis.timer import Timer
from services.chassis.web import maybe_user
from services.dispatch.react.consulting import CONSULTING
from services.dispatch.react.detecting import DETECTING
from services.dispatch.react.fallback import ROLE as FALLBACK_TIMER
from services.dispatch.react.fallback import FallbackTimer
from services.dispatch.react.findings import FINDINGS
from services.dispatch.react.grouping import HANDING_OVER
from services.dispatch.react.joining import JOINING
from services.dispatch.react.meetings import MEETINGS
from services.dispatch.react.opening import OPENING
from services.dispatch.react.recomputing import RECOMPUTING
from services.dispatch.react.supplementing import SUPPLEMENTING
from services.dispatch.react.verdicts import VERDICTS
from services.dispatch.react.verifying import VERIFYING
from services.dispatch.read.board import BOARD
from services.dispatch.read.common_issues import COMMON_ISSUES
from services.dispatch.read.consultations import CONSULTATIONS
from services.dispatch.read.evidence import EVIDENCE
from services.dispatch.read.history import HISTORY
from services.dispatch.read.lines import LINES
from services.dispatch.read.numbers import NUMBERS
from services.dispatch.read.order_numbers import ORDER_NUMBERS
from services.dispatch.read.orders import ORDERS
from services.dispatch.read.reminders import REMINDERS
from services.dispatch.read.segments import SEGMENTS
from services.dispatch.read.similar import LIKENESS
from services.dispatch.read.steps import STEPS
from services.dispatch.web import (
    api,
    evidence,
    grouping,
    grouping_pages,
    linespage,
    papers,
    recomputing,
    routing,
    screens,
    similar,
)
from services.dispatch.web.badge import badge
from services.reference.attachments.web import keep_swept
from services.reference.directory import Directory
from services.reference.grid import GRID
from services.reference.projections import PROJECTIONS as REFERENCE
from services.reference.standing import follow_roles
from services.reference.words import ROLE_NAMES
from services.ui import installing

HERE = Path(__file__).parent


def _screens(app: FastAPI) -> None:
    service = app.state.service

    async def number(request: Request) -> int:
        return await badge(request, maybe_user(request))

    installing.install(
        app,
        "dispatch",
        [HERE / "web" / "templates"],
        clock=service.clock,
        simulated=service.settings.simulated_from is not None,
        badge=number,
    )


async def _begin(service: Service) -> None:
    """What goes on beside the pages until the service stops."""
    assert service.keys is not None, "dispatch may open what is sealed"
    directory = Directory(service.pool, service.keys)
    fallback = FallbackTimer(service.pool, service.commands, service.clock, directory.units)
    service.keep(FALLBACK_TIMER, Timer(FALLBACK_TIMER, service.leases, fallback.tick).run())
    await keep_swept(service)


SPEC = ServiceSpec(
    name="dispatch",
    migrations=HERE / "migrations",
    projections=(
        *REFERENCE,
        GRID,
        NUMBERS,
        BOARD,
        ORDERS,
        HISTORY,
        EVIDENCE,
        ORDER_NUMBERS,
        LIKENESS,
        COMMON_ISSUES,
        STEPS,
        SEGMENTS,
        CONSULTATIONS,
        REMINDERS,
        LINES,
    ),
    reactors=(
        OPENING,
        JOINING,
        VERDICTS,
        FINDINGS,
        VERIFYING,
        CONSULTING,
        MEETINGS,
        RECOMPUTING,
        HANDING_OVER,
        DETECTING,
        SUPPLEMENTING,
    ),
    routers=(
        evidence.router,
        papers.router,
        *screens.ROUTERS,
        api.router,
        recomputing.router,
        similar.router,
        similar.api,
        grouping.api,
        grouping_pages.router,
        linespage.api,
        routing.api,
    ),
    sources=("intake", "supervision", "reporting"),
    keys="entitled",
    install=(_screens, follow_roles),
    on_start=_begin,
    role_names=ROLE_NAMES,
)


def build(settings: Settings) -> FastAPI:
    """The application of one process."""
    return build_service(SPEC, settings)
