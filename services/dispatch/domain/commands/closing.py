"""What is asked of a case as a whole once it is handed over, up to its end and beyond."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contracts.dispatch import Dues, Durations, ReopenReason, StrikeOffBasis


@dataclass(frozen=True, slots=True)
class SuspendCase:
    """挂账: cannot be done now, under a condition, looked at again on a day, approved by somebody else."""

    case_no: int
    reason: str
    condition: str
    review_on: datetime | None
    approver: str | None
    at: datetime
    by_unit: str
    by_person: str
    by_desk: bool = False
    requester_told_at: datetime | None = None
    approval_note: str = ""


@dataclass(frozen=True, slots=True)
class ReviewSuspension:
    """挂账复查: looked at, still not possible, to be looked at again on a later day."""

    case_no: int
    note: str
    review_on: datetime | None
    at: datetime
    by_unit: str
    by_desk: bool = False


@dataclass(frozen=True, slots=True)
class ResumeCase:
    """Go on; every open order gets the finish time that keeps what was left."""

    case_no: int
    reason: str
    by_unit: str
    finish_by: Mapping[str, datetime] = field(default_factory=dict)
    by_desk: bool = False


@dataclass(frozen=True, slots=True)
class RecomputeDeadlines:
    """A calendar was published: `dues` are what it gives for each order, those that still run take them over."""

    case_no: int
    calendar_version: str
    reason: str
    dues: Mapping[str, Dues]
    at: datetime = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class StartVerification:
    """A follow-up of this round is due."""

    case_no: int
    followup_id: str
    round: int


@dataclass(frozen=True, slots=True)
class Showcase:
    """Hold the case up as an example (典型案例, HA-23)."""

    case_no: int
    reason: str
    at: datetime
    consented_at: datetime | None = None
    confidential: bool = False
    """Whoever made one of its requests asked for it to be kept confidential."""


@dataclass(frozen=True, slots=True)
class WithdrawShowcase:
    """It is no example any more."""

    case_no: int
    reason: str


@dataclass(frozen=True, slots=True)
class StrikeOff:
    """销号. `closure_by` is whom the pack names; only a verdict brings a `followup_id`."""

    case_no: int
    basis: StrikeOffBasis
    closure_by: StrikeOffBasis
    by_unit: str
    by_office: bool = False
    followup_id: str | None = None
    programme_position: int | None = None
    round: int | None = None
    """The round that was judged; a verdict on an earlier round changes nothing."""
    report_up_by: datetime | None = None
    """Until when a unit that strikes off itself reports it up (JW-22)."""


@dataclass(frozen=True, slots=True)
class ReportUp:
    """及时上报: the unit that struck the case off tells the office (JW-22)."""

    case_no: int
    by_unit: str
    at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True)
class ReopenCase:
    """Handle it again: the case keeps its number and starts another round."""

    case_no: int
    reason: ReopenReason
    text: str = ""
    followup_id: str | None = None
    round: int | None = None
    durations: Durations | None = None
    """The shorter deadlines of the new round, where the pack has such."""
    relapse_until: datetime | None = None
    """The end of the pack's `relapse_days` after strike-off."""
    at: datetime | None = None
    """When it is asked; a relapse without it is refused."""
    max_rounds: int = 0
    """So many rounds by the pack; 0: as many as it takes (LT-14)."""
    by_group: bool = False
    """By the leading group, which may begin a round beyond them."""
    by_oversight: bool = False
    """By the supervisor, the discipline group or the office: nobody else reopens without a verdict."""


@dataclass(frozen=True, slots=True)
class CloseUnhandled:
    """End it without handling: withdrawn, for a legal channel, or impossible. Approved, and the requester told."""

    case_no: int
    reason_code: str
    reason: str
    approver: str | None
    told_at: datetime | None
    at: datetime
    channel: str | None = None
    by_person: str = field(kw_only=True)
    approval_note: str = ""
