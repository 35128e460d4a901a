"""Invariant 10 on reporting's own projections: real tables, filled in several orders of arrival, give the same rows."""

import random
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager

import asyncpg

from services.chassis.clock import SystemClock
from services.chassis.facts import Fact
from services.chassis.projection import Connection, Context, Projection
from services.reference.place import place_of
from services.reporting.domain import r02, r03
from services.reporting.domain.canonical import hash_of
from services.reporting.read.case_facts import CASE_FACTS
from services.reporting.read.moments import Moment, Moments
from services.reporting.read.side_facts import SIDE_FACTS

FACTS = (CASE_FACTS, *SIDE_FACTS)
SMALLEST_TOP, BATCHES = 40, 1_000
"""Batches end anywhere, so what one event does to a row of the same batch and of an earlier one is both met; a long
log is read in about a thousand of them."""

INTERLEAVINGS = 3

Feeds = Mapping[str, Sequence[Fact]]
Figures = dict[str, str]


async def check_arrivals(
    dsn: str,
    feeds: Feeds,
    moment: Moment,
    *,
    expected: Figures | None = None,
    number: int = INTERLEAVINGS,
    seed: int = 1,
    projections: Sequence[Projection] = FACTS,
) -> list[str]:
    """What differs between orders of arrival, each in fresh tables of a scratch database; nothing, if it is right.

    Each source comes in its own order, the sources shuffled into each other. They are compared with one source after
    another, which is tried both ways round, because a shuffle seldom lets one source fall far behind; and with
    `expected`, which a running service says at the same moment.
    """
    draw = random.Random(seed)  # noqa: S311 - orders to try, not what nobody may know
    names = sorted(feeds)
    orders = {"one source after another": [fact for name in names for fact in feeds[name]]}
    orders |= {"the sources the other way round": [fact for name in reversed(names) for fact in feeds[name]]}
    orders |= {f"interleaving {n} of seed {seed}": list(interleaved(feeds, draw)) for n in range(1, number + 1)}
    found = []
    for order, facts in orders.items():
        got = await figures_after(dsn, facts, moment, draw, projections)
        expected = expected or got
        found += [f"{order}: other {name}" for name in got if got[name] != expected[name]]
    return found


def interleaved(feeds: Feeds, draw: random.Random) -> Iterator[Fact]:
    """One order in which these feeds may arrive: each in its own order."""
    turns = [name for name, feed in feeds.items() for _ in feed]
    draw.shuffle(turns)
    rests = {name: iter(feed) for name, feed in feeds.items()}
    for turn in turns:
        yield next(rests[turn])


async def figures_after(
    dsn: str, facts: Sequence[Fact], moment: Moment, draw: random.Random, projections: Sequence[Projection] = FACTS
) -> Figures:
    """What reports say after these facts arrived in this order, in tables of their own.

    In one database: to drop one, PostgreSQL writes everything out first; to drop a schema costs nothing.
    """
    schema = f"arrival_{draw.getrandbits(48):x}"
    settings = {"search_path": schema, "synchronous_commit": "off"}  # it is thrown away
    async with asyncpg.create_pool(dsn, min_size=1, max_size=1, server_settings=settings) as pool:
        await pool.execute(f"CREATE SCHEMA {schema}")
        for projection in projections:
            for view, ddl in projection.ddl.items():
                await pool.execute(ddl.format(t=view))
        top = max(SMALLEST_TOP, 2 * len(facts) // BATCHES)
        async with pool.acquire() as db:
            at = 0
            while at < len(facts):
                size = draw.randint(1, top)
                async with db.transaction():
                    await _apply(db, facts[at : at + size], projections)
                at += size
        found = await figures(pool, moment)
        await pool.execute(f"DROP SCHEMA {schema} CASCADE")
    return found


async def figures(pool: asyncpg.Pool, moment: Moment) -> Figures:
    """The hashes of what a database's tables say at the moment."""
    moments = Moments(pool)
    return {
        "R02": hash_of(r02.rows(await moments.r02(moment))),
        "R03": hash_of(r03.rows(await moments.r03(moment, None))),
        "requests": hash_of([{"request": one.request_id} for one in await moments.requests(moment)]),
    }


def vector_of(feeds: Feeds) -> dict[str, int]:
    """All that arrived."""
    return {name: max(map(place_of, feed)) for name, feed in feeds.items() if feed}


@asynccontextmanager
async def scratch_database(admin_dsn: str, name: str) -> AsyncIterator[str]:
    """An empty database beside the installation's own, for the length of the block."""
    admin = await asyncpg.connect(admin_dsn)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{admin_dsn.rpartition('/')[0]}/{name}"
        finally:
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


async def _apply(db: Connection, batch: Sequence[Fact], projections: Sequence[Projection]) -> None:
    for projection in projections:
        handled = [fact for fact in batch if type(fact.event) in projection.handles]
        if handled:
            tables = {view: view for view in projection.ddl}
            await projection.apply(db, handled, tables, Context(SystemClock()))
