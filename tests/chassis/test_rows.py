"""Rows are a pure fold: however the history is mixed, split, repeated or filled, they come out the same."""

import asyncio
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.chassis.read_model import Bulk, Context
from tests.chassis.cases import DDL, board_rows, completed, opened
from tests.chassis.histories import LIFE
from tests.spec import facts, given_rows


def test_a_row_is_specified_without_a_database() -> None:
    given_rows(board_rows, opened(), completed()).row("C-7", status="completed", units=("U-2",)).no_row("C-8")


events = st.lists(st.tuples(st.sampled_from(LIFE), st.sampled_from("ABCDE")), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_interleaving_of_streams_gives_the_same_rows(data: Any) -> None:
    """Order within a stream is kept, between streams it is not: that must not matter."""
    order = [(case_id, step) for case_id in "ABC" for step in range(3)]
    mixed = data.draw(st.permutations(order))
    ranks = dict.fromkeys("ABC", 0)
    interleaved = []
    for case_id, _ in mixed:
        interleaved.append(LIFE[ranks[case_id]](case_id))
        ranks[case_id] += 1
    straight = given_rows(board_rows, *(LIFE[step](case_id) for case_id, step in order)).rows
    shuffled = given_rows(board_rows, *interleaved).rows
    assert {key: replace(row, last_seq=0) for key, row in shuffled.items() if row} == {
        key: replace(row, last_seq=0) for key, row in straight.items() if row
    }


@pytest.fixture
async def two_boards(pool: asyncpg.Pool) -> asyncpg.Pool:
    for table in ("one", "many", "filled"):
        await pool.execute(DDL.replace("{t}", table))
    return pool


async def test_one_batch_is_as_good_as_many(two_boards: asyncpg.Pool) -> None:
    """Any split into batches, with any of them rolled back and done again, gives the rows of one batch."""
    await _splits(two_boards)


async def _splits(pool: asyncpg.Pool) -> None:
    loop = asyncio.get_running_loop()

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(events, st.lists(st.integers(1, 7), min_size=1), st.randoms(use_true_random=False))
    def check(history: Any, sizes: list[int], random: Any) -> None:
        asyncio.run_coroutine_threadsafe(_compare(pool, history, sizes, random), loop).result(60)

    await asyncio.to_thread(check)


async def _compare(pool: asyncpg.Pool, history: Any, sizes: list[int], random: Any) -> None:
    all_facts = facts(*(make(case_id) for make, case_id in history))
    context = Context(clock=None)  # type: ignore[arg-type]
    bulk = replace(context, bulk=Bulk(complete=True))
    async with pool.acquire() as db:
        await db.execute("TRUNCATE one, many, filled")
        await board_rows.apply(db, all_facts, {"case_board": "one"}, context)
        rest, turn = list(all_facts), 0
        while rest:
            size = sizes[turn % len(sizes)]
            batch, rest, turn = rest[:size], rest[size:], turn + 1
            if random.random() < 0.3:
                crashed = db.transaction()
                await crashed.start()
                await board_rows.apply(db, batch, {"case_board": "many"}, context)
                await crashed.rollback()
            await board_rows.apply(db, batch, {"case_board": "many"}, context)
            await board_rows.apply(db, batch, {"case_board": "filled"}, bulk)
            if random.random() < 0.3:
                await bulk.bulk.flush(db)  # type: ignore[union-attr]
        await bulk.bulk.flush(db)  # type: ignore[union-attr]
        first = await db.fetch("SELECT * FROM one ORDER BY case_id")
        assert first == await db.fetch("SELECT * FROM many ORDER BY case_id")
        assert first == await db.fetch("SELECT * FROM filled ORDER BY case_id")
