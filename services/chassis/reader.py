"""One projection's place in the log as its process knows it, and reading a batch on from there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import structlog

from services.chassis.clock import monotonic_s
from services.chassis.facts import Fact
from services.chassis.failures import passes, pause_s
from services.chassis.filling import Overtaken, Step, Unreadable, Work, decode_at
from services.chassis.log.types import Stored
from services.chassis.read_model import Build, Context, Projection

logger = structlog.get_logger(__name__)


@dataclass
class Reader:
    """One projection's place in the log, as far as this process knows it."""

    projection: Projection
    build: Build | None = None
    seq: int | None = None
    stopped: str | None = None
    trouble: str | None = None
    building: bool = False
    """A build of it is being filled."""
    held: bool = False
    """It is not to be read on with: that build is the live one, far behind; or a newer one has taken its place."""
    failures: int = 0
    retry_at: float = 0.0

    def wrap(self, error: BaseException) -> None:
        """Try again later, from the place that the database says."""
        self.failures += 1
        self.seq, self.trouble = None, repr(error)
        self.retry_at = monotonic_s() + pause_s(self.failures)
        logger.warning("projection is tried again", projection=self.projection.name, error=repr(error))

    def stop(self, reason: str) -> None:
        self.stopped = f"{self.projection.name} v{self.projection.version} stopped at {reason}"
        logger.error("projection stopped", projection=self.projection.name, reason=reason)

    def give_up(self, newer: Build) -> None:
        """A newer process has put its own tables in front of the pages, and keeps them; these here rest."""
        if not self.held:
            logger.warning("projection is outdated", projection=self.projection.name, live=newer.version)
        self.held, self.trouble = True, f"v{newer.version} is live, kept by a newer process"

    def moved(self, seq: int) -> None:
        self.seq, self.failures, self.trouble = seq, 0, None


class _Work(NamedTuple):
    """What a batch holds for a reader, up to where, and what is in the way there."""

    reader: Reader
    facts: list[Fact]
    last: int
    bad: Unreadable | None


class Reading:
    """Applies batches to readers: in one transaction while all goes well, else each in its own, so that one that has
    to stop holds nobody."""

    def __init__(self, step: Step, context: Context) -> None:
        self._step, self._context = step, context

    async def advance(self, group: list[Reader], batch: list[Stored]) -> None:
        """Apply a batch to readers that stand at the same place; what is handled is decoded once."""
        decoded: dict[int, Fact] = {}
        works = [_Work(reader, *_handled(reader.projection, batch, decoded)) for reader in group]
        whole = [work for work in works if work.bad is None]
        if await self._together(whole, batch[-1].seq):
            works = [work for work in works if work.bad is not None]
        for reader, facts, last, bad in works:
            if facts or bad is None:
                await self._apply(reader, facts, last)
            if bad is not None and reader.trouble is None and reader.seq is not None:
                if reader.seq < last:
                    await self._apply(reader, [], last)
                reader.stop(str(bad))

    async def _together(self, works: list[_Work], last: int) -> bool:
        """False: nothing was applied, and each reader is to find out by itself what was wrong."""
        if not works:
            return True
        builds = [Work(work.reader.projection, work.reader.build, work.facts) for work in works if work.reader.build]
        seq = works[0].reader.seq
        assert seq is not None
        try:
            await self._step.apply_all(builds, (seq, last), self._context)
        except Exception as error:  # noqa: BLE001 - it is raised again for the reader that it concerns
            if len(works) > 1:
                logger.info("read models go on one by one", after=seq, error=repr(error))
            return False
        for work in works:
            work.reader.moved(last)
        return True

    async def _apply(self, reader: Reader, facts: list[Fact], last: int) -> None:
        assert reader.build is not None
        assert reader.seq is not None
        try:
            await self._step.apply(reader.projection, reader.build, facts, (reader.seq, last), self._context)
        except Overtaken:
            reader.seq = None
        except Exception as error:  # noqa: BLE001 - told apart by `passes`; a bug stops it, red
            if passes(error):
                reader.wrap(error)
            elif len(facts) > 1:
                await self._one_by_one(reader, facts)
            else:
                reader.stop(f"seq {facts[0].seq}: {error!r}" if facts else repr(error))
        else:
            reader.moved(last)

    async def _one_by_one(self, reader: Reader, facts: list[Fact]) -> None:
        """After a bug in a batch: what is good lands, and the bad one is named."""
        for fact in facts:
            if reader.seq is None or reader.stopped:
                return
            await self._apply(reader, [fact], fact.seq)

    async def hear_of_keys(self, reader: Reader) -> None:
        """Tell the reader's build of keys that came late or were erased."""
        if reader.seq is None or reader.build is None or reader.stopped:
            return
        try:
            while await self._step.hear_of_keys(reader.projection, reader.build, self._context):
                pass
        except Overtaken:
            reader.seq = None
        except Exception as error:  # noqa: BLE001 - told apart by `passes`; a bug stops it, red
            if passes(error):
                reader.wrap(error)
            else:
                reader.stop(f"its keys: {error!r}")


def _handled(
    projection: Projection, batch: Sequence[Stored], decoded: dict[int, Fact]
) -> tuple[list[Fact], int, Unreadable | None]:
    """The batch's facts that the projection handles, the seq up to which it can be applied, and what is in the way."""
    facts: list[Fact] = []
    for stored in batch:
        if stored.type not in projection.types:
            continue
        try:
            fact = decoded.get(stored.seq) or decode_at(stored)
        except Unreadable as error:
            return facts, stored.seq - 1, error
        decoded[stored.seq] = fact
        facts.append(fact)
    return facts, batch[-1].seq, None
