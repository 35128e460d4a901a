"""Taking in what other sources wrote: exactly once, in order, unchanged; and own events after a restore."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.chassis.clock import FixedClock
from services.chassis.log import Append, ChainBroken, Conflict, Expect, Gap, Log, SourceHead, StaleEpoch, Stored
from services.chassis.log.chain import chains
from services.chassis.log.inbound import INBOUND_EVENTS
from services.chassis.log.verify import verify
from tests.chassis.log.making import command
from tests.conftest import DsnFactory

Message = tuple[int, bytes, bytes]


@pytest.fixture
async def intake(pg_dsn_factory: DsnFactory, clock: FixedClock) -> AsyncIterator[Log]:
    async with (
        asyncpg.create_pool(pg_dsn_factory(), min_size=0, max_size=6) as pool,
        Log(pool, district="demo", source="intake", clock=clock) as log,
    ):
        yield log


def messages(events: list[Stored]) -> list[Message]:
    return [(event.position, event.payload, event.chain) for event in events]


async def written(intake: Log, count: int) -> list[Message]:
    for turn in range(count):
        await intake.append(command(f"visit-{turn % 4}", source="intake"))
    return messages(await intake.read_source("intake", 0, 10_000))


async def test_events_arrive_as_they_were_written(log: Log, intake: Log, admin: asyncpg.Connection) -> None:
    sent = await written(intake, 12)
    await log.append(command("case-1"))
    assert await log.insert_foreign("intake", 1, sent[:5]) == 5
    await log.append(command("case-1"))
    assert await log.insert_foreign("intake", 1, sent[3:]) == 7  # redelivered and new ones in one batch
    assert await log.insert_foreign("intake", 1, sent[2:9]) == 0
    copies = await log.read_source("intake", 0, 100)
    assert messages(copies) == sent
    theirs = await intake.read_source("intake", 0, 100)
    assert [copy[3:9] for copy in copies] == [own[3:9] for own in theirs]
    assert [event.seq for event in await log.read(0, 100)] == list(range(1, 15))
    assert (await verify(admin, against=await intake.source_heads())).ok
    assert [event.version for event in await log.stream("visit-1")] == [1, 2, 3]
    assert (await log.append(command("case-1"))).positions == (3,)


async def test_a_hole_is_refused_whole(log: Log, intake: Log) -> None:
    sent = await written(intake, 6)
    await log.insert_foreign("intake", 1, sent[:2])
    with pytest.raises(Gap) as gap:
        await log.insert_foreign("intake", 1, sent[3:])
    assert gap.value.position == 3
    with pytest.raises(Gap):
        await log.insert_foreign("intake", 1, [sent[2], sent[4]])
    head = await log.source_head("intake")
    assert head is not None
    assert head.position == 2


@pytest.mark.parametrize("position", [2, 4])
async def test_a_changed_message_stops_new_or_redelivered(log: Log, intake: Log, position: int) -> None:
    sent = await written(intake, 5)
    await log.insert_foreign("intake", 1, sent[:3])
    payload = sent[position - 1][1].replace(b'"type":"noted"', b'"type":"notes"')
    forged = [*sent[: position - 1], (position, payload, sent[position - 1][2]), *sent[position:]]
    with pytest.raises(ChainBroken) as broken:
        await log.insert_foreign("intake", 1, forged)
    assert broken.value.position == position
    assert await log.insert_foreign("intake", 1, sent) == 2


async def test_a_chain_that_is_consistent_but_another_is_refused(log: Log, intake: Log) -> None:
    sent = await written(intake, 4)
    await log.insert_foreign("intake", 1, sent[:2])
    payloads = [payload for _, payload, _ in sent]
    payloads[1] = payloads[1].replace(b'"type":"noted"', b'"type":"notes"')
    other = list(zip(range(1, 5), payloads, chains(bytes(32), payloads), strict=True))
    with pytest.raises(ChainBroken) as broken:
        await log.insert_foreign("intake", 1, other[2:])
    assert broken.value.position == 3


async def test_what_is_no_event_or_from_elsewhere_is_refused(log: Log, intake: Log) -> None:
    payload = b'{"specversion":"1.0"}'
    with pytest.raises(ChainBroken, match="not an event"):
        await log.insert_foreign("intake", 1, [(1, payload, chains(bytes(32), [payload])[0])])
    with pytest.raises(ChainBroken, match="says it is from /huiyin/demo/intake"):
        await log.insert_foreign("supervision", 1, await written(intake, 1))
    with pytest.raises(ValueError, match="adopt_own"):
        await log.insert_foreign("dispatch", 1, [])


async def test_a_large_batch_goes_in_capped_transactions(log: Log, intake: Log) -> None:
    await intake.append(command(*["visit-1"] * (INBOUND_EVENTS + 20), source="intake"))
    sent = messages(await intake.read_source("intake", 0, 10_000))
    broken = [*sent[:-1], (sent[-1][0], sent[-1][1], bytes(32))]
    with pytest.raises(ChainBroken):
        await log.insert_foreign("intake", 1, broken)
    assert (await log.head()).seq == INBOUND_EVENTS
    assert await log.insert_foreign("intake", 1, sent) == 20


async def test_a_new_epoch_starts_again_and_the_old_one_is_over(
    log: Log, intake: Log, admin: asyncpg.Connection
) -> None:
    old = await written(intake, 4)
    await log.insert_foreign("intake", 1, old[:3])
    left: list[SourceHead] = []

    def opening(head: SourceHead) -> Append:
        left.append(head)
        return command("log-intake", source="intake")

    head = await intake.new_epoch("restored from a backup, nobody else reachable", opening)
    assert (head.epoch, head.position) == (2, 1)
    assert [one[:3] for one in left] == [("intake", 1, 4)]
    assert left[0].chain == old[-1][2]
    done = await intake.append(command("visit-1", source="intake"))
    assert (done.positions, done.versions) == ((2,), (2,))
    new = messages(await intake.read_source("intake", 0, 10))
    assert await log.insert_foreign("intake", 2, new) == 2
    with pytest.raises(StaleEpoch):
        await log.insert_foreign("intake", 1, old)
    assert await log.insert_foreign("intake", 1, old[:3]) == 0
    assert [head[:3] for head in await log.source_heads() if head.source == "intake"] == [("intake", 2, 2)]
    assert (await verify(admin)).ok


async def test_an_epoch_that_cannot_say_why_it_began_does_not_begin(intake: Log) -> None:
    await written(intake, 4)
    before = await intake.source_head("intake")
    again = command("visit-1", source="intake", expects=[Expect("visit-1", 99)])
    with pytest.raises(Conflict):
        await intake.new_epoch("restored", lambda _left: again)
    assert await intake.source_head("intake") == before
    assert (await intake.append(command("visit-1", source="intake"))).positions == (5,)


async def test_own_events_lost_in_a_restore_come_back_verbatim(log: Log, admin: asyncpg.Connection) -> None:
    sent = [command("case-1", "notebook") for _ in range(6)]
    answers = [await log.append(one) for one in sent]
    published = messages(await log.read_source("dispatch", 0, 100))
    await cut_own_tail(admin, keep=4)

    with pytest.raises(ValueError, match="refuse commands"):
        await log.adopt_own(1, published)
    log.refuse("behind what was published")
    assert await log.adopt_own(1, published) == 8
    log.open_for_appends()
    assert (await verify(admin)).ok
    assert messages(await log.read_source("dispatch", 0, 100)) == published
    again = await log.append(sent[5])
    assert again.repeated
    assert (again.seqs, again.positions, again.versions) == (
        answers[5].seqs,
        answers[5].positions,
        answers[5].versions,
    )
    assert (await log.append(command("case-1"))).versions == (7,)


async def cut_own_tail(admin: asyncpg.Connection, keep: int) -> None:
    """What a restore from an older copy leaves: every table as it was after `keep` events of two streams."""
    await admin.execute(f"""
        SET session_replication_role = replica;
        DELETE FROM event WHERE seq > {keep};
        DELETE FROM command WHERE (result ->> 'seq')::bigint > {keep};
        UPDATE log_head SET seq = {keep};
        UPDATE source_head SET position = {keep}, chain = (SELECT chain FROM event WHERE seq = {keep});
        UPDATE stream_head h SET version = e.version, prev = encode(sha256(e.payload), 'hex')
          FROM (SELECT DISTINCT ON (stream) * FROM event ORDER BY stream, version DESC) e WHERE e.stream = h.stream;
        SET session_replication_role = DEFAULT;
    """)
