"""Events of intake: the directory, visits and requests. Names, phones and addresses are never here, only references."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.event import Code, Event, Moment, Note
from contracts.sealed import Sealed

Channel = Literal["visit", "hotline", "web", "letter", "petition", "window", "import"]
Origin = Literal["proactive", "reactive"]
Mode = Literal["doorstep", "interview", "symposium", "phone"]
UnitLevel = Literal["district", "department", "town", "community", "village", "desk"]
SubjectKind = Literal["household", "enterprise", "village", "community", "unit"]


class InstallationCreated(
    Event, type="installation-created", version=1, owner="intake", stream="installation", key="district"
):
    """The first event of an installation: whether it keeps real or simulated time, for ever."""

    district: Code
    kind: Literal["real", "simulated"]
    simulated_from: Moment | None = None


class UnitRegistered(Event, type="unit-registered", version=1, owner="intake", stream="unit", key="unit_id"):
    """A unit of the directory; registering it again replaces its particulars."""

    unit_id: Code
    name: str = Field(min_length=1, max_length=100)
    level: UnitLevel
    parent: Code | None = None
    duties: tuple[Code, ...] = ()
    """Category codes this unit handles; the routing suggestion reads them."""
    size_class: Code | None = None
    """How large a town is, in the pack's words as `small`: how much of it must be visited depends on it (SH-18)."""


class PersonRegistered(Event, type="person-registered", version=1, owner="intake", stream="person", key="person_id"):
    """An official of a unit. The name is sealed under the person's own key."""

    person_id: Code
    unit_id: Code
    name: Sealed
    rank: str = ""
    backup_id: Code | None = None
    """Who signs in this person's absence (AB岗, SH-39)."""


class RoleAssigned(Event, type="role-assigned", version=1, owner="intake", stream="person", key="person_id"):
    """A person may act in a role for a unit."""

    person_id: Code
    role: Code
    unit_id: Code


class RoleRevoked(Event, type="role-revoked", version=1, owner="intake", stream="person", key="person_id"):
    """A person no longer acts in a role for a unit."""

    person_id: Code
    role: Code
    unit_id: Code
    reason: Note = ""


class AbsenceDeclared(Event, type="absence-declared", version=1, owner="intake", stream="person", key="person_id"):
    """去向留言: where somebody is, and who stands in meanwhile (AB岗, SH-39)."""

    person_id: Code
    absence_id: Code
    starts_at: Moment
    ends_at: Moment
    note: Note = ""
    backup_id: Code


class AbsenceEnded(Event, type="absence-ended", version=1, owner="intake", stream="person", key="person_id"):
    """Back before the announced end."""

    person_id: Code
    absence_id: Code


class SubjectRegistered(
    Event, type="subject-registered", version=1, owner="intake", stream="subject", key="subject_id"
):
    """A household, enterprise or place to be visited. Its name and address live in intake's tables."""

    subject_id: Code
    kind: SubjectKind
    territory_unit: Code
    community_unit: Code | None = None
    tags: tuple[str, ...] = ()
    grid_ids: dict[Code, Code] = Field(default={})
    """Cells that it belongs to by layer, where they are not those of its place (HA-15)."""
    listed_on: date | None = None
    """入册日期: since when the register has it; absent, it has always been there. What a coverage is a share of is the
    register of one day (K07)."""


class GridCellDefined(Event, type="grid-cell-defined", version=1, owner="intake", stream="grid", key="grid_id"):
    """A service cell of one layer of the grid: enterprise, city, community, party (HA-15, HA-24 to HA-26).

    Defined again, its particulars are replaced.
    """

    grid_id: Code
    layer: Code
    level: Literal["district", "town", "community"]
    name: str = Field(min_length=1, max_length=100)
    parent: Code | None = None
    unit_id: Code | None = None
    """The unit whose area it is."""
    leader: Code | None = None
    """Who answers for it by name (K11)."""
    members: tuple[Code, ...] = ()


class GridCellsUnified(Event, type="grid-cells-unified", version=1, owner="intake", stream="place", key="place_ref"):
    """三网融合: the cell of every layer that a place lies in, one per layer; said again, it is replaced (HA-27)."""

    place_ref: Code
    """A village, community or town by its unit's id, or a place by a code of its own."""
    grid_ids: dict[Code, Code]
    """By layer."""


class Interviewees(BaseModel):
    """How many people of one category were talked to (DI-25)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: str
    n: int = Field(ge=1, le=10_000)


class VisitRecorded(Event, type="visit-recorded", version=1, owner="intake", stream="visit", key="visit_id"):
    """One contact with a subject (domain 2.3 走访). `attempted_only`: nobody was met."""

    visit_id: Code
    subject_id: Code
    visitors: tuple[Code, ...] = Field(min_length=1)
    mode: Mode
    basis: str = ""
    """Way of contact as the pack names it (JW-05)."""
    topics: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    """What was done there, of what the pack lists (走访内容, LT-38)."""
    interviewees: tuple[Interviewees, ...] = ()
    attempted_only: bool = False
    note: Sealed | None = None
    request_ids: tuple[Code, ...] = ()
    territory_unit: Code
    grid_ids: dict[Code, Code] = Field(default={})
    """The cell of every layer that the subject lay in then (HA-27)."""


class RequestRegistered(
    Event, type="request-registered", version=1, owner="intake", stream="request", key="request_id"
):
    """What one person said in one place. Text is sealed; the requester is a reference into intake's tables."""

    request_id: Code
    channel: Channel
    origin: Origin
    kind: Literal["request", "opinion", "consult"] = "request"
    visit_id: Code | None = None
    subject_id: Code | None = None
    requester_ref: Code | None = None
    caller_ref: Code | None = None
    """The same word for everybody who asks from one telephone number or account of another system; random, and kept
    only beside the requester, so that it means nobody once they are erased (LT-33)."""
    confidential: bool = False
    follow_up_consent: bool = True
    title: Sealed
    text: Sealed
    category_hint: Code | None = None
    urgency_hint: Code | None = None
    territory_unit: Code | None = None
    grid_ids: dict[Code, Code] = Field(default={})
    """The cell of every layer that it was said in, so that the sums of any layer are the same (HA-27)."""
    complained_units: tuple[Code, ...] = ()
    """Units that the request complains of; never dispatched to (invariant 11)."""
    received_at: Moment
    source_ref: str | None = Field(default=None, max_length=200)
    """The message's number in the system it came from; makes an import idempotent."""


class RequestAccepted(Event, type="request-accepted", version=1, owner="intake", stream="request", key="request_id"):
    """Taken in: dispatch opens a case for it."""

    request_id: Code
    note: Note = ""
    join_case: Code | None = None
    """The case of the same matter that it goes to instead of opening its own."""
    join_as: Literal["merged", "repeat"] | None = None


class RequestAnsweredOnSpot(
    Event, type="request-answered-on-spot", version=1, owner="intake", stream="request", key="request_id"
):
    """Settled where it was raised; no case follows."""

    request_id: Code
    answer: Sealed
    answered_at: Moment


class RequestRejected(Event, type="request-rejected", version=1, owner="intake", stream="request", key="request_id"):
    """Not taken in, with the reason told to the requester."""

    request_id: Code
    reason_code: Code
    reason: Note
    channel_told: Channel | None = None
    told_at: Moment


class RequestRedirected(
    Event, type="request-redirected", version=1, owner="intake", stream="request", key="request_id"
):
    """For another channel, as the police, a court or the petition office; the requester is told which."""

    request_id: Code
    reason_code: Code
    channel: str = Field(min_length=1, max_length=100)
    told_at: Moment


class RequestWithdrawn(Event, type="request-withdrawn", version=1, owner="intake", stream="request", key="request_id"):
    """The requester takes it back."""

    request_id: Code
    reason: Note


class RequestSupplemented(
    Event, type="request-supplemented", version=1, owner="intake", stream="request", key="request_id"
):
    """More about an accepted request, as when dispatch sent its case back (退回补充); sealed as its words are."""

    request_id: Code
    text: Sealed


class RequestLinked(Event, type="request-linked", version=1, owner="intake", stream="request", key="request_id"):
    """The request's outcome is a case (invariant 7: every accepted request reaches an outcome)."""

    request_id: Code
    case_id: Code
    link: Literal["new", "merged", "repeat"]
    instead_of: Code | None = None
    """The case it waited for until now: that one was merged or split, or the merge was undone."""


class PersonalDataErased(
    Event, type="personal-data-erased", version=1, owner="intake", stream="request", key="request_id"
):
    """The keys of this request's sealed text and its requester's particulars are gone; the chain still verifies."""

    request_id: Code
    key_ids: tuple[Code, ...]
    legal_basis: Note


class SubjectDataErased(
    Event, type="subject-data-erased", version=1, owner="intake", stream="subject", key="subject_id"
):
    """What names a household and the keys of what was noted on visits there are gone; it leaves the directory.

    The requests heard there are erased each by its own event.
    """

    subject_id: Code
    key_ids: tuple[Code, ...]
    legal_basis: Note


class PersonDataErased(Event, type="person-data-erased", version=1, owner="intake", stream="person", key="person_id"):
    """The key of an official's name is gone: everything they did stays, under their id, and every chain verifies."""

    person_id: Code
    key_ids: tuple[Code, ...]
    legal_basis: Note
