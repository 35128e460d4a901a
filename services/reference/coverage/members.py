"""Who belongs to a population or a roster, whether they were reached, and why they are on the list."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from contracts.pack.covering import Population, RepeatCaller, Roster
from services.reference.coverage.facts import Call, Facts, Subject, Visit

What = Literal["subject", "caller", "case", "person", "cell"]


@dataclass(frozen=True, slots=True)
class Member:
    """One that is to be reached, or who is to take part."""

    ref: str
    what: What
    unit: str | None
    """The town of a subject, the unit of an official."""
    community: str | None = None
    kind: str = ""
    tags: tuple[str, ...] = ()
    """Of somebody erased they are not told."""
    reached_at: datetime | None = None
    by: str | None = None
    """The visit that reached it."""
    calls: tuple[str, ...] = ()
    """The requests that made a repeat caller of them."""
    did: frozenset[str] = frozenset()
    """Of an official: which of the duties they took part in."""
    erased: bool = False


SHORT = 10
"""Characters of a caller's word that tell callers apart on a page."""


def short(one: Member) -> str:
    """Its code as pages show it; a caller's is long and random."""
    return one.ref[:SHORT] if one.what == "caller" else one.ref


@dataclass(frozen=True, slots=True)
class Reached:
    """The first visit that counts."""

    at: datetime
    visit_id: str


def population(row: Population, modes: Sequence[str], facts: Facts) -> list[Member]:
    """The members of a population with the first visit that reached each, in the order of their ids."""
    reached = _first_visits(facts.visits, modes)
    register = [one for one in facts.register.values() if _on_register(row, one)]
    found = {one.subject_id: _member(one, reached) for one in register if _belongs(row, one)}
    if row.repeat_caller is not None:
        here = {one.subject_id: one for one in register}
        # Whoever bears a tag too is asked for twice, and reached when a visit answers both.
        found |= {one.ref: one for one in _repeat_callers(row.repeat_caller, facts, here, modes)}
    if "case" in row.kind:
        found |= {one.ref: one for one in _matters(facts)}
    if "grid" in row.kind:
        found |= {one.ref: one for one in _cells(row, modes, facts)}
    return [found[ref] for ref in sorted(found)]


def _on_register(row: Population, one: Subject) -> bool:
    return row.snapshot is None or one.listed_on is None or one.listed_on <= row.snapshot


def _belongs(row: Population, one: Subject) -> bool:
    """By kind and tags; special people are told by their tags alone."""
    if "person" in row.kind:
        return any(tag in row.tags for tag in one.tags)
    return one.kind in row.kind and (not row.tags or any(tag in row.tags for tag in one.tags))


def _first_visits(visits: Iterable[Visit], modes: Sequence[str]) -> Mapping[str, Visit]:
    """A district has tens of thousands of visits: the loop does as little as it can."""
    first: dict[str, Visit] = {}
    for visit in visits:
        if modes and visit.mode not in modes:
            continue
        known = first.get(visit.subject_id)
        if known is None or visit.at < known.at or (visit.at == known.at and visit.visit_id < known.visit_id):
            first[visit.subject_id] = visit
    return first


def _member(one: Subject, reached: Mapping[str, Visit]) -> Member:
    visit = reached.get(one.subject_id)
    at, by = (visit.at, visit.visit_id) if visit else (None, None)
    tags = () if one.erased else one.tags
    return Member(one.subject_id, "subject", one.territory, one.community, one.kind, tags, at, by, erased=one.erased)


def _repeat_callers(
    rule: RepeatCaller, facts: Facts, register: Mapping[str, Subject], modes: Sequence[str]
) -> Iterator[Member]:
    """Who asked so often in so many days; a caller whom a visit or a call ties to a subject is that subject.

    They are reached by a visit since the call that made them one, the last of the first stretch: an earlier visit was
    none about it.
    """
    subject_of = {
        call.caller: call.subject_id
        for call in sorted(facts.calls, key=lambda call: (call.at, call.request_id))
        if call.caller and call.subject_id in register
    }
    asked: dict[tuple[What, str], list[Call]] = defaultdict(list)
    for call in facts.calls:
        if call.visited or call.channel not in rule.channels:
            continue
        subject = call.subject_id if call.subject_id in register else subject_of.get(call.caller or "")
        if subject:
            asked["subject", subject].append(call)
        elif call.caller:
            asked["caller", call.caller].append(call)
    again = {who: behind for who, calls in asked.items() if (behind := often(rule, calls))}
    since = {ref: behind[rule.calls - 1].received_at for (what, ref), behind in again.items() if what == "subject"}
    later = [one for one in facts.visits if one.subject_id in since and one.at >= since[one.subject_id]]
    reached = _first_visits(later, modes)
    for (what, ref), behind in again.items():
        ids = tuple(call.request_id for call in behind)
        if what == "subject":
            yield replace(_member(register[ref], reached), calls=ids)
        else:
            yield Member(ref, "caller", behind[-1].territory, calls=ids)


def often(rule: RepeatCaller, calls: Iterable[Call]) -> list[Call]:
    """The calls of every stretch of so many days that holds so many; empty where there is none."""
    ordered = sorted(calls, key=lambda call: (call.received_at, call.request_id))
    within = timedelta(days=rule.days)
    behind: set[int] = set()
    for first in range(len(ordered) - rule.calls + 1):
        last = first + rule.calls - 1
        if ordered[last].received_at - ordered[first].received_at <= within:
            behind.update(range(first, last + 1))
    return [ordered[n] for n in sorted(behind)]


def _cells(row: Population, modes: Sequence[str], facts: Facts) -> Iterator[Member]:
    """The cells of a layer that no other is part of; whoever was visited there reaches it (LT-39)."""
    first: dict[str, Reached] = {}
    for visit in facts.visits:
        for cell in visit.cells if not modes or visit.mode in modes else ():
            known = first.get(cell)
            if known is None or (visit.at, visit.visit_id) < (known.at, known.visit_id):
                first[cell] = Reached(visit.at, visit.visit_id)
    divided = {one.parent for one in facts.cells}
    for one in facts.cells:
        if one.layer == row.layer and one.grid_id not in divided:
            came = first.get(one.grid_id)
            at, by = (came.at, came.visit_id) if came else (None, None)
            yield Member(one.grid_id, "cell", one.unit, kind="grid", reached_at=at, by=by)


def _matters(facts: Facts) -> Iterator[Member]:
    """Matters that stand in focus; a visit to their household after they were opened is one about them (LT-03)."""
    visits: dict[str, list[Reached]] = defaultdict(list)
    for visit in facts.visits:
        visits[visit.subject_id].append(Reached(visit.at, visit.visit_id))
    for one in facts.matters:
        if not one.stands:
            continue
        later = [v for v in visits.get(one.subject_id or "", ()) if v.at >= one.opened_at]
        first = min(later, key=lambda v: (v.at, v.visit_id), default=None)
        at, by = (first.at, first.visit_id) if first else (None, None)
        if one.seen_at is not None and (at is None or one.seen_at <= at):
            at, by = one.seen_at, None
        yield Member(one.case_id, "case", one.territory, kind="case", reached_at=at, by=by)


def roster(row: Roster, facts: Facts) -> list[Member]:
    """The people of a roster with their first visit that counts and what else they took part in (K08, LT-32)."""
    first: dict[str, Reached] = {}
    did: dict[str, set[str]] = defaultdict(set)
    for visit in facts.visits:
        for person in visit.visitors:
            did[person].add("visit")
            if visit.heard:
                did[person].add("collect_requests")
            if person not in first or (visit.at, visit.visit_id) < (first[person].at, first[person].visit_id):
                first[person] = Reached(visit.at, visit.visit_id)
    for meeting in facts.meetings:
        did[meeting.person_id].add("residents_meeting")
    found = []
    for one in sorted(facts.persons, key=lambda one: one.person_id):
        unit = facts.units.get(one.unit)
        if (row.levels and (unit is None or unit.level not in row.levels)) or (row.ranks and one.rank not in row.ranks):
            continue
        came = first.get(one.person_id)
        found.append(
            Member(
                one.person_id,
                "person",
                one.unit,
                reached_at=came.at if came else None,
                by=came.visit_id if came else None,
                did=frozenset(did[one.person_id]),
            )
        )
    return found
