"""Whose time ran: a case's clock from receipt to its end in pieces, each with the unit that had it and why.

At any moment exactly one piece runs, so the pieces up to a completion add up to the time that the completion records
since the receipt: the desk's until it is handed over, the lead unit's unsigned and at work, disputed while a return
waits for its ruling, paused; and, once it is taken up again, the time that it was completed or merged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

import asyncpg

from contracts.dispatch import (
    CaseClosedUnhandled,
    CaseCompleted,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    CaseResumed,
    CaseSplit,
    CaseSuspended,
    MergeUndone,
    OrderCancelled,
    OrderIssued,
    OrderReturned,
    OrderSigned,
    ReturnRuled,
)
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables

Kind = Literal["desk", "handed_over", "working", "returned", "paused", "ended"]

DDL = """
CREATE TABLE {t} (
    case_id text NOT NULL,
    n int NOT NULL,
    round int NOT NULL,
    kind text NOT NULL,
    unit text,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (case_id, n)
);
CREATE INDEX ON {t} (unit, kind)"""
"""`unit` is the lead's; the desk's own time has none, and that of a case that was taken for done."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece; the running one has no end yet."""

    n: int
    round: int
    kind: Kind
    unit: str | None
    started_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lead:
    """The order that the case's clock follows."""

    order_id: str
    unit: str
    signed: bool = False


@dataclass(slots=True)
class Timeline:
    """A case's pieces so far, and what tells the next one."""

    segments: list[Segment] = field(default_factory=list)
    lead: Lead | None = None
    round: int = 1

    @property
    def running(self) -> Segment | None:
        last = self.segments[-1] if self.segments else None
        return last if last is not None and last.ended_at is None else None

    def begin(self, kind: Kind, at: datetime) -> None:
        """End the piece that runs and begin this one at the same instant; the same again goes on."""
        unit = None if kind == "desk" or self.lead is None else self.lead.unit
        running = self.running
        if running is not None and (running.kind, running.unit) == (kind, unit):
            return
        self.end(at)
        self.segments.append(Segment(len(self.segments) + 1, self.round, kind, unit, at))

    def again(self, at: datetime) -> None:
        """The time since its end becomes a piece of the round that ended; then the desk has it."""
        last = self.segments[-1] if self.segments else None
        if last is not None and last.ended_at is not None and last.ended_at < at:
            gone = Segment(len(self.segments) + 1, last.round, "ended", None, last.ended_at, at)
            self.segments.append(gone)
        self.begin("desk", at)

    def end(self, at: datetime) -> None:
        if (running := self.running) is not None:
            self.segments[-1] = replace(running, ended_at=max(at, running.started_at))

    def at_work(self) -> Kind:
        """What runs while the lead's order is neither disputed nor paused."""
        if self.lead is None:
            return "desk"
        return "working" if self.lead.signed else "handed_over"


def project(line: Timeline, fact: Fact) -> None:
    """One event of the case into its pieces; what is no turn of its clock changes nothing."""
    at = fact.time
    match fact.event:
        case CaseOpened(received_at=received):
            line.begin("desk", min(received, at))
        case OrderIssued(role="lead") as event:
            line.lead = Lead(event.order_id, event.to_unit)
            line.begin("handed_over", at)
        case CaseSuspended():
            line.begin("paused", at)
        case CaseResumed():
            line.begin(line.at_work(), at)
        case CaseReopened(round=number):
            line.round, line.lead = number, None
            line.again(at)
        case MergeUndone():
            line.again(at)
        case CaseCompleted() | CaseMerged() | CaseSplit() | CaseClosedUnhandled():
            line.end(at)
        case OrderSigned() | OrderReturned() | ReturnRuled() | OrderCancelled() as event:
            _of_lead(line, event, at)
        case _:
            pass  # helpers' orders do not tell whose time runs


def _of_lead(line: Timeline, event: OrderSigned | OrderReturned | ReturnRuled | OrderCancelled, at: datetime) -> None:
    if line.lead is None or event.order_id != line.lead.order_id:
        return
    match event:
        case OrderSigned():
            line.lead = replace(line.lead, signed=True)
            # A signature is taken while the case is paused, and the pause goes on.
            if line.running is not None and line.running.kind == "handed_over":
                line.begin("working", at)
        case OrderReturned():
            line.begin("returned", at)
        case ReturnRuled(accepted=False):
            line.begin(line.at_work(), at)
        case _:
            line.lead = None
            line.begin("desk", at)


async def apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    """Per case read once and written once."""
    table, leads = t["case_segment"], t["segment_lead"]
    keys = {fact.stream.removeprefix("case-") for fact in batch}
    lines = await _load(db, table, leads, keys)
    before = {key: list(line.segments) for key, line in lines.items()}
    for fact in batch:
        project(lines[fact.stream.removeprefix("case-")], fact)
    changed = [
        (key, one.n, one.round, one.kind, one.unit, one.started_at, one.ended_at)
        for key, line in lines.items()
        for one in line.segments
        if one not in before[key]
    ]
    await db.executemany(
        f"""INSERT INTO {table} VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (case_id, n) DO UPDATE SET ended_at = excluded.ended_at""",  # noqa: S608 - our own names
        changed,
    )
    held = [
        (
            key,
            line.round,
            *((line.lead.order_id, line.lead.unit, line.lead.signed) if line.lead else (None, None, False)),
        )
        for key, line in lines.items()
    ]
    await db.executemany(
        f"""INSERT INTO {leads} VALUES ($1, $2, $3, $4, $5) ON CONFLICT (case_id) DO UPDATE SET
            round = excluded.round, order_id = excluded.order_id, unit = excluded.unit, signed = excluded.signed""",  # noqa: S608
        held,
    )


async def _load(db: Connection, table: str, leads: str, keys: set[str]) -> dict[str, Timeline]:
    lines = {key: Timeline() for key in keys}
    for row in await db.fetch(
        f"SELECT * FROM {table} WHERE case_id = ANY ($1) ORDER BY case_id, n",  # noqa: S608 - our own names
        list(keys),
    ):
        lines[row["case_id"]].segments.append(
            Segment(row["n"], row["round"], row["kind"], row["unit"], row["started_at"], row["ended_at"])
        )
    for row in await db.fetch(f"SELECT * FROM {leads} WHERE case_id = ANY ($1)", list(keys)):  # noqa: S608
        line = lines[row["case_id"]]
        line.round = row["round"]
        line.lead = Lead(row["order_id"], row["unit"], row["signed"]) if row["order_id"] else None
    return lines


LEAD_DDL = """
CREATE TABLE {t} (case_id text PRIMARY KEY, round int NOT NULL, order_id text, unit text, signed boolean NOT NULL)"""

SEGMENTS = Projection(
    name="case_segment",
    version=2,
    handles=(
        CaseOpened,
        OrderIssued,
        OrderSigned,
        OrderReturned,
        ReturnRuled,
        OrderCancelled,
        CaseSuspended,
        CaseResumed,
        CaseCompleted,
        CaseReopened,
        CaseMerged,
        MergeUndone,
        CaseSplit,
        CaseClosedUnhandled,
    ),
    ddl={"case_segment": DDL, "segment_lead": LEAD_DDL},
    apply=apply,
)


async def of_case(pool: asyncpg.Pool, case_id: str) -> list[asyncpg.Record]:
    """The case's pieces in their order."""
    rows = await pool.fetch(
        "SELECT n, round, kind, unit, started_at, ended_at FROM case_segment WHERE case_id = $1 ORDER BY n", case_id
    )
    return list(rows)
