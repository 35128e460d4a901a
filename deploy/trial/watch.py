"""Sees from the databases whether what was caused has arrived everywhere."""

import asyncio
from collections.abc import Sequence
from typing import Any, Self

import asyncpg

from deploy.local.installation import Installation

ARRIVES_WITHIN_S = 120.0
LOOK_EVERY_S = 0.05

HEADS = "SELECT source, epoch, position, chain FROM source_head WHERE position > 0 ORDER BY source, epoch"
HEAD = "SELECT seq FROM log_head"
REACTORS = "SELECT name, seq FROM checkpoint WHERE name LIKE 'reactor:%'"
READERS = "SELECT name, seq FROM checkpoint WHERE name NOT LIKE '%:keys'"


class NotSettled(Exception):
    """Something does not arrive."""


class Watch:
    """One connection to each service's database, with the operator's rights."""

    def __init__(self, databases: dict[str, Any]) -> None:
        self.databases = databases

    @classmethod
    async def open(cls, installation: Installation, services: Sequence[str]) -> Self:
        """Connects to all of them."""
        return cls({name: await asyncpg.connect(installation.admin_dsn(name)) for name in services})

    async def close(self) -> None:
        for database in self.databases.values():
            await database.close()

    async def heads(self) -> dict[str, list[tuple[Any, ...]]]:
        """Per service: every source with its position and chain."""
        return {name: [tuple(row) for row in await db.fetch(HEADS)] for name, db in self.databases.items()}

    async def settled(self, *, readers: bool = False) -> None:
        """Until all logs hold the same and every reactor (with `readers`: every read model) has taken it in."""
        reason = ""
        try:
            async with asyncio.timeout(ARRIVES_WITHIN_S):
                calm = 0
                while calm < 2:  # a reactor's own command may come just after a look
                    reason = await self._open(READERS if readers else REACTORS)
                    calm = 0 if reason else calm + 1
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError as error:
            raise NotSettled(reason) from error

    async def _open(self, query: str) -> str:
        held: set[tuple[Any, ...]] = set()
        for name, database in self.databases.items():
            heads = await database.fetch(HEADS)
            head = await database.fetchval(HEAD)
            behind = [f"{row['name']} {row['seq']}/{head}" for row in await database.fetch(query) if row["seq"] < head]
            if behind:
                return f"{name}: {', '.join(behind)}"
            held.add(tuple((row["source"], row["epoch"], row["position"]) for row in heads))
        return "" if len(held) == 1 else f"logs differ: {held}"
