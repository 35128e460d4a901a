"""What tests of the transport wait for: nodes that are open, and logs and streams that hold the same."""

from contracts import feeds
from services.chassis.transport import streams
from tests.chassis.transport.node import Node
from tests.chassis.transport.until import until


async def is_open(*nodes: Node) -> None:
    await until(lambda: all(one.log.refused is None for one in nodes))


async def holds(one: Node, source: str, position: int) -> None:
    async def there() -> bool:
        return await one.position(source) == position

    await until(there)


async def stream_equals_log(one: Node) -> None:
    """The broker's stream holds the own events at their own positions."""
    head = await one.log.source_head(one.log.source)
    assert head is not None
    name = feeds.stream_name(one.log.district, one.log.source, head.epoch)

    async def complete() -> bool:
        found = await streams.state(one.transport.link, name)
        return found is not None and found.last == head.position

    await until(complete)
    for event in await one.log.read_source(one.log.source, 0, 10_000):
        assert await streams.message(one.transport.link, name, event.position) == (event.payload, event.chain)
