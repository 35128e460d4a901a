"""Consultations as they were held, and which cases they dealt with."""

from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson

from contracts.dispatch import ConsultationHeld
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables

LISTED = 100
"""The latest; a case's own list is shorter."""

DDL = """
CREATE TABLE {t} (
    consult_id text PRIMARY KEY,
    programme text NOT NULL,
    kind text NOT NULL,
    chair text NOT NULL,
    attendees text[] NOT NULL,
    case_ids text[] NOT NULL,
    held_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    place text NOT NULL,
    steps jsonb NOT NULL,
    decisions jsonb NOT NULL,
    no_decision text NOT NULL,
    evidence jsonb NOT NULL,
    advice jsonb NOT NULL
);
CREATE INDEX ON {t} USING gin (case_ids);
CREATE INDEX ON {t} (held_at DESC)"""


async def apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    rows = [_row(fact, fact.event) for fact in batch if isinstance(fact.event, ConsultationHeld)]
    await db.executemany(
        f"INSERT INTO {t['consultation']} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",  # noqa: S608
        rows,
    )


def _row(fact: Fact, event: ConsultationHeld) -> tuple[Any, ...]:
    said = event.model_dump(mode="json")
    return (
        event.consult_id,
        fact.envelope.meta.programme or "",
        event.kind,
        event.chair,
        list(event.attendees),
        list(event.case_ids),
        event.held_at,
        fact.time,
        event.place,
        *(orjson.dumps(said[name]).decode() for name in ("steps", "decisions")),
        event.no_decision,
        *(orjson.dumps(said[name]).decode() for name in ("evidence", "advice")),
    )


CONSULTATIONS = Projection(
    name="consultation", version=2, handles=(ConsultationHeld,), ddl={"consultation": DDL}, apply=apply
)


async def listed(pool: asyncpg.Pool, case_id: str | None = None, limit: int = LISTED) -> list[asyncpg.Record]:
    """Those about one case, or the latest of all."""
    rows = await pool.fetch(
        "SELECT * FROM consultation WHERE $1::text IS NULL OR case_ids @> ARRAY[$1::text]"
        " ORDER BY held_at DESC, consult_id LIMIT $2",
        case_id,
        limit,
    )
    return list(rows)


def as_json(row: asyncpg.Record) -> dict[str, Any]:
    """With its steps, decisions, evidence and advice as lists."""
    lists = {name: orjson.loads(row[name]) for name in ("steps", "decisions", "evidence", "advice")}
    return {**dict(row), **lists}


async def one(pool: asyncpg.Pool, consult_id: str) -> asyncpg.Record | None:
    """One consultation."""
    row: asyncpg.Record | None = await pool.fetchrow("SELECT * FROM consultation WHERE consult_id = $1", consult_id)
    return row
