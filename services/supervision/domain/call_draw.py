"""Whom a sample calls back: a month's lots fall by a seed that is fixed before its first case is completed.

The seed's hash is published a month ahead, the seed when the month is over. So no unit can tell at completion whether
the requester will be asked, and afterwards anybody draws again who was called. Each round of a case has its own lot.
"""

from datetime import datetime
from typing import NamedTuple

from services.chassis.zone import LOCAL

POPULATION = "completed"


class Month(NamedTuple):
    """One period of lots, from its first moment to the next month's."""

    begins: datetime
    ends: datetime

    def draw_id(self, programme_id: str) -> str:
        """One draw for each programme and month."""
        return f"calls-{programme_id}-{self.begins:%Y-%m}"


def month_of(moment: datetime) -> Month:
    """The district's own month."""
    first = moment.astimezone(LOCAL).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Month(first, _next(first))


def announced(now: datetime) -> tuple[Month, Month]:
    """For this month and the next a seed must be fixed: whoever is away at the turn of a month misses none."""
    this = month_of(now)
    return this, Month(this.ends, _next(this.ends))


def _next(first: datetime) -> datetime:
    year, month = (first.year + 1, 1) if first.month == 12 else (first.year, first.month + 1)
    return first.replace(year=year, month=month)


def lot_of(case_id: str, round: int) -> str:
    """What is drawn: a case may be completed several times, and each time is a lot of its own."""
    return f"{case_id}/{round}"
