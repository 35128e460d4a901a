"""One version of a programme's rules, as decisions know it; how it is found is `programmes.py`."""

from dataclasses import dataclass
from datetime import datetime

from contracts.pack import Fixtures, Pack
from services.chassis.deadlines import Calendar


@dataclass(frozen=True, slots=True)
class ActivePack:
    """One version of a programme's rules. `position` is supervision's position of its activation."""

    programme_id: str
    name: str
    pack_version: int
    sha256: str
    pack: Pack
    calendar: Calendar
    effective_from: datetime
    position: int
    fixtures: Fixtures
    """Which of its values are invented for trials; pages say so."""
