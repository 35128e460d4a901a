"""Keys of sealed text: made, carried, erased everywhere, through broker outages and lost buckets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import nats.errors
import pytest

from contracts.feeds import keys_bucket
from contracts.sealed import BrokenSeal, Sealed
from deploy.local.broker import Broker
from deploy.local.nats_conf import OPERATOR, render
from services.chassis import key_feed
from services.chassis.bucket import Bucket
from services.chassis.key_feed import KeyFeed
from services.chassis.keys import Erased, KeyRing, Unopened
from services.chassis.transport.link import Link, LinkOptions
from tests.chassis.conftest import running


async def holds(what: Callable[[], Any], within_s: float = 8) -> None:
    async with asyncio.timeout(within_s):
        while not await what():
            await asyncio.sleep(0.02)


@pytest.fixture
async def other_pool(pg_dsn_factory: Any) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(pg_dsn_factory("log"), min_size=0, max_size=5) as pool:
        yield pool


@pytest.fixture
async def link(nats_server: Broker) -> AsyncIterator[Link]:
    link = Link(LinkOptions(nats_server.url, "intake"))
    await link.start()
    yield link
    await link.stop()


async def test_text_comes_back_and_missing_is_not_erased(pool: asyncpg.Pool) -> None:
    ring = KeyRing(pool)
    await ring.new("request-1")
    sealed = await ring.seal("漏水三个月", "request-1")
    unknown = Sealed(key_id="request-9", box=sealed.box)
    assert await ring.opened_many([sealed, unknown]) == ["漏水三个月", Unopened.PENDING]
    with pytest.raises(BrokenSeal):
        await ring.open(Sealed(key_id="request-1", box=sealed.box[:-2] + "AA"))
    await ring.erase(["request-1"])
    assert await ring.opened(sealed) is Unopened.ERASED
    assert await ring.open(sealed) is None
    assert await ring.get("request-1") is None
    assert await pool.fetchval("SELECT key FROM sealing_key") is None


async def test_a_nul_that_was_sealed_shows_as_what_cannot_be_shown(pool: asyncpg.Pool) -> None:
    ring = KeyRing(pool)
    await ring.new("request-1")
    sealed = await ring.seal("a\0b", "request-1")
    assert await ring.open(sealed) == "a\ufffdb"
    assert await pool.fetchval("SELECT $1::text", await ring.open(sealed)) == "a\ufffdb"


async def test_a_key_is_made_once_and_never_again_after_erasure(pool: asyncpg.Pool) -> None:
    ring, other = KeyRing(pool), KeyRing(pool)
    keys = await asyncio.gather(*(r.new("request-1") for r in (ring, other) for _ in range(5)))
    assert len(set(keys)) == 1
    assert len(keys[0]) == 32
    await ring.erase(["request-1"])
    with pytest.raises(Erased):
        await ring.new("request-1")
    with pytest.raises(ValueError, match="cannot name a key"):
        await ring.new("request.>")


class CountingPool:
    """Counts the queries."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool, self.asked = pool, 0

    async def fetch(self, *question: Any) -> Any:
        self.asked += 1
        return await self._pool.fetch(*question)


async def test_opening_many_fields_asks_the_database_once(pool: asyncpg.Pool) -> None:
    ring = KeyRing(pool)
    ids = [f"request-{n}" for n in range(200)]
    await ring.new_many(ids)
    sealed = [await ring.seal(f"text {key_id}", key_id) for key_id in ids]
    counting = CountingPool(pool)
    fresh = KeyRing(counting)  # type: ignore[arg-type]
    for _ in range(3):
        assert (await fresh.opened_many(sealed))[199] == "text request-199"
    assert counting.asked == 1


async def test_keys_reach_entitled_services_and_erasure_does_too(
    pool: asyncpg.Pool, other_pool: asyncpg.Pool, link: Link, district: str
) -> None:
    owner, reader = KeyRing(pool), KeyRing(other_pool)
    told: list[tuple[str, str]] = []
    reader.on_key(lambda key_id: told.append(("key", key_id)))
    reader.on_erased(lambda key_id: told.append(("erased", key_id)))
    feeds = [KeyFeed(owner, pool, link, district, owner=True), KeyFeed(reader, other_pool, link, district, owner=False)]
    async with running(*(feed.run() for feed in feeds)):
        await owner.new("request-1")
        sealed = await owner.seal("漏水", "request-1")
        await holds(lambda: _is(reader.open(sealed), "漏水"))
        await owner.erase(["request-1"])
        await holds(lambda: _is(reader.opened(sealed), Unopened.ERASED))
        assert await reader.arrivals(0, 10) == [(2, "request-1", True)]
    assert told == [("key", "request-1"), ("erased", "request-1")]
    assert (await Bucket(link, keys_bucket(district)).read(0))[-1].value is None


async def test_the_key_is_out_before_the_command_goes_on(pool: asyncpg.Pool, link: Link, district: str) -> None:
    ring = KeyRing(pool)
    async with running(KeyFeed(ring, pool, link, district, owner=True).run()):
        await holds(lambda: _is(pool.fetchval("SELECT bucket_created IS NOT NULL FROM key_feed"), True))
        key = await ring.new("request-1")
        entries = await Bucket(link, keys_bucket(district)).read(0)
        assert [(entry.key, entry.value) for entry in entries] == [("request-1", key)]


async def test_a_service_that_comes_late_or_was_away_gets_everything(
    pool: asyncpg.Pool, other_pool: asyncpg.Pool, link: Link, district: str
) -> None:
    owner = KeyRing(pool)
    ids = [f"request-{n}" for n in range(600)]
    async with running(KeyFeed(owner, pool, link, district, owner=True).run()):
        await owner.new_many(ids)
        await owner.erase(["request-5"])
        await holds(lambda: _is(pool.fetchval("SELECT count(*) FROM sealing_key WHERE revision IS NULL"), 0))
    for _ in range(2):  # the second start goes on from where the first was
        reader = KeyRing(other_pool)
        async with running(KeyFeed(reader, other_pool, link, district, owner=False).run()):
            await holds(lambda: _is(other_pool.fetchval("SELECT count(*) FROM sealing_key"), 600))
    assert await other_pool.fetchval("SELECT array_agg(key_id) FROM sealing_key WHERE key IS NULL") == ["request-5"]
    assert await other_pool.fetchval("SELECT array_agg(key ORDER BY key_id) FROM sealing_key") == await pool.fetchval(
        "SELECT array_agg(key ORDER BY key_id) FROM sealing_key"
    )


async def test_keys_that_an_older_database_lacks_are_read_again(
    pool: asyncpg.Pool, other_pool: asyncpg.Pool, link: Link, district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy takes the place of a database under running processes, the owner's too."""
    monkeypatch.setattr(key_feed, "LOOK_EVERY_S", 0.1)
    ring, other = KeyRing(pool), KeyRing(other_pool)
    owner = KeyFeed(ring, pool, link, district, owner=True)
    reader = KeyFeed(other, other_pool, link, district, owner=False)
    async with running(owner.run(), reader.run()):
        await ring.new("request-1")
        await ring.new("request-2")
        await holds(lambda: other.get("request-2"))
        for database in (pool, other_pool):
            first = await database.fetchval("SELECT revision FROM sealing_key WHERE key_id = 'request-1'")
            await database.execute("DELETE FROM sealing_key WHERE key_id = 'request-2'")
            await database.execute("UPDATE key_feed SET revision = $1", first)
        found = "SELECT key FROM sealing_key WHERE key_id = 'request-2'"
        await holds(lambda: pool.fetchval(found))
        await holds(lambda: other_pool.fetchval(found))


async def test_commands_go_on_without_a_broker_and_a_lost_bucket_is_filled_again(
    pool: asyncpg.Pool, other_pool: asyncpg.Pool, own_nats_server: Any, district: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(key_feed, "LOOK_EVERY_S", 0.2)
    server: Broker = own_nats_server()
    link = Link(LinkOptions(server.url, "intake"))
    await link.start()
    owner, reader = KeyRing(pool), KeyRing(other_pool)
    feeds = [KeyFeed(owner, pool, link, district, owner=True), KeyFeed(reader, other_pool, link, district, owner=False)]
    try:
        async with running(*(feed.run() for feed in feeds)):
            await owner.new("request-1")  # there is no broker yet
            sealed = await owner.seal("一", "request-1")
            assert await reader.opened(sealed) is Unopened.PENDING
            server.start()
            await holds(lambda: _is(reader.open(sealed), "一"))
            await link.api(f"STREAM.DELETE.KV_{keys_bucket(district)}")
            await owner.erase(["request-1"])
            await owner.new("request-2")
            later = await owner.seal("二", "request-2")
            await holds(lambda: _is(reader.open(later), "二"))
            await holds(lambda: _is(reader.opened(sealed), Unopened.ERASED))
    finally:
        await link.stop()


async def test_an_erased_key_never_comes_back(pool: asyncpg.Pool) -> None:
    ring = KeyRing(pool)
    key = await ring.new("request-1")
    await ring.forget(["request-1"])
    await ring.take([("request-1", key, 7), ("request-2", key, 8)])
    assert await ring.get("request-1") is None
    assert await ring.get("request-2") == key
    assert [(key_id, erased) for _, key_id, erased in await ring.arrivals(0, 10)] == [
        ("request-1", True),
        ("request-2", False),
    ]


async def _is(answer: Any, expected: Any) -> bool:
    return bool(await answer == expected)


async def test_the_permissions_of_an_installation_are_enough_and_no_more(
    pool: asyncpg.Pool, other_pool: asyncpg.Pool, own_nats_server: Any, tmp_path: Path
) -> None:
    names = ("intake", "dispatch", "unit-9", OPERATOR)
    passwords = {name: f"{name}-password" for name in names}
    server: Broker = own_nats_server(
        render(district="demo-1", passwords=passwords, services=names[:3], store_dir=tmp_path / "js")
    )
    server.start()
    links = {name: Link(LinkOptions(server.url, name, name, passwords[name])) for name in names[:3]}
    owner, reader = KeyRing(pool), KeyRing(other_pool)
    feeds = [
        KeyFeed(owner, pool, links["intake"], "demo-1", owner=True),
        KeyFeed(reader, other_pool, links["dispatch"], "demo-1", owner=False),
    ]
    try:
        for link in links.values():
            await link.start()
        async with running(*(feed.run() for feed in feeds)):
            await owner.new("request-1")
            sealed = await owner.seal("漏水", "request-1")
            await holds(lambda: _is(reader.open(sealed), "漏水"))
            await owner.erase(["request-1"])
            await holds(lambda: _is(reader.opened(sealed), Unopened.ERASED))
        assert links["intake"].refused is None
        assert links["dispatch"].refused is None
        outsider = Bucket(links["unit-9"], keys_bucket("demo-1"))
        with pytest.raises((TimeoutError, nats.errors.Error)):
            await asyncio.wait_for(outsider.read(0), 1)
        assert "permissions violation" in str(links["unit-9"].refused).lower()
    finally:
        for link in links.values():
            await link.stop()
