"""Consultations: who must be there, what must be said, and what they bring into each case."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.dispatch import CaseConsulted, ConsultationHeld, Decision, Dues, LeadUnitDesignated, Step
from services.dispatch.domain.commands import DesignateLead, HoldConsultation, NoteConsultation
from services.dispatch.domain.consulting import consult_stream, consultation
from services.dispatch.domain.decide import dispatch_case
from tests.dispatch.story import (
    AT_WORK,
    DAY,
    DONE,
    HANDED_OVER,
    NOON,
    issue_it,
    issued,
    merged,
    new_order,
    opened,
    suspended,
)
from tests.spec import given

FOUR = ("民提", "民议", "民决", "民评")
STEPS = tuple(Step(name=name, text="有记录") for name in FOUR)
DECIDED = Decision(text="增设路灯", unit="bureau-b", due=NOON + 5 * DAY)
hold_it = HoldConsultation(
    "k1",
    "four_people",
    "p-chair",
    ("town-a", "bureau-b", "p-area"),
    ("c1", "c2", "c1"),
    NOON,
    NOON,
    steps=STEPS,
    decisions=(DECIDED,),
    must_attend=("p-area", "p-chair"),
    required_steps=FOUR,
)
held = ConsultationHeld(
    consult_id="k1",
    kind="four_people",
    chair="p-chair",
    attendees=("town-a", "bureau-b", "p-area"),
    case_ids=("c1", "c2"),
    held_at=NOON,
    steps=STEPS,
    decisions=(DECIDED,),
)
helper = replace(new_order, order_id="k1-1", role="co", to_unit="bureau-b")
note_it = NoteConsultation(1, "k1", "four_people", NOON, 1, (helper,), replace(issue_it, orders=()))
noted = CaseConsulted(case_id="c1", case_no=1, consult_id="k1", kind="four_people", held_at=NOON, decisions=1)
ordered = issued("k1-1", "bureau-b", "co").model_copy(update={"consult_id": "k1"})


def test_a_consultation_is_held_once() -> None:
    given(consultation).when(hold_it).then(held)
    assert consult_stream("k1") == held.stream


def test_nothing_may_be_decided_but_then_it_says_why() -> None:
    silent = replace(hold_it, decisions=())
    given(consultation).when(silent).then_rejected("no-decision", field="no_decision")
    given(consultation).when(replace(silent, no_decision="待规划批复")).then(
        held.model_copy(update={"decisions": (), "no_decision": "待规划批复"})
    )


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"chair": " "}, "no-chair", "chair"),
        ({"attendees": ()}, "no-attendee", "attendees"),
        ({"attendees": ("town-a",)}, "attendee-missing", "attendees"),
        ({"case_ids": ()}, "no-case", "case_ids"),
        ({"held_at": NOON + timedelta(hours=1)}, "in-future", "held_at"),
        ({"steps": STEPS[:3]}, "step-missing", "steps"),
        ({"steps": tuple(reversed(STEPS))}, "step-missing", "steps"),
        ({"decisions": (DECIDED.model_copy(update={"due": NOON}),)}, "due-in-past", "decisions"),
    ],
)
def test_it_counts_only_as_the_pack_wants_it(change: dict[str, Any], code: str, field: str) -> None:
    """LT-19: 民提、民议、民决、民评, each and in this order."""
    given(consultation).when(replace(hold_it, **change)).then_rejected(code, field=field)


def test_a_case_notes_it_and_decisions_become_orders() -> None:
    given(dispatch_case, *AT_WORK).when(note_it).then(noted, ordered)


def test_a_unit_that_has_its_order_gets_no_second_one() -> None:
    busy = replace(note_it, orders=(replace(helper, to_unit="town-a"), helper, replace(helper, order_id="k1-2")))
    given(dispatch_case, *AT_WORK).when(busy).then(noted, ordered)
    at_work = (*AT_WORK, issued("o2", "bureau-b", "co"))
    given(dispatch_case, *at_work).when(note_it).then(noted)


@pytest.mark.parametrize("history", [(opened,), (*AT_WORK, suspended), DONE, (opened, merged)])
def test_without_a_lead_at_work_it_is_only_noted(history: Any) -> None:
    given(dispatch_case, *history).when(note_it).then(noted)


def test_its_orders_go_to_no_unit_complained_of_and_are_complete() -> None:
    wrong = replace(note_it, orders=(replace(helper, to_unit="bureau-x"),))
    given(dispatch_case, *AT_WORK).when(wrong).then_rejected("complained-unit", field="decisions")
    late = replace(note_it, orders=(replace(helper, dues=Dues(finish_by=NOON)),))
    given(dispatch_case, *HANDED_OVER).when(late).then_rejected("due-in-past", field="finish_by")


@pytest.mark.parametrize(
    ("kind", "role"), [("four_people", "社区党委"), ("diagnosis", "县主要领导"), ("on_site", "县主要领导")]
)
def test_only_whom_the_pack_names_chairs(kind: Any, role: str) -> None:
    """LT-18: 社区党委; SH-24: 重大问题由县主要领导带队，集体会诊、现场办公."""
    chaired = replace(hold_it, kind=kind, chairs=("p-chair", "community"), chair_role=role)
    given(consultation).when(chaired).then(held.model_copy(update={"kind": kind}))
    other = replace(chaired, chair="p-area", must_attend=("p-area",))
    refused = given(consultation).when(other).then_rejected("wrong-chair", field="chair")
    assert refused.params == {"role": role}


def test_whoever_held_the_meeting_and_names_the_lead_has_named_it_by_that() -> None:
    """JW-13: with the helper that it decided the lead stands as it is."""
    asked = replace(note_it, frame=replace(issue_it, orders=(), lead_named_by="工作组牵头部门"))
    given(dispatch_case, *AT_WORK).when(asked).then_rejected("no-designated-lead")
    said = replace(asked, designate=DesignateLead(1, "town-a", "p-group"))
    named = LeadUnitDesignated(case_id="c1", case_no=1, unit="town-a", by="p-group")
    given(dispatch_case, *AT_WORK).when(said).then(noted, named, ordered)
