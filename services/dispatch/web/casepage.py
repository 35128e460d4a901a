"""Builds the page of one case from its records: now, or as it was at any of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.dispatch import CaseOpened, OrderIssued, OrderReturned
from contracts.supervision import FollowUpConducted
from services.chassis.web import User
from services.dispatch.domain.decide import dispatch_case, stream
from services.dispatch.domain.state import AT_WORK, DONE, Order, Status
from services.dispatch.read import board_fold, board_row, cases, common_issues_found, proof
from services.dispatch.read.packs import Packs
from services.dispatch.web import casefacts, labels, wording
from services.dispatch.web.casechoices import choices
from services.dispatch.web.casenames import names_in
from services.dispatch.web.caseviews import CaseView, CommonView, OrderView
from services.dispatch.web.context import return_until
from services.dispatch.web.reads import Reads, reads
from services.dispatch.web.roles import CONSULTING, HANDLING
from services.dispatch.web.saying import Names
from services.dispatch.web.standing_in import absent_in
from services.dispatch.web.timeline import Entry, entries
from services.dispatch.web.turns import Turn
from services.reference.attachments.web import views as file_views
from services.reference.programmes import ActivePack
from services.reference.words import ROLE_NAMES, SCOPES, case_number
from services.ui.forms import Form
from services.ui.i18n import gettext as _


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
    names = await names_in(found, shown, active, user)
    told = await _with_files(request, await entries(shown, names, found, stream(case_id)))
    now = found.now if at is None else told[-1].time
    above = await found.directory.above(user.unit_id)
    covered = frozenset(one.unit_id for one in await absent_in(request, user, HANDLING)) if at is None else frozenset()
    page = _Page(found, user, shown, active, names, now, case_id, at is None, covered, above)
    return await page.view(told, whole, at, forms or {})


async def _with_files(request: Request, told: Sequence[Entry]) -> list[Entry]:
    return [replace(one, files=await file_views(request, one.evidence)) if one.evidence else one for one in told]


def _first_own(whole: Sequence[proof.Record], case_id: str) -> int:
    """Before its opening there is no case to show."""
    return next((record.number for record in whole if record.stream == stream(case_id)), 1)


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
        covered: frozenset[str],
        above: frozenset[str],
    ) -> None:
        self.found, self.user, self.active, self.names, self.now = found, user, active, names, now
        self.case_id, self.live, self.shown, self.covered = case_id, live, shown, covered
        self.own = [fact for one in shown if one.stream == stream(case_id) for fact in one.facts]
        self.state = dispatch_case.fold(fact.event for fact in self.own)
        opening = self.own[0].event if self.own else None
        if not isinstance(opening, CaseOpened):
            raise HTTPException(404)  # nothing readable is left of it; the audit page names the place
        self.opening = opening
        self.recused = not above.isdisjoint(self.state.complained)
        """Of a unit complained of or of one below it: not told who complains."""

    async def view(
        self, told: Sequence[Entry], whole: Sequence[proof.Record], at: int | None, forms: Mapping[str, Form]
    ) -> CaseView:
        row = await self._row()
        checked = proof.check(self.shown, stream(self.case_id))
        light = cases.light_of(asdict(row), self.now)
        step = row.step
        turn = Turn(
            self.user,
            self.state,
            self.active,
            self.names,
            step,
            row.lead_unit,
            self.live,
            self.now,
            self._kept(),
            row.failed_followup is not None and self.state.status in DONE,
            self.covered,
        )
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
            light_word=_(labels.ENDED[step]) if step in labels.ENDED else None,
            step=_(labels.STEPS[step]),
            step_tone=labels.STEP_TONES[step],
            due_words=self._due_words(row),
            due_at=row.finish_by,
            steps=casefacts.stepper(step, self.state),
            current=self._stepper(step),
            entries=list(reversed(told)),
            at=at,
            last=last,
            hidden=last - len(self.shown),
            moment=told[-1].time,
            marks=casefacts.marks([record.time for record in whole]),
            proof_state="broken" if checked.broken_at else "ok",
            tail=checked.tail,
            broken_at=checked.broken_at or None,
            missing=checked.missing,
            proof_url=self._proof_url(at),
            state=self.state,
            orders=orders,
            facts=casefacts.handling(self.state, self.opening, self.names, self.active),
            origin=casefacts.origin(self.state, self.opening, self.names, await self._cells(), told=not self.recused),
            extensions=casefacts.extensions(self.own, self.names),
            segments=casefacts.segments(self.own, self.names, self.now),
            segments_total=casefacts.whole_time(self.own, self.now),
            consult_url=self._consult_url(),
            notice_url=self._notice_url(),
            common=await self._common(),
            requester_ref=self._requester(),
            acts=acts,
            who=self._who(),
            waits_for=turn.waits_for(),
            undecided=turn.undecided,
            version=self.own[-1].version,
            choices=await choices(
                self.found, self.user, self.active, self.state, orders, acts, undecided=turn.undecided
            )
            if self.live
            else {},
            forms=forms,
        )

    async def _common(self) -> list[CommonView]:
        """The common issues that the case belongs to; while looking at the past they are not shown."""
        if not self.live:
            return []
        rows = await common_issues_found.of_case(self.found.pool, self.case_id)
        at_work = self.state.status in AT_WORK
        return [
            replace(
                casefacts.common(row, self.names),
                resolved=row["measures"] if at_work and row["stage"] == "resolved" else "",
            )
            for row in rows
        ]

    async def _row(self) -> board_row.BoardRow:
        """The list's own row, folded from the shown records only."""
        programme = self.own[0].envelope.meta.programme or ""
        content = await self.found.pool.fetchval("SELECT content FROM board_pack WHERE programme = $1", programme)
        packs = Packs({programme: content} if content else {})
        row = board_fold.opened(self.own[0], self.opening)
        for fact in (fact for one in self.shown for fact in one.facts):
            if isinstance(fact.event, FollowUpConducted):
                board_fold.judged(row, fact.event)
            elif fact.stream == stream(self.case_id) and fact.event != self.opening:
                board_fold.project(row, fact, packs)
        return row

    async def _cells(self) -> dict[str, str]:
        wanted = self.opening.grid_ids.values()
        return {cell.grid_id: cell.name for cell in await self.found.grid.cells(wanted)} if wanted else {}

    async def _number(self) -> int | None:
        found: int | None = await self.found.pool.fetchval(
            "SELECT case_no FROM case_number WHERE case_id = $1", self.case_id
        )
        return found

    def _chips(self, row: board_row.BoardRow) -> list[str]:
        chips = []
        if row.category:
            chips.append(self.names.categories.get(row.category, row.category))
        if row.scope:
            chips.append(_(SCOPES[row.scope]))
        if row.urgency:
            chips.append(self.names.urgencies.get(row.urgency, row.urgency))
        if row.site_scope:
            chips.append(_(labels.SITES[row.site_scope]))
        if row.showcased:
            chips.append(_("典型案例"))
        if row.round > 1:
            chips.append(_("第 %(n)s 轮", n=row.round))
        return chips

    def _due_words(self, row: board_row.BoardRow) -> str | None:
        if row.completed_at:
            return _("按期办结") if row.on_time else _("逾期办结")
        if row.sort_group == board_row.RUNNING and row.finish_by:
            return wording.days_left(row.finish_by, self.now)
        return None

    def _stepper(self, step: str) -> int:
        if step == "completed" and self.active and self.active.pack.closure.by != "follow_up":
            return labels.STEPPER_AT["struck_off"] - 1
        return labels.STEPPER_AT.get(step, 0)

    def _order(self, order: Order, turn: Turn) -> OrderView:
        seen, acts = self.state.classified, turn.order_acts(order)
        return OrderView(
            order,
            self.names.unit(order.unit),
            _(labels.ORDER_ROLES[order.role]),
            _(labels.ORDER_STATES[order.status]) if order.signed or not order.working else _("待签收"),
            self.names.person(order.person) if order.person else None,
            self.names.person(order.leader) if order.leader else None,
            self.names.unit(order.dept) if order.dept else None,
            order.unit == self.user.unit_id,
            acts,
            timetable=casefacts.timetable(
                order,
                casefacts.filed_at(self.own, order),
                self.now,
                paused=self.state.status is Status.SUSPENDED,
            ),
            checks=casefacts.checks(self.active, self.state, order) if "complete" in acts else (),
            must_solve=bool(seen and seen.must_solve),
            reviewed_by=self._reviewed_by(),
            plan=casefacts.plan_of(self.own, order),
        )

    def _reviewed_by(self) -> str:
        """Who looks at it after the unit says done."""
        if self.active is None:
            return ""
        by = {
            "unit_self": _("全部交办单办结后，由主办单位销号。"),
            "office": _("全部交办单办结后，由活动办审核销号。"),
            "follow_up": _("全部交办单办结后，由回访结果决定销号。"),
        }
        return by[self.active.pack.closure.by]

    def _notice_url(self) -> str | None:
        """Where a 通报 that rests on this case is written, for those who issue them."""
        if self.active is None or not self.live or not self.user.has(*self.active.pack.notices.issued_by):
            return None
        return f"/supervision/bulletins/new?case_id={self.case_id}"

    def _consult_url(self) -> str | None:
        open_now = self.live and self.state.status in AT_WORK
        return f"/dispatch/consultations/new?case={self.case_id}" if open_now and self.user.has(*CONSULTING) else None

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

    def _proof_url(self, at: int | None) -> str | None:
        """The raw records name the requester."""
        if self.recused:
            return None
        return f"/dispatch/api/cases/{self.case_id}/proof" + (f"?at={at}" if at else "")

    def _requester(self) -> str | None:
        return None if self.recused else self.opening.requester_ref

    def _who(self) -> str:
        role = next((r for r in self.user.roles if r in ROLE_NAMES), None)
        return _("您：%(role)s", role=_(ROLE_NAMES[role])) if role else self.user.unit_name
