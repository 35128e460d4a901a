"""One number for an epoch and a position: a new epoch counts from 1 again, and reports need one order over all.

It is used inside read models only; events name epoch and position. In the first epoch it is the position itself.
"""

from services.chassis.facts import Fact

POSITIONS_PER_EPOCH = 2**40
"""More than any source writes in an epoch; a bigint still has room for millions of epochs."""


def place(epoch: int, position: int) -> int:
    """Later within a source means greater, in whatever epoch."""
    if not 0 <= position < POSITIONS_PER_EPOCH or epoch < 1:
        raise ValueError(f"{epoch}:{position} is no place in a source")
    return (epoch - 1) * POSITIONS_PER_EPOCH + position


def place_of(fact: Fact) -> int:
    return place(fact.epoch, fact.position)


def epoch_and_position(of: int) -> tuple[int, int]:
    """What a place was made of."""
    before, position = divmod(of, POSITIONS_PER_EPOCH)
    return before + 1, position


def words(epoch: int, position: int, between: str = ":") -> str:
    """For people: the epoch is said only where it is not the first."""
    return str(position) if epoch == 1 else f"{epoch}{between}{position}"
