"""What must hold at every position of the logs, whatever the users did (invariants 1, 2, 4, 8, 12)."""

from collections.abc import Iterator, Mapping, Sequence

from contracts.dispatch import (
    CaseCompleted,
    CaseOpened,
    CaseReopened,
    CaseStruckOff,
    OrderCancelled,
    OrderCompleted,
    OrderIssued,
    OrderSigned,
    ReturnRuled,
)
from contracts.event import Event
from contracts.supervision import FollowUpConducted
from deploy.trial.fold import Fold
from services.chassis.facts import Fact
from services.reporting.domain.canonical import Cell

FIGURES = (
    *("carried", "opened_in", "total", "done_in", "done", "solved", "struck_off", "open", "overdue", "suspended"),
    *("reworked", "returned"),
)
"""The counted columns of R03."""

SHARES = {"solved_share": ("solved", "total"), "struck_off_share": ("struck_off", "total")}


def adds_up(fold: Fold, rows: Sequence[Mapping[str, Cell]]) -> Iterator[str]:
    """(1) opened = struck off + open + gone (merged, split, closed unhandled), and R03 says as the raw events do."""
    total = rows[-1]
    struck_off = fold.struck_off - fold.reopened_struck_off
    still_open = sum(case.status != "struck_off" for case in fold.standing)
    if fold.opened != struck_off + still_open + fold.gone:
        yield f"{fold.opened} opened, {struck_off} struck off, {still_open} open, {fold.gone} gone"
    standing = fold.opened - fold.gone
    if (total["total"], total["struck_off"]) != (standing, struck_off):
        yield f"R03 says {total['total']} and {total['struck_off']}, the events {standing} and {struck_off}"
    if _number(total["done"]) + _number(total["open"]) != standing:
        yield f"{total['done']} done and {total['open']} not done are not {standing}"


def units_make_the_total(rows: Sequence[Mapping[str, Cell]]) -> Iterator[str]:
    """(2) Σ over units = total, in every counted column."""
    *units, total = rows
    for figure in FIGURES:
        found = sum(_number(unit[figure]) for unit in units)
        if found != total[figure]:
            yield f"{figure}: the units make {found}, the total says {total[figure]}"


def shares_are_sane(rows: Sequence[Mapping[str, Cell]]) -> Iterator[str]:
    """(12) no share above 100, and none at all where there is nothing to divide by."""
    for row in rows:
        for share, (part, whole) in SHARES.items():
            value = row[share]
            if (value is None) != (not row[whole]):
                yield f"{row['unit']}: {share} is {value} of {row[whole]}"
            elif value is not None and not 0 <= float(str(value)) <= 100:
                yield f"{row['unit']}: {share} is {value} with {row[part]} of {row[whole]}"


class Order:
    """(4) at every event: nothing struck off that was not completed, nothing completed without reply and person."""

    def __init__(self, required: Sequence[str]) -> None:
        self._required = required
        self._completed: set[str] = set()
        self._open: dict[str, set[str]] = {}
        self._named: set[str] = set()
        self.looked = 0

    def check(self, fact: Fact) -> Iterator[str]:
        """One event of dispatch."""
        self.looked += 1
        for wrong in self._check(fact.event):
            yield f"{fact.stream} version {fact.version}: {wrong}"

    def _check(self, event: Event) -> Iterator[str]:
        match event:
            case CaseOpened(case_id=case):
                self._open[case] = set()
            case OrderIssued() as e:
                self._open[e.case_id].add(e.order_id)
                if e.responsible_person:
                    self._named.add(e.order_id)
                yield from self._incomplete(e)
            case OrderSigned() as e:
                if e.responsible_person:
                    self._named.add(e.order_id)
            case ReturnRuled(accepted=True) | OrderCancelled() as e:
                self._open[e.case_id].discard(e.order_id)
            case OrderCompleted() as e:
                self._open[e.case_id].discard(e.order_id)
                if not e.reply.box or not e.responsible_person:
                    yield "an order was completed without a reply or a named person"
            case CaseCompleted(case_id=case):
                if self._open[case]:
                    yield "a case was completed with orders open"
                self._completed.add(case)
            case CaseReopened(case_id=case):
                self._completed.discard(case)
            case CaseStruckOff(case_id=case):
                if case not in self._completed:
                    yield "a case was struck off without completion"
            case _:
                pass

    def _incomplete(self, event: OrderIssued) -> Iterator[str]:
        for name in self._required:
            field = name.removesuffix("_id")
            if not (getattr(event.dues, field, None) or getattr(event, field, None)):
                yield f"an order was issued without {name}"


def nobody_reviews_themselves(dispatch: Sequence[Fact], supervision: Sequence[Fact]) -> Iterator[str]:
    """(8) who handled the case is not who asked whether it was handled well."""
    handlers: dict[str, set[str]] = {}
    for fact in dispatch:
        if isinstance(fact.event, OrderIssued):
            handlers.setdefault(fact.event.case_id, set()).add(fact.event.to_unit)
    for fact in supervision:
        if isinstance(fact.event, FollowUpConducted) and fact.event.reviewer_unit in handlers[fact.event.case_id]:
            yield f"{fact.stream}: {fact.event.reviewer_unit} reviewed its own work"


def _number(value: Cell) -> int:
    assert isinstance(value, int), "a count"
    return value
