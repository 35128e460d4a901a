"""Reads whole logs and the content of read models straight from the databases."""

import hashlib
from typing import Any

import asyncpg

from services.chassis.facts import Fact, decode_fact
from services.chassis.log.inbound import Message, take_in
from services.chassis.log.types import Stored

EVENTS = """
SELECT seq, source, position, stream, version, type, schema, time, payload, chain FROM event
 WHERE source = $1 ORDER BY position"""

VIEWS = "SELECT table_name FROM information_schema.views WHERE table_schema = 'public' ORDER BY 1"

HELD = "SELECT position, payload, chain FROM event WHERE source = $1 AND position = ANY ($2) ORDER BY position"


async def facts(database: asyncpg.Connection, source: str) -> list[Fact]:
    """Every event of a source, decoded."""
    return [decode_fact(Stored(*row)) for row in await database.fetch(EVENTS, source)]


async def content_hash(database: asyncpg.Connection) -> tuple[int, str]:
    """Rows and hash of every read model of one service, whatever order the rows lie in."""
    digest, rows = hashlib.sha256(), 0
    for view in await database.fetch(VIEWS):
        name = view["table_name"]
        found = await database.fetchrow(
            f"SELECT count(*), md5(string_agg(h, '' ORDER BY h)) FROM (SELECT md5(t::text) AS h FROM {name} t) x"  # noqa: S608
        )
        assert found is not None, "an aggregate answers one row"
        rows += found[0]
        digest.update(f"{name} {found[0]} {found[1]}\n".encode())
    return rows, digest.hexdigest()


async def deliver_again(pool: asyncpg.Pool, district: str, source: str, epoch: int, positions: list[int]) -> int:
    """Feed events that are held already to the log once more; how many it took for new (none, if it is right)."""
    async with pool.acquire() as connection:
        taken = 0
        for run in _runs(positions):
            messages: list[Message] = [tuple(row) for row in await connection.fetch(HELD, source, run)]
            new, _ = await take_in(connection, district, source, epoch, messages)
            taken += new
        return taken


def _runs(positions: list[int]) -> list[list[int]]:
    """Neighbours together: a delivery is contiguous."""
    runs: list[list[int]] = []
    for position in sorted(positions):
        if runs and runs[-1][-1] == position - 1:
            runs[-1].append(position)
        else:
            runs.append([position])
    return runs


def row_hash(value: Any) -> str:
    """Short, for a sentence."""
    return str(value)[:12]
