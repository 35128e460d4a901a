"""The invariants hold on made-up histories, and each check finds what it is there to find."""

import dataclasses
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.pack import parse_pack
from deploy.trial import arrivals
from services.chassis.facts import Fact
from services.chassis.projection import Connection, Context, Projection, Tables
from services.reporting.domain.canonical import hash_of
from services.reporting.read.moments import Moment
from tests.conftest import DsnFactory
from tests.invariants import checks
from tests.reporting.history import PROGRAMME, history, in_order, interleaved

PACKS = Path(__file__).parents[2]
JW = parse_pack((PACKS / "deploy" / "packs" / "jw-2017.toml").read_bytes())
STRICT = parse_pack((PACKS / "tests" / "packs" / "order-required.toml").read_bytes())


def told(seed: int = 1, cases: int = 30) -> list[Fact]:
    return list(in_order(history(seed, cases).feeds))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_they_hold_at_every_position_of_any_history(seed: int) -> None:
    facts = told(seed, 8)
    assert checks.check_positions(facts, range(len(facts) + 1)) == []
    assert checks.check_order(facts, {PROGRAMME: JW}) == []
    assert checks.check_reviewers(facts) == []
    assert checks.check_interleavings(checks.by_source(facts)) == []


def test_any_interleaving_gives_the_same_rows_at_the_same_vector() -> None:
    feeds = history(4, 20).feeds
    draw = random.Random(9)
    at = {source: draw.randint(0, len(feed)) for source, feed in feeds.items()}
    prefixes = [[f for f in interleaved(feeds, draw) if f.position <= at[f.source]] for _ in range(3)]
    assert len({hash_of(checks.fold(prefix).r03()) for prefix in prefixes}) == 1
    assert checks.check_at(prefixes[0], at) == []


def tables_of(view: str) -> Projection:
    return next(one for one in arrivals.FACTS if view in one.ddl)


def broken(projection: Projection, known: str, key: str) -> list[Projection]:
    """Reporting's projections, of which one drops what another source has not told of yet."""

    async def apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
        there = {row[key] for row in await db.fetch(f"SELECT {key} FROM {known}")}
        await projection.apply(db, [fact for fact in batch if getattr(fact.event, key) in there], t, ctx)

    return [dataclasses.replace(one, apply=apply) if one is projection else one for one in arrivals.FACTS]


OPENED_REQUESTS = "(SELECT 'r-' || case_id AS request_id FROM fact_case) opened"


async def arrived(make: DsnFactory, projections: Sequence[Projection] = arrivals.FACTS) -> list[str]:
    """What differs between orders of arrival, in the half month before the last event of dispatch."""
    feeds = checks.by_source(told(6, 25))
    assert set(feeds) == {"intake", "dispatch", "supervision"}
    at = feeds["dispatch"][-1].time
    moment = Moment(PROGRAMME, arrivals.vector_of(feeds), at, at - timedelta(days=15), at)
    return await arrivals.check_arrivals(make(""), feeds, moment, projections=projections)


async def test_reportings_own_tables_say_the_same_in_whatever_order_the_sources_arrive(
    pg_dsn_factory: DsnFactory,
) -> None:
    assert await arrived(pg_dsn_factory) == []


@pytest.mark.parametrize(
    ("view", "known", "key", "named"),
    [("fact_followup", "fact_case", "case_id", "R02"), ("fact_request", OPENED_REQUESTS, "request_id", "requests")],
)
async def test_tables_that_depend_on_the_order_of_arrival_are_found(
    pg_dsn_factory: DsnFactory, view: str, known: str, key: str, named: str
) -> None:
    found = await arrived(pg_dsn_factory, broken(tables_of(view), known, key))
    assert any(named in one for one in found), found


def without(facts: list[Fact], type: str) -> list[Fact]:
    """The facts after one of a type was lost."""
    lost = next(fact for fact in facts if fact.event.TYPE == type)
    return [fact for fact in facts if fact is not lost]


def test_a_lost_opening_is_found() -> None:
    facts = told()
    assert checks.check_positions(without(facts, "case-opened"), [len(facts) - 1]) != []


def test_a_strike_off_without_completion_is_found() -> None:
    struck = [fact.event.case_id for fact in told() if fact.event.TYPE == "case-struck-off"]  # type: ignore[attr-defined]
    facts = [
        fact
        for fact in told()
        if not (fact.event.TYPE == "case-completed" and fact.event.case_id == struck[0])  # type: ignore[attr-defined]
    ]
    assert any("struck off without completion" in found for found in checks.check_order(facts, {}))


def test_an_order_without_a_required_field_is_found() -> None:
    assert any("without expected_outcome" in found for found in checks.check_order(told(), {PROGRAMME: STRICT}))


def test_a_handler_who_reviews_is_found() -> None:
    facts = told()
    at = next(n for n, fact in enumerate(facts) if fact.event.TYPE == "follow-up-conducted")
    scheduled = next(f.event for f in facts if f.event.TYPE == "follow-up-scheduled" and f.stream == facts[at].stream)
    unit = scheduled.handler_units[0]  # type: ignore[attr-defined]
    event = facts[at].event.model_copy(update={"reviewer_unit": unit})
    facts[at] = dataclasses.replace(facts[at], event=event)
    assert len(checks.check_reviewers(facts)) == 1


@pytest.mark.parametrize("figure", ["total", "returned", "overdue"])
def test_a_total_that_is_not_the_sum_is_found(figure: str) -> None:
    rows = checks.fold(told()).r03()
    rows[-1][figure] = 10_000
    assert len(list(checks.sums(rows))) == 1


def test_a_share_without_a_denominator_is_found() -> None:
    rows = checks.World().r03()
    assert list(checks.shares(rows)) == []
    rows[-1]["solved_share"] = "0.00"
    assert len(list(checks.shares(rows))) == 1
