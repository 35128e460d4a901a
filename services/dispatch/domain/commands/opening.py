"""What people and process managers ask of a case until it is handed over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from contracts.dispatch import Dues, Durations, OrderDraft, OrderRole
from contracts.sealed import Sealed
from services.chassis.deadlines import Calendar


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Open a numbered case for an accepted request; title and text stay sealed as they were registered."""

    case_id: str
    request_ids: tuple[str, ...]
    title: Sealed
    text: Sealed
    channel: str
    received_at: datetime
    visit_id: str | None = None
    subject_id: str | None = None
    requester_ref: str | None = None
    territory_unit: str | None = None
    category_hint: str | None = None
    urgency_hint: str | None = None
    complained_units: tuple[str, ...] = ()
    caller_ref: str | None = None
    grid_ids: Mapping[str, str] = field(default_factory=dict)
    service_line: Literal["village", "enterprise", "community"] | None = None
    requester_kind: Literal["resident", "enterprise", "community"] | None = None


@dataclass(frozen=True, slots=True)
class ClassifyCase:
    """Category, scope and urgency; the pack's rule gave the durations."""

    category: str
    scope: Literal["individual", "common"]
    urgency: str
    durations: Durations
    rule_id: str
    calendar_version: str
    must_solve: bool = False
    desk_suitable: bool = False
    level: Literal["town", "district"] | None = None
    difficulty: str | None = None
    focus: bool = False
    sensitive: bool = False
    site_scope: Literal["inside_wall", "outside_wall"] | None = None
    redirect: str | None = None
    """The pack's class of matters for another channel that it is one of, by a person's word."""
    secret: bool = False
    """Somebody's secret or privacy, by a person's word."""
    service_line: Literal["village", "enterprise", "community"] | None = None
    """None: as it was said before, else as it was opened."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A redirect class that words of the request make one think of, and the channel that would take it."""

    name: str
    channel: str


@dataclass(frozen=True, slots=True)
class RouteCase:
    """Who leads, who helps, whose territory it is."""

    lead: str
    order_kind: str
    rule_id: str
    chosen_by: Literal["rule", "dispatcher"]
    co: tuple[str, ...] = ()
    territory: str | None = None
    desk: bool = False
    """Handled by the dedicated hotline desk (JW-16)."""
    supervised_by: str | None = None
    reason: str = ""
    """Why a person chose otherwise than the rule."""
    dual: bool = False
    """The pack hands every case to a department and to its territory (双向派单, LT-15)."""
    never_lead: tuple[str, ...] = ()
    """Units among the chosen ones that never lead by the pack, as a community in a street programme."""
    interested: tuple[str, ...] = ()
    """Units with a personal interest of their own in the matter: they handle it as little as those complained of."""
    elsewhere: Elsewhere | None = None
    """Routed all the same: then somebody says why."""
    draft: OrderDraft | None = None
    """Only prepared: what the orders are to say. None leaves what was prepared as it is."""


@dataclass(frozen=True, slots=True)
class DesignateLead:
    """The main leader says who leads (LT-16)."""

    case_no: int
    unit: str
    by: str
    reason: str = ""
    never_lead: tuple[str, ...] = ()
    """As in `RouteCase`."""


@dataclass(frozen=True, slots=True)
class BindLeader:
    """包案 or 专办: one leader answers for the case by name (HA-06, DI-21)."""

    case_no: int
    leader: str
    kind: Literal["contract", "special"]


@dataclass(frozen=True, slots=True)
class SendBack:
    """退回补充: too little is known to hand it over."""

    case_no: int
    missing: str


@dataclass(frozen=True, slots=True)
class SupplementCase:
    """What intake added to one of its requests."""

    case_no: int
    request_id: str
    text: Sealed


@dataclass(frozen=True, slots=True)
class DecideSuggestion:
    """What was suggested from the history, and what the person chose; `matching` of `looked_at` cases spoke for it."""

    case_no: int
    what: Literal["category", "lead"]
    suggested: str
    chosen: str
    matching: int
    looked_at: int


@dataclass(frozen=True, slots=True)
class NewOrder:
    """One order to be issued; empty texts count as not given."""

    order_id: str
    role: OrderRole
    to_unit: str
    kind: str
    dues: Dues
    responsible_person: str | None = None
    responsible_leader: str | None = None
    responsible_dept: str | None = None
    expected_outcome: str | None = None
    instruction: str = ""
    common_id: str | None = None
    """The common issue whose list brings it (JW-17)."""
    meeting_id: str | None = None
    """The meeting that decided it (LT-42)."""


@dataclass(frozen=True, slots=True)
class Issuers:
    """Who issues orders by the pack, and what whoever does it is."""

    by: str | None
    """The role that the case's route names (JW-15, JW-17); None: anybody at the desk."""
    fallback: str
    """The role that decides where no rule does (兜底)."""
    held: tuple[str, ...]
    """Those of the two that the person acts in."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Roles in the programme's words."""


@dataclass(frozen=True, slots=True)
class IssueOrders:
    """Hand the case over. `required` are the pack's fields of an order."""

    case_no: int
    orders: tuple[NewOrder, ...]
    issued_by_unit: str
    rule_id: str
    calendar_version: str
    at: datetime
    required: tuple[str, ...] = ()
    lead_named_by: str | None = None
    """Who must say who leads before two departments or more get orders, in the programme's words (JW-13, LT-16)."""
    issuers: Issuers | None = None
    """None where a ruling or a consultation has decided the order already."""
    never_lead: tuple[str, ...] = ()
    """As in `RouteCase`."""
    barred: frozenset[str] = frozenset()
    """The units complained of and all below them, as the directory has them."""
    unit_names: Mapping[str, str] = field(default_factory=dict)
    """For telling people which unit is meant."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The desk's one act: classify, route and issue together, or none of it."""

    classify: ClassifyCase
    route: RouteCase
    issue: IssueOrders
    designate: DesignateLead | None = None
    """The word on who leads, where whoever dispatches is the one to give it; taken only where it is needed."""


@dataclass(frozen=True, slots=True)
class Prepare:
    """拟办: classified and routed for whoever issues the orders."""

    classify: ClassifyCase
    route: RouteCase


@dataclass(frozen=True, slots=True)
class BeginFallback:
    """The time is over in which the desk may think about a case that no rule leads anywhere (兜底)."""

    case_no: int
    role: str
    since: datetime
    due: datetime
    pack_version: str


@dataclass(frozen=True, slots=True)
class HandOverCommon:
    """A common issue was assigned: this member's orders go to its department (JW-17)."""

    common_id: str
    classify: ClassifyCase
    """For a case that nobody has classified yet."""
    route: RouteCase
    issue: IssueOrders
    reason: str
    """Why an order that an earlier assignment brought falls away."""


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Take an order back. What was the last open one may complete the case, as after an accepted return."""

    order_id: str
    case_no: int
    reason: str
    cause: Literal["desk"] = "desk"
    at: datetime = field(kw_only=True)
    calendar: Calendar = field(kw_only=True)
    finish_now: datetime | None = field(default=None, kw_only=True)
    """The lead's deadline in force, where it moved outside this stream (a refused return)."""
