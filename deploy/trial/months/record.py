"""What supervision recorded, so that two runs can be compared: without ids, positions and moments of record."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from contracts.event import Event
from contracts.supervision import (
    AccountabilityProposed,
    CadenceFulfilled,
    CadenceMissed,
    ClockCancelled,
    ClockMet,
    ClockMoved,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    DeadlineBreached,
    FollowUpScheduled,
    SignalRaised,
    SupervisionNoticeIssued,
)
from services.chassis.facts import Fact

Line = tuple[str, str]
"""The type of an event and the rest of it as sorted JSON."""

OF_RECORD = frozenset({"watermark", "dispatch_position", "effective_from"})
"""When and how far along something was noticed: what is recorded of it is the moment it was due."""

FIXED: tuple[type[Event], ...] = (
    ClockStarted,
    ClockPaused,
    ClockResumed,
    ClockMoved,
    ClockMet,
    ClockCancelled,
    DeadlineBreached,
    CadenceFulfilled,
    CadenceMissed,
    FollowUpScheduled,
)
"""What no outage may change, however long: it follows from what others recorded, and from the calendar; but for the
time to answer a slip and to call back, which begin later when the slip or the call is set later."""


EVERYTHING: tuple[type[Event], ...] = (Event,)


def lines(everything: Sequence[Fact], only: tuple[type[Event], ...] = EVERYTHING) -> Counter[Line]:
    """Every event of supervision as often as it was recorded."""
    own = [fact for fact in everything if fact.source == "supervision"]
    names = dict(_names(own))
    # Signals name the records they saw by position; two runs agree on what stood there, not on where.
    names |= {f"{fact.source}:{fact.position}": f"{fact.stream}@{fact.version}" for fact in everything}
    told = [fact.event for fact in own if isinstance(fact.event, only)]
    if only is EVERYTHING:
        return Counter(_line(event, names) for event in told)
    return Counter(_line(event, names, _set_here(event)) for event in told if not _clock_set_here(event))


def _clock_set_here(event: Event) -> bool:
    return getattr(event, "kind", None) in ("reply", "follow_up")


def _set_here(event: Event) -> frozenset[str]:
    return frozenset({"due"}) if isinstance(event, FollowUpScheduled) else frozenset()


def differences(left: Counter[Line], right: Counter[Line]) -> Iterator[str]:
    """What one run has and the other has not."""
    for sign, only in (("only without trouble", left - right), ("only with it", right - left)):
        for (kind, rest), number in sorted(only.items()):
            yield f"{sign}: {kind} × {number} {rest}"


def _line(event: Event, names: dict[str, str], besides: frozenset[str] = frozenset()) -> Line:
    left_out = OF_RECORD | besides
    said = {name: value for name, value in event.model_dump(mode="json").items() if name not in left_out}
    if isinstance(event, SignalRaised):
        said["seen"] = sorted(names.get(one, one) for one in event.seen)
    return event.TYPE, orjson.dumps(_renamed(said, names), option=orjson.OPT_SORT_KEYS).decode()


def _renamed(value: Any, names: dict[str, str]) -> Any:
    match value:
        case str():
            return names.get(value, value)
        case list():
            return [_renamed(one, names) for one in value]
        case dict():
            return {name: _renamed(one, names) for name, one in value.items()}
        case _:
            return value


def _names(facts: Iterable[Fact]) -> Iterator[tuple[str, str]]:
    """Ids that a reactor derived from an event's own, by what they are about and the how-manieth of it they are."""
    seen: Counter[str] = Counter()
    slips: dict[str, str] = {}
    for fact in facts:
        match fact.event:
            case SupervisionNoticeIssued() as e:
                about, key = f"slip about {e.matter}", e.notice_id
                slips[f"notice:{e.notice_id}"] = f"{about} #{seen[about] + 1}"
            case ClockStarted(kind="reply", matter=str(matter)) as e:
                yield matter, slips[matter]
                about, key = f"answer to {slips[matter]}", e.clock_id
            case AccountabilityProposed() as e:
                about, key = f"referral of {e.unit} by {e.rule_id} for {','.join(e.case_ids)}", e.referral_id
            case SignalRaised() as e:
                about, key = f"signal {e.kind} about {e.case_id or e.unit}", e.signal_id
            case _:
                continue
        seen[about] += 1
        yield key, f"{about} #{seen[about]}"
