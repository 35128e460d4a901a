"""What a command on a case needs to know before it can be decided: the case, its number, its programme's rules."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import asyncpg
from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.dispatch import Dues, Durations
from contracts.duration import Duration
from contracts.pack import UnknownCode
from services.chassis.deadlines import DueInPast, due
from services.chassis.decider import NotYet, Rejected
from services.chassis.handle import Outcome
from services.chassis.web import User, command_meta, perform
from services.dispatch.domain.commands import Command
from services.dispatch.domain.decide import dispatch_case, stream
from services.dispatch.domain.state import Case, Status
from services.dispatch.read import cases
from services.dispatch.web.naming import named
from services.dispatch.web.reads import Reads, reads
from services.reference.programmes import ActivePack
from services.ui.i18n import N_

READ_WITHIN_S = 5.0
"""A command right after another waits this long for the row that the other changed."""

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

    async def perform(self, command: Command) -> Outcome:
        """Decide it under this request's id; the envelope names the programme and its rules."""
        meta = command_meta(
            self.request,
            self.user,
            role=self.role,
            programme=self.row["programme"],
            pack_version=str(self.active.pack_version),
        )
        if files := getattr(command, "evidence", ()):
            checked: dict[str, Any] = {"evidence": await named(self.request, self.user, files)}
            command = replace(command, **checked)
        return await perform(self.request, dispatch_case, stream(self.case_id), command, meta)

    def durations(self, urgency: str, finish_on: date | None = None) -> Durations:
        """The limits of a class, with the finish day that a person set instead."""
        try:
            row = self.active.pack.urgency(urgency)
        except UnknownCode as error:
            raise Rejected("unknown-urgency", N_("本活动没有这个分级。"), "urgency") from error
        return Durations(
            sign=_text(row.sign),
            contact=_text(row.contact),
            plan=_text(row.plan),
            finish=f"date:{finish_on}" if finish_on else str(row.finish),
        )

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
            raise Rejected("due-in-past", N_("期限已过；请选一个将来的时间。"), "finish_by") from error


def _text(limit: Duration | None) -> str | None:
    return None if limit is None else str(limit)


def _due(now: datetime, limit: str | None, calendar: Any) -> datetime | None:
    return None if limit is None else due(now, limit, calendar)


def return_until(active: ActivePack, issued_at: datetime, *, disputed: bool) -> datetime | None:
    """The last instant to return an order, counted from its issue; none for one that was disputed in time before."""
    return None if disputed else due(issued_at, active.pack.order.return_by, active.calendar)


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
