"""A small district in memory that works on cases by a pack's rules, and what must hold of it at any moment."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from contracts.dispatch import (
    CaseClosedUnhandled,
    CaseCompleted,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    CaseRouted,
    CaseSplit,
    CaseStruckOff,
    ExtensionDecided,
    LeadUnitDesignated,
    MergeUndone,
    OrderCancelled,
    OrderCompleted,
    OrderIssued,
    ReturnRuled,
    SiteVerified,
)
from contracts.event import Event
from contracts.pack import Pack, parse_pack
from services.chassis.deadlines import Calendar, calendar_for
from services.chassis.decider import Rejected
from services.dispatch.domain import commands as c
from services.dispatch.domain.decide import dispatch_case
from services.dispatch.domain.state import AT_WORK, DONE, ENDED, Case, OrderStatus, Status
from tests.dispatch.story import NOON
from tests.spec import facts

PACKS = Path(__file__).parents[2] / "deploy" / "packs"
REPEATED_BY_PEOPLE = (
    c.ContactRequester, c.ReportProgress, c.FilePlan, c.VerifyOnSite, c.ReportFindings, c.SupplementCase,
)  # fmt: skip
"""What may be said twice. Everything else changes nothing the second time, or is refused."""


@dataclass
class District:
    """Cases of one programme, their histories, and a clock that goes on."""

    pack: Pack
    calendar: Calendar
    now: datetime = NOON
    cases: dict[str, Case] = field(default_factory=dict)
    histories: defaultdict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    seen: Counter[str] = field(default_factory=Counter)
    """How often each state was entered and each event written."""
    made: int = 0

    @classmethod
    def of(cls, programme: str) -> "District":
        pack = parse_pack((PACKS / f"{programme}.toml").read_bytes())
        return cls(pack, calendar_for(pack))

    def new_id(self, kind: str) -> str:
        self.made += 1
        return f"{kind}{self.made}"

    def number(self, case_id: str) -> int:
        return 1 + list(self.cases).index(case_id)

    def later(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def ask(self, case_id: str, command: c.Command) -> Sequence[Event]:
        """One command on one case, as the service would take it; nothing when it is refused or already so."""
        return self.ask_both([(case_id, lambda _events: command)])

    def ask_both(self, asked: Iterable[tuple[str, Callable[[Sequence[Event]], c.Command]]]) -> Sequence[Event]:
        """Commands on several cases that go together or not at all; each may be made from the events so far."""
        events: list[Event] = []
        commands: list[tuple[str, c.Command]] = []
        try:
            for case_id, make in asked:
                command = make(tuple(events))
                events += dispatch_case.decide(self.cases.get(case_id, Case()), command)
                commands.append((case_id, command))
        except Rejected:
            return ()
        for event in events:
            self._record(event)
        for case_id, command in commands:
            self._assert_no_second_effect(case_id, command)
        for case_id in {event.stream.removeprefix("case-") for event in events}:
            self.assert_sound(self.cases[case_id], self.histories[case_id])
        return events

    def _record(self, event: Event) -> None:
        case_id = event.stream.removeprefix("case-")
        case = dispatch_case.evolve(self.cases.get(case_id, Case()), event)
        self.cases[case_id] = case
        self.histories[case_id].append(event)
        self.seen[event.TYPE] += 1
        self.seen[case.status] += 1

    def _assert_no_second_effect(self, case_id: str, command: c.Command) -> None:
        """Invariant 6, for a command that comes again under another id."""
        if isinstance(command, REPEATED_BY_PEOPLE):
            return
        try:
            assert dispatch_case.decide(self.cases[case_id], command) == []
        except Rejected:
            return

    def assert_sound(self, case: Case, history: list[Event]) -> None:
        """What no reachable state of a case breaks."""
        leads = [o for o in case.current if o.role == "lead"]
        assert len(leads) <= 1
        led = bool(leads) and leads[0].result is not None
        assert not led or all(o.role == "territory" for o in case.working), "only a territory is done after the lead"
        assert not {o.unit for o in case.working} & set(case.complained), "11: nobody handles a complaint on themselves"
        assert len({o.unit for o in case.working}) == len(case.working), "one order per unit"
        assert all(o.person for o in case.orders if o.status is OrderStatus.COMPLETED), "4: a named person"
        assert all(o.extensions <= self.pack.order.max_extensions for o in case.orders)
        assert all(o.returns <= self.pack.order.max_returns for o in case.orders)
        if case.status in ENDED or case.status not in AT_WORK:
            assert not case.working, "nobody is left at work on what is over"
        if case.status is Status.HANDLING:
            assert case.current, "somebody has it"
        if case.status is Status.SUSPENDED:
            assert any(o.signed for o in case.working)
        assert not case.showcased or case.status in DONE, "only what is handled is an example"
        assert (case.status is Status.MERGED) == (case.merged_into is not None)
        assert case.status is _status_told(history) or case.status in AT_WORK
        _assert_completions(case, history)
        _assert_no_order_vanished(case, history)

    def assert_all_sound(self) -> None:
        """Over all cases: the sums of the reports, and that every request waits for exactly one outcome."""
        told = Counter(_status_told(history) for history in self.histories.values())
        stands = Counter(case.status if case.status not in AT_WORK else None for case in self.cases.values())
        assert told == stands, "1: opened = struck off + open + merged + split + closed"
        places: defaultdict[str, list[Case]] = defaultdict(list)
        for case in self.cases.values():
            if case.status not in (Status.MERGED, Status.SPLIT):
                for request in case.request_ids:
                    places[request].append(case)
        asked = {
            request
            for case in self.cases.values()
            for request in (*case.own_requests, *(one.request_id for one in case.joined))
        }
        assert set(places) == asked, "7: every request reaches an outcome"
        for request, found in places.items():
            assert len(found) == 1 or all(case.split_from or case.absorbed for case in found), request
        for case in self.cases.values():
            if case.split_from is not None and case.case_id in self.cases[case.split_from].split_into:
                assert set(self.cases[case.split_from].complained) <= set(case.complained), "11, also in the parts"
            for taken in case.absorbed:
                assert self.cases[taken.case_id].merged_into == case.case_id, "both sides of a merge tell the same"

    def assert_replays(self) -> None:
        """Every history leads to its case again, through the bytes of its events."""
        for case_id, history in self.histories.items():
            assert dispatch_case.fold(fact.event for fact in facts(*history)) == self.cases[case_id]


def _status_told(history: list[Event]) -> Status | None:
    """How a case ended, told by its last event of that kind alone; none while it is at work."""
    for event in reversed(history):
        match event:
            case CaseStruckOff():
                return Status.STRUCK_OFF
            case CaseMerged():
                return Status.MERGED
            case CaseSplit():
                return Status.SPLIT
            case CaseClosedUnhandled():
                return Status.CLOSED_UNHANDLED
            case CaseCompleted(round=round):
                verifying = any(e.TYPE == "verification-started" and e.round == round for e in history)  # type: ignore[attr-defined]
                return Status.VERIFYING if verifying else Status.COMPLETED
            case CaseReopened() | CaseOpened() | MergeUndone():
                return None
            case _:
                continue
    return None


def _assert_completions(case: Case, history: list[Event]) -> None:
    """4: no strike-off without completion in that round, no completion behind an open order."""
    completed: set[int] = set()
    round = 1
    for event in history:
        match event:
            case CaseCompleted():
                assert event.round == round not in completed
                completed.add(round)
            case CaseStruckOff():
                assert round in completed
            case CaseReopened():
                assert event.round == round + 1
                round = event.round
            case _:
                continue
    if case.status in (Status.COMPLETED, Status.VERIFYING, Status.STRUCK_OFF):
        assert case.round in completed
        assert all(o.status is OrderStatus.COMPLETED for o in case.current)


def _assert_no_order_vanished(case: Case, history: list[Event]) -> None:
    """Every order was issued once and is still there, or ended by an event that names it."""
    orders = {o.order_id: o for o in case.orders}
    issued = [e.order_id for e in history if isinstance(e, OrderIssued)]
    assert issued == list(orders)
    ended = {e.order_id for e in history if isinstance(e, OrderCancelled | OrderCompleted)}
    ended |= {e.order_id for e in history if isinstance(e, ReturnRuled) and e.accepted}
    assert ended == {order_id for order_id, o in orders.items() if not o.working}
    for decided in (e for e in history if isinstance(e, ExtensionDecided) and e.granted):
        assert decided.finish_by > decided.old_finish_by
        assert decided.requester_told_at is not None


def assert_by_the_pack(pack: Pack, history: list[Event]) -> None:
    """What a pack asks of orders holds of every one that was issued and completed."""
    visited = {e.order_id for e in history if isinstance(e, SiteVerified)}
    for event in history:
        if isinstance(event, OrderIssued):
            for name in pack.order.required:
                key = name.removesuffix("_id")
                assert getattr(event.dues, key, None) or getattr(event, key, None), "4: the pack's required fields"
            assert event.role != "lead" or not event.to_unit.startswith("community"), "a community never leads"
        if isinstance(event, CaseRouted | LeadUnitDesignated) and "community" in pack.order.never_lead_levels:
            named = event.lead if isinstance(event, CaseRouted) else event.unit
            assert not named.startswith("community"), "nor is it routed to or named for the lead"
        if isinstance(event, OrderCompleted):
            assert event.evidence or not pack.order.evidence_required
            assert event.order_id in visited or not pack.order.verification_visit_required
