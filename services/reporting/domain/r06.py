"""R06 走访覆盖统计表: per unit who was to be reached and who was, and which officials took part (K07, K08).

A subject counts in its town's row, an official in that of their unit, people of a village or community in that of the
town they work for. Who is asked for by two rules counts once, as reached when both ask no more.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts.pack import Pack
from contracts.pack.covering import Population
from services.reference.coverage.facts import Facts
from services.reference.coverage.members import Member
from services.reference.coverage.rules import Watched, found_members, watched
from services.reporting.domain.canonical import Cell
from services.reporting.domain.shares import Share

VERSION = 2
"""Of the rules below; a run names it, and a change of them is a new version."""

COLUMNS = ("places", "households", "enterprises", "special", "cadres")
WITH_SHARE = ("places", "households", "enterprises", "cadres")

LOCAL_LEVELS = ("village", "community")
"""Whose people stand in the row of the town."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One of a column, in a row."""

    column: str
    member: Member
    unit: str | None

    @property
    def reached(self) -> bool:
        return self.member.reached_at is not None


@dataclass(frozen=True, slots=True)
class Input:
    """Everybody who is asked for, and of which day's register."""

    entries: Sequence[Entry]
    register: str | None


def given(pack: Pack, facts: Facts) -> Input:
    """By the rules of the pack, from the facts as of a moment.

    Matters in focus are cases, and a courtyard or an alley is no village: neither is a row here.
    """
    asked = watched(pack)
    found: dict[tuple[str, str], Member] = {}
    for one in asked:
        for member in found_members(one, facts):
            if (column := _column(one, member)) is not None:
                known = found.get((column, member.ref))
                found[column, member.ref] = member if known is None or member.reached_at is None else known
    towns = {member.unit for (column, _), member in found.items() if column != "cadres"}
    entries = [Entry(column, member, _row_of(member, towns, facts)) for (column, _), member in sorted(found.items())]
    days = sorted({one.snapshot.isoformat() for one in asked if one.snapshot})
    return Input(entries, "、".join(days) or None)


def _column(one: Watched, member: Member) -> str | None:
    if isinstance(one.group, Population):
        if member.what in ("case", "cell"):
            return None
        if "person" in one.group.kind or (member.kind == "household" and one.group.tags):
            return "special"
        return {"household": "households", "enterprise": "enterprises"}.get(member.kind, "places")
    return "cadres"


def _row_of(member: Member, towns: set[str | None], facts: Facts) -> str | None:
    if member.what != "person":
        return member.unit
    place, seen = facts.units.get(member.unit or ""), set[str]()
    while place is not None and place.unit_id not in towns and place.level in LOCAL_LEVELS:
        if place.unit_id in seen or place.parent is None:
            break
        seen.add(place.unit_id)
        place = facts.units.get(place.parent)
    return place.unit_id if place else member.unit


FIGURES = (*COLUMNS, *(f"{column}_reached" for column in COLUMNS), "left", "cadres_left")
"""The numbers that open who they count."""


def members(of: Input, figure: str, kind: str, unit: str | None) -> list[Entry]:
    """Who stands behind one number."""
    here = [one for one in of.entries if kind == "total" or one.unit == unit]
    if figure in ("left", "cadres_left"):
        people = figure == "cadres_left"
        left = [one for one in here if (one.column == "cadres") == people and not one.reached]
        return list({one.member.ref: one for one in left}.values())
    column = figure.removesuffix("_reached")
    return [one for one in here if one.column == column and (one.reached or column == figure)]


def rows(of: Input) -> list[dict[str, Cell]]:
    """Units in the order of their codes, then what lies nowhere, then the total."""
    grouped: dict[str | None, list[Entry]] = defaultdict(list)
    for one in of.entries:
        grouped[one.unit].append(one)
    found = [_row("unit", unit, grouped[unit]) for unit in sorted(filter(None, grouped))]
    if None in grouped:
        found.append(_row("unassigned", None, grouped[None]))
    return [*found, _row("total", None, of.entries, of.register)]


def _row(kind: str, unit: str | None, entries: Sequence[Entry], register: str | None = None) -> dict[str, Cell]:
    return {
        "row": kind,
        "unit": unit,
        **dict(_numbers(entries)),
        "left": len({one.member.ref for one in entries if one.column != "cadres" and not one.reached}),
        "cadres_left": sum(one.column == "cadres" and not one.reached for one in entries),
        "register": register,
    }


def _numbers(entries: Sequence[Entry]) -> Iterator[tuple[str, Cell]]:
    counts: Mapping[str, Share] = {
        column: Share(
            sum(one.column == column and one.reached for one in entries),
            sum(one.column == column for one in entries),
        )
        for column in COLUMNS
    }
    for column, share in counts.items():
        yield column, share.whole
        yield f"{column}_reached", share.part
        if column in WITH_SHARE:
            yield f"{column}_share", share.percent
