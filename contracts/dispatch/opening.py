"""A case is opened, classified, routed, and given a lead and a leader."""

from typing import Literal

from pydantic import Field

from contracts.dispatch.parts import Durations, OrderDraft
from contracts.event import Code, Event, Moment, Note
from contracts.sealed import Sealed


class CaseOpened(Event, type="case-opened", version=1, owner="dispatch", stream="case", key="case_id"):
    """A numbered unit of handling; its number is its rank among the programme's openings (JW-08)."""

    case_id: Code
    request_ids: tuple[Code, ...] = Field(min_length=1)
    title: Sealed
    text: Sealed
    channel: Code
    visit_id: Code | None = None
    subject_id: Code | None = None
    requester_ref: Code | None = None
    caller_ref: Code | None = None
    """The same word for everybody who asks from one number or account, as intake told it."""
    territory_unit: Code | None = None
    grid_ids: dict[Code, Code] = Field(default={})
    """The cell of every layer it came from, as its request has them (HA-27)."""
    service_line: Literal["village", "enterprise", "community"] | None = None
    """帮壮村、帮创新、帮发展: for whom the matter is (HA-02)."""
    requester_kind: Literal["resident", "enterprise", "community"] | None = None
    """群众、企业、社区: which of the three it was heard from (HA-12); None where nobody on the register was."""
    category_hint: Code | None = None
    urgency_hint: Code | None = None
    complained_units: tuple[Code, ...] = ()
    received_at: Moment
    split_from: Code | None = None
    """The case that was split into this one and others."""


class CaseClassified(Event, type="case-classified", version=1, owner="dispatch", stream="case", key="case_id"):
    """Category, scope and urgency, with the durations and the rule that gave them."""

    case_id: Code
    category: Code
    scope: Literal["individual", "common"]
    urgency: Code
    durations: Durations
    rule_id: Code
    calendar_version: Code
    must_solve: bool = False
    desk_suitable: bool = False
    level: Literal["town", "district"] | None = None
    difficulty: Code | None = None
    focus: bool = False
    sensitive: bool = False
    """Health and similar facts: public stories need consent (JW-06)."""
    site_scope: Literal["inside_wall", "outside_wall"] | None = None
    """Enterprise matters: 围墙内的事帮办，围墙外的事包办 (HA-16)."""
    redirect: Code | None = None
    """The pack's redirect class that a person found it to be: for another channel, never for a department."""
    secret: bool = False
    """Of the state, of a business, or of a person's privacy: explained to the requester, and ordered nobody."""
    service_line: Literal["village", "enterprise", "community"] | None = None
    """By the desk's word; without one the line that it was opened with stands (HA-02)."""


class CaseRouted(Event, type="case-routed", version=1, owner="dispatch", stream="case", key="case_id"):
    """Who leads, who helps, whose territory; never a unit complained of."""

    case_id: Code
    rule_id: Code
    order_kind: Code
    lead: Code
    co: tuple[Code, ...] = ()
    territory: Code | None = None
    excluded_units: tuple[Code, ...] = ()
    chosen_by: Literal["rule", "dispatcher"]
    desk: bool = False
    """Handled by the dedicated hotline desk (JW-16)."""
    supervised_by: Code | None = None
    """Whose supervision the rule orders (LT-16)."""
    reason: Note = ""
    """Why a person chose otherwise than the rule."""
    draft: OrderDraft | None = None
    """Prepared for another role to issue: what the orders are to say."""


class LeadUnitDesignated(Event, type="lead-unit-designated", version=1, owner="dispatch", stream="case", key="case_id"):
    """With two departments or more the main leader says who leads, before any order is issued (LT-16)."""

    case_id: Code
    case_no: int = Field(ge=1)
    unit: Code
    by: Code
    reason: Note = ""


class LeaderBoundToCase(Event, type="leader-bound-to-case", version=1, owner="dispatch", stream="case", key="case_id"):
    """包案 or 专办: one leader answers for this case by name (HA-06, DI-21)."""

    case_id: Code
    case_no: int = Field(ge=1)
    leader: Code
    kind: Literal["contract", "special"]


class SuggestionDecided(Event, type="suggestion-decided", version=1, owner="dispatch", stream="case", key="case_id"):
    """What was suggested from the history, with its grounds, and what a person chose."""

    case_id: Code
    case_no: int = Field(ge=1)
    what: Literal["category", "lead"]
    suggested: Code
    chosen: Code
    accepted: bool
    matching: int = Field(ge=0)
    """Earlier cases that speak for it, of so many looked at."""
    looked_at: int = Field(ge=1)


class FallbackBegun(Event, type="fallback-begun", version=1, owner="dispatch", stream="case", key="case_id"):
    """兜底: no rule of the pack leads to a unit and the desk's time is over; from now on this role decides."""

    case_id: Code
    case_no: int = Field(ge=1)
    role: Code
    since: Moment
    """From when it waited at the desk."""
    due: Moment
    """When the pack's `order.fallback_by` was over."""
    pack_version: str = Field(max_length=100)
