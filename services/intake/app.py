"""Intake, put together."""

import asyncio
from datetime import datetime, time
from pathlib import Path

import structlog
from fastapi import FastAPI
from starlette.requests import Request

from contracts.envelope import SYSTEM, Meta
from contracts.intake import InstallationCreated
from services.chassis.clock import LOCAL
from services.chassis.failures import passes, pause_s
from services.chassis.main import build as build_service
from services.chassis.service import Service, ServiceSpec
from services.chassis.settings import Settings
from services.chassis.web import maybe_user
from services.intake.domain.directory import installation
from services.intake.react.erasing import ERASING
from services.intake.react.linking import LINKING
from services.intake.read import requests
from services.intake.read.case_steps import CASES
from services.intake.read.request_rows import REQUESTS
from services.intake.read.subjects import SUBJECTS
from services.intake.web import (
    activity_pages,
    api,
    directory_pages,
    login_pages,
    outreach_api,
    pairing_forms,
    pairing_pages,
    request_pages,
    requester_pages,
    roles,
    visit_pages,
)
from services.reference.grid import GRID
from services.reference.outreach import ACTIVITIES, PAIRINGS
from services.reference.projections import PROJECTIONS as REFERENCE
from services.reference.standing import follow_roles
from services.reference.words import ROLE_NAMES
from services.ui import installing

HERE = Path(__file__).parent
logger = structlog.get_logger(__name__)


def _screens(app: FastAPI) -> None:
    service = app.state.service

    async def number(request: Request) -> int:
        user = maybe_user(request)
        return await requests.waiting(service.pool) if user and user.has(*roles.DECIDE) else 0

    installing.install(
        app,
        "intake",
        [HERE / "web" / "templates"],
        clock=service.clock,
        simulated=service.settings.simulated_from is not None,
        badge=number,
        static_dir=HERE / "web" / "static",
    )


async def _begin(service: Service) -> None:
    """The first event of an installation says what it is; a log that is still closed gets it when it opens."""
    if not await _create(service):
        service.keep("installation", _create_later(service))


async def _create_later(service: Service) -> None:
    failures = 1
    while not await _create(service):
        await asyncio.sleep(pause_s(failures))
        failures += 1
    await asyncio.Event().wait()  # a part that ends counts as broken; this one has nothing left to do


async def _create(service: Service) -> bool:
    start = service.settings.simulated_from
    wanted = InstallationCreated(
        district=service.settings.district,
        kind="real" if start is None else "simulated",
        simulated_from=None if start is None else datetime.combine(start, time(), LOCAL),
    )
    try:
        meta = Meta(command_id="installation-created", actor=SYSTEM)
        await service.commands.handle(installation, wanted.stream, wanted, meta, body=wanted.district)
    except Exception as error:
        if not passes(error):
            raise
        logger.info("the installation's first event waits", reason=repr(error))
        return False
    return True


SPEC = ServiceSpec(
    name="intake",
    migrations=HERE / "migrations",
    projections=(*REFERENCE, GRID, SUBJECTS, REQUESTS, CASES, PAIRINGS, ACTIVITIES),
    reactors=(LINKING, ERASING),
    routers=(
        api.router,
        outreach_api.router,
        login_pages.router,
        visit_pages.router,
        pairing_pages.router,
        pairing_forms.router,
        activity_pages.router,
        request_pages.router,
        requester_pages.router,
        directory_pages.router,
    ),
    sources=("dispatch", "supervision", "reporting"),
    keys="owner",
    install=(_screens, follow_roles),
    role_names=ROLE_NAMES,
    on_start=_begin,
)


def build(settings: Settings) -> FastAPI:
    """The application of one process."""
    return build_service(SPEC, settings)
