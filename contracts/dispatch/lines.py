"""归口汇总: a functional line brings together what it answers for and reports it up (LT-41)."""

from datetime import date

from pydantic import Field

from contracts.dispatch.parts import Part
from contracts.event import Code, Event, Moment, Note


class LineFigures(Part):
    """Cases of a line in a period, as dispatch's list had them when they were brought together."""

    carried: int = Field(ge=0)
    """Opened before and not completed when the period began."""
    opened: int = Field(ge=0)
    completed: int = Field(ge=0)
    solved: int = Field(ge=0)
    struck_off: int = Field(ge=0)
    at_work: int = Field(ge=0)
    """Not completed when the period ended."""
    overdue: int = Field(ge=0)
    suspended: int = Field(ge=0)


class LineConsolidated(
    Event, type="line-consolidated", version=1, owner="dispatch", stream="line-report", key="report_id"
):
    """A functional line told the programme's office how it stands, with figures and words of its own."""

    report_id: Code
    programme_id: Code
    line: Code
    since: date
    until: date
    """The last day, counted in."""
    as_of: Moment
    figures: LineFigures
    text: Note = Field(min_length=1)
    by_unit: Code
