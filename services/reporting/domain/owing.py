"""What R08, R16 and R21 are computed from: pairs, activities and visits as they were known at the report's moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from contracts.pack import Pack
from services.chassis.zone import LOCAL
from services.reference.ledger import Ledger
from services.reporting.domain.window import LAST_INSTANT


@dataclass(frozen=True, slots=True)
class Input:
    """`ranks` of persons; the ledger holds what had been entered by `as_of`."""

    pack: Pack
    ledger: Ledger
    ranks: Mapping[str, str]
    window_from: datetime
    window_to: datetime
    as_of: datetime

    @property
    def day(self) -> date:
        """The last day that the report speaks of."""
        return last_day(self.as_of, self.window_to)

    @property
    def month(self) -> date:
        """The first day of the month that most of the window lies in: a slot may be rolled off a rest day."""
        middle = self.window_from + (self.window_to - self.window_from) / 2
        return middle.astimezone(LOCAL).date().replace(day=1)


def last_day(as_of: datetime, window_to: datetime) -> date:
    """Of the window, or of what was looked at while it runs; entries may be looked at for longer."""
    return min(as_of, window_to - LAST_INSTANT).astimezone(LOCAL).date()


YES, NO = "yes", "no"


def word(met: bool) -> str:
    return YES if met else NO
