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
    completed: bool = False
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class RequestFact:
    """A request as it stands: what it is about, where, and which case became of it, if one did."""

    request_id: str
    at: datetime
    category: str | None = None
    """Of its case once that is classified, else as it was taken in."""
    place: str | None = None
    case_id: str | None = None
    link: str | None = None
    """`new`, `merged`, or `repeat`: the same matter again."""


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


@dataclass(frozen=True, slots=True)
class CommonFact:
    """A common issue, or what the detector takes for one; `state` as its last event left it."""

    common_id: str
    state: str
    proposed_at: datetime | None
    declared_at: datetime | None
    category: str | None
    area: str | None
    title: str | None
    cases: frozenset[str]


@dataclass(frozen=True, slots=True)
class DecisionFact:
    """One thing that a consultation or meeting decided; `number` counts from 1 within it."""

    meeting: str
    number: int
    at: datetime
    kind: str
    text: str
    unit: str
    due: datetime
    cases: tuple[str, ...]
