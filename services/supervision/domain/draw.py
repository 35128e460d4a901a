"""Drawing a sample that anybody can draw again: the seed's commitment, the population's hash, the order of the lots.

The seed is fixed and its hash published before the first of the population happens; so neither whoever draws nor
whoever is drawn from can choose who is looked at. Everything here is a function of what stands in the log.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple

from contracts.pack.tables import drawn

SEED_BYTES = 32

APPEND = timedelta(seconds=10)
"""Between deciding on an announcement and its record lies an append: a population that begins at the decision may
begin so much before the record, and no more."""


class Member(NamedTuple):
    """One thing that may be drawn, and the place of the record that puts it into the population."""

    source: str
    epoch: int
    position: int
    item: str

    @property
    def record(self) -> str:
        """As `dispatch:812`, or `dispatch/2:812` in a later epoch."""
        return f"{source_key(self.source, self.epoch)}:{self.position}"


def source_key(source: str, epoch: int) -> str:
    """How a source in one of its epochs is named in an event."""
    return source if epoch == 1 else f"{source}/{epoch}"


def commitment(seed: str) -> str:
    """What is published before: the hash of the seed's bytes."""
    return sha256(bytes.fromhex(seed)).hexdigest()


def known_before(committed_at: datetime, population_from: datetime) -> bool:
    """Whether some of the population could be known at the announcement; `committed_at` is the recorded time."""
    return population_from + APPEND < committed_at


def canonical(population: Sequence[Member]) -> bytes:
    """One line for each member, by source and position: the bytes that are hashed."""
    return "".join(f"{one.record} {one.item}\n" for one in sorted(population)).encode()


def population_hash(population: Sequence[Member]) -> str:
    return sha256(canonical(population)).hexdigest()


def sample_size(population: int, rate_percent: int) -> int:
    """Rounded up: of a few cases at least one is looked at."""
    return -(-population * rate_percent // 100)


def draw(seed: str, population: Sequence[Member], rate_percent: int) -> tuple[str, ...]:
    """The items with the lowest lots; a lot is the hash of seed and item, so it depends on nothing else."""
    lots = sorted((sha256(f"{seed}\0{one.item}".encode()).digest(), one.item) for one in population)
    return tuple(item for _, item in lots[: sample_size(len(population), rate_percent)])


def draw_by_lot(seed: str, population: Sequence[Member], rates: Mapping[str, Decimal]) -> tuple[str, ...]:
    """The items whose own lot lies below the rate that held for them; each falls by itself, when its item happens."""
    return tuple(one.item for one in sorted(population) if drawn(one.item, seed, rates[one.item]))
