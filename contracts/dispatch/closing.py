"""A case rests, ends, is struck off, or is handled again."""

from pydantic import Field

from contracts.dispatch.parts import Dues, Durations, ReopenReason, Result, StrikeOffBasis
from contracts.event import Code, Event, Moment, Note


class CaseSuspended(Event, type="case-suspended", version=1, owner="dispatch", stream="case", key="case_id"):
    """挂账: objectively cannot be done now; the finish clock pauses until the condition is met or reviewed."""

    case_id: Code
    case_no: int = Field(ge=1)
    reason: Note = Field(min_length=1)
    condition: Note = Field(min_length=1)
    review_on: Moment
    approver: Code
    requester_told_at: Moment | None = None
    approval_note: Note = ""
    """What the approver said to it."""


class SuspensionReviewed(Event, type="suspension-reviewed", version=1, owner="dispatch", stream="case", key="case_id"):
    """挂账复查: the condition is still not met; it stays suspended and is looked at again on a later day."""

    case_id: Code
    case_no: int = Field(ge=1)
    note: Note = Field(min_length=1)
    """What the review found."""
    review_on: Moment


class CaseResumed(Event, type="case-resumed", version=1, owner="dispatch", stream="case", key="case_id"):
    """Handling goes on; the new finish deadlines per order keep the time that was left."""

    case_id: Code
    case_no: int = Field(ge=1)
    reason: Note = Field(min_length=1)
    finish_by: dict[Code, Moment]


class CaseCompleted(Event, type="case-completed", version=1, owner="dispatch", stream="case", key="case_id"):
    """All orders are done; result, timeliness and time used are fixed here."""

    case_id: Code
    case_no: int = Field(ge=1)
    result: Result
    on_time: bool
    elapsed_s: int = Field(ge=0)
    working_s: int = Field(ge=0)
    lead_unit: Code
    round: int = Field(ge=1)


class CaseStruckOff(Event, type="case-struck-off", version=1, owner="dispatch", stream="case", key="case_id"):
    """销号: removed from the open list by the actor the pack names."""

    case_id: Code
    case_no: int = Field(ge=1)
    by_unit: Code
    basis: StrikeOffBasis
    on_time: bool
    followup_id: Code | None = None
    programme_position: int | None = None
    """Supervision's position of the pack that allowed this basis."""
    report_up_by: Moment | None = None
    """Until when the unit that struck it off reports it up (JW-22)."""


class CaseReopened(Event, type="case-reopened", version=1, owner="dispatch", stream="case", key="case_id"):
    """Handled again after a failed check; the case keeps its number and starts another round."""

    case_id: Code
    case_no: int = Field(ge=1)
    reason: ReopenReason
    text: Note = ""
    round: int = Field(ge=2)
    followup_id: Code | None = None
    was_struck_off: bool
    durations: Durations | None = None
    """The shorter deadlines of this round, where the pack has such."""


class StrikeOffReported(Event, type="strike-off-reported", version=1, owner="dispatch", stream="case", key="case_id"):
    """及时上报: the unit that struck the case off has told the office (JW-22)."""

    case_id: Code
    case_no: int = Field(ge=1)
    late: bool
    text: Note = ""


class VerificationStarted(
    Event, type="verification-started", version=1, owner="dispatch", stream="case", key="case_id"
):
    """A follow-up of this round is due: until its verdict the case is neither struck off nor at work."""

    case_id: Code
    case_no: int = Field(ge=1)
    followup_id: Code
    round: int = Field(ge=1)


class CaseClosedUnhandled(
    Event, type="case-closed-unhandled", version=1, owner="dispatch", stream="case", key="case_id"
):
    """Withdrawn, for another channel, or impossible: ended without handling, approved, and the requester told."""

    case_id: Code
    case_no: int = Field(ge=1)
    reason_code: Code
    reason: Note = Field(min_length=1)
    approver: Code
    told_at: Moment
    channel: str | None = Field(default=None, max_length=100)
    """Where the requester was sent, as 110 or a court."""
    approval_note: Note = ""
    """What the approver said to it."""


class CaseShowcased(Event, type="case-showcased", version=1, owner="dispatch", stream="case", key="case_id"):
    """典型案例: the office holds the case up as an example, and says why (HA-23)."""

    case_id: Code
    case_no: int = Field(ge=1)
    reason: Note = Field(min_length=1)
    consented_at: Moment | None = None
    """When whoever asked agreed to it being told; asked for where the matter is sensitive (JW-06)."""


class ShowcaseWithdrawn(Event, type="showcase-withdrawn", version=1, owner="dispatch", stream="case", key="case_id"):
    """No longer an example, and why."""

    case_id: Code
    case_no: int = Field(ge=1)
    reason: Note = Field(min_length=1)


class DeadlinesRecomputed(
    Event, type="deadlines-recomputed", version=1, owner="dispatch", stream="case", key="case_id"
):
    """A calendar published later moves open deadlines; those that were met or passed stay as they were."""

    case_id: Code
    case_no: int = Field(ge=1)
    calendar_version: Code
    reason: Note = Field(min_length=1)
    dues: dict[Code, Dues]
    """The deadlines of each open order from now on."""
