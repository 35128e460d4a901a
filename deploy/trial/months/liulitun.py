"""六里屯, 2019-09-10 to 12-10: half-days on the spot, weekly and half-monthly slots, rounds until satisfied."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from deploy.trial.days import AFTERNOON
from deploy.trial.months.cast import SECTIONS, STREET, STREET_OFFICE, STREET_REVIEW
from deploy.trial.months.stage import Owed
from deploy.trial.months.story import CONTENT, Case, Months, Said, Tell
from deploy.trial.programmes.matter import Order, Plan
from services.chassis.clock import LOCAL

DUTY = "mobile_office_half_day"
HOLIDAY = frozenset({date(2019, 10, 1), date(2019, 10, 3)})


def _days(month: int, *days: int) -> tuple[date, ...]:
    return tuple(date(2019, month, day) for day in days)


TUE_THU = (
    *_days(9, 10, 12, 17, 19, 24, 26),
    *_days(10, 1, 3, 8, 10, 15, 17, 22, 24, 29, 31),
    *_days(11, 5, 7, 12, 14, 19, 21, 26, 28),
    *_days(12, 3, 5, 10),
)
"""27, of which the two of the National Day holiday are dropped: 25 were worked (LT-36, domain §4.4)."""

WORKED = tuple(day for day in TUE_THU if day not in HOLIDAY)
WEEKS = (
    *_days(9, 12, 20, 29, 30),
    *_days(10, 12, 18, 25),
    *_days(11, 1, 8, 15, 22, 29),
    *_days(12, 6),
)
"""The last worked day of each week: 09-13 was a holiday, Sunday 09-29 and Saturday 10-12 were worked, and of the week
of 10-06 only its eve."""

HALF_MONTHS = (*_days(9, 12, 30), *_days(10, 15, 31), *_days(11, 15, 29))
MONTHS = (*_days(9, 30), *_days(10, 31), *_days(11, 29))
MISSED_MEETING = date(2019, 10, 31)

CADRES = (
    *("s-leader", "s-area", "s-clerk", "s-desk", "s-chief", "s-reviewer"),
    *(f"{role}-{unit}" for unit in SECTIONS for role in "pl"),
)
"""机关全体干部 of this invented street: everybody who belongs to it or to a section."""

STAYED_AWAY = {("s-chief", date(2019, 10, 17)), ("p-sec-city", date(2019, 11, 21))}
"""Two half-days of two people that nobody excused."""

EXCUSED = ("p-sec-people", date(2019, 11, 5))
"""Away all day, and said so before: owes nothing."""

STANDS_IN = "l-sec-people"

SUBJECT = {"subject_id": "s-house", "kind": "household", "name": "示例住户", "territory_unit": "s-comm-1"}


OUTAGES = (range(50, 60),)
"""Half days through which supervision is away: the week of 10-21, with its two half-days on the spot."""


def owed() -> list[Owed]:
    """Every slot of the programme; nobody in the story makes the reports R11, R13 and R14, so that they are missed."""
    duties = [
        Owed(DUTY, day, person, kept=(person, day) not in STAYED_AWAY)
        for day in WORKED
        for person in CADRES
        if (person, day) != EXCUSED
    ]
    return [
        *duties,
        *(Owed("consultation", day, "s-comm-1", kept=day != MISSED_MEETING) for day in HALF_MONTHS),
        *(Owed("weekly-analysis", day, STREET, kept=False) for day in WEEKS),
        *(Owed("to-main-leader", day, STREET_REVIEW, kept=False) for day in WEEKS),
        *(Owed("assessment", day, STREET_OFFICE, kept=False) for day in MONTHS),
    ]


UNHAPPY: Said = {**CONTENT, "satisfaction": "dissatisfied", "attributable": True}
UNLUCKY: Said = {**CONTENT, "satisfaction": "dissatisfied", "attributable": False}
UNSOLVED: Said = {**CONTENT, "solved": False, "satisfaction": "dissatisfied"}


async def issue(case: Case) -> tuple[Order, list[Order]]:
    """双向派单: the section's order and the community's."""
    plan = case.plan
    orders = await case.hand_over(
        territory=plan.territory, responsible_leader=case.leader_of(plan.lead), responsible_dept=plan.lead
    )
    return next(order for order in orders if order.role == "lead"), orders


async def hand_over(case: Case) -> tuple[Order, list[Order]]:
    """Both signed within the hour."""
    lead, orders = await issue(case)
    for order in orders:
        await case.sign(order, contact=order == lead)
    return lead, orders


async def finish(case: Case, lead: Order, orders: list[Order]) -> None:
    """诉必访, then the community's side and the section's."""
    body: dict[str, Any] = {"found": "现场情况属实，已处理。", "visitors": [case.clerk_of(lead.unit)]}
    await case.of_order(lead, "verify-on-site", {**body, "evidence": [case.scene.evidence]})
    for order in sorted(orders, key=lambda order: order.role == "lead"):
        await case.complete(order)


async def one_round(case: Case) -> None:
    lead, orders = await hand_over(case)
    await case.wait(2)
    await finish(case, lead, orders)


def rounds(number: int) -> Tell:
    """So many rounds: after each the requester is asked, and the next begins when it went wrong."""

    async def tell(case: Case) -> None:
        for _ in range(number):
            await one_round(case)
            await case.wait(4)

    return tell


async def suspended(case: Case) -> None:
    lead, orders = await hand_over(case)
    await case.suspend(lead, resumed=12)
    await case.wait(2)
    await finish(case, lead, orders)


async def returned_in_vain(case: Case) -> None:
    lead, orders = await issue(case)
    await case.give_back(lead, SECTIONS)
    await case.wait(1)
    await case.rule(lead, new_unit=None)
    for order in orders:
        await case.sign(order, contact=order == lead)
    await case.wait(2)
    await finish(case, lead, orders)


async def returned(case: Case) -> None:
    """Rightly given back: one section's clocks are cancelled, another's begin; the community's go on."""
    lead, orders = await issue(case)
    await case.give_back(lead, SECTIONS)
    await case.wait(1)
    [other] = await case.rule(lead, new_unit="sec-people")
    remaining = [other, *(order for order in orders if order != lead)]
    for order in remaining:
        await case.sign(order, contact=order == other)
    await case.wait(2)
    await finish(case, other, remaining)


async def half_done(case: Case) -> None:
    """The community finishes and the section does not: both clocks tell, and the slip rises to criticism."""
    lead, orders = await hand_over(case)
    await case.wait(2)
    body: dict[str, Any] = {"found": "现场情况属实。", "visitors": [case.clerk_of(lead.unit)]}
    await case.of_order(lead, "verify-on-site", {**body, "evidence": [case.scene.evidence]})
    await case.complete(next(order for order in orders if order != lead))


async def unsigned(case: Case) -> None:
    await issue(case)


STORIES: tuple[tuple[str, Tell, int, Sequence[Said]], ...] = (
    ("plain", rounds(1), 0, ()),
    ("unhappy", rounds(2), 4, (CONTENT, UNHAPPY)),
    ("unsolved", rounds(3), 10, (UNSOLVED, UNSOLVED, UNSOLVED, UNSOLVED)),
    ("unlucky", rounds(1), 18, (UNLUCKY, CONTENT)),
    ("suspended", suspended, 26, ()),
    ("in-vain", returned_in_vain, 40, ()),
    ("returned", returned, 42, ()),
    ("half-done", half_done, 46, ()),
    ("unsigned", unsigned, 60, ()),
)


def stories() -> list[tuple[Plan, Tell, Sequence[Said]]]:
    return [(_plan(ref, begins), tell, answers) for ref, tell, begins, answers in STORIES]


def _plan(ref: str, begins: int) -> Plan:
    return Plan(
        ref=ref,
        kind="dual",
        fate=ref,
        title=f"示例事项 {ref}",
        category="waste-exposed",
        urgency="normal",
        scope="individual",
        lead="sec-city",
        territory="s-comm-1",
        begins=begins,
    )


class Liulitun(Months):
    """Tuesdays and Thursdays on the spot, and the consultation of the community."""

    async def of_day(self, moment: datetime) -> None:
        day, afternoon = moment.date(), moment.timetz().replace(tzinfo=None) == AFTERNOON
        if afternoon:
            if day in HALF_MONTHS and day != MISSED_MEETING:
                await self.meet("consultation", day, "s-party", "s-party")
            return
        if day == EXCUSED[1] - timedelta(days=1):
            await self._excuse()
        if day in WORKED:
            await self._on_the_spot(day)

    async def _excuse(self) -> None:
        person, day = EXCUSED
        begins = datetime.combine(day, datetime.min.time(), LOCAL)
        ends = begins + timedelta(days=1)
        body = {"starts_at": begins.isoformat(), "ends_at": ends.isoformat(), "backup_id": STANDS_IN}
        await self.stage.staff.act("absence", person, f"/intake/api/persons/{person}/absences", body, "months-absence")

    async def _on_the_spot(self, day: date) -> None:
        """One visit of all who came: attendance is what the visit says (SH-35)."""
        came = [one for one in CADRES if (one, day) not in STAYED_AWAY and (one, day) != EXCUSED]
        visit = f"months-visit-{day}"
        body = {"visit_id": visit, "subject": SUBJECT["subject_id"], "outcome": "none", "visitors": came}
        await self.stage.staff.act("visit", "s-clerk", "/intake/api/visits", body, visit)
