"""What an assessment folds of directory, grid, pairs, activities and visits; and K05, K06, K11 and K20 of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from contracts.event import Event
from contracts.intake import GridCellDefined, PersonRegistered, RoleAssigned, RoleRevoked, VisitRecorded
from contracts.intake.outreach import (
    ActivityHeld,
    ActivityWithdrawn,
    ContactCardIssued,
    PairingEnded,
    PairingEstablished,
)
from contracts.pack import Pairing
from services.chassis.zone import LOCAL
from services.reference.ledger import DAY, Deed, Member, Owner, Pair, Visit, midnight
from services.reference.owed import Standing, counted, owing, periods, standings, tally
from services.supervision.domain.assess_facts import Facts, Told
from services.supervision.domain.assess_scope import LEADER, Scope

Step = Callable[[Facts, Any, Told], None]


def person(f: Facts, e: PersonRegistered, t: Told) -> None:
    """Whose people they are since when; registered again in the same unit they stay since then."""
    before = f.members.get(e.person_id)
    stays = before is not None and before.unit == e.unit_id
    if before is not None and not stays:
        f.moved.append(replace(before, until=t.time))
    since = before.since if before is not None and stays else t.time
    f.members[e.person_id] = Member(e.person_id, e.unit_id, since=since, rank=e.rank)


def _cell(f: Facts, e: GridCellDefined, t: Told) -> None:
    f.cells[e.grid_id] = e


def _assigned(f: Facts, e: RoleAssigned, t: Told) -> None:
    f.holders[e.person_id, e.role, e.unit_id] = Member(e.person_id, e.unit_id, "", e.role, t.time)


def _revoked(f: Facts, e: RoleRevoked, t: Told) -> None:
    key = (e.person_id, e.role, e.unit_id)
    if key in f.holders:
        f.holders[key] = replace(f.holders[key], until=t.time)


def _paired(f: Facts, e: PairingEstablished, t: Told) -> None:
    if e.programme_id == f.programme:
        about = (e.pairing_id, e.kind, e.owner, e.target, e.target_kind, e.since)
        f.pairs[e.pairing_id] = Pair(*about, recorded_at=t.time)


def _unpaired(f: Facts, e: PairingEnded, t: Told) -> None:
    if e.pairing_id in f.pairs:
        f.pairs[e.pairing_id] = replace(f.pairs[e.pairing_id], until=e.until, ended_at=t.time)


def _card(f: Facts, e: ContactCardIssued, t: Told) -> None:
    if e.pairing_id in f.pairs:
        f.pairs[e.pairing_id] = replace(f.pairs[e.pairing_id], card_on=e.on)


def _held(f: Facts, e: ActivityHeld, t: Told) -> None:
    if e.programme_id == f.programme:
        f.deeds[e.activity_id] = Deed(e.activity_id, e.kind, e.on, t.time, e.unit, e.persons, e.topic, e.document)


def _withdrawn(f: Facts, e: ActivityWithdrawn, t: Told) -> None:
    if e.activity_id in f.deeds:
        f.deeds[e.activity_id] = replace(f.deeds[e.activity_id], withdrawn_at=t.time)


def visited(f: Facts, e: VisitRecorded, t: Told) -> None:
    """Whom a visit met, and who made it."""
    if t.programme == f.programme and not e.attempted_only:
        on = (t.occurred_at or t.time).astimezone(LOCAL).date()
        f.visits.append(Visit(e.visit_id, e.subject_id, e.visitors, e.mode, on, t.time))


STEPS: Mapping[type[Event], Step] = {
    GridCellDefined: _cell,
    RoleAssigned: _assigned,
    RoleRevoked: _revoked,
    PairingEstablished: _paired,
    PairingEnded: _unpaired,
    ContactCardIssued: _card,
    ActivityHeld: _held,
    ActivityWithdrawn: _withdrawn,
}


ENTERED_LATER: Mapping[type[Event], Step] = {
    ActivityHeld: _held,
    ActivityWithdrawn: _withdrawn,
    VisitRecorded: visited,
}
"""What is read beyond the moment of the facts, for duties only: the pack grants days for entering it."""


def cards(s: Scope) -> Iterator[tuple[str, Fraction]]:
    """K05 发卡率: whoever is paired with at the end of the period, once, with whether anybody gave them a card."""
    carded: dict[str, bool] = {}
    for one in _standings(s, lambda row: row.card):
        for pair in one.pairs:
            key = f"{one.row.kind}/{pair.target}"
            carded[key] = carded.get(key, False) or pair.card_on is not None
    for key, given in sorted(carded.items()):
        yield key, Fraction(given)


def paired(s: Scope) -> Iterator[tuple[str, Fraction]]:
    """K06 结对率: who owes pairs, each with whether there are as many as the pack asks for."""
    for one in _standings(s, lambda row: bool(row.min) or row.max is not None):
        yield f"{one.row.kind}/{one.owner.id}", Fraction(one.within)


def cells(s: Scope) -> Iterator[tuple[str, Fraction]]:
    """K11 网格覆盖率: cells of every layer on its ground, each with whether somebody answers for it by name (LT-04)."""
    for grid_id, cell in s.facts.cells.items():
        if cell.unit_id is not None and s.kind != LEADER and s.facts.covers(s.object, cell.unit_id):
            yield f"{cell.layer}/{grid_id}", Fraction(cell.leader is not None or bool(cell.members))


def quotas(s: Scope) -> Iterator[tuple[str, Fraction]]:
    """K20 定额完成率: every duty of every period that ended within this one, never more than all of it.

    Entries of the days that the pack grants after the end count, as far as they were held when it was computed.
    """
    for quota in counted(s.pack):
        for period in periods(s.pack, quota, s.period.until):
            if period.due < s.period.since or midnight(period.due + DAY) > min(s.period.closes, s.period.as_of):
                continue
            for owner in owing(s.pack, quota, period, s.facts.ledger.members, period.due):
                if _owns(s, owner):
                    share = tally(s.pack, quota, owner, period, s.facts.ledger).share
                    yield f"{quota.kind}/{owner.id}/{period.due}", share


def _standings(s: Scope, wanted: Callable[[Pairing], bool]) -> Iterator[Standing]:
    for row in s.pack.lists.pairing:
        if wanted(row):
            yield from (one for one in standings(s.pack, row, s.facts.ledger, _last_day(s)) if _owns(s, one.owner))


def _last_day(s: Scope) -> date:
    """The period's last day, or the last that was looked at."""
    seen: datetime = s.period.as_of
    return min(s.period.until, seen.astimezone(LOCAL).date())


def _owns(s: Scope, owner: Owner) -> bool:
    """A leader's own; else those of the unit's people, and of all below it."""
    return owner.id == s.object if s.kind == LEADER else s.facts.covers(s.object, owner.unit)
