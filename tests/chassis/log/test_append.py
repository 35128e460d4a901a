"""Appending: bytes fixed under the lock, conflicts, idempotency, claims, side rows."""

import asyncio
import hashlib
import random
import uuid
from datetime import timedelta

import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.chassis.clock import FixedClock
from services.chassis.crash import Place
from services.chassis.log import (
    Append,
    Appended,
    Claim,
    ClaimTaken,
    CommandReused,
    Conflict,
    Draft,
    EventTooLarge,
    Expect,
    Log,
    LogClosed,
    LogError,
    SideRow,
    SideRowRefused,
)
from services.chassis.log import batch as wire
from services.chassis.log.types import MAX_EVENT_BYTES
from services.chassis.log.verify import verify
from tests.chassis.log.conftest import START
from tests.chassis.log.making import body, command, draft


async def test_the_function_fixes_the_bytes_and_the_chain(log: Log, clock: FixedClock) -> None:
    done = await log.append(command("case-1", "case-1", expects=[Expect("case-1", 0)], note="回音"))
    assert (done.repeated, done.seqs, done.positions, done.versions) == (False, (1, 2), (1, 2), (1, 2))
    clock.advance(timedelta(microseconds=5))
    await log.append(command("case-1", expects=[Expect("case-1", 2)]))
    clock.set(START - timedelta(days=1))  # a clock set back does not turn recorded time back
    await log.append(command("case-2"))

    events = await log.read(0, 10)
    chain = bytes(32)
    prevs = {"case-1": "", "case-2": ""}
    for event in events:
        chain = hashlib.sha256(chain + event.payload).digest()
        assert event.chain == chain
        raw = orjson.loads(event.payload)
        assert raw["prev"] == prevs[event.stream]
        assert raw["streamversion"] == event.version
        prevs[event.stream] = hashlib.sha256(event.payload).hexdigest()
    assert [event.seq for event in events] == [event.position for event in events] == [1, 2, 3, 4]
    assert events[0].payload.endswith(b',"streamversion":1,"prev":"","time":"2017-07-17T08:00:00.000000Z"}')
    assert events[2].payload.endswith(b'"time":"2017-07-17T08:00:00.000005Z"}')
    assert events[3].time == events[2].time == START + timedelta(microseconds=5)
    assert [event.version for event in await log.stream("case-1")] == [1, 2, 3]
    assert [event.version for event in await log.stream("case-1", up_to=2)] == [1, 2]
    head = await log.source_head("dispatch")
    assert head is not None
    assert (head.epoch, head.position, head.chain, head.time) == (1, 4, chain, events[3].time)


async def test_a_conflict_fails_alone(log: Log) -> None:
    await log.append(command("case-1"))
    commands = [
        command("case-2", expects=[Expect("case-2", 0)]),
        command("case-3", "case-1", expects=[Expect("case-3", 0), Expect("case-1", 0)]),
        command("case-1", expects=[Expect("case-1", 1)]),
        command("case-1", expects=[Expect("case-1", 1)]),
    ]
    answers = await asyncio.gather(*map(log.append, commands), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Appended, Conflict, Appended, Conflict]
    first, second = answers[1], answers[3]
    assert isinstance(first, Conflict)
    assert (first.stream, first.expected, first.actual) == ("case-1", 0, 1)
    assert isinstance(second, Conflict)
    assert (second.expected, second.actual) == (1, 2)
    assert await log.stream("case-3") == []
    assert (await log.head()).seq == 3


async def test_one_command_sent_twenty_times_at_once_has_one_effect(pool: asyncpg.Pool, clock: FixedClock) -> None:
    async with (
        Log(pool, district="demo", source="dispatch", clock=clock) as one,
        Log(pool, district="demo", source="dispatch", clock=clock) as two,
    ):
        same = command("case-1", expects=[Expect("case-1", 0)])
        answers = await asyncio.gather(*(log.append(same) for _ in range(10) for log in (one, two)))
        assert {(answer.seqs, answer.versions) for answer in answers} == {((1,), (1,))}
        assert [answer.repeated for answer in answers].count(False) == 1
        assert (await one.head()).seq == 1
        assert await two.result_of(same.command_id, same.body_hash) == Appended(same.command_id, True, (1,), (1,), (1,))


async def test_the_same_id_with_another_body_is_refused(log: Log) -> None:
    first = command("case-1")
    await log.append(first)
    with pytest.raises(CommandReused):
        await log.append(command("case-2", id=first.command_id, body_hash=b"x" * 32))
    with pytest.raises(CommandReused):
        await log.result_of(first.command_id, b"x" * 32)
    assert (await log.head()).seq == 1


async def test_nothing_to_do_is_remembered_and_a_refusal_is_not(log: Log) -> None:
    idle = Append("idle", b"h")
    assert await log.append(idle) == Appended("idle", False)
    assert await log.append(idle) == Appended("idle", True)
    retried = command("case-1", expects=[Expect("case-1", 1)])
    with pytest.raises(Conflict):
        await log.append(retried)
    await log.append(command("case-1"))
    assert (await log.append(retried)).versions == (2,)


async def test_a_key_is_held_by_one_stream(log: Log) -> None:
    take = Claim("pair-7", "pairing-1")
    rivals = [command("pairing-1", claims=[take]), command("pairing-2", claims=[Claim("pair-7", "pairing-2")])]
    won, lost = await asyncio.gather(*map(log.append, rivals), return_exceptions=True)
    assert isinstance(won, Appended)
    assert isinstance(lost, ClaimTaken)
    assert (lost.key, lost.stream) == ("pair-7", "pairing-1")
    assert await log.stream("pairing-2") == []
    await log.append(command("pairing-1", claims=[take]))  # its holder may say it again
    await log.append(command("pairing-2", claims=[Claim("pair-7", "pairing-2", release=True)]))  # not its to give
    with pytest.raises(ClaimTaken):
        await log.append(rivals[1])
    await log.append(command("pairing-1", claims=[Claim("pair-7", "pairing-1", release=True)]))
    assert (await log.append(rivals[1])).versions == (2,)


async def test_side_rows_are_written_with_the_events_or_not_at_all(log: Log, admin: asyncpg.Connection) -> None:
    await admin.execute("CREATE TABLE person (id text PRIMARY KEY, name text NOT NULL, phone text DEFAULT '未登记')")
    await admin.execute("INSERT INTO side_table VALUES ('person')")

    def person(mode: str = "insert", **row: str) -> SideRow:
        return SideRow("person", row, mode)  # type: ignore[arg-type]

    good, double, stranger, next_one = await asyncio.gather(
        log.append(command("person-1", side=[person(id="1", name="张三")])),
        log.append(command("person-x", side=[person(id="2", name="李四"), person(id="1", name="又")])),
        log.append(command("person-y", side=[SideRow("event", {"seq": 9})])),
        log.append(command("person-2", side=[person("upsert", id="1", name="张三丰"), person(id="3", name="王五")])),
        return_exceptions=True,
    )
    assert isinstance(good, Appended)
    assert isinstance(next_one, Appended)
    assert next_one.seqs == (2,)
    assert isinstance(double, SideRowRefused)
    assert (double.table, double.constraint) == ("person", "person_pkey")
    assert isinstance(stranger, SideRowRefused)
    rows = await admin.fetch("SELECT id, name, phone FROM person ORDER BY id")
    assert [tuple(row) for row in rows] == [("1", "张三丰", "未登记"), ("3", "王五", "未登记")]
    await log.append(command("person-1", side=[person("delete", id="1")]))
    assert await admin.fetchval("SELECT array_agg(id) FROM person") == ["3"]


async def test_an_event_that_is_too_large_is_refused_by_name(log: Log) -> None:
    blob = "x" * (MAX_EVENT_BYTES - 500)
    await log.append(command("case-1", blob=blob))
    with pytest.raises(EventTooLarge, match="photo-taken"):
        await log.append(Append("big", b"h", drafts=[draft("case-1", type="photo-taken", blob=blob + "x" * 500)]))


async def test_a_closed_log_takes_nothing(log: Log) -> None:
    log.refuse("own history is ahead at the broker")
    with pytest.raises(LogClosed, match="ahead at the broker"):
        await log.append(command("case-1"))
    log.open_for_appends()
    assert (await log.append(command("case-1"))).seqs == (1,)


async def test_a_cancelled_request_neither_loses_nor_doubles_others(log: Log) -> None:
    tasks = [asyncio.create_task(log.append(command(f"case-{n}", expects=[Expect(f"case-{n}", 0)]))) for n in range(60)]
    for turn, task in enumerate(tasks):
        if turn % 3 == 0:
            await asyncio.sleep(0)
            task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    kept = [answer for turn, answer in enumerate(answers) if turn % 3]
    assert all(isinstance(answer, Appended) for answer in kept)
    seqs = [answer.seqs[0] for answer in kept if isinstance(answer, Appended)]
    assert len(set(seqs)) == 40
    events = await log.read(0, 1000)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert len({event.stream for event in events}) == len(events)


async def test_one_impossible_command_does_not_take_its_batch_with_it(log: Log) -> None:
    """The database refuses bytes that no expectation foresees: here a stream name with a zero byte."""
    impossible = Append("bad", b"h", drafts=[Draft("case-\x00", "noted", 1, body("case-0"))])
    answers = await asyncio.gather(
        log.append(command("case-1")), log.append(impossible), log.append(command("case-2")), return_exceptions=True
    )
    assert [isinstance(answer, Appended) for answer in answers] == [True, False, True]
    assert isinstance(answers[1], asyncpg.PostgresError)
    assert (await log.head()).seq == 2


KILL_APPENDERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%append_batch%' AND pid <> pg_backend_pid()"""


async def test_an_answer_that_is_lost_after_the_commit_is_asked_for_again(
    pool: asyncpg.Pool, clock: FixedClock
) -> None:
    lost = ["append:committed"] * 2

    def lose(place: Place) -> None:
        if lost and place == lost[-1]:
            lost.pop()
            raise TimeoutError("the answer is lost")

    async with Log(pool, district="demo", source="dispatch", clock=clock, crash=lose) as log:
        told = await asyncio.gather(*(log.append(command("case-1", id=f"c-{n}")) for n in range(3)))
        assert not lost
        assert sorted(one.positions[0] for one in told) == [1, 2, 3]
        assert (await log.head()).seq == 3


async def test_a_connection_lost_while_appending_costs_no_command(log: Log, admin: asyncpg.Connection) -> None:
    """Some backends die before the commit, some after it: every command ends up recorded exactly once."""
    lottery = random.Random(7)

    async def kill() -> None:
        for _ in range(12):
            await asyncio.sleep(lottery.random() * 0.02)
            await admin.execute(KILL_APPENDERS)

    async def write(writer: int) -> list[Appended]:
        return [await log.append(command(f"case-{writer}", expects=[Expect(f"case-{writer}", n)])) for n in range(25)]

    killer = asyncio.create_task(kill())
    written = await asyncio.gather(*map(write, range(8)))
    await killer
    seqs = sorted(answer.seqs[0] for answers in written for answer in answers)
    assert seqs == list(range(1, 201))
    assert [event.version for event in await log.stream("case-3")] == list(range(1, 26))


Step = tuple[int, int, bool]
STEPS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), min_size=1, max_size=40)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_any_mix_of_commands_leaves_a_gapless_log(log: Log, steps: list[Step]) -> None:
    """Random commands at once, right and wrong expectations mixed: only whole commands, no hole, every chain right."""
    before = (await log.head()).seq
    versions = {n: len(await log.stream(f"case-{n}")) for n in range(4)}

    async def send(step: Step) -> int | None:
        stream, count, guess = step
        expects = [Expect(f"case-{stream}", versions[stream])] if guess else []
        try:
            return len((await log.append(command(*[f"case-{stream}"] * count, expects=expects))).seqs)
        except LogError:
            return None

    counts = await asyncio.gather(*map(send, steps))
    assert all(count in (None, step[1]) for count, step in zip(counts, steps, strict=True))
    events = await log.read(before, 1000)
    assert [event.seq for event in events] == list(range(before + 1, before + 1 + sum(filter(None, counts))))
    for n in range(4):
        stored = await log.stream(f"case-{n}")
        assert [event.version for event in stored] == list(range(1, len(stored) + 1))


async def test_a_refused_command_before_others_in_a_batch_moves_nothing(log: Log, pool: asyncpg.Pool) -> None:
    done = command("case-0", "case-0", note="done before")
    await log.append(done)
    conflict = command("case-1", expects=[Expect("case-1", 7)])
    for refused in (done, conflict):
        taken = [command(f"case-{uuid.uuid4()}", note=str(n)) for n in range(3)]
        row = await pool.fetchrow(wire.APPEND_SQL, *wire.arguments([refused, *taken], START))
        assert row is not None
        assert list(row["o_status"]) == [wire.REPEATED if refused is done else wire.CONFLICT, 0, 0, 0]
        events = (await log.read(0, 100))[-3:]
        assert [event.stream for event in events] == [one.drafts[0].stream for one in taken]
        assert [orjson.loads(event.payload)["subject"] for event in events] == [event.stream for event in events]
    async with pool.acquire() as connection:
        assert (await verify(connection)).ok
