"""Facts beside the cases that reports count: orders with their returns, requests, and what follow-ups heard."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OrderFact:
    """An order as of one moment."""

    order_id: str
    case_id: str
    unit: str
    returned: bool
    refused: bool


@dataclass(frozen=True, slots=True)
class RequestFact:
    """A request when it was registered."""

    request_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FollowUpFact:
    """The newest result of a follow-up of one case."""

    case_id: str
    round: int
    verdict: str
    satisfaction: str | None


@dataclass(frozen=True, slots=True)
class Heard:
    """What one follow-up heard; nothing where nobody was reached."""

    case_id: str
    leg: str
    reached: bool
    contacted: bool | None = None
    solved: bool | None = None
    satisfaction: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A follow-up of one round and side of a case: who is asked about, and what was heard, if anybody called yet."""

    case_id: str
    round: int
    leg: str
    unit: str | None
    heard: Heard | None = None
