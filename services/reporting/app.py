"""Reporting, put together."""

from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request

from services.chassis.log.verify import Report, verify
from services.chassis.main import build as build_service
from services.chassis.service import Service, ServiceSpec
from services.chassis.settings import Settings
from services.chassis.web import maybe_user
from services.reference.projections import PROJECTIONS as REFERENCE
from services.reference.standing import follow_roles
from services.reference.words import ROLE_NAMES
from services.reporting.read.archive import ARCHIVE
from services.reporting.read.case_facts import CASE_FACTS
from services.reporting.read.coverage_facts import COVERAGE_FACTS
from services.reporting.read.enterprise_facts import ENTERPRISE_FACTS
from services.reporting.read.group_facts import GROUP_FACTS
from services.reporting.read.meeting_facts import MEETING_FACTS
from services.reporting.read.narrative_facts import NARRATIVE_FACTS
from services.reporting.read.owing_facts import OWING_FACTS
from services.reporting.read.side_facts import SIDE_FACTS
from services.reporting.read.slip_facts import SLIP_FACTS
from services.reporting.web import api, audit, covered_pages, drill, duty_pages, pages, report_pages, weekly_pages
from services.reporting.web.integrity import Verification
from services.ui import installing

HERE = Path(__file__).parent


def _screens(app: FastAPI) -> None:
    service: Service = app.state.service

    async def number(request: Request) -> int:
        return await pages.badge(request, maybe_user(request))

    async def verify_log(_progress: Verification) -> Report:
        """On a connection of its own time limits: a long log takes longer than a page may."""
        async with service.log.pool.acquire() as connection:
            return await verify(connection)

    app.state.verify = verify_log
    installing.install(
        app,
        "reporting",
        [HERE / "web" / "templates"],
        clock=service.clock,
        simulated=service.settings.simulated_from is not None,
        badge=number,
    )


SPEC = ServiceSpec(
    name="reporting",
    migrations=HERE / "migrations",
    projections=(
        *REFERENCE,
        CASE_FACTS,
        *SIDE_FACTS,
        *MEETING_FACTS,
        *COVERAGE_FACTS,
        *ENTERPRISE_FACTS,
        *NARRATIVE_FACTS,
        SLIP_FACTS,
        *OWING_FACTS,
        GROUP_FACTS,
        ARCHIVE,
    ),
    routers=(
        api.router,
        pages.router,
        report_pages.router,
        weekly_pages.router,
        duty_pages.router,
        drill.router,
        covered_pages.router,
        audit.router,
    ),
    sources=("intake", "dispatch", "supervision"),
    keys="entitled",
    install=(_screens, follow_roles),
    role_names=ROLE_NAMES,
)


def build(settings: Settings) -> FastAPI:
    """The application of one process."""
    return build_service(SPEC, settings)
