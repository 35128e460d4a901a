"""What must hold after the months: clocks and slots exactly once, and as a reckoning of its own has them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.dispatch import (
    CaseSuspended,
    DeadlinesRecomputed,
    ExtensionDecided,
    HandlingPlanFiled,
    OrderCancelled,
    OrderCompleted,
    OrderIssued,
    OrderReturned,
    OrderSigned,
    RequesterContacted,
)
from contracts.supervision import (
    BreachWithdrawn,
    CadenceFulfilled,
    CadenceMissed,
    ClockCancelled,
    ClockMet,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    DeadlineBreached,
    DeadlineReminderSent,
    EscalationRaised,
    SupervisionNoticeIssued,
)
from deploy.trial.checks import Check
from deploy.trial.months.stage import Owed
from services.chassis.facts import Fact

KINDS = ("sign", "contact", "plan", "finish")
BENT = (OrderReturned, ExtensionDecided, OrderCancelled)
"""What moves an order's clocks: the others are reckoned from the due instants of the order alone."""


@dataclass(frozen=True, slots=True)
class Months:
    """Everything that was recorded, and what was to come of the rhythm."""

    programme: str
    everything: Sequence[Fact]
    owed: Sequence[Owed]
    ends: datetime

    @property
    def own(self) -> list[Fact]:
        return [fact for fact in self.everything if fact.source == "supervision"]

    def of(self, source: str) -> list[Fact]:
        return [fact for fact in self.everything if fact.source == source]


def checks(months: Months, *, small: bool = False) -> list[Check]:
    """Each property with how often it was looked at. Three days take not every turn."""
    return [
        _once(months),
        _as_reckoned(months),
        *([] if small else [_turns(months), _never_sinks(months)]),
        _slots(months),
        _missed(months),
        _reminders(months),
        _one_slip(months),
    ]


def _once(months: Months) -> Check:
    """Started once; paused and resumed in turns; breached once unless withdrawn; met or cancelled once."""
    check = Check("clocks started, met, breached, cancelled exactly once; pauses end once", of="clocks")
    by_clock: dict[str, list[Any]] = defaultdict(list)
    for fact in months.own:
        if fact.stream.startswith("clock-"):
            by_clock[fact.stream].append(fact.event)
    for clock, events in by_clock.items():
        check.note(_life(clock, events))
    return check


def _life(clock: str, events: Sequence[Any]) -> Iterator[str]:
    kinds = Counter(type(event) for event in events)
    if not isinstance(events[0], ClockStarted) or kinds[ClockStarted] != 1:
        yield f"{clock} was started {kinds[ClockStarted]} times"
    if kinds[ClockMet] > 1 or kinds[ClockCancelled] > 1:
        yield f"{clock} ended more than once: {kinds}"
    if kinds[DeadlineBreached] - kinds[BreachWithdrawn] not in (0, 1):
        yield f"{clock}: {kinds[DeadlineBreached]} breaches, {kinds[BreachWithdrawn]} withdrawn"
    turns = [type(event) for event in events if isinstance(event, ClockPaused | ClockResumed)]
    if turns != [ClockPaused, ClockResumed] * (len(turns) // 2) + [ClockPaused] * (len(turns) % 2):
        yield f"{clock} was not paused and resumed in turns"


def _as_reckoned(months: Months) -> Check:
    """Of orders that nothing bends: a clock for each due instant, breached if and only if its act came later."""
    check = Check("clocks of straight orders are met and breached as dispatch's log alone has them", of="clocks")
    dispatch = months.of("dispatch")
    bent = {fact.event.order_id for fact in dispatch if isinstance(fact.event, BENT)}
    held = {fact.event.case_id for fact in dispatch if isinstance(fact.event, CaseSuspended | DeadlinesRecomputed)}
    found: dict[str, list[Any]] = defaultdict(list)
    for fact in months.own:
        if fact.stream.startswith("clock-"):
            found[fact.stream].append(fact.event)
    for fact in dispatch:
        event = fact.event
        if not isinstance(event, OrderIssued) or event.order_id in bent or event.case_id in held:
            continue
        for kind in KINDS:
            due: datetime | None = getattr(event.dues, f"{kind}_by")
            if due is None:
                continue
            done = _done(dispatch, event.order_id, kind)
            late = (done or months.ends) > due
            wanted = (True, (late,) if done else (), due if late else None)
            check.note(_unlike(f"clock-{event.order_id}-{kind}", found, wanted))
    return check


def _done(dispatch: Sequence[Fact], order_id: str, kind: str) -> datetime | None:
    """When the order's act was recorded: by itself or by its completion."""
    for fact in dispatch:
        event = fact.event
        if getattr(event, "order_id", None) != order_id:
            continue
        match event:
            case OrderSigned() if kind == "sign":
                return fact.time
            case HandlingPlanFiled() if kind == "plan":
                return fact.time
            case RequesterContacted(reached=reached, attempt=attempt) if kind == "contact" and (reached or attempt > 2):
                return fact.time
            case OrderCompleted():
                return fact.time
            case _:
                pass
    return None


Wanted = tuple[bool, tuple[bool, ...], datetime | None]
"""Whether it was started, whether what met it was late, and the instant at which it was breached."""


def _unlike(clock: str, found: dict[str, list[Any]], wanted: Wanted) -> list[str]:
    events = found.get(clock, [])
    breached = next((event.due for event in events if isinstance(event, DeadlineBreached)), None)
    met = tuple(event.late for event in events if isinstance(event, ClockMet))
    told = (bool(events), met, breached)
    return [] if told == wanted else [f"{clock}: {told} instead of {wanted}"]


def _turns(months: Months) -> Check:
    """Or the months prove little."""
    wanted = (ClockPaused, ClockResumed, ClockCancelled, DeadlineBreached, DeadlineReminderSent, EscalationRaised)
    check = Check("every turn that a clock can take was taken", of="kinds of events")
    kinds = Counter(type(fact.event) for fact in months.own)
    check.note((f"no {kind.TYPE}" for kind in wanted if not kinds[kind]), len(wanted))
    return check


def _slots(months: Months) -> Check:
    """As the programme's published calendar has them: each kept in time, missed, or missed and made up."""
    check = Check("slots kept, missed and made up exactly once, as the programme's calendar has them", of="slots")
    found: dict[str, list[Any]] = defaultdict(list)
    for fact in months.own:
        if isinstance(fact.event, CadenceFulfilled | CadenceMissed):
            found[fact.event.slot_id].append(fact.event)
    for one in months.owed:
        key = one.slot_id(months.programme)
        told = [_told(event) for event in found.pop(key, [])]
        wanted = ["kept"] if one.kept else ["missed", *(["late"] if one.made_up else [])]
        check.note([] if told == wanted else [f"{key}: {told} instead of {wanted}"])
    check.note(f"{key} is nobody's slot: {[_told(event) for event in events]}" for key, events in found.items())
    return check


def _told(event: CadenceFulfilled | CadenceMissed) -> str:
    if isinstance(event, CadenceMissed):
        return "missed"
    return "late" if event.late else "kept"


def _missed(months: Months) -> Check:
    check = Check("a missed slot is recorded with the moment it was due", of="slots missed")
    due = {one.slot_id(months.programme): one.due for one in months.owed}
    for fact in months.own:
        event = fact.event
        if isinstance(event, CadenceMissed):
            check.note([] if event.due == due.get(event.slot_id) else [f"{event.slot_id} due {event.due}"])
    return check


def _reminders(months: Months) -> Check:
    check = Check("each mark of a limit is reminded of once at most, and never after it is due", of="reminders")
    seen: Counter[tuple[str, str, datetime]] = Counter()
    for fact in months.own:
        event = fact.event
        if isinstance(event, DeadlineReminderSent):
            seen[event.clock_id, event.threshold, event.due] += 1
            wrong = seen[event.clock_id, event.threshold, event.due] > 1 or (event.at or fact.time) > event.due
            check.note([f"{event.clock_id} {event.threshold} at {event.at}"] if wrong else [])
    return check


def _one_slip(months: Months) -> Check:
    """一事一单."""
    check = Check("one matter has one living slip", of="slips")
    living: dict[str, str] = {}
    matters: dict[str, str] = {}
    for fact in months.own:
        match fact.event:
            case SupervisionNoticeIssued(notice_id=notice, matter=matter):
                check.note([f"{matter} has {living[matter]} and {notice}"] if matter in living else [])
                living[matter] = notice
                matters[notice] = matter
            case event if event.TYPE == "supervision-closed":
                living.pop(matters[event.notice_id], None)  # type: ignore[attr-defined]
            case _:
                pass
    return check


def _never_sinks(months: Months) -> Check:
    check = Check("every step leads from where the slip stood", of="steps")
    stands: dict[str, str] = {}
    for fact in months.own:
        match fact.event:
            case SupervisionNoticeIssued(notice_id=notice, level=level):
                stands[notice] = level
            case EscalationRaised(notice_id=notice, from_level=old, to_level=new):
                check.note([] if stands[notice] == old else [f"{notice} stood at {stands[notice]}, not {old}"])
                stands[notice] = new
            case _:
                pass
    return check
