"""R21 干部月度任务表 (SH-06): each month's duties of each cadre as they are, and how far all months together came."""

from collections.abc import Sequence
from fractions import Fraction

from contracts.pack import Quota
from services.reference.ledger import Owner
from services.reference.owed import Tally, counted, owing, periods, tally
from services.reporting.domain.canonical import Cell
from services.reporting.domain.owing import Input, word
from services.reporting.domain.shares import percent

VERSION = 2
"""Of the rules below; a run names it, and a change of them is a new version."""


def duties(given: Input) -> list[Quota]:
    """The columns: what persons owe each month."""
    return [row for row in counted(given.pack) if row.per == "month" and row.owed_by == "person"]


def rows(given: Input) -> list[dict[str, Cell]]:
    """One per person who owes something, by unit; the total says how many of them did all of it."""
    columns = duties(given)
    found: dict[Owner, list[Tally]] = {}
    so_far: dict[str, list[Tally]] = {}  # whoever moved to another unit takes their months with them
    for quota in columns:
        for period in periods(given.pack, quota, given.day):
            if period.since > given.month:
                continue
            for owner in owing(given.pack, quota, period, given.ledger.members, given.day):
                one = tally(given.pack, quota, owner, period, given.ledger)
                so_far.setdefault(owner.id, []).append(one)
                if period.since == given.month:
                    found.setdefault(owner, []).append(one)
    people = sorted(found, key=lambda owner: (owner.unit, owner.id))
    lines = [_row(owner, found[owner], so_far[owner.id], columns) for owner in people]
    return [*lines, _total(lines, columns)] if lines else []


def _row(owner: Owner, month: Sequence[Tally], so_far: Sequence[Tally], columns: Sequence[Quota]) -> dict[str, Cell]:
    done = {one.quota.kind: one for one in month}
    cells: dict[str, Cell] = {}
    for quota in columns:
        one = done.get(quota.kind)
        cells[quota.kind] = one.done if one else None
        cells[f"{quota.kind}/late"] = one.late if one else None
    capped, need = sum(min(one.done, one.quota.need) for one in so_far), sum(one.quota.need for one in so_far)
    return {
        "row": "person",
        "person": owner.id,
        "unit": owner.unit,
        **cells,
        "met": word(all(one.met for one in month)),
        "done": capped,
        "need": need,
        "share": percent(Fraction(capped, need)) if need else None,
    }


def _total(lines: Sequence[dict[str, Cell]], columns: Sequence[Quota]) -> dict[str, Cell]:
    def added(key: str) -> int:
        return sum(value for line in lines if isinstance(value := line[key], int))

    cells: dict[str, Cell] = {}
    for quota in columns:
        cells |= {quota.kind: added(quota.kind), f"{quota.kind}/late": added(f"{quota.kind}/late")}
    done, need = added("done"), added("need")
    met = sum(line["met"] == "yes" for line in lines)
    total: dict[str, Cell] = {"row": "total", "person": None, "unit": None, **cells, "met": f"{met}/{len(lines)}"}
    return total | {"done": done, "need": need, "share": percent(Fraction(done, need)) if need else None}
