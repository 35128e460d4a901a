"""Values inside dispatch's events, and the words that several of them share."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.event import Code, Moment, Note

OrderRole = Literal["lead", "co", "territory"]
Result = Literal["solved", "partly", "planned", "explained", "transferred", "unsolvable"]
StrikeOffBasis = Literal["unit_self", "office", "follow_up"]
ReopenReason = Literal["follow_up_failed", "spot_check", "false_report", "relapse"]
RequestLink = Literal["merged", "repeat"]
ConsultationKind = Literal["consultation", "joint_handling", "four_people", "on_site", "diagnosis"]
"""会商、会办、四民、现场办公、集体会诊."""


class Part(BaseModel):
    """A value inside an event."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Durations(Part):
    """Deadlines as the pack's rule words them (`4wh`, `7d`, `date:2017-09-30`); absent = no such clock."""

    sign: str | None = None
    contact: str | None = None
    plan: str | None = None
    finish: str


class Dues(Part):
    """Absolute deadlines, computed once when the order is issued and never on replay."""

    sign_by: Moment | None = None
    contact_by: Moment | None = None
    plan_by: Moment | None = None
    finish_by: Moment


class Milestone(Part):
    """A step of the timetable (时间表)."""

    name: str = Field(min_length=1, max_length=200)
    due: Moment


class Evidence(Part):
    """A photo or file, by its content: what cannot be found under this hash is shown as missing."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    name: str = Field(min_length=1, max_length=200)
    media_type: str = Field(min_length=3, max_length=100)
    size: int = Field(ge=1)
    """Bytes."""

    shows: Literal["before", "after"] | None = None
    """The place before the matter was handled, or after (办理前、办理后)."""


class Confirmation(Part):
    """诉求人确认: what whoever asked said to the result, as the unit heard it before it said done.

    A word of the handler's own; whether it counts is asked again by the follow-up (HA-34).
    """

    answer: Literal["yes", "no", "not_reached"]
    at: Moment
    method: Literal["phone", "visit", "message"]


class OrderDraft(Part):
    """What the orders of a prepared case are to say, until whoever issues them says otherwise (拟办, JW-17)."""

    instruction: Note = ""
    expected_outcome: Note | None = None
    responsible_person: Code | None = None
    responsible_leader: Code | None = None
    responsible_dept: Code | None = None


class Advice(Part):
    """Whom a consultation asked about what, and what was answered (DI-22)."""

    unit: str = Field(min_length=1, max_length=100)
    """In words: who is asked about policy is often a body of the city, in no directory of the district."""

    question: Note = Field(min_length=1)
    answer: Note = Field(min_length=1)


class Decision(Part):
    """What a consultation decided: who does what by when (LT-20)."""

    text: Note = Field(min_length=1)
    unit: Code
    due: Moment


class Taken(Part):
    """What became of one unit's decisions of a meeting, in one case."""

    unit: Code
    text: Note = Field(min_length=1)
    due: Moment
    order_id: Code | None = None
    """The order that carries them out: a new one, or the one that the unit has already."""
    outcome: Literal[
        "ordered", "at_work", "not_handed_over", "finished", "elsewhere", "incomplete", "no_designated_lead", "past"
    ]


class Step(Part):
    """One of the ordered steps of a consultation, as 民提、民议、民决、民评 (LT-19)."""

    name: str = Field(min_length=1, max_length=100)
    text: Note = Field(min_length=1)
