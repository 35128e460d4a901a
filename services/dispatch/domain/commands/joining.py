"""What is asked where requests or cases belong together, or do not."""

from dataclasses import dataclass, field
from datetime import datetime

from contracts.dispatch import RequestLink
from contracts.sealed import Sealed
from services.dispatch.domain.commands.opening import OpenCase


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """Another accepted request about the same matter; a repeat may join what is completed already."""

    case_no: int
    request_id: str
    link: RequestLink
    channel: str
    title: Sealed
    text: Sealed
    received_at: datetime
    requester_ref: str | None = None
    visit_id: str | None = None
    complained_units: tuple[str, ...] = ()
    barred: frozenset[str] = frozenset()
    """Those units and all below them."""


@dataclass(frozen=True, slots=True)
class UndoJoin:
    """The request was about another matter: it gets a case of its own."""

    case_no: int
    request_id: str
    reason: str
    part: OpenCase


@dataclass(frozen=True, slots=True)
class MergeCase:
    """并案: this case goes on in another one. Goes together with `AbsorbCase` on that one's stream."""

    case_no: int
    into: str
    into_no: int
    link: RequestLink
    reason: str
    same_programme: bool = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class AbsorbCase:
    """The other side of a merge: take the requests of `from_case`, and whom they complain of."""

    case_no: int
    from_case: str
    from_no: int
    request_ids: tuple[str, ...]
    link: RequestLink
    complained_units: tuple[str, ...] = ()
    barred: frozenset[str] = frozenset()
    """Those units and all below them."""


@dataclass(frozen=True, slots=True)
class UndoMerge:
    """The merge was a mistake: this case stands again. Goes together with `UndoAbsorption` on the other stream."""

    case_no: int
    reason: str


@dataclass(frozen=True, slots=True)
class UndoAbsorption:
    """The other side: `to_case` gets its requests back."""

    case_no: int
    to_case: str
    reason: str


@dataclass(frozen=True, slots=True)
class SplitCase:
    """Several matters in one: this case ends, each part is opened as a case of its own."""

    case_no: int
    reason: str
    parts: tuple[OpenCase, ...]
