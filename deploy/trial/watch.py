"""Sees from the databases whether what was caused has arrived everywhere."""

import asyncio
from collections.abc import Sequence
from typing import Any, Self

import asyncpg

from deploy.local.installation import Installation

ARRIVES_WITHIN_S = 120.0
LOOK_EVERY_S = 0.05
REST_S = 4.0
"""Several looks of the services' timers: one a second, behind a watermark that moves every second."""

HEADS = "SELECT source, epoch, position, chain FROM source_head WHERE position > 0 ORDER BY source, epoch"
STATE = """
SELECT (SELECT seq FROM log_head) AS head,
       (SELECT array_agg((source, epoch, position) ORDER BY source, epoch) FROM source_head WHERE position > 0) AS held,
       (SELECT array_agg(name || ' ' || seq) FROM checkpoint
         WHERE name NOT LIKE '%:keys' AND (name LIKE 'reactor:%' OR $1) AND seq < (SELECT seq FROM log_head)) AS behind
"""


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
                    reason = await self._open(readers)
                    calm = 0 if reason else calm + 1
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError as error:
            raise NotSettled(reason) from error

    async def at_rest(self) -> None:
        """Until time alone causes nothing more either: what was due when the clock stopped has been recorded."""
        before = None
        while (now := await self.heads()) != before:
            before = now
            await asyncio.sleep(REST_S)
            await self.settled(readers=True)

    async def _open(self, readers: bool) -> str:
        names = list(self.databases)
        states = await asyncio.gather(*(self.databases[name].fetchrow(STATE, readers) for name in names))
        for name, state in zip(names, states, strict=True):
            if state["behind"]:
                return f"{name} at {state['head']}: {', '.join(state['behind'])}"
        held = {str(state["held"]) for state in states}
        return "" if len(held) == 1 else f"logs differ: {held}"
