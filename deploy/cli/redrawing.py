"""`huiyin verify draw`: a spot check or a month of call-backs drawn again from the log; differences are named."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import asyncpg

from contracts.codec import decode
from contracts.supervision import DrawSeedCommitted, FollowUpScheduled, SpotCheckSampled
from deploy.local import announce
from deploy.local.addresses import Addresses
from deploy.local.record import Record
from services.supervision.domain.call_draw import POPULATION as CALLS
from services.supervision.domain.call_draw import lot_of
from services.supervision.domain.draw import (
    Member,
    commitment,
    draw,
    draw_by_lot,
    known_before,
    population_hash,
)
from services.supervision.read.population import members, rates

SERVICE = "supervision"
CALLED = "SELECT payload FROM event WHERE source = 'supervision' AND type = $1 ORDER BY seq"
LOT = "sample "
"""How the rule of a call-back begins whose lot fell; a class that is always called draws none."""

NO_RATES: Mapping[str, Decimal] = {}
STREAM = "SELECT payload, time FROM event WHERE stream = $1 AND type = ANY ($2) ORDER BY version"


class Drawn(NamedTuple):
    """What the log says of one draw."""

    committed: DrawSeedCommitted
    committed_at: datetime
    sampled: SpotCheckSampled
    programme: str


async def run(folder: Path, check_id: str, dsn: str | None) -> bool:
    """Draw again; True when everything is as the log says. `dsn` is any log that holds all three services' events."""
    connection = await asyncpg.connect(dsn or Addresses(Record(folder.absolute())).dsn(SERVICE))
    try:
        found = await read(connection, check_id)
        if isinstance(found, str):
            announce.fail(f"{check_id}: {found}")
            return False
        event = found.committed
        period = (event.population_from, event.population_to)
        population = await members(connection, event.population, found.programme, period, found.sampled.positions)
        # `huiyin verify` proves that these records are as they were written; this proves what was drawn from them.
        by_lot: Mapping[str, Decimal] = NO_RATES
        if event.population == CALLS:
            by_lot = await rates(connection, found.programme, period, found.sampled.positions)
        wrong = differences(found, population, by_lot)
        if event.population == CALLS:
            wrong += await called_otherwise(connection, found.sampled, {one.item for one in population})
    finally:
        await connection.close()
    for one in wrong:
        announce.fail(f"{check_id}: {one}")
    if not wrong:
        size, sample = found.sampled.population_size, len(found.sampled.sample)
        announce.say(f"{check_id}: {sample} of {size} drawn again, the same ✓  {population_hash(population)}")
    return not wrong


async def read(connection: asyncpg.Connection, check_id: str) -> Drawn | str:
    """Both events of the draw, or what is missing."""
    types = [DrawSeedCommitted.TYPE, SpotCheckSampled.TYPE]
    rows = await connection.fetch(STREAM, f"check-{check_id}", types)
    recorded = [(decode(row["payload"]), row["time"]) for row in rows]
    committed = next(((one, at) for one, at in recorded if isinstance(one.event, DrawSeedCommitted)), None)
    sampled = next((one.event for one, _ in recorded if isinstance(one.event, SpotCheckSampled)), None)
    if committed is None:
        return "no such draw in this log"
    one, at = committed
    assert isinstance(one.event, DrawSeedCommitted), "chosen by its type"
    if sampled is None:
        return f"announced, not drawn yet; its population ends at {one.event.population_to.isoformat()}"
    return Drawn(one.event, at, sampled, one.envelope.meta.programme or "")


async def called_otherwise(
    connection: asyncpg.Connection, sampled: SpotCheckSampled, completed: Collection[str]
) -> list[str]:
    """Who was drawn and not called, or called by lot and not drawn, of the rounds completed in the draw's time."""
    events = [decode(row["payload"]).event for row in await connection.fetch(CALLED, FollowUpScheduled.TYPE)]
    set_ = [e for e in events if isinstance(e, FollowUpScheduled) and not e.explains]  # no lot falls for a visit
    called = {lot_of(e.case_id, e.round): e.sample_rule for e in set_}
    by_lot = {item for item, rule in called.items() if rule.startswith(LOT) and item in completed}
    missing = [f"{item} was drawn and not called" for item in sampled.sample if item not in called]
    return missing + [f"{item} was called and not drawn" for item in sorted(by_lot - set(sampled.sample))]


def differences(found: Drawn, population: Sequence[Member], rates: Mapping[str, Decimal] = NO_RATES) -> list[str]:
    """Everything in which the log's draw is not what its own records give."""
    committed, sampled = found.committed, found.sampled
    wrong = []
    if known_before(found.committed_at, committed.population_from):
        wrong.append(f"announced at {found.committed_at.isoformat()}, when some of the population was already known")
    if commitment(sampled.seed) != committed.seed_sha256:
        wrong.append(f"the seed has the hash {commitment(sampled.seed)}, announced was {committed.seed_sha256}")
    if len(population) != sampled.population_size:
        wrong.append(f"the log holds {len(population)} items, drawn from were {sampled.population_size}")
    if population_hash(population) != sampled.population_hash:
        wrong.append(f"the population has the hash {population_hash(population)}, not {sampled.population_hash}")
    if committed.population == CALLS:
        again = draw_by_lot(sampled.seed, population, rates)
    else:
        again = draw(sampled.seed, population, committed.rate_percent)
    wrong += [f"{item} should have been drawn" for item in again if item not in sampled.sample]
    wrong += [f"{item} should not have been drawn" for item in sampled.sample if item not in again]
    if not wrong and again != sampled.sample:
        wrong.append("the order of the sample is another")
    return wrong
