"""R08 结对联系情况表 (SH-05, SH-07, EB-07): with how many each is paired, the cards, and the month's contacts."""

from collections.abc import Sequence

from contracts.pack import Pairing
from services.reference.owed import Standing, standings
from services.reporting.domain.canonical import Cell
from services.reporting.domain.owing import Input, word
from services.reporting.domain.shares import Share

VERSION = 1
"""Of the rules below; a run names it, and a change of them is a new version."""


def rows(given: Input) -> list[dict[str, Cell]]:
    """Kind by kind, everybody who owes pairs, by unit; then how many of them are as the pack asks (K06, K05)."""
    found: list[dict[str, Cell]] = []
    for row in given.pack.lists.pairing:
        lines = [_row(given, one) for one in standings(given.pack, row, given.ledger, given.day)]
        if lines:
            found += [*lines, _total(row, lines)]
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
        "within": word(one.within),
    }


def _contacts(given: Input, one: Standing) -> int:
    """Visits of the month on which one of these pairs was met."""
    first, targets = given.month, {pair.target for pair in one.pairs}
    return sum(
        first <= visit.on <= given.day and visit.subject in targets
        for visit in given.ledger.visits(one.owner, paired=False)
    )


def _total(row: Pairing, lines: Sequence[dict[str, Cell]]) -> dict[str, Cell]:
    def added(key: str) -> int:
        return sum(value for line in lines if isinstance(value := line[key], int))

    within = sum(line["within"] == "yes" for line in lines)
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
        "cards": added("cards") if row.card else None,
        "contacts": added("contacts"),
        "within": f"{within}/{len(lines)}",
        "share": Share(within, len(lines)).percent,
        "cards_share": Share(added("cards"), added("paired")).percent if row.card else None,
    }
