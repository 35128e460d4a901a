"""What a report whose rows are lines of words is made of: names, heads, and how a row becomes a line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from contracts.pack import Pack
from services.reporting.domain.canonical import Cell
from services.reporting.web.labels import DASH

Row = Mapping[str, Cell]
Line = list[str | int]


@dataclass(frozen=True, slots=True)
class Names:
    """Of units and persons, known only to who renders; and the pack's own words."""

    units: Mapping[str, str]
    persons: Mapping[str, str]
    pack: Pack

    def unit(self, row: Row) -> str:
        return DASH if row["unit"] is None else self.units.get(str(row["unit"]), str(row["unit"]))

    def person(self, code: Cell) -> str:
        return self.persons.get(str(code), str(code))


@dataclass(frozen=True, slots=True)
class Words:
    """One report: its heads, how a row becomes a line, whom its rows name, and which columns are sentences."""

    heads: Callable[[Pack], list[str]]
    line: Callable[[Row, Names], Line]
    persons: Callable[[Row], Sequence[str]]
    hint: str
    long: Callable[[Pack], Sequence[int]] = lambda _pack: ()


def share(value: Cell) -> str:
    """A share as it is printed."""
    return DASH if value is None else f"{value}%"


def cell(value: Cell) -> str | int:
    """A value, or a dash where there is none."""
    return DASH if value is None else value
