"""Where a request stands, as its events say."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from contracts.event import Event
from contracts.intake import (
    PersonalDataErased,
    RequestAccepted,
    RequestAnsweredOnSpot,
    RequestLinked,
    RequestRedirected,
    RequestRegistered,
    RequestRejected,
    RequestSupplemented,
    RequestWithdrawn,
)


class Status(Enum):
    """Where a request stands."""

    UNKNOWN = "unknown"
    NEW = "new"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    REJECTED = "rejected"
    REDIRECTED = "redirected"
    WITHDRAWN = "withdrawn"
    LINKED = "linked"


@dataclass(frozen=True, slots=True)
class Request:
    """What decides about a request: never its words, those are sealed."""

    request_id: str = ""
    status: Status = Status.UNKNOWN
    cases: tuple[str, ...] = ()
    """The cases whose outcome it waits for: one, unless that was split."""

    erased: bool = False
    received_at: datetime | None = None


def evolve(state: Request, event: Event) -> Request:
    """The request after one of its events."""
    match event:
        case RequestRegistered():
            return replace(state, request_id=event.request_id, status=Status.NEW, received_at=event.received_at)
        case RequestAccepted():
            return replace(state, status=Status.ACCEPTED)
        case RequestAnsweredOnSpot():
            return replace(state, status=Status.ANSWERED)
        case RequestRejected():
            return replace(state, status=Status.REJECTED)
        case RequestLinked():
            kept = tuple(case for case in state.cases if case not in (event.instead_of, event.case_id))
            return replace(state, status=Status.LINKED, cases=(*kept, event.case_id))
        case RequestRedirected():
            return replace(state, status=Status.REDIRECTED)
        case RequestWithdrawn():
            return replace(state, status=Status.WITHDRAWN)
        case RequestSupplemented():
            return state
        case PersonalDataErased():
            return replace(state, erased=True)
        case _:
            raise TypeError(f"{type(event).__name__} is no event of a request")
