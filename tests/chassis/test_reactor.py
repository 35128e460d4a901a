"""Reactors on the real log: effects once, refusals in the docket, pauses for what passes, red for bugs."""

import asyncio
from typing import Any

import asyncpg
import pytest

from contracts.dispatch import CaseOpened
from contracts.envelope import SYSTEM
from services.chassis.clock import FixedClock
from services.chassis.decider import Rejected
from services.chassis.facts import Fact, decode_fact
from services.chassis.handle import Commands
from services.chassis.lease import Leases
from services.chassis.log.log import Log
from services.chassis.log.types import Conflict
from services.chassis.reacting import ReactorRunner
from services.chassis.reactor import ReactContext, Reactor, caused_by, command_id
from tests.chassis.cases import CompleteCase, StrikeOff, cases, completed, opened
from tests.chassis.conftest import running
from tests.chassis.histories import record


@pytest.fixture
def context(commands: Commands, pool: asyncpg.Pool, clock: FixedClock) -> ReactContext:
    return ReactContext(commands, pool, clock)


async def complete(fact: Fact, ctx: ReactContext) -> None:
    """What a process manager does; the note differs at every delivery, as a time or a sealed text would."""
    command = CompleteCase(fact.envelope.subject.removeprefix("case-"), note=str(object()))
    await ctx.commands.handle(cases, fact.stream, command, caused_by(fact, "complete"))


def completer(**how: Any) -> Reactor:
    return Reactor("complete_opened_cases", (CaseOpened,), how.pop("react", complete), **how)


async def until(log: Log, seq: int, within_s: float = 5) -> None:
    async with asyncio.timeout(within_s):
        while await log.wait(seq - 1, 0.2) < seq:
            pass


async def passed(runner: ReactorRunner, seq: int) -> None:
    async with asyncio.timeout(5):
        while (await runner.lag())["complete_opened_cases"].seq < seq:
            await asyncio.sleep(0.02)


async def test_an_event_causes_a_command_that_says_so(log: Log, leases: Leases, context: ReactContext) -> None:
    await record(log, opened("A"))
    runner = ReactorRunner(log, [completer()], leases, context)
    async with running(runner.run()):
        await until(log, 2)
    cause, effect = [decode_fact(stored) for stored in await log.read(0, 10)]
    assert effect.envelope.type == "case-completed"
    assert effect.envelope.meta.causation_id == cause.envelope.id
    assert effect.envelope.meta.command_id == command_id(cause, "complete")
    assert effect.envelope.meta.actor == SYSTEM


async def test_a_reading_that_has_ended_is_not_shared_on(
    log: Log, leases: Leases, context: ReactContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reactors at one place share a reading. Taken again when it is over, it would hide what came since, for ever."""
    runner, ended, readings = ReactorRunner(log, [completer()], leases, context), asyncio.Event(), []

    async def read(after: int, limit: int) -> list[Any]:
        readings.append((after, limit))
        ended.set()
        return []

    async def at_its_end() -> None:
        await ended.wait()
        await runner._read(0)

    monkeypatch.setattr(log, "read", read)
    another = asyncio.create_task(at_its_end())
    await asyncio.sleep(0)
    await runner._read(0)
    await another
    assert len(readings) == 2


@pytest.mark.parametrize("parallel", [1, 4])
async def test_effects_happen_once_although_everything_is_delivered_again(
    log: Log, leases: Leases, context: ReactContext, parallel: int
) -> None:
    await record(log, *(opened(f"C-{n}") for n in range(30)))
    crashes = iter([ConnectionResetError("cut"), ConnectionResetError("cut")])

    async def crash(name: str, seq: int) -> None:
        if (error := next(crashes, None)) is not None:
            raise error

    runner = ReactorRunner(log, [completer(parallel=parallel)], leases, context, before_checkpoint=crash)
    async with running(runner.run()):
        await until(log, 60)
        await passed(runner, 60)
    await context.pool.execute("UPDATE checkpoint SET seq = 0 WHERE name = 'reactor:complete_opened_cases'")
    runner = ReactorRunner(log, [completer(parallel=parallel)], leases, context)
    async with running(runner.run()):
        await passed(runner, 60)
    assert (await log.head()).seq == 60


async def test_two_processes_react_once(log: Log, pool: asyncpg.Pool, clock: FixedClock) -> None:
    runners = [
        ReactorRunner(
            log, [completer()], Leases(pool, name), ReactContext(Commands(log, "demo", "dispatch"), pool, clock)
        )
        for name in ("one", "other")
    ]
    async with running(*(runner.run() for runner in runners)):
        for n in range(10):
            await record(log, opened(f"C-{n}"))
        await until(log, 20)
        await asyncio.sleep(0.2)
    assert (await log.head()).seq == 20


async def test_a_refusal_goes_to_the_docket_once_and_the_reactor_moves_on(
    log: Log, leases: Leases, context: ReactContext
) -> None:
    async def strike(fact: Fact, ctx: ReactContext) -> None:
        await ctx.commands.handle(cases, fact.stream, StrikeOff("?"), caused_by(fact, "strike"))

    await record(log, opened("A"))
    await record(log, opened("B"))
    for _ in range(2):
        runner = ReactorRunner(log, [completer(react=strike)], leases, context)
        async with running(runner.run()):
            await passed(runner, 2)
        await context.pool.execute("UPDATE checkpoint SET seq = 0 WHERE name LIKE 'reactor:%'")
    rows = await context.pool.fetch("SELECT reactor, seq, stream, code, message FROM refusal ORDER BY seq")
    assert [tuple(row) for row in rows] == [
        ("complete_opened_cases", 1, "case-A", "not-completed", "没有办结的案件不能销号。"),
        ("complete_opened_cases", 2, "case-B", "not-completed", "没有办结的案件不能销号。"),
    ]


async def test_what_passes_is_tried_again_and_visible(log: Log, leases: Leases, context: ReactContext) -> None:
    failing = True

    async def react(fact: Fact, ctx: ReactContext) -> None:
        if failing:
            raise Conflict(fact.stream, 1, 2)
        await complete(fact, ctx)

    await record(log, opened("A"))
    runner = ReactorRunner(log, [completer(react=react)], leases, context)
    async with running(runner.run()):
        await asyncio.sleep(0.3)
        lag = (await runner.lag())["complete_opened_cases"]
        assert (lag.seq, lag.events, lag.stopped) == (0, 1, None)
        assert "is at version 2" in str(lag.trouble)
        failing = False
        await until(log, 2)
        await passed(runner, 2)
        assert (await runner.lag())["complete_opened_cases"].trouble is None


async def test_a_bug_stops_it_red_and_named_and_the_others_go_on(
    log: Log, leases: Leases, context: ReactContext
) -> None:
    async def buggy(fact: Fact, ctx: ReactContext) -> None:
        raise KeyError("typo")

    await record(log, completed("A"), opened("B"))
    bad = Reactor("bad", (CaseOpened,), buggy)
    runner = ReactorRunner(log, [bad, completer()], leases, context)
    async with running(runner.run()):
        await passed(runner, 2)
        async with asyncio.timeout(5):
            while not runner.stopped:  # each has a lease of its own, and may take it after the other has passed
                await asyncio.sleep(0.02)
        assert runner.stopped == {"bad": "reactor bad stopped at seq 2 (case-opened): KeyError('typo')"}
        assert (await runner.lag())["bad"].seq == 0
    assert await leases.holder_of("reactor:bad") is None


async def test_a_newer_schema_of_a_handled_type_stops_it(log: Log, leases: Leases, context: ReactContext) -> None:
    await record(log, opened("A"), schema=2)
    runner = ReactorRunner(log, [completer()], leases, context)
    async with running(runner.run()), asyncio.timeout(5):
        while not runner.stopped:
            await asyncio.sleep(0.02)
    assert "seq 1: case-opened v2" in runner.stopped["complete_opened_cases"]


async def test_a_reactor_may_begin_now(log: Log, leases: Leases, context: ReactContext) -> None:
    await record(log, opened("old"))
    for seq in (1, 3):  # the second start goes on from the checkpoint of the first, not from its own now
        runner = ReactorRunner(log, [completer(start_at="now")], leases, context)
        async with running(runner.run()):
            await passed(runner, seq)
        await record(log, opened(f"new-{seq}"))
    done = [stored.stream for stored in await log.read(0, 10) if stored.type == "case-completed"]
    assert sorted(done) == ["case-new-1"]


async def test_events_of_one_stream_stay_in_order_when_streams_run_in_parallel(
    log: Log, leases: Leases, context: ReactContext
) -> None:
    seen: dict[str, list[int]] = {}

    async def note(fact: Fact, ctx: ReactContext) -> None:
        await asyncio.sleep(0.01 if fact.seq % 2 else 0)
        seen.setdefault(fact.stream, []).append(fact.version)
        if fact.version == 2:
            raise Rejected("no", "no")

    await record(log, *(opened(case) for _ in range(4) for case in "ABC"))
    runner = ReactorRunner(log, [completer(react=note, parallel=3)], leases, context)
    async with running(runner.run()):
        await passed(runner, 12)
    assert seen == {f"case-{case}": [1, 2, 3, 4] for case in "ABC"}


async def test_a_reactor_that_is_well_again_is_not_red_although_nothing_comes(
    log: Log, leases: Leases, context: ReactContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an outage the next event that it handles may be weeks away."""
    monkeypatch.setattr("services.chassis.reacting.RED_AFTER_S", 0.0)
    crashes = iter([ConnectionResetError("the database went away")])

    async def crash(name: str, seq: int) -> None:
        if (error := next(crashes, None)) is not None:
            raise error

    await record(log, completed("A"))
    runner = ReactorRunner(log, [completer()], leases, context, before_checkpoint=crash)
    async with running(runner.run()):
        await passed(runner, 1)
        async with asyncio.timeout(5):
            while runner.stopped:
                await asyncio.sleep(0.02)
        assert (await runner.lag())["complete_opened_cases"].trouble is None


async def test_what_failed_here_is_not_red_while_another_process_has_the_lease(
    log: Log, leases: Leases, context: ReactContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.chassis.reacting.RED_AFTER_S", 0.0)
    failed = asyncio.Event()

    async def taken_over(name: str, seq: int) -> None:
        await context.pool.execute("UPDATE lease SET holder = 'other', token = token + 1, until = 'infinity'")
        failed.set()
        raise ConnectionResetError("the database went away")

    await record(log, completed("A"))
    runner = ReactorRunner(log, [completer()], leases, context, before_checkpoint=taken_over)
    async with running(runner.run()), asyncio.timeout(5):
        await failed.wait()
        while runner.stopped:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        assert runner.stopped == {}


async def test_an_event_waits_for_the_read_models_it_is_judged_by(
    log: Log, leases: Leases, context: ReactContext
) -> None:
    asked: list[tuple[str, int]] = []

    async def shown(name: str, seq: int, _within_s: float) -> bool:
        asked.append((name, seq))
        return len(asked) > 2

    await record(log, opened("A"))
    runner = ReactorRunner(log, [completer(reads=("rules",))], leases, context, shown=shown)
    async with running(runner.run()):
        await until(log, 2)
    assert asked == [("rules", 1)] * 3
