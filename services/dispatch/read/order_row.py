"""One order as the inboxes and dockets show it: the columns of `case_order` and their indexes."""

from dataclasses import dataclass
from datetime import datetime

from services.dispatch.read.rows import Shape, columns


@dataclass(slots=True)
class OrderRow:
    """One order as the lists show it."""

    order_id: str
    case_id: str
    case_no: int
    programme: str
    role: str
    unit: str
    kind: str
    round: int
    status: str
    issued_at: datetime
    issued_by: str
    sign_by: datetime | None
    contact_by: datetime | None
    plan_by: datetime | None
    finish_by: datetime
    instruction: str
    outcome: str | None
    person: str | None
    leader: str | None
    dept: str | None
    updated_at: datetime
    signed_at: datetime | None = None
    sign_late: bool = False
    contacted_at: datetime | None = None
    planned_at: datetime | None = None
    resolve_by: datetime | None = None
    returned_at: datetime | None = None
    return_n: int = 0
    return_code: str | None = None
    return_reason: str | None = None
    proposed_unit: str | None = None
    final: bool = False
    completed_at: datetime | None = None
    result: str | None = None
    reported_at: datetime | None = None
    stage: str | None = None
    next_report_by: datetime | None = None
    percent: int | None = None
    acting_for: str | None = None
    attempts: int = 0
    site_verified_at: datetime | None = None
    findings_at: datetime | None = None
    findings: str | None = None
    findings_late: bool | None = None
    milestones: int = 0
    milestones_done: int = 0
    consult_id: str | None = None
    common_id: str | None = None
    meeting_id: str | None = None
    asked_at: datetime | None = None
    asked_finish_by: datetime | None = None
    asked_reason: str | None = None
    """The extension that waits for its decision."""
    asked_n: int = 0
    extensions: int = 0
    first_finish_by: datetime | None = None
    """The finish that the order was issued with."""
    ruled_finish_by: datetime | None = None
    """The finish as rule and calendar gave it last: another one in force was granted or kept, and stays."""
    cancelled_at: datetime | None = None
    cancel_cause: str | None = None
    cancel_reason: str | None = None


_TEXT, _TIME, _BOOL = "text NOT NULL", "timestamptz NOT NULL", "boolean NOT NULL"
_TYPES = {
    "order_id": "text PRIMARY KEY",
    "case_id": _TEXT,
    "case_no": "int NOT NULL",
    "programme": _TEXT,
    "role": _TEXT,
    "unit": _TEXT,
    "kind": _TEXT,
    "round": "int NOT NULL",
    "status": _TEXT,
    "issued_at": _TIME,
    "issued_by": _TEXT,
    "sign_by": "timestamptz",
    "contact_by": "timestamptz",
    "plan_by": "timestamptz",
    "finish_by": _TIME,
    "instruction": _TEXT,
    "outcome": "text",
    "person": "text",
    "leader": "text",
    "dept": "text",
    "updated_at": _TIME,
    "signed_at": "timestamptz",
    "sign_late": _BOOL,
    "contacted_at": "timestamptz",
    "planned_at": "timestamptz",
    "resolve_by": "timestamptz",
    "returned_at": "timestamptz",
    "return_n": "int NOT NULL",
    "return_code": "text",
    "return_reason": "text",
    "proposed_unit": "text",
    "final": _BOOL,
    "completed_at": "timestamptz",
    "result": "text",
    "reported_at": "timestamptz",
    **dict.fromkeys(("stage", "acting_for", "findings", "consult_id", "common_id", "meeting_id"), "text"),
    **dict.fromkeys(("asked_reason", "cancel_cause", "cancel_reason"), "text"),
    **dict.fromkeys(
        ("next_report_by", "site_verified_at", "findings_at", "asked_at", "asked_finish_by"), "timestamptz"
    ),
    **dict.fromkeys(("first_finish_by", "ruled_finish_by", "cancelled_at"), "timestamptz"),
    **dict.fromkeys(("attempts", "milestones", "milestones_done", "asked_n", "extensions"), "int NOT NULL"),
    "findings_late": "boolean",
    "percent": "smallint",
}
DDL = f"""
CREATE TABLE {{t}} (
    {columns(OrderRow, _TYPES)}
);
CREATE INDEX ON {{t}} (case_id);
CREATE INDEX ON {{t}} (programme, issued_at) WHERE role = 'lead';
CREATE INDEX ON {{t}} (unit, finish_by) WHERE status IN ('open', 'returned');
CREATE INDEX ON {{t}} (unit, completed_at) WHERE status = 'completed';
CREATE INDEX ON {{t}} (unit, cancelled_at) WHERE status = 'cancelled';
CREATE INDEX ON {{t}} (returned_at) WHERE status = 'returned';
CREATE INDEX ON {{t}} (person) WHERE status IN ('open', 'returned');
CREATE INDEX ON {{t}} (finish_by) WHERE asked_at IS NOT NULL;
"""
SHAPE: Shape[OrderRow] = Shape("case_order", OrderRow, OrderRow)
