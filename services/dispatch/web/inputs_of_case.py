"""What is sent about a whole case besides handing it over: who leads it, what it belongs to, how it ends."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.dispatch import ConsultationKind, Evidence, RequestLink
from contracts.event import Code
from services.chassis.web import Many
from services.dispatch.web.inputs import Input, LocalMoment, Words

MOST_PARTS = 10
"""More matters than that are not one request that was split."""

MOST_CASES = 50
"""Cases that one consultation deals with: a page of the desk."""

LONGEST_TITLE = 200
LONGEST_TEXT = 20_000
"""As intake takes them."""


class DesignateInput(Input):
    """Which department leads; the main leader says so (LT-16)."""

    unit: Code
    reason: Words = ""
    by: Code | None = None
    """The leader whose word the desk enters; a leader who sends it says it themselves."""


class BindLeaderInput(Input):
    """包案 (`contract`) or 专办 (`special`): the leader who answers for it by name (HA-06, DI-21)."""

    leader: Code
    kind: Literal["contract", "special"] = "contract"


class ShowcaseInput(Input):
    """典型案例: why, and when whoever asked agreed to it being told (HA-23, JW-06)."""

    reason: Words = ""
    consented_at: LocalMoment | None = None


class ReviewInput(Input):
    """挂账复查: how things stand, and when it is looked at again."""

    note: Words = ""
    review_on: LocalMoment | None = None


class SendBackInput(Input):
    """退回补充: what must be known before the case can be handed over."""

    missing: Words = ""


class Shown(Input):
    """A suggestion of the history, and for how many of the cases it looked at it holds."""

    what: Literal["category", "lead"]
    suggested: Code
    matching: Annotated[int, Field(ge=0)]
    looked_at: Annotated[int, Field(ge=1)]


class SuggestionInput(Shown):
    """What was suggested and what a person chose."""

    chosen: Code


class MergeInput(Input):
    """并案: the case this one goes on in, by its id or its number in the programme."""

    into: Code
    link: RequestLink = "merged"
    reason: Words = ""


class PartInput(Input):
    """One matter of a case that is split."""

    title: Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE)]
    text: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""
    category: Code | None = None
    territory: Code | None = None
    request_ids: Many[Code] = Field(default_factory=list)
    """Which of the case's requests go on in it; none named: all of them."""


class UndoJoinInput(Input):
    """The request that was about another matter."""

    request_id: Code = ""
    reason: Words = ""


class SplitInput(Input):
    """拆分: several matters in one request, each going on as a case of its own."""

    reason: Words = ""
    parts: Annotated[list[PartInput], Field(min_length=2, max_length=MOST_PARTS)]


class CloseUnhandledInput(Input):
    """Ended without handling: why, who allowed it, when the requester was told, and where they were sent."""

    reason_code: Code = "withdrawn"
    reason: Words = ""
    approver: Code | None = None
    told_at: LocalMoment | None = None
    channel: Annotated[str, Field(max_length=100)] | None = None
    approval_note: Words = ""


class ReportUpInput(Input):
    """及时上报: the office is told of the strike-off (JW-22)."""

    text: Words = ""


class DecisionInput(Input):
    """Who does what by when (LT-20)."""

    text: Annotated[str, Field(min_length=1, max_length=4000)]
    unit: Code
    due: LocalMoment


class AdviceInput(Input):
    """Whom one asked about what, and the answer (DI-22)."""

    unit: Annotated[str, Field(min_length=1, max_length=100)]
    question: Annotated[str, Field(min_length=1, max_length=4000)]
    answer: Annotated[str, Field(min_length=1, max_length=4000)]


class StepInput(Input):
    """One of the ordered steps, as 民提、民议、民决、民评 (LT-19)."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    text: Annotated[str, Field(min_length=1, max_length=4000)]


class ConsultationInput(Input):
    """A consultation that was held (会商、会办、四民)."""

    consult_id: Code | None = None
    """Made by the sender, so that a repeat is recognised; without one the command's id makes it."""

    kind: ConsultationKind = "consultation"
    chair: Code
    attendees: Annotated[Many[Code], Field(min_length=1)]
    case_ids: Annotated[Many[Code], Field(min_length=1, max_length=MOST_CASES)]
    held_at: LocalMoment | None = None
    place: Annotated[str, Field(max_length=200)] = ""
    steps: list[StepInput] = Field(default_factory=list)
    decisions: list[DecisionInput] = Field(default_factory=list)
    no_decision: Words = ""
    evidence: list[Evidence] = Field(default_factory=list)
    advice: list[AdviceInput] = Field(default_factory=list)
