"""Invariant 10 on reporting's own projections: real tables, filled in several orders of arrival, give the same rows."""

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta

import asyncpg

from services.chassis.clock import SystemClock
from services.chassis.facts import Fact
from services.chassis.projection import Context, Projection
from services.reporting.domain import r02, r03
from services.reporting.domain.canonical import hash_of
from services.reporting.domain.place import place_of
from services.reporting.read.case_facts import CASE_FACTS
from services.reporting.read.moments import Moment, Moments
from services.reporting.read.side_facts import SIDE_FACTS
from tests.invariants.checks import interleaved

FACTS = (CASE_FACTS, *SIDE_FACTS)
LARGEST_BATCH = 40
"""Batches end anywhere, so what one event does to a row of the same batch and of an earlier one is both met."""
WINDOW = timedelta(days=15)

Feeds = Mapping[str, Sequence[Fact]]
Figures = dict[str, object]


async def check_arrivals(
    dsn: str, feeds: Feeds, *, number: int = 3, seed: int = 1, projections: Sequence[Projection] = FACTS
) -> list[str]:
    """Each source in its own order, the sources shuffled into each other; compared with one source after another,
    which is tried both ways round, because a shuffle seldom lets one source fall far behind."""
    draw = random.Random(seed)
    expected = await figures_after(dsn, [fact for name in sorted(feeds) for fact in feeds[name]], draw, projections)
    orders = {"the sources the other way round": [fact for name in sorted(feeds, reverse=True) for fact in feeds[name]]}
    orders |= {f"interleaving {n} of seed {seed}": list(interleaved(feeds, draw)) for n in range(1, number + 1)}
    found = []
    for order, facts in orders.items():
        got = await figures_after(dsn, facts, draw, projections)
        found += [f"{order}: other {name}" for name in got if got[name] != expected[name]]
    return found


async def figures_after(
    dsn: str, facts: Sequence[Fact], draw: random.Random, projections: Sequence[Projection] = FACTS
) -> Figures:
    """What reports say after these facts arrived in this order, in tables of their own."""
    schema = f"arrival_{draw.getrandbits(48):x}"
    async with asyncpg.create_pool(dsn, min_size=1, max_size=1, server_settings={"search_path": schema}) as pool:
        await pool.execute(f"CREATE SCHEMA {schema}")
        for projection in projections:
            for view, ddl in projection.ddl.items():
                await pool.execute(ddl.format(t=view))
        async with pool.acquire() as db:
            at = 0
            while at < len(facts):
                size = draw.randint(1, LARGEST_BATCH)
                await _apply(db, facts[at : at + size], projections)
                at += size
        found = await _figures(Moments(pool), _moment(facts))
        await pool.execute(f"DROP SCHEMA {schema} CASCADE")
    return found


async def _apply(db: object, batch: Sequence[Fact], projections: Sequence[Projection]) -> None:
    for projection in projections:
        handled = [fact for fact in batch if type(fact.event) in projection.handles]
        if handled:
            tables = {view: view for view in projection.ddl}
            await projection.apply(db, handled, tables, Context(SystemClock()))  # type: ignore[arg-type]


def _moment(facts: Sequence[Fact]) -> Moment:
    """All that arrived, in the half month before the last event of dispatch."""
    vector: dict[str, int] = {}
    for fact in facts:
        vector[fact.source] = max(vector.get(fact.source, 0), place_of(fact))
    as_of = max(fact.time for fact in facts if fact.source == "dispatch")
    opened = next(fact for fact in facts if fact.event.TYPE == "case-opened")
    return Moment(opened.envelope.meta.programme or "", vector, as_of, as_of - WINDOW, as_of)


async def _figures(moments: Moments, moment: Moment) -> Figures:
    return {
        "R02": hash_of(r02.rows(await moments.r02(moment))),
        "R03": hash_of(r03.rows(await moments.r03(moment, None))),
        "requests": [one.request_id for one in await moments.requests(moment)],
    }
