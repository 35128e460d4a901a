"""How alike two texts are by what they share: rare counts more than common, and a phrase less than its parts."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from services.dispatch.read.similar_shingles import TOTAL, hashed, in_order

STEEP = 1.5
"""Power of a shingle's rarity: a street's name says more than that something is broken. Among made-up cases that use
few phrases, 1 found a sixth fewer re-worded repeats; among real messages, 2 found fewer of a matter without a place."""

Weigh = Callable[[int], float]


def weigher(counts: Mapping[int, int]) -> Weigh:
    """What a shingle weighs: the rarer, the more; one that nobody wrote yet as much as one that somebody did."""
    total = counts.get(TOTAL, 0)
    return lambda shingle: math.log1p(total / max(1, counts.get(shingle, 0))) ** STEEP


@dataclass(frozen=True)
class Phrase:
    """A text's shingles in their order; None where a phrase ends."""

    order: tuple[int | None, ...]

    @classmethod
    def of(cls, text: str) -> "Phrase":
        return cls(tuple(hashed(word) if word else None for word in in_order(text)))

    @cached_property
    def shingles(self) -> frozenset[int]:
        return frozenset(shingle for shingle in self.order if shingle is not None)

    def weighed(self, weigh: Weigh) -> "Weighed":
        """With what each weighs, and what it comes to by itself."""
        order = tuple((shingle, 0.0 if shingle is None else weigh(shingle)) for shingle in self.order)
        return Weighed(order, self.shingles, _runs(order, self.shingles))


@dataclass(frozen=True, slots=True)
class Weighed:
    """A phrase to be compared with many others."""

    order: tuple[tuple[int | None, float], ...]
    shingles: frozenset[int]
    own: float


def dice(one: Collection[int], other: Collection[int]) -> float:
    """Twice what is shared over the sum of both, from 0 to 1, every shingle alike."""
    if not one or not other:
        return 0.0
    return 2 * len(set(one).intersection(other)) / (len(one) + len(other))


def overlap(asked: Weighed, other: Collection[int]) -> float:
    """Shared runs over the mean of both: what orders the candidates of one search. It may exceed 1, because pieces of a
    phrase weigh more than the phrase."""
    shared = asked.shingles.intersection(other)
    if not shared:
        return 0.0
    return 2 * _runs(asked.order, shared) / (asked.own + asked.own * len(other) / len(asked.shingles))


def _runs(order: Iterable[tuple[int | None, float]], shared: Collection[int]) -> float:
    """The weight of what is shared, each unbroken run of k divided by √k: seven neighbouring shingles are one phrase
    and no seven reasons."""
    whole = run = 0.0
    length = 0
    for shingle, weight in order:
        if shingle in shared:
            run += weight
            length += 1
        elif length:
            whole += run / math.sqrt(length)
            run, length = 0.0, 0
    return whole + (run / math.sqrt(length) if length else 0.0)


@dataclass(frozen=True, slots=True)
class Bag:
    """A text's shingles without an order.

    What another text has besides is taken to weigh what this one's weigh on average, so that nobody has to look up how
    rare every word of every candidate is.
    """

    weights: Mapping[int, float]
    own: float

    @classmethod
    def of(cls, shingles: Collection[int], weigh: Weigh) -> "Bag":
        weights = {shingle: weigh(shingle) for shingle in shingles}
        return cls(weights, sum(weights.values()))

    def likeness(self, other: Collection[int]) -> tuple[float, frozenset[int]]:
        """As `dice`, by weight; and what is shared."""
        shared = frozenset(self.weights.keys() & other)
        if not shared:
            return 0.0, shared
        both = sum(self.weights[shingle] for shingle in shared)
        return min(1.0, 2 * both / (self.own + self.own * len(other) / len(self.weights))), shared
