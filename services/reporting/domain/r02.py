"""R02 销号台账: one line per case. Names and citizens' words are no part of it; they are filled in for the reader."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.zone import LOCAL
from services.reporting.domain.canonical import Cell
from services.reporting.domain.case import Case
from services.reporting.domain.facts import FollowUpFact

VERSION = 1


@dataclass(frozen=True, slots=True)
class Input:
    """What the ledger is computed from, besides the cases: words of plans by position, follow-ups, villages."""

    cases: Sequence[Case]
    notes: Mapping[int, str]
    followups: Mapping[str, FollowUpFact]
    communities: Mapping[str, str]
    as_of: datetime


def rows(given: Input) -> list[dict[str, Cell]]:
    """In the order in which the cases were opened, which is that of their numbers."""
    cases = sorted(given.cases, key=lambda case: case.opened_position)
    return [_row(number, case, given) for number, case in enumerate(cases, start=1)]


def _row(number: int, case: Case, given: Input) -> dict[str, Cell]:
    heard = given.followups.get(case.case_id)
    return {
        "line": number,
        "case_id": case.case_id,
        "case_no": number,
        "territory": case.territory,
        "community": given.communities.get(case.subject_id or ""),
        "requester": case.requester_ref,
        "category": case.category,
        "scope": case.scope,
        "unit": case.lead_unit,
        "leader": case.leader,
        "person": case.person,
        "measures": given.notes.get(case.plan_position or 0),
        "finish_by": _moment(case.finish_by),
        "progress": given.notes.get(case.progress_position or 0),
        "status": case.status,
        "done": case.done,
        "result": case.result,
        "done_on": _day(case.completed_at),
        "struck_off": case.status == "struck_off",
        "struck_off_on": _day(case.struck_off_at),
        "verdict": heard.verdict if heard else None,
        "satisfaction": heard.satisfaction if heard else None,
        "round": case.round,
        "overdue": case.overdue(given.as_of),
    }


def _moment(value: datetime | None) -> str | None:
    return _local(value, lambda moment: moment.strftime("%Y-%m-%d %H:%M"))


def _day(value: datetime | None) -> str | None:
    return _local(value, lambda moment: moment.date().isoformat())


def _local(value: datetime | None, show: Callable[[datetime], str]) -> str | None:
    return None if value is None else show(value.astimezone(LOCAL))
