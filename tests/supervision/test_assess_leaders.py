"""R13 per leader (HA-29): the cases that somebody answers for by name, whichever unit leads them."""

from typing import Any

from fastapi import FastAPI

from contracts.dispatch import HandlingPlanFiled, LeaderBoundToCase, OrderIssued, OrderReturned, ReturnRuled
from contracts.event import Event
from contracts.intake import RoleAssigned
from contracts.supervision import DeadlineBreached, MisreportEstablished
from services.chassis.service import Service
from services.chassis.web import User
from services.supervision.domain.assess_grounds import refs
from services.supervision.domain.assess_scope import objects
from tests.spec import NOON
from tests.supervision.test_assess_measures import LIFE, UNITS, at, back, done, heard, opened, ordered, scope, share
from tests.supervision.test_assessments import API, LEADER, OFFICE, PACK, Browser, activate, caught_up, post, tell
from tests.supervision.test_rhythm import app, client

__all__ = ["app"]

HEAD = User("p-head", "示例镇甲镇长", "town-a", "示例镇甲", ("unit_leader",))
CLERK = User("p-clerk", "示例镇甲收文员", "town-a", "示例镇甲", ("unit_clerk",))


def named(case: str, unit: str, leader: str, **more: Any) -> OrderIssued:
    return ordered(case, unit, **more).model_copy(update={"responsible_leader": leader})


def planned(case: str, unit: str, leader: str) -> HandlingPlanFiled:
    return HandlingPlanFiled(
        case_id=case,
        case_no=1,
        order_id=f"o-{case}-{unit}-1",
        responsible_person="p1",
        responsible_leader=leader,
        responsible_dept="城建办",
        measures="分段施工",
        resolve_by=NOON,
    )


def bound(case: str, leader: str) -> LeaderBoundToCase:
    return LeaderBoundToCase(case_id=case, case_no=1, leader=leader, kind="contract")


LED: tuple[Event, ...] = (
    *(opened("a1"), named("a1", "town-a", "p-head"), done("a1", "town-a")),
    *(opened("a2"), ordered("a2", "town-a"), planned("a2", "town-a", "p-head")),
    *(opened("b1"), named("b1", "town-b", "p-other"), done("b1", "town-b")),
    *(opened("b2"), named("b2", "town-b", "p-other"), bound("b2", "p-head")),
    *(opened("n1"), ordered("n1", "town-b")),
)


def test_leaders_are_whom_cases_name() -> None:
    assert objects(at(*LED), "leader") == ["p-head", "p-other"]
    assert objects(at(*LIFE), "leader") == [], "no order names one, and so nobody is assessed"


def test_a_case_is_its_bound_leaders_else_its_orders_or_plans() -> None:
    found = at(*LED)
    assert share(found, "K15", "p-head", kind="leader") == (1, 3)
    assert share(found, "K15", "p-other", kind="leader") == (1, 1)
    assert share(found, "K15", "town-a") == (1, 2), "units are judged as before"


def test_answers_are_those_of_the_round_that_a_leader_had() -> None:
    again = (back("a1"), named("a1", "town-a", "p-new", round=2), done("a1", "town-a", round=2))
    told = (*heard("a1", 1, solved=False), *heard("a1", 2, round=2, solved=True))
    found = at(*LED, *again, *told)
    assert share(found, "K16b", "p-head", kind="leader") == (0, 1)
    assert share(found, "K16b", "p-new", kind="leader") == (1, 1)


def test_a_reopened_case_stays_with_its_leader_until_an_order_names_another() -> None:
    found = at(*LED, back("a1"))
    assert share(found, "K24", "p-head", kind="leader") == (1, 1)


def test_points_are_lost_for_ones_own_cases() -> None:
    returned = (
        OrderReturned(case_id="b1", case_no=1, order_id="o-b1-town-b-1", reason_code="not-ours", reason="x", n=1),
        ReturnRuled(case_id="b1", case_no=1, order_id="o-b1-town-b-1", accepted=False, reason="x"),
    )
    breach = DeadlineBreached(
        clock_id="k1", case_id="a2", order_id="o-a2-town-a-1", kind="finish", unit="town-a", due=NOON, watermark=NOON
    )
    false = MisreportEstablished(
        misreport_id="m1",
        programme_id="jw-2017",
        case_id="a1",
        code="falsification",
        unit="town-a",
        finding="不实",
        established_by="p-o",
    )
    found = at(*LED, *returned, breach, false)
    head, other = (scope(found, leader, kind="leader") for leader in ("p-head", "p-other"))
    assert refs(head, "overdue", bonus=False) == ("a2",)
    assert refs(head, "falsification", bonus=False) == ("a1",)
    assert refs(other, "returned", bonus=False) == ("b1",)
    assert refs(other, "overdue", bonus=False) == refs(other, "falsification", bonus=False) == ()


async def test_a_leader_sees_the_own_row_and_appeals_for_themselves(app: FastAPI) -> None:
    service: Service = app.state.service
    pack = PACK.replace('object = ["unit"', 'object = ["leader", "unit"')
    assert pack != PACK
    asked = {"programme": "jw-2017", "kind": "stage", "objects": "leader", "since": "2017-07-01", "until": "2017-07-31"}
    roles = [RoleAssigned(person_id="p-head", role="unit_leader", unit_id="town-a")]
    async with client(app, OFFICE) as office, client(app, HEAD) as head, client(app, CLERK) as clerk:
        await activate(service, office, pack)
        await tell(service, "intake", *UNITS, *roles)
        await tell(service, "dispatch", *LED)
        made = (await post(office, "", "s", asked)).json()
        await caught_up(service)
        one = made["assessment_id"]
        rows = (await office.get(f"{API}/{one}")).json()["rows"]
        assert {row["object"] for row in rows} == {"p-head", "p-other"}
        assert (await office.get(f"{API}/{one}/check")).json() == {"same": True}
        await post(office, f"/{one}/publish", "pub")
        await caught_up(service)
        behind = {"object": "p-head", "kind": "kpi", "item": "K16a"}
        assert (await head.get(f"{API}/{one}/behind", params=behind)).status_code == 200
        assert (await head.get(f"{API}/{one}/behind", params=behind | {"object": "p-other"})).status_code == 403
        assert (await clerk.get(f"{API}/{one}/behind", params=behind)).status_code == 403
        refused = await post(clerk, f"/{one}/appeals", "a0", {"reason": "代提"})
        assert refused.status_code == 403
        filed = await post(head, f"/{one}/appeals", "a1", {"reason": "有一件不属实"})
        assert filed.json()["events"] == ["appeal-filed"], filed.text
        await caught_up(service)
        assert (await office.get(f"{API}/{one}")).json()["appeals"][0]["object"] == "p-head"
    async with Browser(app, LEADER) as browser:
        shown = (await browser.get(f"/supervision/assessments/{one}")).text
        assert "领导" in shown
        assert "behind?object=p-head" in shown
        assert "p-other" in shown, "an id where no name is known"
