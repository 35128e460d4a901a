"""The ladder: supervision notices in three colours, what is answered to them, and the steps above."""

from typing import Literal

from pydantic import Field

from contracts.event import Code, Event, Moment, Note

NoticeLevel = Literal["prompt", "blue", "orange", "red"]
NoticeSource = Literal["overdue", "slow", "leader_instruction", "spot_check", "follow_up", "falsification", "office"]


class SupervisionNoticeIssued(
    Event, type="supervision-notice-issued", version=1, owner="supervision", stream="notice", key="notice_id"
):
    """督办单: one matter, one notice (一事一单); its number is its rank among the programme's notices."""

    notice_id: Code
    programme_id: Code
    level: NoticeLevel
    target_unit: Code
    matter: Code
    """What it is about, as `case:<id>`, `task:<plan>/<task>` or `cadence:<id>/<slot>`."""
    case_id: Code | None = None
    order_id: Code | None = None
    source: NoticeSource
    problem: Note = Field(min_length=1)
    requirements: Note = Field(min_length=1)
    reply_by: Moment
    cc: tuple[Code, ...] = ()
    rule_id: Code | None = None
    """The pack's rule, where no person issued it."""


class SupervisionReplied(
    Event, type="supervision-replied", version=1, owner="supervision", stream="notice", key="notice_id"
):
    """What the unit answers."""

    notice_id: Code
    unit: Code
    text: Note = Field(min_length=1)
    late: bool


class ReplyVerified(Event, type="reply-verified", version=1, owner="supervision", stream="notice", key="notice_id"):
    """Whether what the unit answered holds."""

    notice_id: Code
    holds: bool
    text: Note = Field(min_length=1)


class EscalationRaised(
    Event, type="escalation-raised", version=1, owner="supervision", stream="notice", key="notice_id"
):
    """The same matter one step higher, by rule or by a leader; it never sinks."""

    notice_id: Code
    from_level: Code
    to_level: Code
    rule_id: Code
    """The rule, or `person` for a leader's override."""
    reason: Note = ""
    reply_by: Moment | None = None


class SupervisionClosed(
    Event, type="supervision-closed", version=1, owner="supervision", stream="notice", key="notice_id"
):
    """销督: the matter is settled."""

    notice_id: Code
    verdict: Note = Field(min_length=1)


class InterviewHeld(
    Event, type="interview-held", version=1, owner="supervision", stream="interview", key="interview_id"
):
    """约谈: a formal talk with the head of a unit."""

    interview_id: Code
    programme_id: Code
    unit: Code
    head: Code
    held_at: Moment
    content: Note = Field(min_length=1)
    notice_id: Code | None = None
    case_ids: tuple[Code, ...] = ()


class RectificationOrdered(
    Event, type="rectification-ordered", version=1, owner="supervision", stream="rectification", key="rectification_id"
):
    """限期整改: what is to be put right by when (SH-44)."""

    rectification_id: Code
    programme_id: Code
    unit: Code
    items: tuple[Note, ...] = Field(min_length=1)
    due: Moment
    grounds: tuple[Code, ...] = Field(min_length=1)
    notice_id: Code | None = None
    case_ids: tuple[Code, ...] = ()
    bulletin_id: Code | None = None
    """The public notice that set the day."""


class RectificationLifted(
    Event, type="rectification-lifted", version=1, owner="supervision", stream="rectification", key="rectification_id"
):
    """It is owed no more: the public notice that ordered it was withdrawn."""

    rectification_id: Code
    reason: Note = Field(min_length=1)


class RectificationReported(
    Event, type="rectification-reported", version=1, owner="supervision", stream="rectification", key="rectification_id"
):
    """The unit says that it is put right."""

    rectification_id: Code
    text: Note = Field(min_length=1)
    late: bool


class RectificationVerified(
    Event, type="rectification-verified", version=1, owner="supervision", stream="rectification", key="rectification_id"
):
    """Looked at by somebody else: right, or not."""

    rectification_id: Code
    passed: bool
    text: Note = Field(min_length=1)


class AccountabilityProposed(
    Event, type="accountability-proposed", version=1, owner="supervision", stream="referral", key="referral_id"
):
    """What the rules say might be referred; only a person decides."""

    referral_id: Code
    programme_id: Code
    unit: Code
    grounds: tuple[Code, ...] = Field(min_length=1)
    case_ids: tuple[Code, ...] = ()
    rule_id: Code


class AccountabilityReferred(
    Event, type="accountability-referred", version=1, owner="supervision", stream="referral", key="referral_id"
):
    """移送问责: handed to the competent body by a named person; the system records and never decides."""

    referral_id: Code
    programme_id: Code
    unit: Code
    body: str = Field(min_length=1, max_length=100)
    grounds: tuple[Code, ...] = Field(min_length=1)
    persons: tuple[Code, ...] = ()
    case_ids: tuple[Code, ...] = ()
    severity: Code
    """The pack's gate that was found to be met (JW-26)."""
    approver: Code


class AccountabilityDeclined(
    Event, type="accountability-declined", version=1, owner="supervision", stream="referral", key="referral_id"
):
    """A person decided against a referral."""

    referral_id: Code
    reason: Note = Field(min_length=1)
    approver: Code
