"""干部任务 as people see it: the month's 3/3/1/1 as it is, what closed without it recorded once, and assessed."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from fastapi import FastAPI

from contracts.event import Event
from contracts.intake import GridCellDefined, RoleAssigned, UnitRegistered, VisitRecorded
from contracts.intake.outreach import (
    ActivityHeld,
    ActivityWithdrawn,
    ContactCardIssued,
    PairingEnded,
    PairingEstablished,
)
from contracts.pack import parse_pack
from contracts.pack.assessing import Assessment
from services.chassis.clock import LOCAL
from services.chassis.service import Service
from services.chassis.web import User
from services.reference.owed import grace
from services.supervision.domain.assess_facts import Facts, Told
from services.supervision.domain.assess_folding import take
from services.supervision.domain.assess_measures import measure
from services.supervision.domain.assess_scope import Period, Scope
from services.supervision.react.duty_timer import DutyTimer
from tests.supervision.test_duties import Intake, app, client, person

__all__ = ["app"]

FILE = Path(__file__).parents[1] / "packs" / "sh-2013.toml"
# The fixture's clock stands in September 2019: the same rules in that year.
RULES = FILE.read_text().replace("2013-", "2019-").replace("CN-2013", "CN-2019")
EARLY, LAST = datetime(2019, 9, 7, 9, tzinfo=LOCAL), datetime(2019, 10, 31, 12, tzinfo=LOCAL)
CADRE = User("p-1", "示例甲", "sec-1", "示例一科", ("visitor",))


def pair(number: int, who: str = "p-1") -> PairingEstablished:
    return PairingEstablished(
        book_id=f"sh-2013.households.{who}",
        pairing_id=f"{who}-{number}",
        programme_id="sh-2013",
        kind="households",
        owner=who,
        owner_kind="person",
        target=f"h-{number}",
        target_kind="subject",
        since=date(2019, 9, 1),
        rule_id="pairing[1]",
    )


def deed(number: int, kind: str, day: int, who: str = "p-1", month: int = 10) -> ActivityHeld:
    return ActivityHeld(
        activity_id=f"a{number}",
        programme_id="sh-2013",
        kind=kind,
        on=date(2019, month, day),
        unit="sec-1",
        persons=(who,),
        topic="示例",
        rule_id="activity[1]",
    )


DIRECTORY: tuple[Event, ...] = (
    UnitRegistered(unit_id="sec-1", name="示例一科", level="department"),
    person("p-1", "sec-1"),
    person("p-2", "sec-1"),
    RoleAssigned(person_id="p-1", role="visitor", unit_id="sec-1"),
)
CARD = ContactCardIssued(
    book_id="sh-2013.households.p-1", pairing_id="p-1-1", target="h-1", on=date(2019, 9, 2), receipt="当面签收"
)
DEEDS: tuple[Event, ...] = (
    *(deed(n, "stationed", n) for n in (8, 9, 10)),
    *(deed(n, "solved", n) for n in (11, 12)),
    deed(13, "org_life", 13),
    deed(14, "talk", 14),
    deed(15, "talk", 15, "p-2"),
    ActivityWithdrawn(activity_id="a15", reason="重复登记"),
)


async def test_the_month_is_shown_as_it_is_and_what_is_missing_is_recorded_once(app: FastAPI) -> None:
    """SH-05, SH-06: 蹲点 3、实事 3、组织生活 1、谈心 1 a month, ten to fifteen households."""
    service: Service = app.state.service
    known: list[datetime | None] = [None]

    async def horizon() -> datetime | None:
        return known[0]

    async with client(app) as api, client(app, accept="text/html") as browser:
        intake = Intake(service)
        sent = await api.post("/supervision/api/programmes", content=RULES.encode(), headers={"idempotency-key": "p"})
        assert sent.status_code == 201, sent.text
        service.clock.advance(EARLY - service.clock.now())  # type: ignore[attr-defined]
        await intake.tells(EARLY, *DIRECTORY, *(pair(n) for n in range(1, 11)), CARD, *(pair(n, "p-2") for n in (1, 2)))
        await intake.tells(LAST, *DEEDS)
        service.clock.advance(LAST - service.clock.now())  # type: ignore[attr-defined]
        timer = DutyTimer(service.pool, service.commands, horizon)
        known[0] = datetime(2019, 11, 3, tzinfo=LOCAL)
        assert await timer.judge() == 0, "what was done in the month may still be entered"
        known[0] = datetime(2019, 11, 3, 0, 2, tzinfo=LOCAL)
        # One problem too few of p-1; p-2 did nothing of the four.
        assert await timer.judge() == 5
        assert await service.all_caught_up((await service.log.head()).seq, 5)

        asked = "/supervision/api/quotas?programme=sh-2013&per=month&period=2019-10-01"
        items = (await api.get(asked)).json()["items"]
        shown = {(one["owner"], one["duty"]): (one["done"], one["need"], one["missed"]) for one in items}
        assert shown == {
            ("p-1", "stationed_days"): (3, 3, False),
            ("p-1", "problems_solved"): (2, 3, True),
            ("p-1", "org_life"): (1, 1, False),
            ("p-1", "talks"): (1, 1, False),
            ("p-2", "stationed_days"): (0, 3, True),
            ("p-2", "problems_solved"): (0, 3, True),
            ("p-2", "org_life"): (0, 1, True),
            ("p-2", "talks"): (0, 1, True),
        }
        pairs = (await api.get("/supervision/api/quotas/pairs?programme=sh-2013")).json()["items"]
        assert [(one["owner"], one["n"], one["cards"], one["within"]) for one in pairs] == [
            ("p-1", 10, 1, True),
            ("p-2", 2, 0, False),
        ]
        page = (await browser.get("/supervision/quotas?programme=sh-2013&view=month&period=2019-10-01")).text
        for words in ("蹲点天数 /3", "3/3", "2/3", "已记未完成", "0 / 2 达标", "91.67%"):
            assert words in page
        bounds = (await browser.get("/supervision/quotas?programme=sh-2013&view=pairs")).text
        for words in ("10–15", "1 / 2 达标", "应有 95% 达标"):
            assert words in bounds

        own = app.state.sessions.issue(CADRE)
        mine = await browser.get(
            "/supervision/quotas?programme=sh-2013&period=2019-10-01", headers={"authorization": f"Bearer {own}"}
        )
        assert ("2/3" in mine.text, "0/3" in mine.text) == (True, False), "a cadre sees nobody else's"

        # What had counted when the month closed stays counted, whoever asks again later and whatever changed since.
        later = datetime(2019, 11, 20, 9, tzinfo=LOCAL)
        await intake.tells(
            later,
            ActivityWithdrawn(activity_id="a13", reason="重复登记"),
            UnitRegistered(unit_id="sec-9", name="示例九科", level="department"),
            person("p-1", "sec-9"),
        )
        service.clock.advance(later - service.clock.now())  # type: ignore[attr-defined]
        known[0] = later
        assert await service.all_caught_up((await service.log.head()).seq, 5)
        assert await DutyTimer(service.pool, service.commands, horizon).judge() == 0, "also by another process"


@pytest.mark.parametrize(("kpi", "part", "whole"), [("K05", 1, 10), ("K06", 1, 2), ("K20", Fraction(14, 3), 8)])
def test_an_assessment_counts_the_same(kpi: str, part: Fraction, whole: int) -> None:
    pack = parse_pack(RULES.encode())
    closes = datetime(2019, 11, 1, tzinfo=LOCAL)  # what the product asks for, however late it computes
    facts = Facts("sh-2013", closes, grace(pack))
    for event in (*DIRECTORY, *(pair(n) for n in range(1, 11)), CARD, *(pair(n, "p-2") for n in (1, 2))):
        take(facts, Told(event, EARLY, "sh-2013"))
    for event in DEEDS:
        take(facts, Told(event, LAST, "sh-2013"))
    in_grace, too_late = closes + timedelta(days=1), closes + timedelta(days=2)
    take(facts, Told(deed(16, "talk", 16, "p-2"), in_grace, "sh-2013"))
    take(facts, Told(deed(17, "org_life", 16, "p-2"), too_late, "sh-2013"))
    take(facts, Told(pair(11, "p-2"), in_grace, "sh-2013"))  # only what was done may be entered later
    rules = Assessment.model_validate({"object": ["section"], "weights": {kpi: 1}})
    october = Period(date(2019, 10, 1), date(2019, 10, 31), facts.as_of)
    found = measure(Scope(facts, "section", "sec-1", october, pack, rules), kpi)
    assert (found.part, found.whole) == (part, whole)


def test_cells_count_on_the_ground_of_their_unit_with_whoever_answers_for_them() -> None:
    """K11, LT-04: 楼院全覆盖."""
    facts = Facts("sh-2013", LAST)
    street = UnitRegistered(unit_id="street", name="示例街道", level="town")
    court = UnitRegistered(unit_id="comm-1", name="示例社区", level="community", parent="street")
    named = GridCellDefined(
        grid_id="c1", layer="楼院", level="community", name="示例一院", unit_id="comm-1", leader="p-1"
    )
    nobody = named.model_copy(update={"grid_id": "c2", "leader": None})
    several = nobody.model_copy(update={"grid_id": "c3", "members": ("p-2",)})
    far = nobody.model_copy(update={"grid_id": "c4", "unit_id": "sec-1"})
    for event in (*DIRECTORY, street, court, named, nobody, several, far):
        take(facts, Told(event, EARLY, None))
    pack, rules = parse_pack(RULES.encode()), Assessment.model_validate({"weights": {"K11": 1}})
    october = Period(date(2019, 10, 1), date(2019, 10, 31), LAST)
    found = measure(Scope(facts, "town", "street", october, pack, rules), "K11")
    assert (int(found.part), found.whole) == (2, 3)
    assert {one.ref for one in found.members if not one.counted} == {"楼院/c2"}


def test_visits_and_ended_pairs_are_folded_for_the_assessment_too() -> None:
    facts = Facts("sh-2013", LAST)
    visit = VisitRecorded(visit_id="v1", subject_id="h-1", visitors=("p-1",), mode="interview", territory_unit="sec-1")
    ended = PairingEnded(book_id="sh-2013.households.p-1", pairing_id="p-1-1", until=date(2019, 9, 30), reason="搬离")
    early = LAST - timedelta(days=3)
    for event in (*DIRECTORY, pair(1), ended):
        take(facts, Told(event, early, "sh-2013"))
    take(facts, Told(visit, early, "sh-2013", EARLY))
    take(facts, Told(visit.model_copy(update={"visit_id": "v2"}), early, "other", EARLY))
    assert [(one.visit_id, one.on) for one in facts.visits] == [("v1", EARLY.date())]
    assert facts.ledger.pairs("households", "p-1", date(2019, 10, 1)) == []
