"""What decisions about a case need to know."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from contracts.dispatch import Durations, Milestone, OrderDraft, OrderRole, Result


class Status(StrEnum):
    """Where a case stands; the orders tell the rest."""

    UNKNOWN = "unknown"
    REGISTERED = "registered"
    ROUTED = "routed"
    HANDLING = "handling"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    VERIFYING = "verifying"
    """Completed, and a follow-up of this round is due."""
    STRUCK_OFF = "struck_off"
    MERGED = "merged"
    """Goes on in another case, until the merge is undone."""
    SPLIT = "split"
    CLOSED_UNHANDLED = "closed_unhandled"


AT_WORK = frozenset({Status.REGISTERED, Status.ROUTED, Status.HANDLING, Status.SUSPENDED})
"""Not done yet."""
DONE = frozenset({Status.COMPLETED, Status.VERIFYING, Status.STRUCK_OFF})
"""Handled; what follows is checking."""
ENDED = frozenset({Status.MERGED, Status.SPLIT, Status.CLOSED_UNHANDLED})
"""Gone on elsewhere or not at all."""


class OrderStatus(StrEnum):
    """Where an order stands. Whether it was signed is kept apart: a refused return gives back what was."""

    OPEN = "open"
    RETURNED = "returned"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for more time that waits for its decision."""

    finish_by: datetime
    n: int


@dataclass(frozen=True, slots=True)
class Order:
    """One unit's part in a case."""

    order_id: str
    role: OrderRole
    unit: str
    kind: str
    round: int
    issued_by: str
    sign_by: datetime | None
    finish_by: datetime
    contact_by: datetime | None = None
    plan_by: datetime | None = None
    person: str | None = None
    leader: str | None = None
    dept: str | None = None
    status: OrderStatus = OrderStatus.OPEN
    signed: bool = False
    planned: bool = False
    timetable: tuple[Milestone, ...] = ()
    milestones: frozenset[int] = frozenset()
    """Places in the timetable in force that were reached."""
    attempts: int = 0
    reached: bool = False
    """The requester was reached at least once."""
    site_verified: bool = False
    returns: int = 0
    """Returns of this role in this round; the order that replaces a returned one goes on counting."""
    final: bool = False
    passed_to: str | None = None
    """The unit that a ruling handed it on to."""
    asked: Asked | None = None
    requests: int = 0
    """How often more time was asked for."""
    extensions: int = 0
    """How often it was granted."""
    result: Result | None = None
    common_id: str | None = None
    """The common issue whose assignment brought it."""
    percent: int | None = None
    """How much of it is done, as its unit said last."""

    @property
    def working(self) -> bool:
        """Whether the unit still has it to do, or in dispute."""
        return self.status in (OrderStatus.OPEN, OrderStatus.RETURNED)


@dataclass(frozen=True, slots=True)
class Classified:
    """The classification in force, to tell whether a repeated one changes anything."""

    category: str
    scope: str
    urgency: str
    must_solve: bool = False
    desk_suitable: bool = False
    level: str | None = None
    difficulty: str | None = None
    focus: bool = False
    sensitive: bool = False
    site_scope: str | None = None
    redirect: str | None = None
    secret: bool = False
    service_line: Literal["village", "enterprise", "community"] | None = None


@dataclass(frozen=True, slots=True)
class Routed:
    """The routing in force."""

    lead: str
    co: tuple[str, ...]
    territory: str | None
    order_kind: str
    rule_id: str
    excluded: tuple[str, ...] = ()
    draft: OrderDraft | None = None
    """What the orders of a prepared case are to say."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A request that came later, and whom it complains of."""

    request_id: str
    complained: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Absorbed:
    """Another case that goes on in this one: what it brought, for giving it back."""

    case_id: str
    request_ids: tuple[str, ...]
    complained: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggested:
    """What a person said to a suggestion."""

    what: str
    suggested: str
    chosen: str


@dataclass(frozen=True, slots=True)
class Case:
    """One case as its events say."""

    case_id: str = ""
    status: Status = Status.UNKNOWN
    own_requests: tuple[str, ...] = ()
    own_complained: tuple[str, ...] = ()
    joined: tuple[Joined, ...] = ()
    absorbed: tuple[Absorbed, ...] = ()
    split_from: str | None = None
    received_at: datetime | None = None
    classified: Classified | None = None
    durations: Durations | None = None
    """The limits of this round: the classification's, or the shorter ones of a reopening."""
    routed: Routed | None = None
    interested: tuple[str, ...] = ()
    """Units with a personal interest, as somebody said when it was routed."""
    fallback: str | None = None
    """The role that decides since no rule did (兜底), until an order is issued."""
    designated: str | None = None
    """The unit that the main leader named as lead."""
    bound_leader: str | None = None
    bound_kind: Literal["contract", "special"] | None = None
    suggestions: tuple[Suggested, ...] = ()
    missing: str = ""
    """What must be known before it can be handed over (退回补充); empty: nothing is asked for."""
    orders: tuple[Order, ...] = ()
    consultations: tuple[str, ...] = ()
    consulted: bool = False
    """Whether one of them was held in this round."""
    meetings: tuple[str, ...] = ()
    """Meetings of supervision that decided something about it."""
    returns: int = 0
    """Returns of all its orders, in all rounds."""
    round: int = 1
    on_time: bool = False
    """Fixed at completion; strike-off repeats it."""
    verifications: tuple[str, ...] = ()
    """Follow-ups that were begun in this round."""
    review_on: datetime | None = None
    """When its suspension is looked at (挂账复查), while it has one."""
    showcased: bool = False
    """典型案例; a case that is handled again or ends otherwise is none any more."""
    struck_off_by: str | None = None
    report_up_by: datetime | None = None
    reported_up: bool = False
    merged_into: str | None = None
    status_before_merge: Status | None = None
    split_into: tuple[str, ...] = ()

    @property
    def request_ids(self) -> tuple[str, ...]:
        """Every request that waits for this case's outcome."""
        came = (*(one.request_id for one in self.joined), *(r for one in self.absorbed for r in one.request_ids))
        return (*self.own_requests, *came)

    @property
    def complained(self) -> tuple[str, ...]:
        """Every unit that one of the requests complains of."""
        came = [*(one.complained for one in self.joined), *(one.complained for one in self.absorbed)]
        units = (*self.own_complained, *(unit for each in came for unit in each))
        return tuple(dict.fromkeys(units))

    @property
    def recused(self) -> tuple[str, ...]:
        """Every unit that may not handle it."""
        return tuple(dict.fromkeys((*self.complained, *self.interested)))

    @property
    def current(self) -> tuple[Order, ...]:
        """Orders of this round that were not cancelled."""
        return tuple(o for o in self.orders if o.round == self.round and o.status is not OrderStatus.CANCELLED)

    @property
    def working(self) -> tuple[Order, ...]:
        """Orders of this round that somebody still has to do, or disputes."""
        return tuple(o for o in self.current if o.working)

    @property
    def lead(self) -> Order | None:
        """The lead order of this round."""
        return next((o for o in self.current if o.role == "lead"), None)

    def order(self, order_id: str) -> Order | None:
        return next((o for o in self.orders if o.order_id == order_id), None)
