"""The runs that were made, newest first: what each was computed from and the hash of what it said."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from contracts.reporting import Input, ReportGenerated
from services.chassis.facts import Fact
from services.chassis.projection import Connection, Context, Projection
from services.reference.place import epoch_and_position, place_of, words

PAGE = 50

DDL = """
CREATE TABLE {t} (
    report_id text PRIMARY KEY,
    number bigint NOT NULL,
    report text NOT NULL,
    programme text NOT NULL,
    as_of timestamptz NOT NULL,
    window_from timestamptz NOT NULL,
    window_to timestamptz NOT NULL,
    template_version int NOT NULL,
    inputs jsonb NOT NULL,
    rows int NOT NULL,
    rows_sha256 text NOT NULL,
    pack_sha256 text NOT NULL,
    made_by_unit text NOT NULL,
    made_at timestamptz NOT NULL,
    advice text NOT NULL
);
CREATE INDEX ON {t} (number DESC);
CREATE INDEX ON {t} (programme, report, window_to, number)
"""


async def _apply(db: Connection, batch: Sequence[Fact], t: Mapping[str, str], ctx: Context) -> None:
    await db.copy_records_to_table(t["report_run"], records=[_row(fact) for fact in batch])


def _row(fact: Fact) -> tuple[object, ...]:
    e = fact.event
    assert isinstance(e, ReportGenerated)
    inputs = json.dumps({source: one.model_dump() for source, one in sorted(e.inputs.items())})
    made = (fact.envelope.actor.unit, fact.time)
    window = (e.as_of, e.window_from, e.window_to)
    hashes = (e.rows, e.rows_sha256, e.pack_sha256)
    return (
        *(e.report_id, place_of(fact), e.report, e.programme_id),
        *window,
        *(e.template_version, inputs),
        *hashes,
        *made,
        e.advice,
    )


ARCHIVE = Projection("report_runs", 3, frozenset({ReportGenerated}), {"report_run": DDL}, _apply)


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `number` is its place in reporting's own log."""

    report_id: str
    number: int
    report: str
    programme: str
    as_of: datetime
    window_from: datetime
    window_to: datetime
    template_version: int
    inputs: dict[str, Input]
    rows: int
    rows_sha256: str
    pack_sha256: str
    made_by_unit: str
    made_at: datetime
    advice: str

    @property
    def quoted(self) -> str:
        """The number as a page shows it."""
        return words(*epoch_and_position(self.number), between="-")


async def runs(pool: asyncpg.Pool, *, before: int | None = None, limit: int = PAGE) -> list[Run]:
    rows = await pool.fetch(
        "SELECT * FROM report_run WHERE $1::bigint IS NULL OR number < $1 ORDER BY number DESC LIMIT $2", before, limit
    )
    return [_run(row) for row in rows]


async def run(pool: asyncpg.Pool, report_id: str) -> Run | None:
    row = await pool.fetchrow("SELECT * FROM report_run WHERE report_id = $1", report_id)
    return _run(row) if row else None


async def content(pool: asyncpg.Pool, report_id: str) -> asyncpg.Record | None:
    """The rows as they were published, and the file."""
    return await pool.fetchrow("SELECT rows, file, file_name FROM report_content WHERE report_id = $1", report_id)


def _run(row: asyncpg.Record) -> Run:
    inputs = {source: Input.model_validate(one) for source, one in json.loads(row["inputs"]).items()}
    return Run(**{**dict(row), "inputs": inputs})


async def newest(pool: asyncpg.Pool, run: Run) -> int:
    """The number of the last run of the same report, programme and window: the one in force.

    An analysis is its unit's own: another unit's of the same week does not take its place.
    """
    number: int = await pool.fetchval(
        """SELECT max(number) FROM report_run WHERE programme = $1 AND report = $2 AND window_to = $3
              AND (advice = '' OR made_by_unit = $4)""",
        *(run.programme, run.report, run.window_to, run.made_by_unit),
    )
    return number
