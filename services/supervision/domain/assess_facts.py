"""What an assessment is reckoned from: cases, orders, answers, slots and grounds as they stand at a moment."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TypeVar

from contracts.event import Event
from contracts.intake import GridCellDefined, UnitRegistered
from contracts.pack import Pack
from contracts.supervision import FollowUpConducted, MisreportEstablished, NoticeIssued
from services.reference.coverage import members as covered_members
from services.reference.coverage.rules import asked_for
from services.reference.ledger import Deed, Ledger, Member, Pair, Visit
from services.supervision.domain.assess_coverage import Covered


@dataclass(frozen=True, slots=True)
class Told:
    """One event with when it was recorded and under which programme."""

    event: Event
    time: datetime
    programme: str | None
    occurred_at: datetime | None = None


@dataclass(slots=True)
class CaseFact:
    """A case as it stands. Its lead stays through a reopening until another order names one: the rework is theirs."""

    case_id: str
    opened_at: datetime
    territory: str | None
    lead: str | None = None
    lead_order: str | None = None
    status: str = "waiting"
    """waiting, handling, suspended, completed, struck_off; gone: merged, split or closed unhandled."""
    result: str | None = None
    on_time: bool = False
    finish_by: datetime | None = None
    round: int = 1
    ever_completed: bool = False
    classes: tuple[str, ...] = ()
    """Urgency, difficulty and category as last classified; before that the urgency that its request hints at."""
    bound: bool = False
    """A leader answers for it by name."""
    leads: dict[int, str] = field(default_factory=dict)
    """Who led in which round."""
    heads: dict[int, str] = field(default_factory=dict)
    """Which leader its order or plan named in which round."""
    bound_to: str | None = None
    """Who answers for it whatever an order names (包案, 专办)."""
    reopenings: list[tuple[datetime, str | None]] = field(default_factory=list)
    """When it went back to work, and who had led it."""

    def headed_by(self, round: int) -> str | None:
        """The leader who answers for a round; for one that has none yet still the one before."""
        known = [number for number in self.heads if number <= round]
        return self.bound_to or (self.heads[max(known)] if known else None)

    @property
    def leader(self) -> str | None:
        return self.headed_by(self.round)

    @property
    def done(self) -> bool:
        return self.status in ("completed", "struck_off")

    def overdue(self, at: datetime) -> bool:
        """Not done after its time limit; while it rests no limit runs."""
        return self.status in ("waiting", "handling") and self.finish_by is not None and self.finish_by < at


@dataclass(slots=True)
class OrderFact:
    """One order on its way."""

    order_id: str
    case_id: str
    unit: str
    role: str
    sign_by: datetime | None
    contact_by: datetime | None
    issued_at: datetime
    leader: str | None = None
    signed_at: datetime | None = None
    contacted_at: datetime | None = None
    returned_at: datetime | None = None
    return_accepted: bool | None = None
    """None while nobody has ruled, or nothing was returned."""
    cancelled: bool = False
    extended: bool = False


@dataclass(slots=True)
class AnswerFact:
    """One follow-up."""

    followup_id: str
    case_id: str
    round: int
    leg: str
    heard: FollowUpConducted | None = None
    heard_at: datetime | None = None


@dataclass(slots=True)
class SlotFact:
    """What came of one slot of a rhythm."""

    slot_id: str
    cadence: str
    day: date
    owner: str
    kept: bool = False
    missed: bool = False


@dataclass(slots=True)
class SlipFact:
    """One 督办单."""

    notice_id: str
    unit: str
    case_id: str | None
    issued_at: datetime
    closed: bool = False


@dataclass(slots=True)
class BreachFact:
    """A deadline that was not kept."""

    case_id: str
    unit: str
    kind: str
    due: datetime


@dataclass(slots=True)
class CheckFact:
    """One case that was looked at on the spot."""

    check_id: str
    case_id: str
    passed: bool
    at: datetime


@dataclass(slots=True)
class BulletinFact:
    """One 通报 that stands."""

    event: NoticeIssued
    at: datetime


@dataclass(slots=True)
class MisreportFact:
    """One established misreport."""

    event: MisreportEstablished
    at: datetime


class Facts:
    """All of it for one programme at one moment. Feed intake first, then dispatch, then supervision.

    `grace`: for how long after the moment what was done before it may still be entered.
    """

    def __init__(self, programme: str, as_of: datetime, grace: timedelta = timedelta()) -> None:
        self.programme, self.as_of, self.entered_by = programme, as_of, as_of + grace
        self.units: dict[str, UnitRegistered] = {}
        self.covered = Covered()
        self._asked: dict[tuple[int, str], list[covered_members.Member]] = {}
        self.cases: dict[str, CaseFact] = {}
        self.orders: dict[str, OrderFact] = {}
        self.answers: dict[str, AnswerFact] = {}
        self.slots: dict[str, SlotFact] = {}
        self.slips: dict[str, SlipFact] = {}
        self.breaches: dict[str, BreachFact] = {}
        self.checks: list[CheckFact] = []
        self.bulletins: dict[str, BulletinFact] = {}
        self.misreports: dict[str, MisreportFact] = {}
        self.cells: dict[str, GridCellDefined] = {}
        self.members: dict[str, Member] = {}
        self.moved: list[Member] = []
        """Who belonged to another unit before."""
        self.holders: dict[tuple[str, str, str], Member] = {}
        self.pairs: dict[str, Pair] = {}
        self.deeds: dict[str, Deed] = {}
        self.visits: list[Visit] = []

    def covers(self, unit: str, place: str | None) -> bool:
        """Whether a place is this unit or lies below it."""
        seen: set[str] = set()
        while place is not None and place not in seen:
            if place == unit:
                return True
            seen.add(place)
            above = self.units.get(place)
            place = above.parent if above else None
        return False

    def asked_for(self, pack: Pack, of: str) -> list[covered_members.Member]:
        """Whom the rules ask for; reckoned once for every object of a table, when everything is folded."""
        key = (id(pack), of)
        if key not in self._asked:
            self._asked[key] = asked_for(pack, of, self.covered.facts())
        return self._asked[key]

    # By whom things are looked for: asked for only when everything is folded, for every object of a table.

    @cached_property
    def led(self) -> dict[str | None, list[CaseFact]]:
        """Cases by who leads them."""
        return _by(self.cases.values(), lambda case: case.lead)

    @cached_property
    def lying(self) -> dict[str | None, list[CaseFact]]:
        """Cases by where they lie."""
        return _by(self.cases.values(), lambda case: case.territory)

    @cached_property
    def headed(self) -> dict[str | None, list[CaseFact]]:
        """Cases by the leader who answers for them."""
        return _by(self.cases.values(), lambda case: case.leader)

    @cached_property
    def asked_of_leaders(self) -> dict[str | None, list[AnswerFact]]:
        """Follow-ups by the leader who answered for the round that they ask about."""
        return _by(self.answers.values(), lambda one: self.cases[one.case_id].headed_by(one.round))

    @cached_property
    def handed_to_leaders(self) -> dict[str | None, list[OrderFact]]:
        """Orders by the leader whom they or their plans name."""
        return _by(self.orders.values(), lambda order: order.leader)

    @cached_property
    def handed(self) -> dict[str | None, list[OrderFact]]:
        """Orders by who got them."""
        return _by(self.orders.values(), lambda order: order.unit)

    @cached_property
    def asked_of(self) -> dict[str | None, list[AnswerFact]]:
        """Follow-ups by who led the round that they ask about."""
        return _by(self.answers.values(), lambda one: self.cases[one.case_id].leads.get(one.round))

    @cached_property
    def asked_about(self) -> dict[str | None, list[AnswerFact]]:
        """Follow-ups by where their case lies."""
        return _by(self.answers.values(), lambda one: self.cases[one.case_id].territory)

    @cached_property
    def ledger(self) -> Ledger:
        """What is owed of pairs and quotas, and what was done."""
        known = [*self.moved, *(one for _, one in sorted(self.members.items()))]
        people = [replace(one, level=self._level(one.unit)) for one in known]
        held = [one for _, one in sorted(self.holders.items())]
        return Ledger([*people, *held], self.pairs.values(), self.deeds.values(), self.visits)

    def _level(self, unit: str) -> str:
        known = self.units.get(unit)
        return known.level if known else ""

    def ground(self, unit: str) -> set[str]:
        """The unit and everything below it."""
        return {place for place in (*self.units, unit) if self.covers(unit, place)}


Thing = TypeVar("Thing")


def _by(things: Iterable[Thing], key: Callable[[Thing], str | None]) -> dict[str | None, list[Thing]]:
    found: dict[str | None, list[Thing]] = defaultdict(list)
    for one in things:
        found[key(one)].append(one)
    return dict(found)
