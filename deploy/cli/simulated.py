"""`huiyin sim`: set or advance the time that all services of a simulated installation share."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import nats

from deploy.local.addresses import Addresses
from deploy.local.record import Record, Refused
from services.chassis.clock import LOCAL

Target = datetime | timedelta
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def to_moment(text: str) -> datetime:
    """A local time without an offset means the district's own."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)


def to_span(text: str) -> timedelta:
    """`90m`, `4h`, `1d`."""
    found = re.fullmatch(r"(\d+)([mhd])", text)
    if found is None:
        raise Refused(f"{text!r} is not a span of time; write 90m, 4h or 1d")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


async def drive(folder: Path, target: Target, rate: float) -> datetime:
    """Tell all services the time; returns what it is now."""
    from services.chassis.simulation import Simulation

    record = Record(folder.absolute())
    kind = record.kind(None)
    if kind.simulated_from is None:
        raise Refused(f"the installation in {folder} has real time, which nobody sets")
    client = await nats.connect(Addresses(record).nats_admin_url)
    try:
        simulation = await Simulation.open(client, kind.district, kind.simulated_from)
        moved = await simulation.advance(target, rate) if isinstance(target, timedelta) else None
        now = moved or await simulation.set(target, rate)
    finally:
        await client.close()
    return now.astimezone(LOCAL)
