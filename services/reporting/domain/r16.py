"""R16 「八个一」完成情况 (EB-11 to EB-19): what each section did once, what its people did, and what is missing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction

from contracts.pack import Quota
from services.reference.owed import Tally, counted, kinds, owing, periods, tally
from services.reporting.domain.canonical import Cell
from services.reporting.domain.owing import Input
from services.reporting.domain.shares import percent

VERSION = 2
"""Of the rules below; a run names it, and a change of them is a new version."""

Found = Mapping[str, Sequence[Tally]]
"""By kind of duty: the unit's own, or one for each of its people."""


def duties(given: Input) -> list[Quota]:
    """The columns: what is owed once in the whole programme."""
    return [row for row in counted(given.pack) if row.per == "programme"]


def rows(given: Input) -> list[dict[str, Cell]]:
    """One per unit; where persons owe it, a column counts those who did, and who did not is named."""
    columns = duties(given)
    by_unit: dict[str, dict[str, list[Tally]]] = defaultdict(lambda: defaultdict(list))
    for quota in columns:
        for period in periods(given.pack, quota, given.day):
            for owner in owing(given.pack, quota, period, given.ledger.members, given.day):
                one = tally(given.pack, quota, owner, period, given.ledger)
                by_unit[owner.unit][quota.kind].append(one)
    lines = [_row(given, unit, by_unit[unit], columns) for unit in sorted(by_unit)]
    return [*lines, _total(lines, columns)] if lines else []


def _row(given: Input, unit: str, found: Found, columns: Sequence[Quota]) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for quota in columns:
        done, need, late = _counted(quota, found.get(quota.kind, ()))
        cells |= {quota.kind: done, f"{quota.kind}/need": need, f"{quota.kind}/late": late}
    all_of_them = [one for several in found.values() for one in several]
    share = sum((one.share for one in all_of_them), Fraction(0))
    missing = [quota.kind for quota in columns if any(not one.met for one in found.get(quota.kind, ()))]
    without = sorted({one.owner.id for one in all_of_them if one.owner.kind == "person" and not one.met})
    return {
        "row": "unit",
        "unit": unit,
        **cells,
        "papers": _papers(given, unit),
        "share": percent(share / len(all_of_them)),
        "missing": " ".join(missing) or None,
        "without": " ".join(without) or None,
        "met": sum(one.met for one in all_of_them),
        "owed": len(all_of_them),
    }


def _counted(quota: Quota, found: Sequence[Tally]) -> tuple[int | None, int | None, int | None]:
    """(done, needed, late): of the unit itself, or how many of its people did theirs."""
    if not found:
        return None, None, None
    if quota.owed_by == "person":
        return sum(one.met for one in found), len(found), sum(bool(one.late) and not one.met for one in found)
    return found[0].done, quota.need, found[0].late


def _papers(given: Input, unit: str) -> int:
    """调研报告篇数: papers of its people that count for a duty of persons, each once."""
    documents = {code for code, row in kinds(given.pack).items() if row.document}
    wanted = {code for row in duties(given) if row.owed_by == "person" for code in row.activities} & documents
    return len({deed.activity_id for deed in given.ledger.deeds_of_unit(unit) if deed.kind in wanted})


def _total(lines: Sequence[dict[str, Cell]], columns: Sequence[Quota]) -> dict[str, Cell]:
    def added(key: str) -> int:
        return sum(value for line in lines if isinstance(value := line[key], int))

    cells: dict[str, Cell] = {}
    for quota in columns:
        cells |= {key: added(key) for key in (quota.kind, f"{quota.kind}/need", f"{quota.kind}/late")}
    met, owed = added("met"), added("owed")
    share = percent(Fraction(met, owed)) if owed else None
    total: dict[str, Cell] = {"row": "total", "unit": None, **cells, "papers": added("papers"), "share": share}
    return total | {"missing": None, "without": None, "met": met, "owed": owed}
