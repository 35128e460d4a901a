"""Requests and cases that belong together: joined, merged, and taken apart again with both histories kept."""

from pydantic import Field

from contracts.dispatch.parts import RequestLink
from contracts.event import Code, Event, Moment, Note
from contracts.sealed import Sealed


class RequestJoined(Event, type="request-joined", version=1, owner="dispatch", stream="case", key="case_id"):
    """Another request about the same matter: it opens no case of its own."""

    case_id: Code
    case_no: int = Field(ge=1)
    request_id: Code
    link: RequestLink
    channel: Code
    requester_ref: Code | None = None
    visit_id: Code | None = None
    title: Sealed
    text: Sealed
    received_at: Moment
    complained_units: tuple[Code, ...] = ()


class JoinUndone(Event, type="join-undone", version=1, owner="dispatch", stream="case", key="case_id"):
    """The request was about another matter after all: it goes on in a case of its own."""

    case_id: Code
    case_no: int = Field(ge=1)
    request_id: Code
    into: Code
    """The case that is opened for it in the same append."""
    complained_units: tuple[Code, ...] = ()
    """Whom it complains of: they are no longer barred here on its account."""
    reason: Note = Field(min_length=1)


class CaseMerged(Event, type="case-merged", version=1, owner="dispatch", stream="case", key="case_id"):
    """并案: this case goes on in another one, which takes its requests."""

    case_id: Code
    case_no: int = Field(ge=1)
    into: Code
    into_no: int = Field(ge=1)
    request_ids: tuple[Code, ...] = Field(min_length=1)
    link: RequestLink
    reason: Note = Field(min_length=1)
    complained_units: tuple[Code, ...] = ()
    """Whom its requests complain of: no order of the other case may go there either."""


class CaseAbsorbed(Event, type="case-absorbed", version=1, owner="dispatch", stream="case", key="case_id"):
    """The other side of a merge: this case takes the requests of `from_case`."""

    case_id: Code
    case_no: int = Field(ge=1)
    from_case: Code
    from_no: int = Field(ge=1)
    request_ids: tuple[Code, ...] = Field(min_length=1)
    link: RequestLink
    complained_units: tuple[Code, ...] = ()


class MergeUndone(Event, type="merge-undone", version=1, owner="dispatch", stream="case", key="case_id"):
    """The merge was a mistake: this case stands again where it stood."""

    case_id: Code
    case_no: int = Field(ge=1)
    from_case: Code
    """The case it had been merged into."""
    reason: Note = Field(min_length=1)


class AbsorptionUndone(Event, type="absorption-undone", version=1, owner="dispatch", stream="case", key="case_id"):
    """The other side: the requests go back to the case they came from."""

    case_id: Code
    case_no: int = Field(ge=1)
    to_case: Code
    request_ids: tuple[Code, ...] = Field(min_length=1)
    reason: Note = Field(min_length=1)


class CaseSplit(Event, type="case-split", version=1, owner="dispatch", stream="case", key="case_id"):
    """Several matters in one request: this case ends, and each matter goes on as a case of its own."""

    case_id: Code
    case_no: int = Field(ge=1)
    into: tuple[Code, ...] = Field(min_length=2)
    reason: Note = Field(min_length=1)
