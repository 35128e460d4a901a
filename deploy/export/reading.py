"""Reads the cases of one installation from dispatch's log, a few hundred at a time, as of one moment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import groupby
from typing import Any

import asyncpg

from contracts.codec import decode
from deploy.export.steps import Trace, step_of
from services.reference.words import case_number

CASES_AT_ONCE = 300
"""A case has some forty events of a kilobyte at most: memory stays flat however long the log is."""

CASES = """
SELECT case_id, programme, case_no FROM case_number
 WHERE ($1::text IS NULL OR programme = $1) AND (programme, case_no) > ($2, $3)
 ORDER BY programme, case_no LIMIT $4"""
EVENTS = "SELECT stream, payload FROM event WHERE stream = ANY ($1::text[]) ORDER BY stream, version"
OPENED = "SELECT count(*) FROM event WHERE type = 'case-opened' AND source = 'dispatch'"
NUMBERED = "SELECT count(*) FROM case_number"


class NotNumbered(Exception):
    """Cases were opened whose numbers the service has not made yet: an export now would leave them out."""


@asynccontextmanager
async def traces(dsn: str, programme: str | None) -> AsyncIterator[AsyncIterator[Trace]]:
    """Every case in the order of its number, all as of the moment when reading began."""
    database = await asyncpg.connect(dsn)
    try:
        async with database.transaction(isolation="repeatable_read", readonly=True):
            opened, numbered = await database.fetchval(OPENED), await database.fetchval(NUMBERED)
            if opened != numbered:
                raise NotNumbered(f"{opened - numbered} of {opened} cases have no number yet; try again shortly")
            yield _traces(database, programme)
    finally:
        await database.close()


async def _traces(database: Any, programme: str | None) -> AsyncIterator[Trace]:
    last, number = "", 0
    while cases := await database.fetch(CASES, programme, last, number, CASES_AT_ONCE):
        streams = [f"case-{row['case_id']}" for row in cases]
        rows = await database.fetch(EVENTS, streams)
        told = {
            stream: tuple(step_of(decode(row["payload"])) for row in events)
            for stream, events in groupby(rows, lambda row: row["stream"])
        }
        for row in cases:
            shown = case_number(row["programme"], row["case_no"])
            yield Trace(row["case_id"], shown, row["programme"], told[f"case-{row['case_id']}"])
        last, number = cases[-1]["programme"], cases[-1]["case_no"]
