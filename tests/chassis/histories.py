"""Histories of cases written straight into a log, and what a read model of them holds."""

from typing import Any

from contracts.codec import encode_open
from contracts.event import Event
from services.chassis.identity import uuid7
from services.chassis.log.log import Log
from services.chassis.log.types import Append, Draft
from tests.chassis.cases import completed, meta, opened, struck_off

LIFE = (opened, completed, struck_off)


async def record(log: Log, *events: Event, schema: int | None = None) -> None:
    """Append without deciding."""
    drafts = []
    for event in events:
        body = encode_open(event, meta(), event_id=uuid7(), district="demo", source="dispatch")
        if schema is not None:
            body = body.replace(b'"schemaversion":1', b'"schemaversion":%d' % schema)
        drafts.append(Draft(event.stream, event.TYPE, schema or event.VERSION, body))
    await log.append(Append(uuid7(), b"", (), drafts))


async def lives(log: Log, count: int, prefix: str = "C") -> None:
    for first in range(0, count, 100):
        events = [make(f"{prefix}-{n}") for n in range(first, min(first + 100, count)) for make in LIFE]
        await record(log, *events)


async def rows(log: Log, view: str = "case_board") -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await log.pool.fetch(f"SELECT * FROM {view} ORDER BY 1")]
