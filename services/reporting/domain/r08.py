"""R08 结对联系情况表 (SH-05, SH-07, EB-07, LT-34): with how many each is paired, the cards, and the month's visits."""

from collections.abc import Sequence
from fractions import Fraction

from contracts.pack import Pairing
from services.reference.owed import Standing, standings
from services.reporting.domain.canonical import Cell
from services.reporting.domain.owing import Input, word
from services.reporting.domain.shares import Share, percent

VERSION = 2
"""Of the rules below; a run names it, and a change of them is a new version."""


def rows(given: Input) -> list[dict[str, Cell]]:
    """Kind by kind, everybody who owes pairs, by unit; then how many of them are as the pack asks (K06, K05)."""
    found: list[dict[str, Cell]] = []
    for row in given.pack.lists.pairing:
        known = standings(given.pack, row, given.ledger, given.day, given.window_to)
        lines = [_row(given, one) for one in known]
        if lines:
            found += [*lines, _total(row, known, lines)]
    return found


def _row(given: Input, one: Standing) -> dict[str, Cell]:
    rank = given.ranks.get(one.owner.id, "") if one.owner.kind == "person" else ""
    return {
        "row": one.owner.kind,
        "kind": one.row.kind,
        "owner": one.owner.id,
        "unit": one.owner.unit,
        "rank": rank or None,
        "mode": one.row.mode,
        "least": one.row.min,
        "most": one.row.max,
        "paired": one.n,
        "cards": one.cards if one.row.card else None,
        "contacts": _contacts(given, one),
        "within": word(one.within) if _bounded(one.row) else None,
    }


def _bounded(row: Pairing) -> bool:
    """Whether the pack asks for a number of pairs; else nothing is met or missed."""
    return bool(row.min) or row.max is not None


def _contacts(given: Input, one: Standing) -> int:
    """Visits of the month on which one of these pairs was met."""
    first, targets = given.month, {pair.target for pair in one.pairs}
    return sum(
        first <= visit.on <= given.day and visit.subject in targets
        for visit in given.ledger.visits(one.owner, paired=False)
    )


def _total(row: Pairing, known: Sequence[Standing], lines: Sequence[dict[str, Cell]]) -> dict[str, Cell]:
    """K06 against the share that the pack asks for; K05 of everybody who is paired with, each once."""

    def added(key: str) -> int:
        return sum(value for line in lines if isinstance(value := line[key], int))

    within = Share(sum(one.within for one in known), len(known)) if _bounded(row) else None
    targets = {pair.target for one in known for pair in one.pairs}
    carded = {pair.target for one in known for pair in one.pairs if pair.card_on is not None}
    asked = Fraction(row.ratio) if within and row.ratio is not None else None
    return {
        "row": "total",
        "kind": row.kind,
        "owner": None,
        "unit": None,
        "rank": None,
        "mode": None,
        "least": None,
        "most": None,
        "paired": added("paired"),
        "cards": len(carded) if row.card else None,
        "contacts": added("contacts"),
        "within": f"{within.part}/{within.whole}" if within else None,
        "share": within.percent if within else None,
        "target": percent(asked) if asked is not None else None,
        "met": word(Fraction(within.part, within.whole) >= asked) if within and asked is not None else None,
        "cards_share": Share(len(carded), len(targets)).percent if row.card else None,
    }
