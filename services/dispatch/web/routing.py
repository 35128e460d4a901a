"""Gathers what is known of a case and answers the pack's proposal for it; also as JSON, for whoever builds on it."""

from dataclasses import asdict
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.pack import CaseFacts
from services.chassis.web import Many, User, require
from services.dispatch.domain.packrules import difficulty_of
from services.dispatch.domain.routing import RouteFacts, RouteSuggestion, suggest_route
from services.dispatch.read import cases
from services.dispatch.read.handled import handled_before
from services.dispatch.read.opening_words import words_of
from services.dispatch.web.inputs import Input
from services.dispatch.web.reads import Reads, reads
from services.dispatch.web.roles import SEEING
from services.reference.programmes import ActivePack

api = APIRouter(prefix="/dispatch/api", tags=["dispatch"])
SEEING_USER = Annotated[User, Depends(require(*SEEING))]


class RouteQuestion(Input):
    """What the form says so far; what it leaves out is taken from the case."""

    category: str | None = None
    scope: str | None = None
    urgency: str | None = None
    level: str | None = None
    territory: str | None = None
    difficulty: str | None = None
    focus: bool = False
    site_scope: str | None = None
    desk_suitable: bool = False
    departments: Many[str] = Field(default_factory=list)
    designated: str | None = None
    interested: Many[str] = Field(default_factory=list)
    redirect_class: str | None = None
    secret: bool = False


async def proposal(
    found: Reads, active: ActivePack, row: asyncpg.Record, asked: RouteQuestion | None = None
) -> RouteSuggestion:
    """The proposal for a case of the board, as the form stands."""
    asked = asked or RouteQuestion()
    category = asked.category or row["category"]
    urgency = asked.urgency or row["urgency"]
    facts = RouteFacts(
        case=CaseFacts(
            scope=asked.scope or row["scope"],
            difficulty=asked.difficulty or difficulty_of(active.pack, urgency),
            urgency=urgency,
            category=category,
            channel=row["channel"],
            level=asked.level,
            site_scope=asked.site_scope,
            focus=asked.focus or active.pack.in_focus(category),
            desk_suitable=asked.desk_suitable,
            departments=max(1, len(asked.departments)),
        ),
        text=await words_of(found.pool, found.keys, row["case_id"]),
        territory=asked.territory or row["territory"],
        departments=tuple(asked.departments),
        cells=await found.grid.units_of(row["cells"]),
        designated=asked.designated or row["designated"],
        complained=tuple(row["complained"]),
        interested=(*row["interested"], *asked.interested),
        redirect_class=asked.redirect_class,
        handled=await handled_before(found.pool, row, category, active.pack),
        secret=asked.secret,
    )
    return suggest_route(active.pack, facts, await found.directory.units())


@api.get("/cases/{case_id}/route")
async def route_of(request: Request, user: SEEING_USER, case_id: str, asked: Annotated[RouteQuestion, Query()]) -> Any:
    """Where the pack would send it, by which rule and why; nothing is decided by asking."""
    found = reads(request)
    row = await cases.one(found.pool, case_id)
    active = await found.programmes.active(row["programme"]) if row else None
    if row is None or active is None:
        raise HTTPException(404)
    said = await proposal(found, active, row, asked)
    return {**asdict(said), "decide_within": str(said.decide_within) if said.decide_within else None}
