"""Cases and visits with made-up records planted among honest ones, some of which only look made up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from contracts.dispatch import CaseStruckOff, RequesterContacted
from contracts.dispatch.parts import Evidence
from contracts.event import Event
from contracts.intake import RequestRegistered, VisitRecorded
from deploy.bench import signal_records as records
from deploy.bench.signal_records import DAY, NOT_TOLD

START = datetime(2017, 7, 3, 1, tzinfo=UTC)
"""Monday, nine o'clock in Shanghai; a slot of 贾汪's half-monthly rhythm, so visits begin on the 5th."""

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
UNITS = tuple(f"town-{letter}" for letter in "abcdefgh")
CATEGORIES = ("road-surface", "road-lamp", "utility-water", "environment-waste", "housing-repair", "order-dispute")
MATTERS = ("路面破损", "路灯不亮", "水压不足", "垃圾堆放", "屋面漏水", "邻里纠纷")


@dataclass(frozen=True, slots=True)
class Told:
    """One event to come, who told it, and when it took place."""

    at: datetime
    event: Event
    unit: str
    person: str
    occurred: datetime | None = None
    reply: str | None = None
    """The words to be sealed into a completion."""


@dataclass(slots=True)
class Scene:
    """Everything that happens, and what of it was planted: kind to the cases or visits it shows itself by."""

    seed: int = 7
    told: list[Told] = field(default_factory=list)
    planted: dict[str, list[frozenset[str]]] = field(default_factory=dict)
    look_alikes: set[str] = field(default_factory=set)
    """Honest cases that no record tells from made-up ones."""
    dice: Random = field(init=False)
    _cases: int = 0
    _visits: int = 0

    def __post_init__(self) -> None:
        self.dice = Random(self.seed)  # noqa: S311 - the same scene every time

    def plant(self, kind: str, *names: str) -> None:
        """One made-up thing; any one of these names in a signal of its kind finds it."""
        self.planted.setdefault(kind, []).append(frozenset(names))

    def case(
        self,
        at: datetime,
        *,
        unit: str | None = None,
        category: int | None = None,
        called: bool = True,
        handled: bool = True,
        done_at: datetime | None = None,
        reply: str | None = None,
        photo: str | None = None,
        place: str | None = None,
        contacted: bool | None = None,
        by: str | None = None,
        on_record: bool = True,
    ) -> str:
        """One case from opening to strike-off, worked on as the flags say; `by`: one person completes it and strikes it
        off, which else the unit's leader does."""
        self._cases += 1
        n, dice = self._cases, self.dice
        case_id, unit = f"c{n}", unit or dice.choice(UNITS)
        kind = dice.randrange(len(CATEGORIES)) if category is None else category
        finish = done_at or at + timedelta(minutes=dice.randrange(600, 6000))
        ids: dict[str, Any] = {"case_id": case_id, "case_no": n}
        words = reply or f"您反映的第{n}号{MATTERS[kind]}问题，已于{finish:%m月%d日}由{unit}派人处理完毕，请您查看。"
        file = Evidence(sha256=records.digest(photo or f"photo {n}"), name="现场.jpg", media_type="image/jpeg", size=9)

        def tell(when: datetime, event: Event, *, who: str = by or f"p-{unit}", **more: Any) -> None:
            self.told.append(Told(when, event, unit, who, **more))

        tell(at, records.opened(case_id, place or f"household-{n}", at))
        tell(at + MINUTE, records.classified(case_id, CATEGORIES[kind]))
        tell(at + 2 * MINUTE, records.issued(ids, unit, at))
        if called:
            call = {"method": "phone", "attempt": 1, "reached": True, "at": at + HOUR}
            tell(at + HOUR, RequesterContacted(**ids, order_id=f"o{n}", **call))
        if handled:
            tell(at + 2 * HOUR, records.planned(ids, n, at) if n % 3 == 0 else records.progress(ids, n))
        tell(finish, records.completed(ids, n, finish, file), reply=words)
        tell(finish, records.done(ids, unit))
        struck = CaseStruckOff(**ids, by_unit=unit, basis="unit_self", on_time=True)
        tell(finish + HOUR, struck, who=by or f"leader-{unit}")
        if contacted is not None:
            self.told.append(Told(finish + DAY, records.heard(ids, contacted, on_record), "office", "p-office"))
        return case_id

    def visit(
        self, person: str, occurred: datetime, *, entered: datetime | None = None, place: str | None = None
    ) -> str:
        """One visit, entered when it took place or later."""
        self._visits += 1
        visit_id, unit = f"v{self._visits}", f"unit-of-{person}"
        event = VisitRecorded(
            visit_id=visit_id,
            subject_id=f"s{self._visits}",
            visitors=(person,),
            mode="doorstep",
            territory_unit=place or "town-a",
        )
        self.told.append(Told(entered or occurred + MINUTE, event, unit, person, occurred=occurred))
        return visit_id

    def request(self, person: str, at: datetime, phone: str, home: str) -> str:
        """One household's request, written down on a visit with a telephone number."""
        visit_id = self.visit(person, at)
        event = RequestRegistered(
            request_id=f"rq-{visit_id}",
            channel="visit",
            origin="proactive",
            visit_id=visit_id,
            subject_id=home,
            caller_ref=phone,
            title=NOT_TOLD,
            text=NOT_TOLD,
            received_at=at,
        )
        self.told.append(Told(at + 2 * MINUTE, event, f"unit-of-{person}", person))
        return visit_id

    def in_order(self) -> Sequence[Told]:
        """As they are recorded."""
        return sorted(self.told, key=lambda one: one.at)


def scene(cases: int, planted: int, seed: int = 7) -> Scene:
    """So many honest cases, so many of each made-up kind, and half as many of each honest look-alike."""
    s = Scene(seed)
    for _ in range(cases):
        s.case(_morning(s), contacted=s.dice.choice((None, None, True)))
    for n in range(planted):
        _plant_cases(s, n)
        _plant_visits(s, n)
    for n in range(max(1, planted // 2)):
        _honest_borders(s, n)
        _honest_look_alikes(s, n)
    return s


def _morning(s: Scene) -> datetime:
    return START + DAY * s.dice.randrange(2, 60) + MINUTE * s.dice.randrange(480)


def _plant_cases(s: Scene, n: int) -> None:
    """One of each kind that shows itself in cases."""
    s.plant("no_handling", s.case(_morning(s), called=False, handled=False))
    s.plant("no_contact", s.case(_morning(s), called=False))
    s.plant("never_contacted", s.case(_morning(s), contacted=False))
    words = f"经核查，您反映的情况属实，第{n}组已安排专人负责处理到位，感谢您的理解和支持。"
    s.plant("same_text", *[s.case(_morning(s), reply=words) for _ in range(4)])
    first = _morning(s)
    s.plant("same_file", s.case(first, photo=f"used {n}"), s.case(first + DAY, photo=f"used {n}"))
    unit, minute = UNITS[n % len(UNITS)], START + DAY * (70 + n) + 9 * HOUR
    days = [minute - DAY * k for k in range(2, 8)]
    s.plant("bulk_closing", *[s.case(day, unit=unit, done_at=minute + timedelta(seconds=5)) for day in days])
    at = _morning(s)
    before = s.case(at, category=1, place=f"block-{n}", done_at=at + DAY)
    s.case(at + 12 * DAY, category=1, place=f"block-{n}")
    s.plant("relapse", before)
    s.plant("no_call_record", s.case(_morning(s), contacted=True, on_record=False))
    s.plant("self_closing", *[s.case(_morning(s), unit=unit, by=f"alone-{n}") for _ in range(10)])


def _plant_visits(s: Scene, n: int) -> None:
    """One of each kind that shows itself in visits."""
    day = START + DAY * (2 + n)
    s.plant("many_visits", *[s.visit(f"many-{n}", day + 10 * MINUTE * k) for k in range(45)])
    one = s.visit(f"twice-{n}", day, place="town-a")
    s.plant("overlapping_visits", one, s.visit(f"twice-{n}", day + 3 * MINUTE, place="town-b"))
    # Entered on 2017-07-16, the eve of the slot that a Sunday moved to the 17th.
    eve = START + 13 * DAY + n * MINUTE
    late = [s.visit(f"late-{n}", eve - DAY * k - HOUR, entered=eve + k * MINUTE) for k in range(2, 13)]
    s.plant("burst_before_slot", *late)
    homes = [s.request(f"scribe-{n}", day + HOUR * k, f"own-number-{n}", f"home-{n}-{k}") for k in range(3)]
    s.plant("same_phone", *homes)


def _honest_borders(s: Scene, n: int) -> None:
    """Just inside what the rules allow: a signal here would be the rule's mistake."""
    words = f"第{n}片区停水通知：因管道检修，将于次日恢复供水，请您提前储水备用。"
    for _ in range(3):
        s.case(_morning(s), reply=words)
    minute = START + DAY * (70 + n) + 12 * HOUR
    for k in range(4):
        s.case(minute - DAY * (k + 2), unit="town-z", done_at=minute)
    at = _morning(s)
    s.case(at, category=2, place=f"road-{n}", done_at=at + DAY)
    s.case(at + 40 * DAY, category=2, place=f"road-{n}")
    s.case(at + 10 * DAY, category=3, place=f"road-{n}")
    for k in range(38):
        s.visit(f"busy-{n}", START + DAY * (2 + n) + 12 * MINUTE * k)
    s.visit(f"quick-{n}", START + DAY * (2 + n), place="town-a")
    s.visit(f"quick-{n}", START + DAY * (2 + n) + 15 * MINUTE, place="town-b")
    eve = START + 13 * DAY + n * MINUTE
    for _ in range(9):
        s.case(_morning(s), by=f"thorough-{n}")
    for _ in range(10):  # nobody else is there to strike off: the pack's unit_self leaves no other way
        s.case(_morning(s), unit=f"one-desk-{n}", by=f"only-clerk-{n}")
    for k in range(4):
        s.request(f"reader-{n}", START + DAY * (2 + n) + HOUR * k, f"shared-{n}", f"flat-{n}-{k % 2}")
    for k in range(8):
        s.visit(f"paper-{n}", eve - DAY * (k + 2), entered=eve + k * MINUTE)


def _honest_look_alikes(s: Scene, n: int) -> None:
    """Honest, and no rule can tell: one repair that solves six complaints at once, with one photo and one answer;
    a lamp that fails again by itself; a requester without a telephone; a neighbour who speaks for three households;
    a clerk who strikes off for a leader who is away."""
    repaired = START + DAY * (90 + n) + 6 * HOUR
    words = f"第{n}号主管道已抢修完毕，您家中的供水已恢复正常，给您带来不便敬请谅解。"
    for k in range(6):
        told_at = repaired - DAY - HOUR * k
        s.look_alikes.add(s.case(told_at, unit="water", reply=words, photo=f"main {n}", done_at=repaired))
    at = _morning(s)
    s.look_alikes.add(s.case(at, category=1, place=f"lamp-{n}", done_at=at + DAY))
    s.case(at + 20 * DAY, category=1, place=f"lamp-{n}")
    s.look_alikes.add(s.case(_morning(s), called=False))
    for _ in range(10):
        s.look_alikes.add(s.case(_morning(s), unit=UNITS[n % len(UNITS)], by=f"stand-in-{n}"))
    for k in range(3):
        at = START + DAY * (2 + n) + HOUR * k
        s.look_alikes.add(s.request(f"polite-{n}", at, f"neighbour-{n}", f"lane-{n}-{k}"))


class Found(NamedTuple):
    """One kind of signal against what was planted."""

    kind: str
    planted: int
    hit: int
    """Planted ones that a signal of their kind names."""
    wrong: int
    """Signals that nothing planted explains."""
    alike: int
    """Of those, the ones about honest look-alikes."""


def found(scene: Scene, signals: Sequence[tuple[str, frozenset[str]]]) -> Iterator[Found]:
    """Per kind."""
    for kind in sorted({*scene.planted, *(kind for kind, _ in signals)}):
        raised = [names for of, names in signals if of == kind]
        plants = scene.planted.get(kind, [])
        hit = sum(any(plant & names for names in raised) for plant in plants)
        wrong = [names for names in raised if not any(plant & names for plant in plants)]
        yield Found(kind, len(plants), hit, len(wrong), sum(bool(names & scene.look_alikes) for names in wrong))
