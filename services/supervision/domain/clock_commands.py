"""What may be said to a clock: by what was recorded, by the timer that judges it, or by a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.supervision import ClockKind, Warnings

CancelReason = Literal[
    "return-accepted", "order-cancelled", "replaced", "completed", "case-ended", "reclassified", "settled"
]


@dataclass(frozen=True, slots=True)
class Seen:
    """A fact: when it was recorded, and at which of dispatch's positions; None for one of supervision's own."""

    at: datetime
    position: int | None


@dataclass(frozen=True, slots=True)
class StartClock:
    clock_id: str
    case_id: str | None
    order_id: str | None
    kind: ClockKind
    unit: str
    started_at: datetime
    due: datetime
    limit: str | None = None
    warnings: Warnings | None = None
    matter: str | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class PauseClock:
    seen: Seen
    reason: Literal["suspended", "returned"]


@dataclass(frozen=True, slots=True)
class ResumeClock:
    seen: Seen
    due: datetime
    warnings: Warnings | None = None


@dataclass(frozen=True, slots=True)
class MoveClock:
    """Another due instant: more time was granted, or a calendar was published."""

    seen: Seen
    due: datetime
    reason: Literal["extension", "recomputed"]
    warnings: Warnings | None = None


@dataclass(frozen=True, slots=True)
class MeetClock:
    """What was watched for happened at `met_at`, which a late fact may put before the recording."""

    seen: Seen
    met_at: datetime


@dataclass(frozen=True, slots=True)
class CancelClock:
    seen: Seen
    reason: CancelReason = "return-accepted"


@dataclass(frozen=True, slots=True)
class JudgeClock:
    """Whoever would tell has recorded everything up to `watermark`, and all of it has been considered here: dispatch up
    to `position`, or supervision itself."""

    watermark: datetime
    position: int | None


@dataclass(frozen=True, slots=True)
class RemindClock:
    """As for judging: what is not met by `watermark` was not met."""

    watermark: datetime


@dataclass(frozen=True, slots=True)
class RemindByHand:
    """催办: a person asks for haste, at most once a day for one deadline."""

    at: datetime


Command = (
    StartClock
    | PauseClock
    | ResumeClock
    | MoveClock
    | MeetClock
    | CancelClock
    | JudgeClock
    | RemindClock
    | RemindByHand
)
