"""What a meeting of supervision decided: an order for each unit that has none, once, or why there is none."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.dispatch import Dues, LeadUnitDesignated, MeetingNoted, Taken
from contracts.supervision import MeetingDecision, MeetingHeld
from services.dispatch.domain.commands import DesignateLead, NoteMeeting
from services.dispatch.domain.decide import dispatch_case
from tests.dispatch.asking import activate_text, handed_over, post, shown
from tests.dispatch.story import (
    AT_WORK,
    DAY,
    DONE,
    NOON,
    REQUIRED,
    issue_it,
    issued,
    merged,
    new_order,
    opened,
    suspended,
)
from tests.dispatch.world import DESK, PACK, ROAD, World, key
from tests.spec import given

helper = replace(
    new_order,
    order_id="m1-1",
    role="co",
    to_unit="bureau-b",
    kind="meeting",
    instruction="增设路灯",
    meeting_id="m1",
)
note_it = NoteMeeting(1, "m1", "dispatch", NOON, (helper,), replace(issue_it, orders=()))
DUE = helper.dues.finish_by


def noted(outcome: Any, order_id: str | None = None, unit: str = "bureau-b") -> MeetingNoted:
    taken = Taken(unit=unit, text="增设路灯", due=DUE, order_id=order_id, outcome=outcome)
    return MeetingNoted(case_id="c1", case_no=1, meeting_id="m1", kind="dispatch", held_at=NOON, taken=(taken,))


ordered = issued("m1-1", "bureau-b", "co").model_copy(
    update={
        "kind": "meeting",
        "instruction": "增设路灯",
        "meeting_id": "m1",
        "responsible_person": helper.responsible_person,
        "expected_outcome": helper.expected_outcome,
    }
)


def test_a_decision_becomes_an_order_once() -> None:
    events = given(dispatch_case, *AT_WORK).when(note_it).decided()
    assert [type(event) for event in events] == [MeetingNoted, type(ordered)]
    assert events[0] == noted("ordered", "m1-1")
    order = events[1]
    assert isinstance(order, type(ordered))
    assert (order.meeting_id, order.to_unit, order.role, order.kind) == ("m1", "bureau-b", "co", "meeting")
    given(dispatch_case, *AT_WORK, *events).when(note_it).then_nothing()


def test_a_unit_at_work_is_told_by_the_order_that_it_has() -> None:
    theirs = replace(note_it, orders=(replace(helper, to_unit="town-a"),))
    given(dispatch_case, *AT_WORK).when(theirs).then(noted("at_work", "o1", "town-a"))


@pytest.mark.parametrize(
    ("history", "outcome"),
    [
        ((opened,), "not_handed_over"),
        ((*AT_WORK, suspended), "not_handed_over"),
        (DONE, "finished"),
        ((opened, merged), "finished"),
    ],
)
def test_where_nobody_leads_it_stays_on_record(history: Any, outcome: str) -> None:
    given(dispatch_case, *history).when(note_it).then(noted(outcome))


def test_why_a_decision_is_no_order_is_said_and_who_is_complained_of_is_not() -> None:
    frame = note_it.frame
    theirs = replace(note_it, orders=(replace(helper, to_unit="bureau-x"),))
    given(dispatch_case, *AT_WORK).when(theirs).then(noted("elsewhere", None, "bureau-x"))
    nobody = replace(
        note_it, orders=(replace(helper, responsible_person=None),), frame=replace(frame, required=REQUIRED)
    )
    given(dispatch_case, *AT_WORK).when(nobody).then(noted("incomplete"))
    late = replace(note_it, orders=(replace(helper, dues=Dues(finish_by=NOON - DAY)),))
    (said,) = given(dispatch_case, *AT_WORK).when(late).decided()
    assert isinstance(said, MeetingNoted)
    assert said.taken[0].outcome == "past"


def test_several_departments_need_their_lead_named_which_the_meetings_owner_may_do() -> None:
    frame = replace(note_it.frame, lead_named_by="工作组牵头部门")
    given(dispatch_case, *AT_WORK).when(replace(note_it, frame=frame)).then(noted("no_designated_lead"))
    named = replace(note_it, frame=frame, designate=DesignateLead(1, "town-a", "p9"))
    events = given(dispatch_case, *AT_WORK).when(named).decided()
    assert [event.TYPE for event in events] == ["meeting-noted", "lead-unit-designated", "order-issued"]
    assert isinstance(events[1], LeadUnitDesignated)
    assert (events[1].unit, events[1].by) == ("town-a", "p9")


def held(meeting: str, *decisions: MeetingDecision, at: Any) -> MeetingHeld:
    return MeetingHeld(
        meeting_id=meeting,
        programme_id="jw-2017",
        kind="dispatch",
        owner_unit="office",
        held_at=at,
        chair="p-desk",
        attendees=("p-desk",),
        decisions=decisions,
    )


async def test_a_meeting_reaches_its_cases_and_what_cannot_be_ordered_says_why(world: World) -> None:
    case_id, lead = await handed_over(world)
    waiting = await world.case("r2")
    now = world.clock.now()
    due = now + timedelta(days=5)
    said = [
        MeetingDecision(text="抓紧修复", unit="bureau-road", due=due, case_id=case_id),
        MeetingDecision(text="清理渣土", unit="town-b", due=due, case_id=case_id),
        MeetingDecision(text="现场踏勘", unit="bureau-city", due=due, case_id=waiting),
        MeetingDecision(text="下月再议", unit="office", due=due),
    ]
    async with world.api(DESK) as desk, world.browser(ROAD) as browser:
        await post(desk, f"/cases/{case_id}/designate", {"unit": "bureau-road", "by": "p-office-head"})
        await world.hear(held("m1", *said, at=now))
        await world.settled()
        found = (await desk.get(f"/dispatch/api/cases/{case_id}")).json()
        orders = {one["unit"]: one for one in found["orders"]}
        assert orders["town-b"]["kind"] == "meeting", found
        assert orders["town-b"]["instruction"] == "清理渣土"
        assert orders["bureau-road"]["order_id"] == lead, "no second order"
        stored = await world.service.log.stream(f"case-{waiting}")
        assert b'"not_handed_over"' in stored[-1].payload
        assert await world.service.pool.fetchval("SELECT count(*) FROM refusal") == 0
        page = (await browser.get(f"/dispatch/cases/{case_id}")).text
        for words in ("会议决定", "清理渣土", "/supervision/cadence/meetings/m1", "依会议决定"):
            assert words in page
        signed = await desk.post(f"/dispatch/api/orders/{lead}/sign", json={}, headers=key())
        assert signed.status_code == 403


async def test_a_calendar_that_comes_later_leaves_the_day_that_a_meeting_set(world: World) -> None:
    case_id, _lead = await handed_over(world)
    now = world.clock.now()
    due = now + timedelta(days=5, hours=3)
    async with world.api(DESK) as desk:
        await post(desk, f"/cases/{case_id}/designate", {"unit": "bureau-road", "by": "p-office-head"})
        await world.hear(held("m1", MeetingDecision(text="清理渣土", unit="town-b", due=due, case_id=case_id), at=now))
        before = {one["unit"]: one["finish_by"] for one in (await shown(desk, world, case_id))["orders"]}
        await activate_text(world, PACK.read_text("utf-8").replace('"18:00"]]', '"17:30"]]'))
        after = {one["unit"]: one["finish_by"] for one in (await shown(desk, world, case_id))["orders"]}
    assert after["bureau-road"] != before["bureau-road"], "what the rules gave is counted anew"
    assert after["town-b"] == before["town-b"]
