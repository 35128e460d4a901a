"""The steps of supervision in a pack's own order: which is higher, which comes next, which are slips on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from contracts.supervision import NoticeLevel
from services.chassis.decider import Rejected
from services.chassis.words import N_

SLIPS: tuple[NoticeLevel, ...] = get_args(NoticeLevel)
"""Steps that are answered in writing; above them people meet, order and refer."""

ACCOUNTABILITY = "accountability"

SEVERE = ("interview", "criticise")
"""The fourth level of a ladder (L4): where falsification enters at least (domain §2.8)."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """The pack's `escalation.levels`, lowest first."""

    levels: tuple[str, ...]

    def __contains__(self, level: str) -> bool:
        return level in self.levels

    def place(self, level: str, field: str | None = None) -> int:
        """How high a step is; a step of another ladder is refused."""
        if level not in self.levels:
            raise Rejected("not-on-the-ladder", N_("本活动的督办没有这一级。"), field=field)
        return self.levels.index(level)

    def above(self, level: str, by: int = 1) -> str:
        """So many steps higher, at most the top."""
        return self.levels[min(self.place(level) + by, len(self.levels) - 1)]

    def highest(self, steps: Sequence[str]) -> str:
        return max(steps, key=self.place)

    def rises(self, old: str, new: str) -> bool:
        """Whether `new` is higher. The level of a matter never sinks."""
        return self.place(new) > self.place(old)

    def slip(self, level: str) -> NoticeLevel:
        """The highest slip that is not above a step: what is printed for a matter that stands there."""
        fitting = [slip for slip in SLIPS if slip in self.levels and self.place(slip) <= self.place(level)]
        if not fitting:
            raise Rejected("no-slip", N_("本活动的督办没有可以发出的督办单。"), field="level")
        return max(fitting, key=self.place)

    @property
    def severe(self) -> str:
        """Where the gravest enters without a word of the pack: at the talk or the criticism, else the highest slip."""
        return next((step for step in SEVERE if step in self.levels), self.slip(self.levels[-1]))

    def first(self, wanted: str) -> str:
        """A step that the rules name, or the lowest where this ladder does not have it."""
        return wanted if wanted in self.levels else self.levels[0]


def answered_in_writing(level: str) -> bool:
    return level in SLIPS
