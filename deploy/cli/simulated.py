"""`huiyin sim`: set or advance the time that all services of a simulated installation share."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg

from deploy.local import nats_conf
from deploy.local.addresses import Addresses
from deploy.local.record import Record, Refused
from services.chassis.clock import LOCAL
from services.chassis.simulation import BackInTime, Driver, NotSimulated
from services.chassis.transport.link import Link, LinkOptions

Target = datetime | timedelta
UNITS = {"m": "minutes", "h": "hours", "d": "days"}
CONNECT_SECONDS = 10.0


def to_moment(text: str) -> datetime:
    """A local time without an offset means the district's own."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(f"{text!r} is not a time; write 2017-07-17T08:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)


def to_span(text: str) -> timedelta:
    """`90m`, `4h`, `1d`."""
    found = re.fullmatch(r"(\d+)([mhd])", text)
    if found is None:
        raise Refused(f"{text!r} is not a span of time; write 90m, 4h or 1d")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


@asynccontextmanager
async def driver(addresses: Addresses) -> AsyncIterator[Driver]:
    """The one who says what time it is; refused on an installation with real time."""
    link = Link(LinkOptions(addresses.nats_url, nats_conf.DRIVER, nats_conf.DRIVER, addresses.driver_password))
    db = await asyncpg.connect(addresses.dsn("intake"))
    try:
        await link.start()
        await asyncio.wait_for(link.up.wait(), CONNECT_SECONDS)
        yield await Driver.open(link, addresses.kind.district, db)
    finally:
        await link.stop()
        await db.close()


async def drive(folder: Path, target: Target, rate: float) -> datetime:
    """Tell all services the time; returns what it is now."""
    addresses = Addresses(Record(folder.absolute()))
    try:
        async with driver(addresses) as clock:
            if isinstance(target, timedelta):
                return (await clock.advance(target, rate)).astimezone(LOCAL)
            await clock.set(target, rate)
            return target.astimezone(LOCAL)
    except (NotSimulated, BackInTime, OSError) as error:
        raise Refused(str(error)) from error
