"""What the broker lets a service do, tried with the configuration that `make up` writes."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.js.errors import APIError

from deploy.local.broker import Broker
from deploy.local.nats_conf import DRIVER, OPERATOR, render
from services.chassis.transport.link import ApiError, Link, LinkOptions, inbox_prefix
from services.chassis.transport.streams import declare
from tests.chassis.transport.node import node
from tests.chassis.transport.until import until
from tests.conftest import DsnFactory

SERVICES = ("intake", "dispatch", "archive")
DISTRICT = "demo-1"
PASSWORDS = {name: f"{name}-password" for name in (*SERVICES, OPERATOR, DRIVER)}
REFUSED_WITHIN_S = 0.5


@pytest.fixture
def guarded(own_nats_server: Callable[..., Broker], tmp_path: Path) -> Broker:
    config = render(
        district=DISTRICT, passwords=PASSWORDS, services=SERVICES, store_dir=tmp_path / "js", simulated=True
    )
    server = own_nats_server(config)
    server.start()
    return server


@pytest.fixture
async def dispatch(guarded: Broker) -> AsyncIterator[Link]:
    link = Link(LinkOptions(guarded.url, "dispatch", "dispatch", PASSWORDS["dispatch"]))
    await link.start()
    await link.up.wait()
    yield link
    await link.stop()


async def operator(server: Broker) -> Client:
    return await nats.connect(server.url, user=OPERATOR, password=PASSWORDS[OPERATOR])


async def test_services_with_their_own_users_exchange_everything(
    guarded: Broker, pg_dsn_factory: DsnFactory, tmp_path: Path
) -> None:
    def start(source: str, other: str):  # type: ignore[no-untyped-def]
        return node(
            pg_dsn_factory(), guarded.url, DISTRICT, source, [other], tmp_path, user=source, password=PASSWORDS[source]
        )

    async with start("intake", "dispatch") as intake, start("dispatch", "intake") as other:
        await until(lambda: intake.log.refused is None and other.log.refused is None)
        await intake.append(3)
        await until(lambda: other.transport.held("intake") == 3)
        await until(lambda: other.transport.watermark("intake") is not None)
        for one in (intake, other):
            assert one.transport.link.refused is None
            assert one.transport.health().alarms == ()


@pytest.mark.parametrize(
    "subject",
    [
        f"ev.{DISTRICT}.intake.1.request-accepted",
        f"beacon.{DISTRICT}.intake",
        f"$KV.KEYS_{DISTRICT.replace('-', '_')}.some-key",
        "$JS.API.STREAM.DELETE.EVENTS_demo_1_dispatch_1",
        "$JS.API.STREAM.UPDATE.EVENTS_demo_1_dispatch_1",
        "$JS.API.STREAM.PURGE.EVENTS_demo_1_dispatch_1",
        "$JS.API.STREAM.MSG.DELETE.EVENTS_demo_1_dispatch_1",
        "$JS.API.STREAM.CREATE.EVENTS_demo_1_intake_1",
        "$JS.API.CONSUMER.DELETE.EVENTS_demo_1_intake_1.x",
    ],
)
async def test_a_service_may_not(dispatch: Link, subject: str) -> None:
    await dispatch.nc.publish(subject, b"{}")
    await until(lambda: dispatch.refused is not None, within=REFUSED_WITHIN_S)
    assert subject.lower() in str(dispatch.refused).lower()


async def test_a_service_does_not_hear_the_answers_to_another(dispatch: Link) -> None:
    await dispatch.nc.subscribe(f"{inbox_prefix('intake')}.>")
    await until(lambda: dispatch.refused is not None, within=REFUSED_WITHIN_S)


async def test_a_stream_refuses_to_lose_messages_even_to_the_operator(guarded: Broker, dispatch: Link) -> None:
    await declare(dispatch, DISTRICT, "dispatch", 1, first=1, replicas=1)
    await dispatch.request(f"ev.{DISTRICT}.dispatch.1.case-opened", b"{}")
    admin = await operator(guarded)
    with pytest.raises(APIError, match="not permitted"):
        await admin.jetstream().delete_msg("EVENTS_demo_1_dispatch_1", 1)
    with pytest.raises(APIError, match="not permitted"):
        await admin.jetstream().purge_stream("EVENTS_demo_1_dispatch_1")
    await admin.close()


async def test_the_driver_sets_simulated_time_and_services_only_read_it(guarded: Broker, dispatch: Link) -> None:
    driver = await nats.connect(guarded.url, user=DRIVER, password=PASSWORDS[DRIVER])
    bucket = await driver.jetstream().create_key_value(bucket="SIM_demo_1")
    await bucket.put("now", b"2017")
    read = await dispatch.nc.jetstream().key_value("SIM_demo_1")
    assert (await read.get("now")).value == b"2017"
    watch = await read.watchall()
    update = await watch.updates(1)  # type: ignore[no-untyped-call]
    assert update is not None
    assert update.value == b"2017"
    await watch.stop()  # type: ignore[no-untyped-call]
    assert dispatch.refused is None
    await dispatch.nc.publish("$KV.SIM_demo_1.now", b"2018")
    await until(lambda: dispatch.refused is not None, within=REFUSED_WITHIN_S)
    await driver.close()


@pytest.mark.parametrize(
    "question",
    [
        "$JS.API.DIRECT.GET.KV_KEYS_demo_1",
        "$JS.API.DIRECT.GET.KV_KEYS_demo_1.$KV.KEYS_demo_1.some-key",
        "$JS.API.STREAM.MSG.GET.KV_KEYS_demo_1",
        "$JS.API.CONSUMER.CREATE.KV_KEYS_demo_1",
        "$JS.API.CONSUMER.CREATE.KV_KEYS_demo_1.x.$KV.KEYS_demo_1.>",
    ],
)
async def test_keys_of_sealed_text_are_denied_to_whom_they_do_not_concern(guarded: Broker, question: str) -> None:
    link = Link(LinkOptions(guarded.url, "archive", "archive", PASSWORDS["archive"]))
    await link.start()
    await link.up.wait()
    await link.nc.publish(question, b"{}")
    await until(lambda: link.refused is not None, within=REFUSED_WITHIN_S)
    await link.stop()


async def test_a_wrong_password_is_not_let_in(guarded: Broker) -> None:
    link = Link(LinkOptions(guarded.url, "dispatch", "dispatch", "wrong"))
    await link.start()
    await until(lambda: link.refused is not None, within=REFUSED_WITHIN_S)
    assert not link.up.is_set()
    await link.stop()


async def test_an_unknown_stream_is_named(dispatch: Link) -> None:
    with pytest.raises(ApiError, match="stream not found"):
        await dispatch.api("STREAM.INFO.EVENTS_demo_1_nobody_1")
