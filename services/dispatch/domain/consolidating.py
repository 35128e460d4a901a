"""归口汇总: what one functional line reports up for a period, once (LT-41)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from contracts.dispatch import LineConsolidated, LineFigures
from contracts.event import Event
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_
from services.dispatch.domain.refusing import refuse_empty

LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Consolidate:
    """`role` is whose report it is by the pack, in the programme's words; `held`: the person acts in it."""

    report_id: str
    programme_id: str
    line: str
    since: date
    until: date
    today: date
    as_of: datetime
    figures: LineFigures
    text: str
    by_unit: str
    role: str
    held: bool


def _evolve(state: bool, event: Event) -> bool:
    if isinstance(event, LineConsolidated):
        return True
    raise TypeError(f"{type(event).__name__} is no event of a line's report")


def consolidate(told: bool, c: Consolidate) -> Sequence[Event]:
    if told:
        return []
    if not c.held:
        raise Rejected("not-the-line", N_("这一主管口由{role}汇总上报。"), role=c.role)
    if not c.since <= c.until <= c.today or (c.until - c.since).days >= LONGEST_DAYS:
        raise Rejected("wrong-period", N_("起止日期不对：止须不早于起，不晚于今日，且不超过一年。"), "until")
    refuse_empty(c.text, "text-missing", N_("请写明情况分析和建议。"), "text")
    return [
        LineConsolidated(
            report_id=c.report_id,
            programme_id=c.programme_id,
            line=c.line,
            since=c.since,
            until=c.until,
            as_of=c.as_of,
            figures=c.figures,
            text=c.text,
            by_unit=c.by_unit,
        )
    ]


line_report: Decider[bool, Consolidate] = Decider("line report", False, _evolve, consolidate)


def stream(report_id: str) -> str:
    """The stream of one report."""
    return f"{LineConsolidated.STREAM}-{report_id}"
