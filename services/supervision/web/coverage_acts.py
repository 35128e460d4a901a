"""How far each date of coverage is, and declaring one reached."""

from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property

import asyncpg
from starlette.exceptions import HTTPException
from starlette.requests import Request

from services.chassis.clock import LOCAL
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.web import User, command_meta, perform
from services.chassis.web.inputs import Words
from services.chassis.words import N_
from services.reference.coverage.members import Member
from services.reference.coverage.rules import Progress, progress, watched
from services.reference.programmes import ActivePack
from services.supervision.domain.coverage import COVERAGE, SHOWN, ClaimCoverage, Stand, stream
from services.supervision.domain.warning import DAYS, warnings
from services.supervision.read import coverage
from services.supervision.web.acts import Input
from services.supervision.web.answers import permitted
from services.supervision.web.reads import Reads, reads

CLAIMING = ("programme_office", "leading_group")
"""Who declares that nobody was left out."""

SHOWN_S = 2.0
"""How long a declaration or a notice waits for the visits that were just recorded."""


class ClaimInput(Input):
    """What it rests on."""

    note: Words = ""


@dataclass(frozen=True)
class Standing:
    """One date as it stands now, with what came of it."""

    active: ActivePack
    found: Progress
    row: asyncpg.Record | None
    now: datetime

    @property
    def coverage_id(self) -> str:
        return self.found.watched.coverage_id(self.active.programme_id)

    @cached_property
    def yellow_at(self) -> datetime | None:
        """When the light turns yellow, as for every limit of the pack."""
        due = self.found.watched.due
        began = datetime.combine(self.active.pack.programme.start, time(), LOCAL)
        found = warnings(self.active, DAYS, min(began, due), due)
        return found.yellow_at if found else None

    @property
    def claimed(self) -> bool:
        return self.row is not None and self.row["claimed_at"] is not None

    @property
    def state(self) -> str:
        """What was missed and who is left now come before any declaration: it hides neither.

        empty, missed (by its judgement), late, reopened (declared, and now somebody is left), claimed, reached,
        pending (the day is over, its judgement to come), near, or open.
        """
        one = self.found
        if one.kept is None:
            return "empty"
        if self.row is not None and self.row["kept"] is False:
            return "late" if one.kept else "missed"
        if self.claimed:
            return "claimed" if one.kept and not (one.watched.phrase and one.left) else "reopened"
        if one.kept:
            return "reached"
        if self.now >= one.watched.due:
            return "pending"
        return "near" if self.yellow_at and self.now >= self.yellow_at else "open"


async def standings(found: Reads, active: ActivePack) -> list[Standing]:
    """Every date that the rules in force set, in the order of the pack."""
    facts = await coverage.facts(found.pool, active)
    known = await coverage.dates(found.pool, active.programme_id)
    return [
        Standing(active, progress(one, facts), known.get(one.coverage_id(active.programme_id)), found.now)
        for one in watched(active.pack)
    ]


async def standing(found: Reads, coverage_id: str) -> Standing:
    """One of them; a date that an amendment moved away is no page any more."""
    for active in await found.programmes.all():
        for one in watched(active.pack):
            if one.coverage_id(active.programme_id) == coverage_id:
                facts = await coverage.facts(found.pool, active)
                row = (await coverage.dates(found.pool, active.programme_id)).get(coverage_id)
                return Standing(active, progress(one, facts), row, found.now)
    raise HTTPException(404)


async def claim(request: Request, user: User, coverage_id: str, data: ClaimInput) -> Outcome:
    """Declare it reached, by all that is recorded up to now."""
    role = permitted(user, CLAIMING)
    found = reads(request)
    await all_shown(request)
    one = await standing(found, coverage_id)
    command = ClaimCoverage(
        Stand.of_progress(one.active.programme_id, one.found),
        found.now,
        await names_of(found, one.found.left[:SHOWN]),
        data.note,
    )
    meta = command_meta(
        request, user, role=role, programme=one.active.programme_id, pack_version=str(one.active.pack_version)
    )
    return await perform(request, COVERAGE, stream(coverage_id), command, meta, pinned=False)


async def all_shown(request: Request) -> None:
    """What is reckoned rests on everything that is recorded here up to now."""
    service = request.app.state.service
    head = (await service.log.head()).seq
    if not all([await service.caught_up(name, head, SHOWN_S) for name in coverage.READ]):
        raise Rejected("not-yet-shown", N_("数据还在更新，请稍候再试。"))


async def names_of(found: Reads, members: tuple[Member, ...]) -> tuple[str, ...]:
    """Officials by name; of a household only where it lies and its code, for its name is intake's."""
    units = await found.directory.unit_names()
    people = await found.directory.person_names(one.ref for one in members if one.what == "person")

    def named(one: Member) -> str:
        place = units.get(one.community or one.unit or "", one.community or one.unit or "")
        return f"{place} {people.get(one.ref, one.ref)}".strip()

    return tuple(map(named, members))
