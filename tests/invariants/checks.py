"""What must hold at every moment, checked on decoded events alone: for tests, and for a trial on real input.

Each function answers the violations it found, in words that name the place; an empty list is the proof.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from contracts.dispatch import (
    CaseCompleted,
    CaseOpened,
    CaseReopened,
    CaseStruckOff,
    OrderCompleted,
    OrderIssued,
    OrderReturned,
    ReturnRuled,
)
from contracts.pack import Pack
from contracts.supervision import FollowUpConducted, FollowUpScheduled
from services.chassis.facts import Fact
from services.reporting.domain import r02, r03
from services.reporting.domain.canonical import Cell, hash_of
from services.reporting.domain.case import HANDLED, Case, evolve
from services.reporting.domain.facts import OrderFact

Position = Mapping[str, int]
HALF_MONTH = timedelta(days=15)
ORDER_FIELDS: dict[str, Callable[[OrderIssued], object]] = {
    "responsible_person_id": lambda order: order.responsible_person,
    "responsible_leader": lambda order: order.responsible_leader,
    "responsible_dept": lambda order: order.responsible_dept,
    "finish_by": lambda order: order.dues.finish_by,
    "expected_outcome": lambda order: order.expected_outcome,
}


class World:
    """All facts folded one after another, as reporting folds them, with the plain counts to compare with."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        self.orders: dict[str, OrderFact] = {}
        self.counts: Counter[str] = Counter()
        self.time: datetime | None = None

    def take(self, fact: Fact) -> None:
        if fact.source != "dispatch":
            return
        self.time = fact.time
        event = fact.event
        if isinstance(event, HANDLED):
            before = self.cases.get(event.case_id, Case(event.case_id))
            self.cases[event.case_id] = evolve(before, fact)
        match event:
            case CaseOpened():
                self.counts["opened"] += 1
            case CaseStruckOff():
                self.counts["struck off"] += 1
            case CaseReopened(was_struck_off=True):
                self.counts["struck off"] -= 1
            case OrderIssued() as e:
                self.orders[e.order_id] = OrderFact(e.order_id, e.case_id, e.to_unit, False, False)
            case OrderReturned() as e:
                self._order(e.order_id, returned=True)
            case ReturnRuled(accepted=False) as e:
                self._order(e.order_id, refused=True)
            case _:
                pass

    def _order(self, order_id: str, *, returned: bool = False, refused: bool = False) -> None:
        o = self.orders[order_id]
        self.orders[order_id] = OrderFact(o.order_id, o.case_id, o.unit, o.returned or returned, o.refused or refused)

    def violations(self, place: str) -> list[str]:
        """Invariants 1, 2 and 12 at this moment."""
        rows = self.r03()
        return [f"{place}: {what}" for what in (*self._balance(), *sums(rows), *shares(rows), *self._ledger(rows))]

    def r03(self) -> list[dict[str, Cell]]:
        as_of = self.time or datetime.fromisoformat("2017-01-01T00:00:00+08:00")
        open_then = {case.case_id for case in self.cases.values() if not case.done}
        return r03.rows(
            r03.Input(
                cases=list(self.cases.values()),
                carried=open_then,
                orders=list(self.orders.values()),
                window_from=as_of - HALF_MONTH,
                window_to=as_of,
                as_of=as_of,
                planned=None,
            )
        )

    def _balance(self) -> Iterator[str]:
        """Invariant 1; opened and struck off are counted from the events, open ones from the states."""
        unfinished = sum(case.status != "struck_off" for case in self.cases.values())
        opened, gone = self.counts["opened"], self.counts["struck off"]
        if opened != gone + unfinished:
            yield f"opened {opened} is not struck off {gone} + open {unfinished}"

    def _ledger(self, rows: Sequence[Mapping[str, Cell]]) -> Iterator[str]:
        """Invariant 2, second half: as many lines in R02 as cases in R03."""
        given = r02.Input(
            list(self.cases.values()), {}, {}, {}, self.time or datetime.fromisoformat("2017-01-01T00:00Z")
        )
        lines = len(r02.rows(given))
        if lines != rows[-1]["total"]:
            yield f"R02 has {lines} lines, R03 {rows[-1]['total']} cases"


def sums(rows: Sequence[Mapping[str, Cell]]) -> Iterator[str]:
    """Invariant 2: every number of the total is the sum of its column."""
    *parts, total = rows
    for figure in (*r03.MEMBERS, "returned"):
        found = sum(_int(row[figure]) for row in parts)
        if found != total[figure]:
            yield f"{figure}: units add up to {found}, the total says {total[figure]}"


def shares(rows: Sequence[Mapping[str, Cell]]) -> Iterator[str]:
    """Invariant 12: no percentage above 100, none without a denominator."""
    for row in rows:
        for figure in ("solved_share", "struck_off_share"):
            value = row[figure]
            if (value is None) != (row["total"] == 0):
                yield f"{row['unit']} {figure}: {value} of {row['total']} cases"
            elif value is not None and not 0 <= float(str(value)) <= 100:
                yield f"{row['unit']} {figure}: {value}"


def check_positions(facts: Iterable[Fact], positions: Iterable[int]) -> list[str]:
    """Invariants 1, 2, 12 after each of these many facts; one pass, whatever their number."""
    wanted = sorted(set(positions))
    world, found, seen = World(), list[str](), 0
    feed = iter(facts)
    for position in wanted:
        while seen < position and (fact := next(feed, None)) is not None:
            world.take(fact)
            seen += 1
        found += world.violations(f"after {seen} facts")
    return found


def check_at(facts: Iterable[Fact], at: Position) -> list[str]:
    """The same at a vector of positions."""
    world = World()
    for fact in facts:
        if fact.position <= at.get(fact.source, 0):
            world.take(fact)
    return world.violations(str(dict(at)))


def random_positions(facts: Sequence[Fact], number: int, seed: int) -> list[int]:
    draw = random.Random(seed)
    return [draw.randint(0, len(facts)) for _ in range(number)]


def check_order(facts: Iterable[Fact], packs: Mapping[str, Pack]) -> list[str]:
    """Invariant 4. `packs` by programme id: which fields an order must have."""
    found: list[str] = []
    completed: dict[str, int] = {}
    replied: set[str] = set()
    for fact in facts:
        match fact.event:
            case OrderIssued() as e:
                pack = packs.get(fact.envelope.meta.programme or "")
                required = pack.order.required if pack else ()
                missing = [name for name in required if name in ORDER_FIELDS and not ORDER_FIELDS[name](e)]
                found += [f"{_at(fact)}: order {e.order_id} without {name}" for name in missing]
            case OrderCompleted() as e:
                replied.add(e.case_id)
                if not e.responsible_person or not e.reply.box:
                    found.append(f"{_at(fact)}: order {e.order_id} completed without a person or a reply")
            case CaseCompleted() as e:
                completed[e.case_id] = e.round
                if e.case_id not in replied:
                    found.append(f"{_at(fact)}: case {e.case_id} completed without any completed order")
            case CaseReopened() as e:
                completed.pop(e.case_id, None)
                replied.discard(e.case_id)
            case CaseStruckOff() as e if e.case_id not in completed:
                found.append(f"{_at(fact)}: case {e.case_id} struck off without completion")
            case _:
                pass
    return found


def check_reviewers(facts: Iterable[Fact]) -> list[str]:
    """Invariant 8: no unit follows up what it handled, by what dispatch says and by what supervision says."""
    handled: dict[str, set[str]] = defaultdict(set)
    reviewed: list[tuple[Fact, FollowUpConducted]] = []
    scheduled: dict[str, set[str]] = {}
    for fact in facts:
        match fact.event:
            case OrderCompleted() as e:
                handled[e.case_id].add(fact.envelope.actor.unit)
            case FollowUpScheduled() as e:
                scheduled[e.followup_id] = set(e.handler_units)
            case FollowUpConducted() as e:
                reviewed.append((fact, e))
            case _:
                pass
    return [
        f"{_at(fact)}: {e.reviewer_unit} followed up case {e.case_id}, which it handled"
        for fact, e in reviewed
        if e.reviewer_unit in handled[e.case_id] | scheduled.get(e.followup_id, set())
    ]


def fold(facts: Iterable[Fact]) -> World:
    world = World()
    for fact in facts:
        world.take(fact)
    return world


def check_interleavings(feeds: Mapping[str, Sequence[Fact]], number: int = 3, seed: int = 1) -> list[str]:
    """Invariant 10: the rows are the same in whatever order the sources arrive."""
    draw = random.Random(seed)
    expected = hash_of(fold(fact for name in sorted(feeds) for fact in feeds[name]).r03())
    found = []
    for attempt in range(number):
        if hash_of(fold(interleaved(feeds, draw)).r03()) != expected:
            found.append(f"interleaving {attempt + 1} of seed {seed}: other rows")
    return found


def interleaved(feeds: Mapping[str, Sequence[Fact]], draw: random.Random) -> Iterator[Fact]:
    """One order in which these feeds may arrive: each in its own order."""
    order = [name for name, feed in feeds.items() for _ in feed]
    draw.shuffle(order)
    feed_of = {name: iter(feed) for name, feed in feeds.items()}
    for name in order:
        yield next(feed_of[name])


def by_source(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        found[fact.source].append(fact)
    return dict(found)


def _at(fact: Fact) -> str:
    return f"{fact.source}:{fact.position}"


def _int(cell: Cell) -> int:
    assert isinstance(cell, int)
    return cell
