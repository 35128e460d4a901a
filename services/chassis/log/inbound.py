"""Taking in a run of events that already have their position: foreign ones, and own ones lost in a restore."""

from collections.abc import Iterator, Sequence

import asyncpg

from services.chassis.log.attributes import Attributes, Malformed, read_attributes, source_attribute
from services.chassis.log.types import ChainBroken, Gap, StaleEpoch

INBOUND_EVENTS = 500
"""Per transaction. The log's lock is held meanwhile, and commands wait for it: about 20 ms with small events."""

INBOUND_BYTES = 4 * 1024 * 1024
"""A run of large events ends earlier, for the same reason."""

TAKE_IN_SQL = "SELECT * FROM take_in({})".format(", ".join(f"${n}" for n in range(1, 11)))  # noqa: S608 - only numbers

Message = tuple[int, bytes, bytes]
"""Position, payload and chain of an event as its source published it."""

DONE, GAP, BROKEN, STALE = range(4)


async def take_in(
    connection: asyncpg.pool.PoolConnectionProxy, district: str, source: str, epoch: int, messages: Sequence[Message]
) -> tuple[int, int]:
    """Verify and insert; returns how many were new and the log's head. Messages may repeat and overlap what is held."""
    inserted = head = 0
    for run in _slices(_contiguous(source, messages)):
        columns = [_columns(district, source, message) for message in run]
        row = await connection.fetchrow(
            TAKE_IN_SQL,
            source,
            epoch,
            run[0][0],
            [payload for _, payload, _ in run],
            [chain for _, _, chain in run],
            [column.stream for column in columns],
            [column.version for column in columns],
            [column.type for column in columns],
            [column.schema for column in columns],
            [column.time for column in columns],
        )
        assert row is not None
        _raise(row["o_status"], source, epoch, row["o_position"])
        inserted += row["o_inserted"]
        head = row["o_head"]
    return inserted, head


def _contiguous(source: str, messages: Sequence[Message]) -> list[Message]:
    """In the order of positions, each once; two different events at one position, or a hole, are refused."""
    run: list[Message] = []
    for message in sorted(messages, key=lambda message: message[0]):
        if run and message[0] == run[-1][0]:
            if message != run[-1]:
                raise ChainBroken(source, message[0], "two different events came for this position")
        elif run and message[0] != run[-1][0] + 1:
            raise Gap(source, run[-1][0] + 1)
        else:
            run.append(message)
    return run


def _slices(run: list[Message]) -> Iterator[list[Message]]:
    start = size = 0
    for index, message in enumerate(run):
        if index > start and (index - start == INBOUND_EVENTS or size + len(message[1]) > INBOUND_BYTES):
            yield run[start:index]
            start, size = index, 0
        size += len(message[1])
    if run:
        yield run[start:]


def _columns(district: str, source: str, message: Message) -> Attributes:
    position, payload, _ = message
    try:
        found = read_attributes(payload)
    except Malformed as error:
        raise ChainBroken(source, position, str(error)) from error
    if found.source != source_attribute(district, source):
        raise ChainBroken(source, position, f"the event says it is from {found.source}")
    return found


def _raise(status: int, source: str, epoch: int, position: int) -> None:
    if status == GAP:
        raise Gap(source, position)
    if status == BROKEN:
        raise ChainBroken(source, position)
    if status == STALE:
        raise StaleEpoch(source, epoch, position)
