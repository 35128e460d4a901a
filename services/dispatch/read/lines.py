"""How the functional lines stand, from the list of cases, and what they have reported up (LT-41)."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from contracts.dispatch import LineConsolidated, LineFigures
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables

SHOWN = 20
"""Open cases of a line on the page; the list of cases has the others."""

REPORTS = 50
"""The latest."""

DDL = """
CREATE TABLE {t} (
    report_id text PRIMARY KEY,
    programme text NOT NULL,
    line text NOT NULL,
    since date NOT NULL,
    until date NOT NULL,
    reported_at timestamptz NOT NULL,
    by_person text NOT NULL,
    by_unit text NOT NULL,
    figures jsonb NOT NULL,
    text text NOT NULL
);
CREATE INDEX ON {t} (programme, reported_at DESC)"""

_OPEN = "opened_at < $4 AND (completed_at IS NULL OR completed_at >= $4)"
_PAUSED = "suspended_at IS NOT NULL AND suspended_at < $4"
_FIGURES = f"""
SELECT count(*) FILTER (WHERE opened_at < $3 AND (completed_at IS NULL OR completed_at >= $3)) AS carried,
       count(*) FILTER (WHERE opened_at >= $3 AND opened_at < $4) AS opened,
       count(*) FILTER (WHERE completed_at >= $3 AND completed_at < $4) AS completed,
       count(*) FILTER (WHERE completed_at >= $3 AND completed_at < $4 AND result = 'solved') AS solved,
       count(*) FILTER (WHERE struck_off_at >= $3 AND struck_off_at < $4) AS struck_off,
       count(*) FILTER (WHERE {_OPEN}) AS at_work,
       count(*) FILTER (WHERE {_OPEN} AND NOT ({_PAUSED}) AND finish_by < $5) AS overdue,
       count(*) FILTER (WHERE {_OPEN} AND {_PAUSED}) AS suspended
  FROM case_board
 WHERE programme = $1 AND category = ANY ($2) AND (ended_at IS NULL OR ended_at >= $4)"""  # noqa: S608 - our own conditions
_LATEST_DUE = f"""
SELECT b.*, n.case_no FROM case_board b LEFT JOIN case_number n USING (case_id)
 WHERE b.programme = $1 AND category = ANY ($2) AND completed_at IS NULL AND ended_at IS NULL
 ORDER BY finish_by NULLS LAST, opened_at, b.case_id LIMIT {SHOWN}"""  # noqa: S608


async def figures(
    pool: asyncpg.Pool, programme: str, categories: Sequence[str], period: tuple[datetime, datetime], now: datetime
) -> LineFigures:
    """Of the cases as the list has them now: one that was handled again since counts as being at work.

    What was merged, split or closed unhandled before the period's end is no case of it (case set C of the figures):
    the case it went on in counts, and each part of a split one. Suspended is what was so at the period's end.
    """
    since, until = period
    row = await pool.fetchrow(_FIGURES, programme, list(categories), since, until, min(now, until))
    assert row is not None, "an aggregate answers one row"
    return LineFigures(**dict(row))


async def most_urgent(pool: asyncpg.Pool, programme: str, categories: Sequence[str]) -> list[asyncpg.Record]:
    """What a line still has to do, the nearest deadline first."""
    return list(await pool.fetch(_LATEST_DUE, programme, list(categories)))


async def reports(pool: asyncpg.Pool, programme: str) -> list[asyncpg.Record]:
    """What the lines told, the latest first."""
    return list(
        await pool.fetch(
            "SELECT * FROM line_report WHERE programme = $1 ORDER BY reported_at DESC, report_id LIMIT $2",
            programme,
            REPORTS,
        )
    )


async def _apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    rows = [
        (
            *(e.report_id, e.programme_id, e.line, e.since, e.until, fact.time),
            *(fact.envelope.actor.person, e.by_unit, e.figures.model_dump_json(), e.text),
        )
        for fact in batch
        if isinstance(e := fact.event, LineConsolidated)
    ]
    await db.executemany(
        f"INSERT INTO {t['line_report']} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",  # noqa: S608
        rows,
    )


LINES = Projection(name="line_report", version=1, handles=(LineConsolidated,), ddl={"line_report": DDL}, apply=_apply)
