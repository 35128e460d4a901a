"""The programmes and the rules in force, read from the packs that supervision activated."""

from datetime import datetime
from functools import lru_cache

import asyncpg

from contracts.pack import Pack, fixtures, parse_pack
from services.chassis.deadlines import Calendar, calendar_for
from services.reference.active_pack import ActivePack as ActivePack

PARSED_KEPT = 32
"""Packs kept parsed by their content, which never changes; a parse takes milliseconds and every order asks for one."""


@lru_cache(PARSED_KEPT)
def _parsed(content: str) -> tuple[Pack, Calendar]:
    pack = parse_pack(content.encode())
    return pack, calendar_for(pack)


_marked = lru_cache(PARSED_KEPT)(fixtures)


class Programmes:
    """Queries over the view `programme`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def active(self, programme_id: str) -> ActivePack | None:
        """The newest version of a programme, or None when it was never activated."""
        row = await self._pool.fetchrow(
            "SELECT * FROM programme WHERE programme_id = $1 ORDER BY pack_version DESC LIMIT 1", programme_id
        )
        return self._pack(row) if row else None

    async def in_force(self, programme_id: str, moment: datetime) -> ActivePack | None:
        """The version by which what happened then is judged; before the first one, the first."""
        row = await self._pool.fetchrow(
            """SELECT * FROM programme WHERE programme_id = $1
                ORDER BY effective_from <= $2 DESC,
                         CASE WHEN effective_from <= $2 THEN pack_version ELSE -pack_version END DESC LIMIT 1""",
            *(programme_id, moment),
        )
        return self._pack(row) if row else None

    async def version(self, programme_id: str, pack_version: int) -> ActivePack | None:
        row = await self._pool.fetchrow(
            "SELECT * FROM programme WHERE programme_id = $1 AND pack_version = $2", programme_id, pack_version
        )
        return self._pack(row) if row else None

    async def all(self) -> list[ActivePack]:
        """The newest version of every programme, the latest activation first."""
        rows = await self._pool.fetch(
            """SELECT * FROM (
                   SELECT DISTINCT ON (programme_id) * FROM programme ORDER BY programme_id, pack_version DESC
               ) newest ORDER BY effective_from DESC, programme_id"""
        )
        return [self._pack(row) for row in rows]

    async def history(self, programme_id: str) -> list[ActivePack]:
        """Every version of one programme, newest first."""
        rows = await self._pool.fetch(
            "SELECT * FROM programme WHERE programme_id = $1 ORDER BY pack_version DESC", programme_id
        )
        return [self._pack(row) for row in rows]

    def _pack(self, row: asyncpg.Record) -> ActivePack:
        pack, calendar = _parsed(row["content"])
        return ActivePack(
            row["programme_id"],
            row["name"],
            row["pack_version"],
            row["sha256"],
            pack,
            calendar,
            row["effective_from"],
            row["position"],
            _marked(row["content"]),
        )
