"""Builds the page of one case from its records: now, or as it was at any of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.codec import Recorded
from contracts.dispatch import CaseOpened, OrderIssued, OrderReturned
from services.chassis.clock import LOCAL
from services.chassis.facts import Fact
from services.chassis.web import User
from services.dispatch.domain.decide import dispatch_case, stream
from services.dispatch.domain.state import Order
from services.dispatch.read import board, cases, proof
from services.dispatch.read.packs import Packs
from services.dispatch.web import labels, pausing, wording
from services.dispatch.web.context import return_until
from services.dispatch.web.reads import Reads, listed, reads
from services.dispatch.web.timeline import Entry, Names, entries
from services.dispatch.web.turns import Turn
from services.dispatch.web.views import CaseView, OrderView
from services.reference.programmes import ActivePack
from services.reference.words import CHANNELS, METHODS, ROLE_NAMES, SCOPES, case_number
from services.ui.forms import Form
from services.ui.i18n import gettext as _

MARKS = 5
"""Dates under the slider; more would run into each other on a phone."""


async def case_view(
    request: Request, user: User, case_id: str, at: int | None = None, forms: Mapping[str, Form] | None = None
) -> CaseView:
    """404 for a case that was never opened."""
    found = reads(request)
    known = await cases.one(found.pool, case_id)
    if known is None:
        raise HTTPException(404)
    whole = await proof.records(found.pool, case_id, known["request_ids"])
    last = len(whole)
    at = None if at is None or at >= last else max(at, _first_own(whole, case_id))
    shown = whole[: at or last]
    active = await found.programmes.active(known["programme"])
    names = await _names(found, shown, active, user)
    told = await entries(shown, names, found, stream(case_id))
    now = found.now if at is None else told[-1].time
    page = _Page(found, user, shown, active, names, now, case_id, at is None)
    return await page.view(told, whole, at, forms or {})


def _first_own(whole: Sequence[proof.Record], case_id: str) -> int:
    """Before its opening there is no case to show."""
    return next((record.number for record in whole if record.stream == stream(case_id)), 1)


async def _names(found: Reads, shown: Sequence[proof.Record], active: ActivePack | None, user: User) -> Names:
    told = [record.recorded for record in shown if record.recorded]
    people = {recorded.envelope.actor.person for recorded in told} | {user.person_id}
    for recorded in told:
        event = recorded.event
        for field in ("responsible_person", "responsible_leader", "approver"):
            if value := getattr(event, field, None):
                people.add(value)
    return Names(
        await found.directory.unit_names(),
        await found.directory.person_names(people),
        wording.category_words(active) if active else {},
        wording.urgency_words(active) if active else {},
    )


class _Page:
    """The parts of one case page, computed from the records that are shown."""

    def __init__(
        self,
        found: Reads,
        user: User,
        shown: Sequence[proof.Record],
        active: ActivePack | None,
        names: Names,
        now: datetime,
        case_id: str,
        live: bool,
    ) -> None:
        self.found, self.user, self.active, self.names, self.now = found, user, active, names, now
        self.case_id, self.live, self.shown = case_id, live, shown
        self.own = [_fact(r, r.recorded) for r in shown if r.stream == stream(case_id) and r.recorded]
        self.state = dispatch_case.fold(fact.event for fact in self.own)
        opening = self.own[0].event if self.own else None
        if not isinstance(opening, CaseOpened):
            raise HTTPException(404)  # nothing readable is left of it; the audit page names the place
        self.opening = opening

    async def view(
        self, told: Sequence[Entry], whole: Sequence[proof.Record], at: int | None, forms: Mapping[str, Form]
    ) -> CaseView:
        row = await self._row()
        checked = proof.check(self.shown, stream(self.case_id))
        light = cases.light_of(asdict(row), self.now)
        step = row.step
        turn = Turn(self.user, self.state, self.active, self.names, step, row.lead_unit, self.live, self._kept())
        orders = [self._order(order, turn) for order in self.state.orders]
        acts = turn.acts()
        last = len(whole)
        return CaseView(
            case_id=self.case_id,
            number=case_number(row.programme, await self._number()),
            title=await self.found.text(self.opening.title),
            text=await self.found.text(self.opening.text),
            chips=self._chips(row),
            light=light,
            step=_(labels.STEPS[step]),
            step_tone=labels.STEP_TONES[step],
            due_words=self._due_words(row),
            due_at=row.finish_by,
            steps=[_(word) for word in labels.STEPPER],
            current=self._stepper(step),
            entries=list(reversed(told)),
            at=at,
            last=last,
            hidden=last - len(self.shown),
            moment=told[-1].time,
            marks=_marks([record.time for record in whole]),
            proof_state="broken" if checked.broken_at else "ok",
            tail=checked.tail,
            broken_at=checked.broken_at or None,
            proof_url=f"/dispatch/api/cases/{self.case_id}/proof" + (f"?at={at}" if at else ""),
            state=self.state,
            orders=orders,
            facts=self._facts(),
            origin=self._origin(row),
            requester_ref=self._requester(),
            acts=acts,
            who=self._who(),
            waits_for=turn.waits_for(),
            version=self.own[-1].version,
            units=await self._units() if "rule" in acts or any("return" in o.acts for o in orders) else [],
            approvers=await self._approvers() if "suspend" in acts else [],
            replies=True,
            my_persons=await wording.persons(self.found, self.user.unit_id) if self._handles() else [],
            words={
                "results": wording.options(labels.RESULTS),
                "methods": wording.options(METHODS),
                "returns": wording.options(labels.RETURN_REASONS),
                "reopen": [pair for pair in wording.options(labels.REOPEN_REASONS) if pair[0] != "follow_up_failed"],
            },
            forms=forms,
        )

    async def _row(self) -> board.BoardRow:
        """The list's own row, folded from the shown records only."""
        programme = self.own[0].envelope.meta.programme or ""
        content = await self.found.pool.fetchval("SELECT content FROM board_pack WHERE programme = $1", programme)
        packs = Packs({programme: content} if content else {})
        row = board.opened(self.own[0], self.opening)
        for fact in self.own[1:]:
            board.project(row, fact, packs)
        return row

    async def _number(self) -> int | None:
        found: int | None = await self.found.pool.fetchval(
            "SELECT case_no FROM case_number WHERE case_id = $1", self.case_id
        )
        return found

    def _chips(self, row: board.BoardRow) -> list[str]:
        chips = []
        if row.category:
            chips.append(self.names.categories.get(row.category, row.category))
        if row.scope:
            chips.append(_(SCOPES[row.scope]))
        if row.urgency:
            chips.append(self.names.urgencies.get(row.urgency, row.urgency))
        if row.round > 1:
            chips.append(_("第 %(n)s 轮", n=row.round))
        return chips

    def _due_words(self, row: board.BoardRow) -> str | None:
        if row.completed_at:
            return _("按期办结") if row.on_time else _("逾期办结")
        if row.sort_group == board.RUNNING and row.finish_by:
            return wording.days_left(row.finish_by, self.now)
        return None

    def _stepper(self, step: str) -> int:
        if step == "completed" and self.active and self.active.pack.closure.by != "follow_up":
            return labels.STEPPER_AT["struck_off"] - 1
        return labels.STEPPER_AT[step]

    def _order(self, order: Order, turn: Turn) -> OrderView:
        mine = order.unit == self.user.unit_id
        return OrderView(
            order,
            self.names.unit(order.unit),
            _(labels.ORDER_ROLES[order.role]),
            _(labels.ORDER_STATES[order.status]) if order.signed or not order.working else _("待签收"),
            self.names.person(order.person) if order.person else None,
            self.names.person(order.leader) if order.leader else None,
            order.dept,
            mine,
            turn.order_acts(order),
        )

    def _kept(self) -> frozenset[str]:
        """Orders that it is too late to return."""
        if self.active is None:
            return frozenset()
        disputed = {fact.event.order_id for fact in self.own if isinstance(fact.event, OrderReturned)}
        until = {
            event.order_id: return_until(self.active, fact.time, disputed=event.order_id in disputed)
            for fact in self.own
            if isinstance(event := fact.event, OrderIssued)
        }
        return frozenset(order for order, last in until.items() if last is not None and self.now > last)

    def _handles(self) -> bool:
        return self.live and any(order.unit == self.user.unit_id for order in self.state.current)

    def _facts(self) -> list[tuple[str, Any]]:
        way, current = self.state.routed, self.state.current
        lead = self.state.lead
        helpers = [self.names.unit(unit) for unit in (way.co if way else ())]
        area = next((o.unit for o in current if o.role == "territory"), way.territory if way else None)
        return [
            (_("主办（条）"), self.names.unit(lead.unit) if lead else None),
            (_("属地（块）"), self.names.unit(area or self.opening.territory_unit)),
            (_("会办"), listed(helpers) or None),
            (_("责任领导"), self.names.person(lead.leader) if lead and lead.leader else None),
            (_("责任人"), self.names.person(lead.person) if lead and lead.person else None),
            (_("责任部门"), lead.dept if lead else None),
            (_("跟踪单位"), self.names.unit(lead.issued_by) if lead else None),
        ]

    def _origin(self, row: board.BoardRow) -> list[tuple[str, Any]]:
        pairs: list[tuple[str, Any]] = [
            (_("来源"), _(CHANNELS.get(row.channel, row.channel))),
            (_("受理时间"), f"{row.received_at.astimezone(LOCAL):%Y-%m-%d %H:%M}"),
            (_("属地"), self.names.unit(self.opening.territory_unit)),
        ]
        if self.opening.complained_units and self.user.unit_id not in self.opening.complained_units:
            pairs.append((_("回避单位"), listed(map(self.names.unit, self.opening.complained_units))))
        return pairs

    def _requester(self) -> str | None:
        """Never to the unit that is complained of."""
        if self.user.unit_id in self.opening.complained_units:
            return None
        return self.opening.requester_ref

    def _who(self) -> str:
        role = next((r for r in self.user.roles if r in ROLE_NAMES), None)
        return _("您：%(role)s", role=_(ROLE_NAMES[role])) if role else self.user.unit_name

    async def _approvers(self) -> Any:
        lead = self.state.lead
        return await pausing.approvers(self.found, lead.unit if lead else None, self.user.person_id)

    async def _units(self) -> Any:
        without = set(self.opening.complained_units)
        return wording.unit_groups(await self.found.directory.units(), without)


def _fact(record: proof.Record, recorded: Recorded) -> Fact:
    said = recorded.envelope
    return Fact(
        record.number, record.source, record.position, record.stream, record.version, said.time, said, recorded.event
    )


def _marks(times: Sequence[datetime]) -> list[str]:
    """A few dates spread over the slider; the last is now."""
    if len(times) < 2:
        return []
    steps = min(MARKS, len(times)) - 1
    places = [round(n * (len(times) - 1) / steps) for n in range(steps)]
    return [*(f"{times[place].astimezone(LOCAL):%m-%d}" for place in places), _("现在")]


def changed_since(view: CaseView, expected: int) -> list[str]:
    """What others did since the version a form was opened on, newest first."""
    return [
        _(
            "%(time)s %(who)s：%(title)s %(text)s",
            time=f"{entry.time.astimezone(LOCAL):%m-%d %H:%M}",
            who=" ".join(entry.actor[:2]),
            title=entry.title,
            text=entry.text[:80],
        ).strip()
        for entry in view.entries
        if entry.own_version is not None and entry.own_version > expected
    ]
