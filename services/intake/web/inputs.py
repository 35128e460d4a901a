"""What people and programs send: the same fields from forms and from JSON."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from contracts.event import Code
from contracts.intake import Channel, Interviewees, Mode, SubjectKind, UnitLevel
from services.chassis.web import Many
from services.chassis.web.inputs import Keepable, LocalMoment, Words
from services.intake.domain.visit import MOST_REQUESTS

LONGEST_TEXT = 20_000
"""Characters of one request: sealed and encoded they stay well below what one event may hold."""

LONGEST_TITLE = 200
TITLE_FROM_TEXT = 40
"""A title nobody wrote is the beginning of the text, as much as a list shows."""

MOST_ITEMS = 100
"""Requests in one call: a second's work, little to send again after a cut."""


Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Title = Annotated[str, Field(max_length=LONGEST_TITLE)]
Id = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_-]+$")]
"""An id that also names a key of sealed text."""


class Input(Keepable, BaseModel):
    """Unknown fields are refused: a misspelt one must not be lost silently."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Requester(Input):
    """Who asks; kept in intake's own table and never in an event."""

    name: Annotated[str, Field(max_length=100)] = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    user: Annotated[str, Field(max_length=100)] = ""
    """Their code in the system the request came from."""


class HeardInput(Input):
    """One thing somebody asked for."""

    title: Title = ""
    text: Text = ""
    category: Code | None = None
    urgency: Code | None = None
    consent: bool = True
    complained: Many[Code] = []
    answer: Text = ""
    """How it was settled there and then."""

    accept: bool = False


class HeardForm(HeardInput):
    """From a form: an empty box is a no."""

    consent: bool = False


class VisitInput(Input):
    """One visit with all that was heard on it. Without a `visit_id` of the sender's it comes from the command's id."""

    visit_id: Id | None = None
    subject: Code
    outcome: Literal["asks", "none", "away"]
    visited_at: LocalMoment | None = None
    captured_at: LocalMoment | None = None
    """What the phone's clock said when it was written down."""

    visitors: Many[Code] = []
    mode: Mode = "doorstep"
    basis: Words = ""
    topics: Many[str] = []
    content: Many[str] = []
    interviewees: list[Interviewees] = []
    note: Text = ""
    programme: Code | None = None
    requests: Annotated[list[HeardInput], Field(max_length=MOST_REQUESTS)] = []


class VisitForm(VisitInput):
    """From the phone's form; `act=more` asks for another block instead of saving."""

    requests: Annotated[list[HeardForm], Field(max_length=MOST_REQUESTS)] = []  # type: ignore[assignment]
    blocks: Annotated[int, Field(ge=1, le=MOST_REQUESTS)] = 1
    act: Literal["save", "more"] = "save"

    @field_validator("interviewees", mode="before")
    @classmethod
    def _counted(cls, value: object) -> object:
        """The form names every kind of people; those without a number were not talked to."""
        if not isinstance(value, list):
            return value
        return [one for one in value if not isinstance(one, dict) or one.get("n")]


class RequestInput(HeardInput):
    """A request that came by another way than a visit."""

    request_id: Id | None = None
    channel: Channel = "window"
    kind: Literal["request", "opinion", "consult"] = "request"
    subject: Code | None = None
    requester: Requester = Requester()
    territory: Code | None = None
    confidential: bool = False
    received_at: LocalMoment | None = None
    source_ref: Annotated[str, Field(max_length=200)] | None = None
    programme: Code | None = None


class RequestForm(RequestInput):
    """From the clerk's form."""

    consent: bool = False


class BatchItem(Input):
    """One message of an import; `source_ref` is its number there and makes it the same message every time."""

    source_ref: Annotated[str, Field(min_length=1, max_length=200)]
    channel: Channel = "import"
    title: Title = ""
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
    user: Annotated[str, Field(max_length=100)] = ""
    said_at: LocalMoment
    territory: Code | None = None


class BatchInput(Input):
    """Messages of an import. Items are read one by one, so that a bad one does not hold up the others."""

    READ_LATER = frozenset({"items"})

    programme: Code | None = None
    received_at: Literal["message", "import"] = "message"
    """Which moment counts as received: the message's own, or that of the import."""

    accept: bool = False
    items: Annotated[list[dict[str, object]], Field(min_length=1, max_length=MOST_ITEMS)]


class AcceptInput(Input):
    """Taking it in."""

    note: Words = ""
    programme: Code | None = None
    join_case: Code | None = None
    """The case of the same matter that it goes to instead of opening its own."""
    join_as: Literal["merged", "repeat"] | None = None


class RedirectInput(Input):
    """Telling the requester which channel it belongs to."""

    reason_code: Code = "legal-channel"
    channel: Annotated[str, Field(max_length=100)] = ""
    told_at: LocalMoment | None = None


class WithdrawInput(Input):
    """The requester takes it back."""

    reason: Words = ""


class SupplementInput(Input):
    """What more is known of it."""

    text: Text = ""


class AbsenceInput(Input):
    """去向留言: away until when, and who stands in."""

    absence_id: Id | None = None
    starts_at: LocalMoment | None = None
    ends_at: LocalMoment | None = None
    backup_id: Code | None = None
    note: Words = ""


class AnswerInput(Input):
    """Settling it on the spot."""

    answer: Text = ""
    answered_at: LocalMoment | None = None


class RejectInput(Input):
    """Turning it down."""

    reason_code: Code = "other"
    reason: Words = ""
    channel_told: Channel | None = None
    told_at: LocalMoment | None = None


class EraseInput(Input):
    """By which law the personal data go."""

    legal_basis: Words = ""


class EraseSubjectInput(EraseInput):
    """Whose particulars go, by which law."""

    subject: Code


class ErasePersonInput(EraseInput):
    """Whose name goes, by which law."""

    person: Code


class UnitInput(Input):
    """A unit of the directory."""

    unit_id: Code
    name: Annotated[str, Field(min_length=1, max_length=100)]
    level: UnitLevel
    parent: Code | None = None
    duties: list[Code] = []
    size_class: Code | None = None


class PersonInput(Input):
    """An official with the roles held in their unit."""

    person_id: Id
    unit_id: Code
    name: Annotated[str, Field(min_length=1, max_length=100)]
    rank: Annotated[str, Field(max_length=100)] = ""
    backup_id: Code | None = None
    roles: list[Code] = []


class SubjectInput(Input):
    """Whom to visit; the name, address and phone stay in intake's own table."""

    subject_id: Code
    kind: SubjectKind
    name: Annotated[str, Field(min_length=1, max_length=200)]
    territory_unit: Code
    community_unit: Code | None = None
    tags: list[str] = []
    grid_ids: dict[Code, Code] = {}
    listed_on: date | None = None
    address: Annotated[str, Field(max_length=300)] = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    group: Annotated[str, Field(max_length=100)] = ""


class CellInput(Input):
    """A cell of one layer of the grid (HA-24)."""

    grid_id: Code
    layer: Code
    level: Literal["district", "town", "community"]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    parent: Code | None = None
    unit_id: Code | None = None
    leader: Code | None = None
    members: list[Code] = []


class PlaceInput(Input):
    """The cell of every layer that a place lies in (HA-27)."""

    place_ref: Code
    grid_ids: Annotated[dict[Code, Code], Field(min_length=1)]


class DirectoryInput(Input):
    """A piece of the directory; registering again what is already so changes nothing."""

    units: list[UnitInput] = []
    persons: list[PersonInput] = []
    cells: list[CellInput] = []
    places: list[PlaceInput] = []
    subjects: list[SubjectInput] = []


class AccountInput(Input):
    """A login for a person of the directory."""

    login: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\s]+$")]
    person_id: Code
    password: Annotated[str, Field(min_length=8, max_length=200)]
    demo: bool = False


class SessionInput(Input):
    """Logging in as a program."""

    login: str
    password: str
