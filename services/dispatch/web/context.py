"""What a command on a case needs to know before it can be decided: the case, its number, its programme's rules."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import asyncpg
from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.dispatch import Dues, Durations
from contracts.envelope import Meta
from contracts.pack import CompletionNeeds
from contracts.sealed import Sealed
from services.chassis.deadlines import DueInPast, due
from services.chassis.decider import NotYet, Rejected
from services.chassis.handle import Outcome
from services.chassis.keys import Erased
from services.chassis.web import User, command_meta, perform
from services.dispatch.domain import limits
from services.dispatch.domain.commands import Command
from services.dispatch.domain.decide import dispatch_case, stream
from services.dispatch.domain.state import Case, Status
from services.dispatch.read import cases, inbox
from services.dispatch.web.reads import Reads, reads
from services.reference.attachments.naming import named
from services.reference.programmes import ActivePack
from services.ui.i18n import N_

READ_WITHIN_S = 5.0
"""A command right after another waits this long for the row that the other changed."""

NO_KEY = N_("此件的正文密钥未到，或已依法删除，不能写入答复；请稍后再试或转受理单位。")
NOT_SHOWN = N_("此件的最新变动还在整理，本次未办理；请稍候再试。")


@dataclass(frozen=True, slots=True)
class CaseContext:
    """One request about one case."""

    request: Request
    user: User
    reads: Reads
    case_id: str
    state: Case
    version: int
    row: asyncpg.Record
    active: ActivePack
    now: datetime
    role: str | None = None
    """The role that permitted the act; it stands in the event."""

    @property
    def case_no(self) -> int:
        number: int = self.row["case_no"]
        return number

    def meta(self, acting_for: str | None = None) -> Meta:
        """This request's id; the envelope names the programme and its rules, and for whom somebody stands in."""
        meta = command_meta(
            self.request,
            self.user,
            role=self.role,
            programme=self.row["programme"],
            pack_version=str(self.active.pack_version),
        )
        return replace(meta, actor=replace(meta.actor, acting_for=acting_for)) if acting_for else meta

    async def perform(self, command: Command, acting_for: str | None = None) -> Outcome:
        """Decide it under this request's id."""
        if files := getattr(command, "evidence", ()):
            checked: dict[str, Any] = {"evidence": await named(self.request, self.user, files)}
            command = replace(command, **checked)
        return await perform(self.request, dispatch_case, stream(self.case_id), command, self.meta(acting_for))

    def durations(self, urgency: str, finish_on: date | None = None, sign_on: date | None = None) -> Durations:
        """The limits of a class in the round that the case is in, with the days that the desk set instead."""
        ruled = limits.durations(self.active.pack, urgency, self.state.round, finish_on)
        if sign_on is None:
            return ruled
        return limits.with_sign_day(self.active.pack, ruled, sign_on, self.now, self.active.calendar)

    def standing_durations(self, urgency: str) -> Durations:
        """The limits the case was classified with, for a unit that takes over from another."""
        return limits.for_another_unit(self.state.durations, self.durations(urgency))

    def needs(self, urgency: str, difficulty: str | None) -> CompletionNeeds:
        """What the pack asks before an order of this class is completed."""
        return self.active.pack.completion(urgency, difficulty)

    async def sealed(self, text: str, field: str, key: str | None = None) -> Sealed:
        """Under the request's own key, so that erasing the request erases this too."""
        try:
            return await self.reads.keys.seal(text, key or self.row["title_key"])
        except Erased as error:
            raise Rejected("no-key", NO_KEY, field) from error

    def dues(self, durations: Durations) -> Dues:
        """Absolute deadlines from now on, by the programme's calendar."""
        calendar = self.active.calendar
        try:
            return Dues(
                sign_by=_due(self.now, durations.sign, calendar),
                contact_by=_due(self.now, durations.contact, calendar),
                plan_by=_due(self.now, durations.plan, calendar),
                finish_by=due(self.now, durations.finish, calendar),
            )
        except DueInPast as error:
            raise Rejected("due-in-past", limits.DUE_IN_PAST, "finish_by") from error


def _due(now: datetime, limit: str | None, calendar: Any) -> datetime | None:
    return None if limit is None else due(now, limit, calendar)


def return_until(active: ActivePack, issued_at: datetime, *, disputed: bool) -> datetime | None:
    """The last instant to return an order, counted from its issue; none for one that was disputed in time before."""
    return None if disputed else due(issued_at, active.pack.order.return_by, active.calendar)


async def current_finish(x: CaseContext) -> dict[str, datetime]:
    """Every order's finish as it stands: a refused return moved it by supervision's word, not in this stream."""
    service = x.request.app.state.service
    if not await service.caught_up("case_order", (await service.log.head()).seq, READ_WITHIN_S):
        raise NotYet("not-yet-shown", NOT_SHOWN)
    return {row["order_id"]: row["finish_by"] for row in await inbox.of_case(x.reads.pool, x.case_id)}


async def case_context(request: Request, user: User, case_id: str, role: str | None = None) -> CaseContext:
    """The case as its stream says now, and its row as soon as the read model shows that version.

    The row tells since when a case is held and until when it is due, so an older one decides nothing.
    """
    service, found = request.app.state.service, reads(request)
    state, version = await service.commands.load(dispatch_case, stream(case_id))
    if state.status is Status.UNKNOWN:
        raise HTTPException(404)
    row = await cases.one(found.pool, case_id)
    if row is None or row["case_no"] is None or row["version"] < version:
        head = (await service.log.head()).seq
        await service.caught_up("case_number", head, READ_WITHIN_S)
        await service.caught_up("case_board", head, READ_WITHIN_S)
        row = await cases.one(found.pool, case_id)
    if row is None or row["case_no"] is None:
        raise Rejected("not-yet-numbered", N_("此件刚立案，编号尚未生成，请稍候再试。"))
    if row["version"] < version:
        raise NotYet("not-yet-shown", NOT_SHOWN)
    active = await found.programmes.active(row["programme"])
    if active is None:
        raise Rejected("programme-not-active", N_("诉求所属的活动尚未启用，不能办理。"))
    return CaseContext(request, user, found, case_id, state, version, row, active, found.now, role)
