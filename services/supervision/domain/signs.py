"""What in the records looks made up: each rule is a pure function over traces and names every record it saw.

A sign proposes that somebody looks; honest work can look like this too, and no rule calls anything false.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Kind = Literal[
    "no_handling",
    "no_contact",
    "never_contacted",
    "same_text",
    "same_file",
    "bulk_closing",
    "many_visits",
    "overlapping_visits",
    "burst_before_slot",
    "relapse",
    "same_phone",
    "no_call_record",
    "self_closing",
]

HANDLING = frozenset({"contact", "tried", "plan", "progress", "site", "milestone", "findings"})
"""Traces of work on a case between its order and its completion."""

MOST_SEEN = 60
"""Records named by one sign; its figures count them all."""

MINUTE = timedelta(minutes=1)
LATER = timedelta(days=1)
"""A visit entered so long after it took place was written down afterwards."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What one record says, as far as the rules look at it."""

    record: str
    """As `dispatch:812`."""
    kind: str
    at: datetime
    case_id: str | None = None
    unit: str | None = None
    person: str | None = None
    occurred: datetime | None = None
    """When it took place, where that is told; `at` is when it was recorded."""
    key: str | None = None
    """What equal records share: a visit's id, the hash of a text or file, a category."""
    place: str | None = None
    visit_id: str | None = None

    @property
    def when(self) -> datetime:
        return self.occurred or self.at


@dataclass(frozen=True, slots=True)
class Sign:
    """What a rule saw. `about` makes it one: the same matter is a sign once."""

    kind: Kind
    about: str
    seen: tuple[str, ...]
    unit: str | None = None
    case_id: str | None = None
    visit_ids: tuple[str, ...] = ()
    measured: Mapping[str, int] = field(default_factory=dict)


def unhandled(history: Sequence[Trace], completion: Trace) -> Sign | None:
    """Completed with no trace of work, or of a call that reached the requester, since the round began."""
    since = [at for at, one in enumerate(history) if one.kind == "reopened"]
    rounds = len(since) + 1
    round_ = history[since[-1] + 1 :] if since else history
    work = [one for one in round_ if one.kind in HANDLING]
    if any(one.kind == "contact" for one in work):
        return None
    kind: Kind = "no_contact" if work else "no_handling"
    return Sign(
        kind,
        f"{completion.case_id} {rounds}",
        _seen([*work, completion]),
        completion.unit,
        completion.case_id,
        measured={"handling": len(work), "round": rounds},
    )


def same_text(alike: Sequence[Trace], limit: int) -> Sign | None:
    """So many cases were answered in the very same words; told again whenever as many more were."""
    cases = list(dict.fromkeys(one.case_id for one in alike))
    last = alike[-1]
    if not cases or len(cases) % limit or last.case_id in [one.case_id for one in alike[:-1]]:
        return None
    about = f"{last.key} {len(cases)}"
    measured = {"cases": len(cases), "limit": limit}
    return Sign("same_text", about, _seen(alike), last.unit, last.case_id, measured=measured)


def same_file(alike: Sequence[Trace]) -> Sign | None:
    """One photo or file is evidence in two cases; told again when it is in twice as many."""
    last = alike[-1]
    others = [one for one in alike if one.case_id != last.case_id]
    if not others:
        return None
    cases = {one.case_id for one in alike}
    about = f"{last.key} {len(cases).bit_length()}"
    return Sign("same_file", about, _seen([*others, last]), last.unit, last.case_id, measured={"cases": len(cases)})


def bulk_closing(completed: Sequence[Trace], limit: int) -> Sign | None:
    """One unit completed so many different cases within one minute of the clock."""
    last = completed[-1]
    minute = _minute(last.at)
    within = [one for one in completed if one.unit == last.unit and _minute(one.at) == minute]
    cases = {one.case_id for one in within}
    if len(cases) < limit:
        return None
    about = f"{last.unit} {minute.isoformat()}"
    measured = {"cases": len(cases), "limit": limit, "minutes": 1}
    return Sign("bulk_closing", about, _seen(within), last.unit, last.case_id, measured=measured)


def never_contacted(said: Trace, completion: Trace | None) -> Sign:
    """The requester says that the handler never called; the handler completed the case all the same."""
    seen = [one for one in (completion, said) if one is not None]
    unit = completion.unit if completion else None
    return Sign("never_contacted", str(said.key), _seen(seen), unit, said.case_id)


def no_call_record(said: Trace) -> Sign:
    """The requester is said to have been reached by telephone, and no record of a call is named (F)."""
    return Sign("no_call_record", str(said.key), (said.record,), said.unit, said.case_id)


def same_phone(alike: Sequence[Trace], limit: int) -> Sign | None:
    """So many households gave one number, which may be that of whoever wrote it down; told again for as many more."""
    homes = list(dict.fromkeys(one.place for one in alike if one.place))
    last = alike[-1] if alike else None
    known = {one.place for one in alike[:-1]}
    if last is None or not last.place or last.place in known or len(homes) % limit:
        return None
    visits = tuple(dict.fromkeys(one.visit_id for one in alike if one.visit_id))
    measured = {"households": len(homes), "limit": limit}
    return Sign(
        "same_phone",
        f"{last.key} {len(homes)}",
        _seen(alike),
        last.unit,
        visit_ids=visits[:MOST_SEEN],
        measured=measured,
    )


def self_closing(struck: Sequence[Trace], limit: int) -> Sign | None:
    """One person completed so many cases and struck them off too; `struck` are those strike-offs (peers: closure by who
    is rated). Told again for as many more; the only clerk of a unit is left out before."""
    cases = list(dict.fromkeys(one.case_id for one in struck))
    if not cases or len(cases) % limit or struck[-1].case_id in [one.case_id for one in struck[:-1]]:
        return None
    last = struck[-1]
    measured = {"cases": len(cases), "limit": limit}
    return Sign(
        "self_closing", f"{last.person} {len(cases)}", _seen(struck), last.unit, last.case_id, measured=measured
    )


def relapse(opened: Trace, struck: Sequence[Trace], days: int) -> Sign | None:
    """Struck off, and within the pack's days the same category at the same place again."""
    near = [one for one in struck if timedelta(0) <= opened.at - one.at <= timedelta(days=days)]
    if not near:
        return None
    last = near[-1]
    measured = {"days": (opened.at - last.at).days, "limit": days}
    about = f"{last.case_id} {opened.case_id}"
    return Sign("relapse", about, _seen([last, opened]), last.unit, last.case_id, measured=measured)


def many_visits(day: Sequence[Trace], on: str, limit: int) -> Sign | None:
    """One person, one day, more visits than anybody can make; `on` is that day where it was."""
    visits = _visits(day)
    if len(visits) <= limit:
        return None
    last = day[-1]
    about = f"{last.person} {on}"
    measured = {"visits": len(visits), "limit": limit}
    return Sign("many_visits", about, _seen(day), last.unit, visit_ids=visits[:MOST_SEEN], measured=measured)


def overlapping(visit: Trace, others: Sequence[Trace], minutes: int) -> Sign | None:
    """One person at two places at nearly the same time."""
    for other in others:
        apart = abs(visit.when - other.when)
        if other.place != visit.place and other.key != visit.key and apart < timedelta(minutes=minutes):
            visits = tuple(sorted((str(other.key), str(visit.key))))
            measured = {"minutes": int(apart.total_seconds() // 60), "limit": minutes}
            about = f"{visit.person} {' '.join(visits)}"
            return Sign(
                "overlapping_visits", about, _seen([other, visit]), visit.unit, visit_ids=visits, measured=measured
            )
    return None


def burst(entered: Sequence[Trace], slot: str, limit: int) -> Sign | None:
    """Visits written down afterwards in a heap, just before a report or meeting is due."""
    late = [one for one in entered if one.at - one.when >= LATER]
    visits = _visits(late)
    if len(visits) < limit:
        return None
    last = late[-1]
    measured = {"visits": len(visits), "limit": limit}
    return Sign(
        "burst_before_slot", f"{last.person} {slot}", _seen(late), last.unit, visit_ids=visits, measured=measured
    )


def _visits(traces: Sequence[Trace]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(one.key) for one in traces))


def _seen(traces: Sequence[Trace]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.record for one in traces))[-MOST_SEEN:]


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
