"""K34 例会按期率: meetings held in their slot, of the slots that fell due and were judged."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Came = Literal["kept", "late", "missed", "pending", "open"]
"""What came of a slot; `pending` fell due and is not judged yet, `open` is still to come: neither counts."""

PLACES = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Kept:
    """`held` of `due`; a meeting that was made up afterwards is not in time."""

    held: int
    due: int

    @property
    def percent(self) -> str | None:
        """`83.33`, rounded half up; None where nothing fell due: neither 0 nor 100."""
        if not self.due:
            return None
        return str((Decimal(100 * self.held) / self.due).quantize(PLACES, ROUND_HALF_UP))


def kept(came: Iterable[str]) -> Kept:
    """Of the states of meeting slots."""
    judged = [one for one in came if one in ("kept", "late", "missed")]
    return Kept(judged.count("kept"), len(judged))
