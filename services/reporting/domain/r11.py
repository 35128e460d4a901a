"""R11 督办台账: one line per 督办单 of the programme, as it stands at the report's moment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.chassis.zone import LOCAL
from services.reporting.domain.canonical import Cell

VERSION = 1
"""Of the rules below; a run names it, and a change of them is a new version."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a slip; what it does not say is empty."""

    notice_id: str
    at: datetime
    step: str
    """issued, replied, verified, raised, or closed."""
    level: str | None = None
    unit: str | None = None
    case_id: str | None = None
    reply_by: datetime | None = None
    text: str = ""
    """The problem, the opinion on the reply, or the verdict."""
    flag: bool | None = None
    """A reply was late; an opinion holds."""


@dataclass(frozen=True, slots=True)
class Slip:
    notice_id: str
    number: int
    """Its rank among the programme's slips."""
    issued_at: datetime
    level: str
    unit: str
    case_id: str | None
    problem: str
    reply_by: datetime | None
    replied_at: datetime | None = None
    late: bool = False
    opinion: str = ""
    raises: int = 0
    state: str = "open"

    def overdue(self, at: datetime) -> bool:
        """Answered too late, or not at all until then."""
        return self.late or (self.state == "open" and self.reply_by is not None and self.reply_by < at)


def slips(steps: Sequence[Step]) -> list[Slip]:
    """Each slip after all its steps, in the order in which they were issued; `steps` in the order of the log."""
    found: dict[str, Slip] = {}
    for one in steps:
        if one.step == "issued":
            made = (one.notice_id, len(found) + 1, one.at, one.level or "", one.unit or "")
            found[one.notice_id] = Slip(*made, one.case_id, one.text, one.reply_by)
        elif one.notice_id in found:
            found[one.notice_id] = _after(found[one.notice_id], one)
    return list(found.values())


def _after(slip: Slip, one: Step) -> Slip:
    match one.step:
        case "replied":
            return replace(slip, state="replied", replied_at=one.at, late=bool(one.flag))
        case "verified":
            return replace(slip, state=slip.state if one.flag else "open", opinion=one.text)
        case "raised":
            return replace(slip, level=one.level or slip.level, reply_by=one.reply_by, raises=slip.raises + 1)
        case "closed":
            return replace(slip, state="closed", opinion=one.text)
        case other:
            raise ValueError(f"{other} is no step of a slip")


def rows(steps: Sequence[Step], as_of: datetime) -> list[dict[str, Cell]]:
    """Titles of cases are sealed and no part of it; they are filled in for the reader."""
    return [_row(slip, as_of) for slip in slips(steps)]


def _row(slip: Slip, as_of: datetime) -> dict[str, Cell]:
    return {
        "notice_id": slip.notice_id,
        "number": slip.number,
        "level": slip.level,
        "case_id": slip.case_id,
        "problem": slip.problem,
        "unit": slip.unit,
        "issued": _minute(slip.issued_at),
        "reply_by": _minute(slip.reply_by),
        "replied": _minute(slip.replied_at),
        "overdue": slip.overdue(as_of),
        "opinion": slip.opinion or None,
        "raises": slip.raises,
        "state": slip.state,
    }


def _minute(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M")
