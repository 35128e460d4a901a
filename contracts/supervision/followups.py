"""Calling back after completion: scheduled, attempted, conducted."""

from typing import Literal

from pydantic import Field

from contracts.event import Code, Event, Moment, Note
from contracts.sealed import Sealed

Satisfaction = Literal["very", "satisfied", "basic", "dissatisfied", "very_dissatisfied", "no_view"]
Verdict = Literal["pass", "fail", "unreachable"]


class FollowUpScheduled(
    Event, type="follow-up-scheduled", version=1, owner="supervision", stream="followup", key="followup_id"
):
    """The requester is to be called after completion, by somebody who did not handle the case."""

    followup_id: Code
    case_id: Code
    case_no: int = Field(ge=1)
    round: int = Field(ge=1)
    leg: Code
    due: Moment
    sample_rule: str
    handler_units: tuple[Code, ...]
    explains: Code | None = None
    """The follow-up whose dissatisfaction is explained on a visit and then ruled on."""
    pack_version: int | None = Field(default=None, ge=1)
    """The version of the programme's rules by which what is heard will be judged; events of old name none."""


class FollowUpAttempted(
    Event, type="follow-up-attempted", version=1, owner="supervision", stream="followup", key="followup_id"
):
    """Nobody answered; another attempt follows on another day."""

    followup_id: Code
    case_id: Code
    attempt: int = Field(ge=1)
    method: Literal["phone", "visit", "message"]
    at: Moment


class FollowUpCancelled(
    Event, type="follow-up-cancelled", version=1, owner="supervision", stream="followup", key="followup_id"
):
    """Nobody is called any more: the round that is asked about is over, and another one or none follows."""

    followup_id: Code
    case_id: Code
    case_no: int = Field(ge=1)
    round: int = Field(ge=1)
    leg: Code
    reason: Literal["reopened", "merged", "unhandled"]
    at: Moment
    """When the round was over, by the record of the case."""


class FollowUpConducted(
    Event, type="follow-up-conducted", version=1, owner="supervision", stream="followup", key="followup_id"
):
    """What the requester said: solved and satisfied are two answers, never one (HA-33)."""

    followup_id: Code
    case_id: Code
    case_no: int = Field(ge=1)
    round: int = Field(ge=1)
    leg: Code
    method: Literal["phone", "visit", "message"]
    reached: bool
    contacted: bool | None = None
    """Whether the handler had contacted the requester, as the requester says (K14b)."""
    solved: bool | None = None
    satisfaction: Satisfaction | None = None
    attributable: bool | None = None
    comment: Sealed | None = None
    verdict: Verdict
    closes: bool
    """The pack strikes off by follow-up, so a pass closes the case."""
    reviewer_unit: Code
    call_record: str = Field(default="", max_length=100)
    """The number of the call's record at the exchange, where there is one."""
    ruling: Note = ""
    """Why the reviewer ruled so, after the explanation of a dissatisfaction."""
