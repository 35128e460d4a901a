"""R19 活动综述 (简报, EB-24): the programme's sentence with its numbers said as the pack words them, and the examples.

Each number stands with its exact value; one that may not be said as the pack asks is said as it is, and marked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from contracts.pack import Report
from services.reporting.domain.canonical import Cell
from services.reporting.domain.narrative import Unsayable, exact, say, unit

VERSION = 1
"""Of the rules below; a run names it, and a change of them is a new version."""


@dataclass(frozen=True, slots=True)
class Example:
    """典型案例: a case that the office holds up, with why (HA-23)."""

    case_id: str
    case_no: int
    reason: str


@dataclass(frozen=True, slots=True)
class Input:
    """`numbers` by the names that a pack's sentence may use (`contracts.pack.codes.NUMBERS`)."""

    report: Report
    numbers: Mapping[str, Fraction]
    examples: Sequence[Example]


def rows(given: Input) -> list[dict[str, Cell]]:
    """The sentence, then its numbers, then the examples in the order of their numbers."""
    said: dict[str, str] = {}
    numbers: list[dict[str, Cell]] = []
    for name, style in given.report.styles.items():
        number = given.numbers[name]
        try:
            said[name], as_worded = say(number, style), True
        except Unsayable:
            said[name], as_worded = exact(number) + unit(style), False
        numbers.append(
            _row("number", name=name, exact=exact(number), said=said[name], as_worded="yes" if as_worded else "no")
        )
    sentence = (given.report.template or "").format_map(said)
    shown = [
        _row("example", case=one.case_id, case_no=one.case_no, said=one.reason)
        for one in sorted(given.examples, key=lambda one: one.case_no)
    ]
    return [*([_row("sentence", said=sentence)] if sentence else []), *numbers, *shown]


def _row(kind: str, **cells: Cell) -> dict[str, Cell]:
    empty: dict[str, Cell] = dict.fromkeys(("name", "exact", "said", "as_worded", "case", "case_no"))
    return {"row": kind, **empty, **cells}
