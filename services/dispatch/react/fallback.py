"""兜底: what no rule leads to a unit and nobody decides within the pack's time is from then on its fallback role's."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import asyncpg

from contracts.envelope import SYSTEM, Meta
from services.chassis.clock import Clock
from services.chassis.deadlines import due
from services.chassis.handle import Commands
from services.chassis.identity import effect_id
from services.dispatch.domain.commands import BeginFallback
from services.dispatch.domain.decide import dispatch_case, stream
from services.dispatch.domain.routing import RouteFacts, suggest_route
from services.dispatch.domain.whereabouts import DirectoryUnit
from services.dispatch.read.first_facts import first_facts
from services.reference.grid import Grid
from services.reference.programmes import ActivePack, Programmes

ROLE = "fallback-timer"

PAGE = 200
"""Waiting cases looked at between two looks at the lease."""

LOOK_AGAIN = timedelta(minutes=10)
"""A case that a rule leads somewhere is asked about again: units and the pack may have changed since."""

REMEMBERED = 50_000
"""Cases of which it is known when to look again, a hundred bytes each; more waiting at once are looked at anew."""

BEGINNING = (datetime(1970, 1, 1, tzinfo=UTC), "")

WAITING = """
SELECT b.*, n.case_no, s.started_at FROM case_board b
  JOIN case_number n USING (case_id)
  JOIN case_segment s ON s.case_id = b.case_id AND s.kind = 'desk' AND s.ended_at IS NULL
 WHERE b.step = 'registered' AND b.fallback IS NULL AND b.prepared_rule IS NULL
   AND (b.opened_at, b.case_id) > ($1, $2)
 ORDER BY b.opened_at, b.case_id LIMIT $3
"""

UnitsNow = Callable[[], Awaitable[Sequence[DirectoryUnit]]]


class FallbackTimer:
    """Goes over what waits at the desk, page by page; a list that lags only makes a look in vain."""

    def __init__(self, pool: asyncpg.Pool, commands: Commands, clock: Clock, units: UnitsNow) -> None:
        self._pool, self._commands, self._clock, self._units = pool, commands, clock, units
        self._programmes, self._grid = Programmes(pool), Grid(pool)
        self._after = BEGINNING
        self._not_before: dict[str, tuple[int, datetime]] = {}

    async def tick(self) -> bool:
        """Whether another page waits behind this one."""
        now = self._clock.now()
        rows = await self._pool.fetch(WAITING, *self._after, PAGE)
        self._after = (rows[-1]["opened_at"], rows[-1]["case_id"]) if len(rows) == PAGE else BEGINNING
        for row in rows:
            version, moment = self._not_before.get(row["case_id"], (0, now))
            if version != row["version"] or moment <= now:
                await self._look(row, now)
        return len(rows) == PAGE

    async def _look(self, row: asyncpg.Record, now: datetime) -> None:
        active = await self._programmes.active(row["programme"])
        if active is None:
            return
        # The clock of the desk begins with the case; how long the request waited at intake is not the desk's.
        since = max(row["started_at"], row["opened_at"])
        until = due(since, active.pack.order.fallback_by, active.calendar)
        if until > now:
            self._remember(row, until)
        elif await self._led(row, active) or not await self._begin(row, active, since, until):
            self._remember(row, now + LOOK_AGAIN)

    async def _led(self, row: asyncpg.Record, active: ActivePack) -> bool:
        """Whether a rule leads it to a unit, or to somebody who names one."""
        facts = RouteFacts(
            case=first_facts(row, active.pack),
            territory=row["territory"],
            cells=await self._grid.units_of(row["cells"]),
            designated=row["designated"],
            complained=tuple(row["complained"]),
            interested=tuple(row["interested"]),
        )
        return suggest_route(active.pack, facts, await self._units()).decide_by is None

    async def _begin(self, row: asyncpg.Record, active: ActivePack, since: datetime, until: datetime) -> bool:
        command = BeginFallback(row["case_no"], active.pack.order.fallback_role, since, until, str(active.pack_version))
        case, _ = await self._commands.load(dispatch_case, stream(row["case_id"]))
        if not dispatch_case.decide(case, command):
            return False
        meta = Meta(
            command_id=effect_id(row["case_id"], f"fallback {since.isoformat()}"),
            actor=SYSTEM,
            programme=row["programme"],
            pack_version=str(active.pack_version),
        )
        return bool((await self._commands.handle(dispatch_case, stream(row["case_id"]), command, meta)).events)

    def _remember(self, row: asyncpg.Record, moment: datetime) -> None:
        if len(self._not_before) >= REMEMBERED:
            self._not_before.clear()
        self._not_before[row["case_id"]] = (row["version"], moment)
