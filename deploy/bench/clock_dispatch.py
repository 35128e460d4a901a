"""Dispatch as supervision sees it: a log of its own that publishes orders and what is done about them, without rest."""

import asyncio
import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg

from contracts.codec import encode_open
from contracts.dispatch import Dues, OrderIssued, OrderSigned, ProgressReported
from contracts.envelope import SYSTEM, Meta
from contracts.event import Event
from deploy.local.broker import Broker
from deploy.local.ports import free_ports
from services.chassis.clock import SystemClock
from services.chassis.identity import uuid7
from services.chassis.lease import Leases
from services.chassis.log import Append, Draft, Log
from services.chassis.transport import LinkOptions, Transport

DISTRICT, SOURCE = "bench", "dispatch"
EVENTS_OF_ONE = 5
FAR = timedelta(days=7)
START_S = 20.0
"""How long the broker and the log may take until commands are accepted."""


@contextmanager
def temporary_broker() -> Iterator[Broker]:
    with tempfile.TemporaryDirectory(prefix="huiyin-bench-nats-") as folder:
        broker = Broker(Path(folder) / "nats", *free_ports(2))
        try:
            broker.start()
            yield broker
        finally:
            broker.stop()


class Dispatch:
    """Says things; each order is a case of its own."""

    def __init__(self, log: Log, programme: str) -> None:
        self._log, self._programme = log, programme
        self._numbers = itertools.count(1)

    async def issue(self, due: datetime) -> None:
        """One order that has to be signed by then."""
        number = next(self._numbers)
        await self._say([_issued(number, Dues(sign_by=due, finish_by=due + FAR))])

    async def go_on(self, per_second: int) -> None:
        """Until cancelled: so many events a second, as orders that are signed at once and reported on three times."""
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self._live(next(self._numbers)))
                await asyncio.sleep(EVENTS_OF_ONE / per_second)

    async def _live(self, number: int) -> None:
        now = SystemClock().now()
        ids = {"case_id": f"c{number}", "case_no": number, "order_id": f"o{number}"}
        steps = [ProgressReported(**ids, text=f"第{step}次进展") for step in (1, 2, 3)]
        await self._say([_issued(number, Dues(sign_by=now + FAR, finish_by=now + 2 * FAR)), OrderSigned(**ids), *steps])

    async def _say(self, events: Sequence[Event]) -> None:
        meta = Meta(command_id=uuid7(), actor=SYSTEM, programme=self._programme)
        drafts = [
            Draft(e.stream, e.TYPE, e.VERSION, encode_open(e, meta, event_id=uuid7(), district=DISTRICT, source=SOURCE))
            for e in events
        ]
        await self._log.append(Append(meta.command_id, b"", (), drafts))


def _issued(number: int, dues: Dues) -> OrderIssued:
    return OrderIssued(
        case_id=f"c{number}",
        case_no=number,
        order_id=f"o{number}",
        kind="assign",
        role="lead",
        to_unit="unit-1",
        dues=dues,
        issued_by_unit="office",
        rule_id="route[1]",
        calendar_version="CN@1",
    )


@asynccontextmanager
async def dispatch(dsn: str, broker: Broker, programme: str) -> AsyncIterator[Dispatch]:
    """Its log with its transport, once commands are accepted."""
    with tempfile.TemporaryDirectory(prefix="huiyin-bench-") as folder:
        async with (
            asyncpg.create_pool(dsn, min_size=1, max_size=6) as pool,
            Log(pool, district=DISTRICT, source=SOURCE, clock=SystemClock()) as log,
        ):
            transport = Transport(
                log,
                Leases(pool, "bench"),
                SystemClock(),
                foreign=(),
                link=LinkOptions(broker.url, SOURCE, None, None),
                data_dir=Path(folder),
            )
            await transport.start()
            try:
                async with asyncio.timeout(START_S):
                    while log.refused is not None:
                        await asyncio.sleep(0.1)
                yield Dispatch(log, programme)
            finally:
                await transport.stop()
