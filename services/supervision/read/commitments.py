"""Public promises as lists and cards show them: what was promised, week by week, and what was kept."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import asyncpg

from contracts.supervision import CommitmentProgressConfirmed, CommitmentPublished, CommitmentSettled
from services.chassis.facts import Fact
from services.chassis.read_model import Projection
from services.chassis.rows import Rows

PAGE = 200
"""Cards on one page; a district has some hundreds."""

DDL = """
CREATE TABLE {t} (
    commitment_id text PRIMARY KEY,
    programme text,
    owner text NOT NULL,
    subject_id text,
    unit text,
    published_at timestamptz,
    items text NOT NULL,
    places text[] NOT NULL,
    weeks text NOT NULL,
    settled text NOT NULL,
    settled_at timestamptz
);
CREATE INDEX ON {t} (programme, owner)"""


@dataclass(frozen=True, slots=True)
class CommitmentRow:
    """One card; promises, weeks and verdicts as JSON of the events' own fields."""

    commitment_id: str
    programme: str | None = None
    owner: str = ""
    subject_id: str | None = None
    unit: str | None = None
    published_at: datetime | None = None
    items: str = "[]"
    places: tuple[str, ...] = ()
    weeks: str = "{}"
    settled: str = "{}"
    settled_at: datetime | None = None
    """When the last promise so far was settled."""


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _row(row: CommitmentRow, fact: Fact) -> CommitmentRow:
    match fact.event:
        case CommitmentPublished() as e:
            return replace(
                row,
                programme=e.programme_id,
                owner=e.owner,
                subject_id=e.subject_id,
                unit=fact.envelope.meta.actor.unit,
                published_at=fact.time,
                items=_dump([item.model_dump(mode="json") for item in e.items]),
                places=e.places,
            )
        case CommitmentProgressConfirmed() as e:
            said = {item.item_id: {"state": item.state, "text": item.text} for item in e.items}
            week = {"by": e.confirmed_by, "at": fact.time.isoformat(), "items": said}
            return replace(row, weeks=_dump(json.loads(row.weeks) | {e.week: week}))
        case CommitmentSettled() as e:
            verdict = {e.item_id: {"fulfilled": e.fulfilled, "text": e.text}}
            return replace(row, settled=_dump(json.loads(row.settled) | verdict), settled_at=fact.time)
        case _:
            return row


ROWS: Rows[CommitmentRow] = Rows(
    "commitment", CommitmentRow, lambda fact: fact.stream.removeprefix("commitment-"), _row
)

COMMITMENTS = Projection(
    name="commitments",
    version=1,
    handles=(CommitmentPublished, CommitmentProgressConfirmed, CommitmentSettled),
    ddl={"commitment": DDL},
    apply=ROWS.apply,
)


async def cards(pool: asyncpg.Pool, programme: str | None, limit: int = PAGE) -> list[dict[str, Any]]:
    """Cards with their JSON read, by who promised."""
    rows = await pool.fetch(
        """SELECT * FROM commitment WHERE $1::text IS NULL OR programme = $1
            ORDER BY programme, owner, commitment_id LIMIT $2""",
        *(programme, limit),
    )
    return [_read(row) for row in rows]


async def card(pool: asyncpg.Pool, commitment_id: str) -> dict[str, Any] | None:
    row = await pool.fetchrow("SELECT * FROM commitment WHERE commitment_id = $1", commitment_id)
    return _read(row) if row else None


def _read(row: asyncpg.Record) -> dict[str, Any]:
    return {**dict(row), **{name: json.loads(row[name]) for name in ("items", "weeks", "settled")}}
