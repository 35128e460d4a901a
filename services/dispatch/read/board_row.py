"""One case as the list shows it: the columns of `case_board` and their indexes."""

from dataclasses import dataclass, field
from datetime import datetime

from services.dispatch.read.rows import Shape, columns

PENDING, ERASED, OPEN = "pending", "erased", "open"

RUNNING, WAITING, PAUSED, DONE, CLOSED = range(5)
"""Order of the list: what runs against a deadline first, what is struck off or ended otherwise last."""


@dataclass(slots=True)
class BoardRow:
    """One case as the list shows it."""

    case_id: str
    programme: str
    channel: str
    received_at: datetime
    opened_at: datetime
    updated_at: datetime
    title_sealed: str
    title_key: str
    title: str = ""
    title_state: str = PENDING
    request_ids: list[str] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)
    subject_id: str | None = None
    requester_ref: str | None = None
    visit_id: str | None = None
    caller_ref: str | None = None
    cells: list[str] = field(default_factory=list)
    """One cell of each layer of the grid (HA-27); ids are told apart across layers."""
    service_line: str | None = None
    showcased: bool = False
    territory: str | None = None
    category: str | None = None
    urgency: str | None = None
    classified: bool = False
    scope: str | None = None
    must_solve: bool = False
    finish_unit: str | None = None
    step: str = "registered"
    lead_unit: str | None = None
    lead_order: str | None = None
    lead_signed: bool = False
    co_units: list[str] = field(default_factory=list)
    issued_at: datetime | None = None
    finish_by: datetime | None = None
    yellow_from: datetime | None = None
    returns: int = 0
    round: int = 1
    suspended_at: datetime | None = None
    review_on: datetime | None = None
    completed_at: datetime | None = None
    result: str | None = None
    on_time: bool | None = None
    struck_off_at: datetime | None = None
    struck_by: str | None = None
    struck_basis: str | None = None
    report_up_by: datetime | None = None
    reported_up_at: datetime | None = None
    report_late: bool | None = None
    difficulty: str | None = None
    level: str | None = None
    site_scope: str | None = None
    sensitive: bool = False
    focus: bool = False
    supervised_by: str | None = None
    designated: str | None = None
    interested: list[str] = field(default_factory=list)
    """Units with a personal interest: they stay out of it as those complained of do."""
    fallback: str | None = None
    """The role that decides since no rule did (兜底)."""
    prepared_rule: str | None = None
    """Classified and routed, and waiting for whoever issues the orders (拟办): by this rule, with these units."""
    prepared_lead: str | None = None
    prepared_co: list[str] = field(default_factory=list)
    leader: str | None = None
    leader_kind: str | None = None
    co_orders: list[str] = field(default_factory=list)
    """The orders of `co_units`, in the same places."""
    extending: list[str] = field(default_factory=list)
    """Orders for which more time is asked."""
    extension_count: int = 0
    consultation_count: int = 0
    split_from: str | None = None
    merged_into: str | None = None
    split_into: list[str] = field(default_factory=list)
    absorbed: list[str] = field(default_factory=list)
    absorbed_complained: list[str] = field(default_factory=list)
    """`case unit` for each unit that a merged case's request complains of, for taking it away again."""
    failed_followup: str | None = None
    """A follow-up that failed in this round: where the rounds are spent, the case stays done for the leading group."""
    ended_at: datetime | None = None
    """Merged, split or closed unhandled."""
    end_reason: str | None = None
    records: int = 0
    version: int = 0
    sort_group: int = WAITING
    sort_key: float = 0.0


_TEXT, _TIME, _BOOL = "text NOT NULL", "timestamptz NOT NULL", "boolean NOT NULL"
_TYPES = {
    **dict.fromkeys(("programme", "channel", "title_sealed", "title_key", "title", "title_state"), _TEXT),
    **dict.fromkeys(("received_at", "opened_at", "updated_at"), _TIME),
    **dict.fromkeys(
        ("request_ids", "complained", "co_units", "co_orders", "extending", "prepared_co"), "text[] NOT NULL"
    ),
    **dict.fromkeys(("split_into", "absorbed", "absorbed_complained", "interested", "cells"), "text[] NOT NULL"),
    **dict.fromkeys(
        ("struck_by", "struck_basis", "difficulty", "level", "site_scope", "supervised_by", "designated"), "text"
    ),
    **dict.fromkeys(("fallback", "prepared_rule", "prepared_lead"), "text"),
    **dict.fromkeys(("leader", "leader_kind", "split_from", "merged_into", "end_reason"), "text"),
    **dict.fromkeys(("failed_followup", "caller_ref", "service_line"), "text"),
    **dict.fromkeys(("report_up_by", "reported_up_at", "ended_at"), "timestamptz"),
    **dict.fromkeys(("subject_id", "requester_ref", "visit_id", "territory", "category", "urgency"), "text"),
    **dict.fromkeys(("scope", "finish_unit", "lead_unit", "lead_order", "result"), "text"),
    **dict.fromkeys(("classified", "must_solve", "lead_signed", "sensitive", "focus", "showcased"), _BOOL),
    **dict.fromkeys(("issued_at", "finish_by", "yellow_from", "suspended_at", "review_on"), "timestamptz"),
    **dict.fromkeys(("completed_at", "struck_off_at"), "timestamptz"),
    **dict.fromkeys(
        ("returns", "round", "extension_count", "consultation_count", "records", "version"), "int NOT NULL"
    ),
    "case_id": "text PRIMARY KEY",
    "on_time": "boolean",
    "report_late": "boolean",
    "step": _TEXT,
    "sort_group": "smallint NOT NULL",
    "sort_key": "double precision NOT NULL",
}
DDL = f"""
CREATE TABLE {{t}} (
    {columns(BoardRow, _TYPES)}
);
CREATE INDEX ON {{t}} (programme, sort_group, sort_key, case_id);
CREATE INDEX ON {{t}} (programme, step);
CREATE INDEX ON {{t}} (category, lead_unit) WHERE lead_unit IS NOT NULL;
CREATE INDEX ON {{t}} (programme, category, territory, opened_at);
CREATE INDEX ON {{t}} (lead_unit);
CREATE INDEX ON {{t}} (lead_unit) WHERE step = 'completed';
CREATE INDEX ON {{t}} (programme, opened_at) WHERE step = 'registered';
CREATE INDEX ON {{t}} (opened_at, case_id) WHERE step = 'registered';
CREATE INDEX ON {{t}} (programme, struck_off_at DESC, case_id) WHERE struck_off_at IS NOT NULL;
CREATE INDEX ON {{t}} (programme, opened_at) WHERE scope = 'common';
CREATE INDEX ON {{t}} (programme) WHERE failed_followup IS NOT NULL;
CREATE INDEX ON {{t}} (programme) WHERE showcased;
CREATE INDEX ON {{t}} (subject_id, category) WHERE subject_id IS NOT NULL;
CREATE INDEX ON {{t}} (caller_ref, category) WHERE caller_ref IS NOT NULL;
CREATE INDEX ON {{t}} USING gin (cells);
CREATE INDEX ON {{t}} (title_key);
"""
SHAPE: Shape[BoardRow] = Shape("case_board", BoardRow, BoardRow)
