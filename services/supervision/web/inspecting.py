"""Acts of those who look behind the papers: announce draws, record checks and reviews."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.dispatch import Evidence
from contracts.event import Code
from contracts.supervision import CheckMode
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.identity import effect_id
from services.chassis.log.types import SideRow
from services.chassis.web import User, command_id, command_meta, fingerprint, perform
from services.chassis.web.inputs import LocalMoment, Words
from services.chassis.words import N_
from services.reference.attachments.naming import named
from services.reference.programmes import ActivePack
from services.supervision.domain.draw import SEED_BYTES, commitment
from services.supervision.domain.spot_check import SPOT_CHECK, CommitSeed, ConductCheck, stream
from services.supervision.read import inspected
from services.supervision.read.burden import REVIEW
from services.supervision.web.acts import REVIEWING, Input
from services.supervision.web.answers import permitted
from services.supervision.web.reads import Reads, reads

CHECKING = REVIEWING
"""Who may check anywhere; in a programme only the roles that its pack names (`check.by`)."""

LOOKING = (*REVIEWING, "leading_group", "auditor")
"""Who may see what is drawn and suspected; the units that it is about may not."""

NO_PROGRAMME = N_("问题所属的活动尚未启用，不能记录检查。")


class CommitInput(Input):
    """A draw: from what, from when to when, how much of it."""

    programme: Code
    population: Literal["struck_off", "visits"] = "struck_off"
    population_from: LocalMoment | None = None
    population_to: LocalMoment | None = None
    rate_percent: int | None = Field(default=None, ge=1, le=100)
    """Without one, the pack's."""


class CheckInput(Input):
    """What was found at one drawn item."""

    mode: CheckMode = "on_site"
    body: str = Field(default="", max_length=100)
    passed: bool | None = None
    finding: Words = ""
    checked_at: LocalMoment | None = None
    evidence: list[Evidence] = Field(default_factory=list)
    """Photos of what was found."""


class ReviewInput(Input):
    """Whether the evidence of a completed case holds."""

    passed: bool | None = None
    finding: Words = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of somebody who looks behind the papers."""

    request: Request
    user: User
    role: str

    @property
    def reads(self) -> Reads:
        return reads(self.request)

    async def active(self, programme: str | None) -> ActivePack:
        found = await self.reads.programmes.active(programme) if programme else None
        if found is None:
            raise Rejected("programme-not-active", NO_PROGRAMME)
        return found

    async def checking(self, programme: str | None) -> ActivePack:
        """The rules, if this person may check by them."""
        active = await self.active(programme)
        permitted(self.user, active.pack.check.by)
        return active

    async def perform(
        self, decider: Any, on: str, command: Any, programme: str | None, also: Any = (), side: Any = ()
    ) -> Outcome:
        """One command, with another stream that changes with it where there is one."""
        meta = command_meta(self.request, self.user, role=self.role, programme=programme)
        if not also:
            return await perform(self.request, decider, on, command, meta, side=side, pinned=False)
        handled: Outcome = await self.request.app.state.service.commands.handle(
            decider, on, command, meta, body=fingerprint(self.request), alongside=also
        )
        return handled


def may_check(user: User, active: Iterable[ActivePack]) -> bool:
    """Whether one of these programmes has this person check."""
    return any(user.has(*one.pack.check.by) for one in active)


def new_check_id(request: Request) -> str:
    """Derived from the command's id: sent twice it is the same check."""
    return effect_id(command_id(request), "spot-check")


async def commit(x: Asked, data: CommitInput) -> Outcome:
    """The seed is made here, kept in the side table, and told to nobody before the draw."""
    active = await x.checking(data.programme)
    least = max(1, ceil(active.pack.check.rate * 100)) if data.population == "struck_off" else 1
    seed = secrets.token_hex(SEED_BYTES)
    check_id = new_check_id(x.request)
    command = CommitSeed(
        check_id=check_id,
        programme_id=active.programme_id,
        seed_sha256=commitment(seed),
        population=data.population,
        population_from=data.population_from,
        population_to=data.population_to,
        rate_percent=data.rate_percent or least,
        least_percent=least,
        at=x.reads.now,
    )
    kept = SideRow("draw_seed", {"check_id": check_id, "seed": seed})
    return await x.perform(SPOT_CHECK, stream(check_id), command, active.programme_id, side=[kept])


async def conduct(x: Asked, check_id: str, item: str, data: CheckInput) -> Outcome:
    """One drawn item was looked at."""
    check = await inspected.check(x.reads.pool, check_id)
    if check is None:
        raise HTTPException(404)
    active = await x.checking(check["programme"])
    case = await inspected.case(x.reads.pool, item) if check["population"] == "struck_off" else None
    units = case["units"] if case else await inspected.visit_units(x.reads.pool, item)
    command = ConductCheck(
        check_id=check_id,
        item=item,
        case_id=item if check["population"] == "struck_off" else None,
        handler_units=frozenset(units),
        by_unit=x.user.unit_id,
        mode=data.mode,
        modes=active.pack.check.modes,
        body=data.body or x.user.unit_name,
        passed=data.passed,
        finding=data.finding,
        checked_at=data.checked_at,
        at=x.reads.now,
        evidence=await named(x.request, x.user, data.evidence),
        round=case["round"] if case else None,
    )
    return await x.perform(SPOT_CHECK, stream(check_id), command, check["programme"])


def review_id(case_id: str, round: int) -> str:
    """One review of a case and round."""
    return f"{REVIEW}{case_id}-{round}"


async def review(x: Asked, case_id: str, data: ReviewInput) -> Outcome:
    """销号审核: good evidence lets the case be struck off by whom the pack names; bad sends it back."""
    case = await inspected.case(x.reads.pool, case_id)
    if case is None:
        raise HTTPException(404)
    if case["status"] not in ("completed", "struck_off"):
        raise Rejected("not-completed", N_("问题尚未办结，不能审核。"))
    active = await x.active(case["programme"])
    closes, followup = await _closes(x, case, active)
    check_id = review_id(case_id, case["round"])
    command = ConductCheck(
        check_id=check_id,
        item=case_id,
        case_id=case_id,
        handler_units=frozenset(case["units"]),
        by_unit=x.user.unit_id,
        mode="open",
        modes=(),
        body=x.user.unit_name,
        passed=data.passed,
        finding=data.finding,
        checked_at=x.reads.now,
        at=x.reads.now,
        listed=True,
        round=case["round"],
        closes=closes and bool(data.passed),
        followup_id=followup if data.passed else None,
    )
    return await x.perform(SPOT_CHECK, stream(check_id), command, case["programme"])


async def _closes(x: Asked, case: Any, active: ActivePack) -> tuple[bool, str | None]:
    """Whether a good review strikes the case off, and for which follow-up it stands in."""
    if case["status"] != "completed":
        return False, None
    match active.pack.closure.by:
        case "office":
            return x.role == "programme_office", None
        case "follow_up":
            followup = await inspected.unreachable(x.reads.pool, case["case_id"], case["round"])
            return followup is not None, followup
        case _:
            return False, None
