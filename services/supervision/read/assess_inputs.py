"""The facts of an assessment as of named positions, read from the log itself: whoever asks again gets the same."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import asyncpg

from contracts.codec import decode
from contracts.pack import Pack
from services.reference.owed import grace
from services.supervision.domain.assess_facts import Facts, Told
from services.supervision.domain.assess_folding import ORDER, STEPS, take
from services.supervision.read.population import positions_of

TOLD = """
SELECT epoch, position, payload FROM event
 WHERE source = $1 AND epoch = $2 AND position > $3 AND position <= $4 AND type = ANY ($5)
 ORDER BY position LIMIT $6
"""

BATCH = 500
"""Events between two turns of the loop: a whole log is read in seconds, and others are answered meanwhile."""

KEPT = 2
"""Readings kept: whoever looks at an assessment asks for one number after the other. Positions never change."""


LIVE = timedelta(minutes=5)
"""How long a reading of the month so far is shown again: it folds the whole log, and every event makes another."""


class Moment(NamedTuple):
    """What is read: everything up to the positions that was recorded before `as_of`, deeds also in the grace after."""

    programme: str
    as_of: datetime
    grace: timedelta
    positions: tuple[tuple[str, int], ...]


class SoFar(NamedTuple):
    """A reading that stands on no record."""

    moment: Moment
    facts: Facts


async def positions_now(pool: asyncpg.Pool) -> dict[str, int]:
    """How far the log holds every source that an assessment looks at."""
    return {key: at for source in ORDER for key, at in (await positions_of(pool, source)).items()}


class AssessInputs:
    """Reads facts; one for each process."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._kept: OrderedDict[Moment, Facts] = OrderedDict()
        self._live: dict[str, SoFar] = {}
        self._reading = asyncio.Lock()

    async def facts(self, programme: str, pack: Pack, as_of: datetime, positions: Mapping[str, int]) -> Facts:
        """The facts of one programme at a moment."""
        moment = Moment(programme, as_of, grace(pack), tuple(sorted(positions.items())))
        found = self._kept.get(moment)
        if found is None:
            found = self._kept[moment] = await self._read(moment)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(moment)
        return found

    async def so_far(self, programme: str, pack: Pack, since: datetime, as_of: datetime) -> SoFar:
        """The latest reading of a programme by now, not older than `LIVE` and from `since` at the earliest.

        Whoever asks meanwhile waits for it. It stands beside those of tables on record and never throws one out.
        """
        async with self._reading:
            found = self._live.get(programme)
            if found is None or not _still_good(found.moment, grace(pack), since, as_of):
                positions = await positions_now(self._pool)
                moment = Moment(programme, as_of, grace(pack), tuple(sorted(positions.items())))
                found = self._live[programme] = SoFar(moment, await self._read(moment))
            return found

    async def _read(self, moment: Moment) -> Facts:
        facts = Facts(moment.programme, moment.as_of, moment.grace)
        for source in ORDER:
            for epoch, position in _epochs(source, dict(moment.positions)):
                await self._fold(facts, source, epoch, position)
        return facts

    async def _fold(self, facts: Facts, source: str, epoch: int, until: int) -> None:
        types = [event.TYPE for event in STEPS if event.OWNER == source]
        after = 0
        while rows := await self._pool.fetch(TOLD, source, epoch, after, until, types, BATCH):
            for row in rows:
                recorded = decode(row["payload"])
                envelope = recorded.envelope
                told = Told(recorded.event, envelope.time, envelope.meta.programme, envelope.occurred_at)
                take(facts, told)
            after = rows[-1]["position"]


def _still_good(read: Moment, grace: timedelta, since: datetime, as_of: datetime) -> bool:
    return read.grace == grace and since <= read.as_of <= as_of < read.as_of + LIVE


def _epochs(source: str, positions: Mapping[str, int]) -> list[tuple[int, int]]:
    """Each epoch of a source with how far it is read, the oldest first."""
    named = [(key.partition("/"), position) for key, position in positions.items()]
    return sorted((int(epoch or 1), position) for (name, _, epoch), position in named if name == source)
