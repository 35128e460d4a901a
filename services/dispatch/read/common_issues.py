"""Common issues as lists show them: proposals, declared ones, and the pooled lists (R20) with their numbers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from contracts.dispatch import (
    CommonIssueAssigned,
    CommonIssueDeclared,
    CommonIssueDismissed,
    CommonIssueProposed,
    CommonIssueReported,
    CommonIssueResolved,
    CommonMembersChanged,
)
from contracts.event import Event
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables
from services.dispatch.read.rows import Shape, columns

VIEW, LISTS = "common_issue", "pooled_list"


@dataclass(slots=True)
class CommonRow:
    """One common issue."""

    common_id: str
    programme: str
    stage: str
    updated_at: datetime
    members: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)
    """What the detector put together, whatever became of it."""
    title: str = ""
    category: str | None = None
    area: str | None = None
    within_days: int | None = None
    likeness: int | None = None
    lead_group: str | None = None
    list_id: str | None = None
    suggested_unit: str | None = None
    suggested_measures: str = ""
    to_unit: str | None = None
    instruction: str = ""
    finish_by: datetime | None = None
    measures: str = ""
    reason: str = ""
    """Why it was dismissed."""
    proposed_at: datetime | None = None
    declared_at: datetime | None = None
    reported_at: datetime | None = None
    assigned_at: datetime | None = None
    resolved_at: datetime | None = None
    version: int = 0


_TYPES = {
    **dict.fromkeys(("category", "area", "lead_group", "list_id", "suggested_unit", "to_unit"), "text"),
    **dict.fromkeys(
        ("programme", "stage", "title", "suggested_measures", "instruction", "measures", "reason"), "text NOT NULL"
    ),
    **dict.fromkeys(("members", "proposed"), "text[] NOT NULL"),
    **dict.fromkeys(("within_days", "likeness"), "int"),
    **dict.fromkeys(("proposed_at", "declared_at", "reported_at", "assigned_at"), "timestamptz"),
    **dict.fromkeys(("resolved_at", "finish_by"), "timestamptz"),
    "common_id": "text PRIMARY KEY",
    "updated_at": "timestamptz NOT NULL",
    "version": "int NOT NULL",
}
DDL = {
    VIEW: f"""
        CREATE TABLE {{t}} (
            {columns(CommonRow, _TYPES)}
        );
        CREATE INDEX ON {{t}} (programme, stage);
        CREATE INDEX ON {{t}} USING gin (members);
        CREATE INDEX ON {{t}} USING gin (proposed);""",
    LISTS: """
        CREATE TABLE {t} (list_id text PRIMARY KEY, programme text NOT NULL, number int NOT NULL,
                          lead_group text, first_at timestamptz NOT NULL);
        CREATE UNIQUE INDEX ON {t} (programme, number)""",
}
SHAPE: Shape[CommonRow] = Shape(VIEW, CommonRow, CommonRow)
HANDLED: tuple[type[Event], ...] = (
    CommonIssueProposed,
    CommonIssueDismissed,
    CommonIssueDeclared,
    CommonMembersChanged,
    CommonIssueReported,
    CommonIssueAssigned,
    CommonIssueResolved,
)


async def apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    """Fold the batch per common issue; a list is numbered when something is first put on it."""
    keys = {fact.stream.removeprefix("common-") for fact in batch}
    held = await SHAPE.hold(db, t[VIEW], keys, ctx)
    listed: list[tuple[str, CommonRow, datetime]] = []
    for fact in batch:
        key = fact.stream.removeprefix("common-")
        if key not in held.rows:
            held.put(key, CommonRow(key, getattr(fact.event, "programme_id", ""), "proposed", fact.time))
        row = held.change(key)
        project(row, fact)
        if isinstance(fact.event, CommonIssueReported):
            listed.append((fact.event.list_id, row, fact.time))
    await _number(db, t[LISTS], listed)
    await SHAPE.keep(db, t[VIEW], held, ctx)


def project(row: CommonRow, fact: Fact) -> None:
    """One event into its row."""
    row.version, row.updated_at = fact.version, fact.time
    match fact.event:
        case CommonIssueProposed() as event:
            row.stage, row.proposed_at = "proposed", fact.time
            row.members = row.proposed = list(event.case_ids)
            row.category, row.area = event.category, event.area
            row.within_days, row.likeness = event.within_days, event.likeness
        case CommonIssueDismissed() as event:
            row.stage, row.reason = "dismissed", event.reason
        case CommonIssueDeclared() as event:
            row.stage, row.declared_at, row.members = "declared", fact.time, list(event.case_ids)
            row.title, row.category, row.lead_group = event.title, event.category, event.lead_group
        case CommonMembersChanged() as event:
            row.members = [one for one in row.members if one not in event.removed] + list(event.added)
        case CommonIssueReported() as event:
            row.stage, row.reported_at, row.list_id = "reported", fact.time, event.list_id
            row.suggested_unit, row.suggested_measures = event.suggested_unit, event.suggested_measures
            row.finish_by = event.finish_by
        case CommonIssueAssigned() as event:
            row.stage, row.assigned_at, row.to_unit = "assigned", fact.time, event.to_unit
            row.instruction, row.finish_by = event.instruction, event.finish_by
        case CommonIssueResolved() as event:
            row.stage, row.resolved_at, row.measures = "resolved", fact.time, event.measures
        case _:
            pass  # `handles` names these seven


async def _number(db: Connection, table: str, listed: Sequence[tuple[str, CommonRow, datetime]]) -> None:
    """The n-th list of a programme has number n: a rank, gapless and never used again."""
    if not listed:
        return
    rows = await db.fetch(f"SELECT list_id, programme, number FROM {table}")  # noqa: S608
    known = {row["list_id"] for row in rows}
    numbers = Counter[str]()
    for row in rows:
        numbers[row["programme"]] = max(numbers[row["programme"]], row["number"])
    for list_id, issue, at in listed:
        if list_id in known:
            continue
        known.add(list_id)
        numbers[issue.programme] += 1
        await db.execute(
            f"INSERT INTO {table} VALUES ($1, $2, $3, $4, $5)",  # noqa: S608
            list_id,
            issue.programme,
            numbers[issue.programme],
            issue.lead_group,
            at,
        )


COMMON_ISSUES = Projection(name="common_issues", version=1, handles=HANDLED, ddl=DDL, apply=apply)
