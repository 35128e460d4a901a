"""What handlers rely on in a log: the same for the real one and for the one in memory."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from contracts.codec import decode, encode_open
from contracts.event import Event
from services.chassis.clock import FixedClock
from services.chassis.handle import Commands
from services.chassis.identity import body_hash, uuid7
from services.chassis.log.chain import START, chains, prev_of
from services.chassis.log.log import Log
from services.chassis.log.types import (
    Append,
    Appended,
    Claim,
    ClaimTaken,
    CommandReused,
    Conflict,
    Draft,
    Expect,
    LogClosed,
)
from tests.chassis.cases import CompleteCase, OpenCase, cases, completed, meta, opened
from tests.fakes.memory_log import MemoryLog


@pytest.fixture(params=["memory", "postgres"])
async def any_log(request: pytest.FixtureRequest, clock: FixedClock) -> AsyncIterator[Any]:
    if request.param == "memory":
        yield MemoryLog(district="demo", source="dispatch", clock=clock)
        return
    dsn = request.getfixturevalue("database")
    async with (
        asyncpg.create_pool(dsn, min_size=0, max_size=5) as pool,
        Log(pool, district="demo", source="dispatch", clock=clock) as log,
    ):
        yield log


def append(*events: Event, id: str | None = None, body: str = "", at: int | None = None, **how: Any) -> Append:
    told = meta(id)
    drafts = [
        Draft(
            event.stream,
            event.TYPE,
            event.VERSION,
            encode_open(event, told, event_id=uuid7(), district="demo", source="dispatch"),
        )
        for event in events
    ]
    expects = [] if at is None else [Expect(events[0].stream, at)]
    return Append(told.command_id, body_hash(body), expects, drafts, **how)


async def test_events_get_their_places_versions_and_links(any_log: Any) -> None:
    first = await any_log.append(append(opened("A"), opened("B"), completed("A"), at=0))
    assert (first.seqs, first.positions, first.versions, first.repeated) == ((1, 2, 3), (1, 2, 3), (1, 1, 2), False)
    a, _, again = stored = await any_log.read(0, 10)
    assert [one.chain for one in stored] == chains(START, [one.payload for one in stored])
    assert decode(again.payload).envelope.prev == prev_of(a.payload)
    assert [one.version for one in await any_log.stream("case-A")] == [1, 2]
    assert [one.version for one in await any_log.stream("case-A", 1)] == [1]
    assert [one.seq for one in await any_log.read(0, 10, ["case-completed"])] == [3]
    assert (await any_log.head()).seq == 3
    assert (await any_log.source_head("dispatch")).position == 3


async def test_a_command_is_remembered_with_and_without_events(any_log: Any) -> None:
    command, idle = append(opened("A")), append()
    first = await any_log.append(command)
    assert await any_log.append(command) == Appended(command.command_id, True, (1,), (1,), (1,))
    assert await any_log.result_of(command.command_id, command.body_hash) == await any_log.append(command)
    assert first.seqs == (1,)
    await any_log.append(idle)
    assert (await any_log.append(idle)).repeated
    assert await any_log.result_of("unknown", b"") is None
    other = append(opened("B"), id=command.command_id, body="other")
    with pytest.raises(CommandReused):
        await any_log.append(other)


async def test_a_conflict_changes_nothing(any_log: Any) -> None:
    await any_log.append(append(opened("A"), at=0))
    with pytest.raises(Conflict) as conflict:
        await any_log.append(append(completed("A"), at=0))
    assert (conflict.value.stream, conflict.value.expected, conflict.value.actual) == ("case-A", 0, 1)
    results = await asyncio.gather(
        *(any_log.append(append(completed("A"), at=1)) for _ in range(5)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["Appended"] + ["Conflict"] * 4


async def test_a_key_has_one_holder(any_log: Any) -> None:
    await any_log.append(append(opened("A"), claims=[Claim("k", "case-A")]))
    with pytest.raises(ClaimTaken):
        await any_log.append(append(opened("B"), claims=[Claim("k", "case-B")]))
    await any_log.append(append(completed("A"), claims=[Claim("k", "case-A", release=True)]))
    await any_log.append(append(opened("B"), claims=[Claim("k", "case-B")]))


async def test_time_never_runs_back_and_a_closed_log_says_why(any_log: Any, clock: FixedClock) -> None:
    await any_log.append(append(opened("A")))
    clock.advance(-timedelta(hours=1))
    await any_log.append(append(opened("B")))
    first, second = await any_log.read(0, 10)
    assert second.time == first.time
    any_log.refuse("restoring")
    with pytest.raises(LogClosed, match="restoring"):
        await any_log.append(append(opened("C")))
    any_log.open_for_appends()
    await any_log.append(append(opened("C")))


async def test_whoever_waits_is_woken(any_log: Any) -> None:
    waiting = asyncio.create_task(any_log.wait(0, 5))
    await asyncio.sleep(0)
    await any_log.append(append(opened("A")))
    assert await asyncio.wait_for(waiting, 1) == 1
    assert await any_log.wait(1, 0.01) == 1


async def test_commands_are_handled_on_it(any_log: Any) -> None:
    commands = Commands(any_log, "demo", "dispatch")
    await commands.handle(cases, "case-A", OpenCase("A"), meta())
    outcome = await commands.handle(cases, "case-A", CompleteCase("A"), meta(), expected=1)
    assert (outcome.version, outcome.token) == (2, "dispatch:2")
