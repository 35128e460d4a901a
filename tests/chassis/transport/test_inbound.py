"""What an inbound does with streams that are late, holed or lie; and what the parts of a page are."""

import nats
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import feeds
from deploy.local.broker import Broker
from services.chassis.transport import heads, range
from services.chassis.transport.link import ApiError
from services.chassis.transport.streams import configuration
from tests.chassis.transport.conftest import StartNode
from tests.chassis.transport.node import Node
from tests.chassis.transport.until import until
from tests.conftest import DsnFactory


async def opened(one: Node) -> None:
    await until(lambda: one.log.refused is None)


async def make_mortal_stream(server: Broker, district: str, source: str) -> None:
    """A stream that the operator can delete messages of, made before its owner comes."""
    config = configuration(district, source, 1, first=1, replicas=1)
    client = await nats.connect(server.url)
    changed = {**config, "deny_delete": False, "deny_purge": False}

    answer = await client.request(f"$JS.API.STREAM.CREATE.{config['name']}", orjson.dumps(changed))
    assert b"error" not in answer.data
    await client.close()


async def test_a_hole_is_filled_by_its_owner_and_raises_an_alarm(
    pg_dsn_factory: DsnFactory, start: StartNode, nats_server: Broker, district: str
) -> None:
    await make_mortal_stream(nats_server, district, "intake")
    async with start(pg_dsn_factory(), "intake") as intake:
        await opened(intake)
        await intake.append(10)
        await until(lambda: intake.transport.relay.published == 10)
        admin = await nats.connect(nats_server.url)
        for position in (4, 5):
            await admin.jetstream().delete_msg(feeds.stream_name(district, "intake", 1), position)
        await admin.close()
        async with start(pg_dsn_factory(), "dispatch", "intake") as dispatch:
            await until(lambda: dispatch.transport.held("intake") == 10)
            assert await dispatch.payloads("intake") == await intake.payloads("intake")
            alarms = "\n".join(dispatch.transport.health().alarms)
            assert "a hole after position 3" in alarms
            assert "2 messages were deleted" in alarms
            await intake.append(2)
            await until(lambda: dispatch.transport.held("intake") == 12)


async def test_a_new_service_gets_what_the_broker_no_longer_has(
    pg_dsn_factory: DsnFactory, start: StartNode, nats_server: Broker, district: str
) -> None:
    await make_mortal_stream(nats_server, district, "intake")
    async with start(pg_dsn_factory(), "intake") as intake:
        await opened(intake)
        await intake.append(30)
        await until(lambda: intake.transport.relay.published == 30)
        admin = await nats.connect(nats_server.url)
        await admin.jetstream().purge_stream(feeds.stream_name(district, "intake", 1), seq=25)
        async with start(pg_dsn_factory(), "dispatch", "intake") as dispatch:
            await until(lambda: dispatch.transport.held("intake") == 30)
            assert await dispatch.payloads("intake") == await intake.payloads("intake")
            # Emptied to the last message, the stream still knows where it is, and the flow goes on.
            await admin.jetstream().purge_stream(feeds.stream_name(district, "intake", 1))
            async with start(pg_dsn_factory(), "supervision", "intake") as supervision:
                await until(lambda: supervision.transport.held("intake") == 30)
                await intake.append(1)
                await until(lambda: supervision.transport.held("intake") == 31)
            assert dispatch.transport.health().red == ()
        await admin.close()


async def test_a_forged_message_stops_its_source_and_names_the_position(
    pg_dsn_factory: DsnFactory, start: StartNode, nats_server: Broker, district: str
) -> None:
    async with start(pg_dsn_factory(), "intake", "dispatch") as intake:
        await opened(intake)
        async with start(pg_dsn_factory(), "dispatch", "intake") as dispatch:
            await opened(dispatch)
            await intake.append(1)
            await until(lambda: dispatch.transport.held("intake") == 1)
            payload = (await intake.payloads("intake"))[0]
            forger = await nats.connect(nats_server.url)
            await forger.jetstream().publish(
                feeds.subject(district, "intake", 1, "thing-happened"),
                payload,
                headers={feeds.CHAIN_HEADER: "00" * 32},
            )
            await forger.close()
            await until(lambda: any("position 2" in text for text in dispatch.transport.health().red))
            assert dispatch.transport.held("intake") == 1
            # Its own events go on, and other sources are not touched by it.
            await dispatch.append(1)
            await until(lambda: intake.transport.held("dispatch") == 1)
            # The owner sees somebody else's message in its stream as soon as it looks.
            await until(lambda: intake.transport.health().state in ("forked", "recovering", "unknown"))
            assert intake.log.refused is not None


events = st.lists(st.tuples(st.integers(1, 2**40), st.binary(max_size=2000), st.binary(min_size=32, max_size=32)))


@given(events)
def test_a_page_gives_back_what_was_packed(items: list[range.Item]) -> None:
    assert range.unpack(range.pack(items)) == items


def test_a_page_ends_before_the_message_limit_but_is_never_empty() -> None:
    large = [(n, bytes(256 * 1024), bytes(32)) for n in (1, 2, 3, 4)]
    page = range.pack(large)
    assert len(page) < 1024 * 1024
    assert [position for position, _, _ in range.unpack(page)] == [1]
    assert range.unpack(range.pack([(1, bytes(range.PAGE_BYTES + 1), bytes(32))]))


@given(st.integers(1, 40))
def test_a_page_that_was_cut_off_is_refused(missing: int) -> None:
    page = range.pack([(1, b"payload", bytes(32))])
    with pytest.raises(ApiError, match="cut off"):
        range.unpack(page[:-missing])


@pytest.mark.parametrize("body", [b"", b"[]", b'{"service":"x"}', b'{"service":"x","heads":[{"source":"y"}]}'])
def test_a_beacon_of_another_form_is_refused(body: bytes) -> None:
    with pytest.raises(heads.Unreadable):
        heads.decode(body)


def test_names_of_feeds_take_only_plain_words() -> None:
    assert feeds.subject("jia-wang", "unit-101", 2, "visit-recorded") == "ev.jia-wang.unit-101.2.visit-recorded"
    for district in ("", "A", "a.b", "a*", "a b", "-a", "贾汪"):
        with pytest.raises(ValueError):
            feeds.stream_name(district, "intake", 1)
    with pytest.raises(ValueError):
        feeds.stream_name("d", "intake", 0)
