"""Completing orders and cases: what must be done first, and what is said."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.dispatch import CaseConsulted, CaseOpened, CaseReopened, Evidence, SiteVerified
from contracts.pack import parse_pack
from services.dispatch.domain.commands import CompletionRules
from services.dispatch.domain.decide import dispatch_case
from tests.dispatch.story import (
    AT_WORK,
    DAY,
    HANDED_OVER,
    NOON,
    case_done,
    classified,
    complete_it,
    issued,
    opened,
    order_done,
    planned,
    routed,
    signed,
)
from tests.dispatch.world import PACK
from tests.spec import given

MUST_SOLVE = (opened, classified.model_copy(update={"must_solve": True}), routed, issued(), signed())
PHOTO = Evidence(sha256="0" * 64, name="现场.jpg", media_type="image/jpeg", size=1000)
consulted = CaseConsulted(case_id="c1", case_no=1, consult_id="k1", kind="joint_handling", held_at=NOON, decisions=1)
visited = SiteVerified(case_id="c1", order_id="o1", case_no=1, visited_at=NOON, visitors=("p1",), found="路面已修复")


def test_the_last_order_completes_the_case() -> None:
    given(dispatch_case, *AT_WORK).when(complete_it).then(order_done(), case_done)


def test_the_first_of_two_does_not() -> None:
    territory = issued("o2", "town-c", "territory")
    given(dispatch_case, *HANDED_OVER, territory, signed()).when(complete_it).then(order_done())


def test_the_lead_is_not_done_before_its_helpers_are() -> None:
    """JW-13: the lead answers for the whole."""
    helper = (*HANDED_OVER, issued("o2", "bureau-b", "co"), signed())
    given(dispatch_case, *helper).when(complete_it).then_rejected("helpers-at-work")
    helped = (*helper, signed("o2"), order_done("o2"))
    given(dispatch_case, *helped).when(complete_it).then(order_done(), case_done)


def test_completion_after_the_deadline_is_not_on_time() -> None:
    late = replace(complete_it, at=NOON + 8 * DAY)
    done = case_done.model_copy(
        update={"on_time": False, "elapsed_s": 9 * 86400, "working_s": case_done.working_s + 5 * 27000}
    )
    given(dispatch_case, *AT_WORK).when(late).then(order_done(), done)


def test_a_deadline_that_moved_elsewhere_counts() -> None:
    late = replace(complete_it, at=NOON + 8 * DAY, finish_now=NOON + 9 * DAY)
    events = given(dispatch_case, *AT_WORK).when(late).decided()
    assert events[-1].model_dump()["on_time"] is True


def test_the_leads_moved_deadline_counts_also_when_the_territory_is_done_last() -> None:
    both = (*AT_WORK, issued("o2", "town-c", "territory"), signed("o2"))
    late, moved = NOON + 8 * DAY, NOON + 9 * DAY
    history = (*both, order_done())
    last = replace(complete_it, order_id="o2", by_unit="town-c", at=late, finish_now=moved)
    events = given(dispatch_case, *history).when(last).decided()
    assert events[-1].model_dump()["on_time"] is True


def test_no_completion_without_a_signature() -> None:
    given(dispatch_case, *HANDED_OVER).when(complete_it).then_rejected("not-signed")


def test_no_completion_without_a_reply() -> None:
    """JW-10: 件件有回音."""
    given(dispatch_case, *AT_WORK).when(replace(complete_it, reply=None)).then_rejected("no-reply")
    given(dispatch_case, *AT_WORK).when(replace(complete_it, replied_at=None)).then_rejected("no-reply")


def test_nobody_replied_on_a_day_before_it_was_received() -> None:
    opened = next(event for event in AT_WORK if isinstance(event, CaseOpened))
    before = replace(complete_it, replied_at=opened.received_at - timedelta(days=1))
    given(dispatch_case, *AT_WORK).when(before).then_rejected("before-receipt", "replied_at")
    that_day = replace(complete_it, replied_at=opened.received_at - timedelta(minutes=30))
    assert given(dispatch_case, *AT_WORK).when(that_day).decided()


def test_nobody_replied_tomorrow() -> None:
    future = replace(complete_it, replied_at=complete_it.at + timedelta(hours=1))
    given(dispatch_case, *AT_WORK).when(future).then_rejected("in-future")


def test_no_completion_without_a_named_person() -> None:
    """JW-10: 事事有着落, and a name with it."""
    given(dispatch_case, *HANDED_OVER, signed(person=None)).when(complete_it).then_rejected("no-person")


def test_the_completion_itself_may_name_the_person() -> None:
    named = replace(complete_it, responsible_person="p1")
    given(dispatch_case, *HANDED_OVER, signed(person=None)).when(named).then(order_done(), case_done)


def test_an_explanation_rests_on_a_policy() -> None:
    """DI-20: told with its policy basis; done with, and not solved."""
    bare = replace(complete_it, result="explained")
    given(dispatch_case, *AT_WORK).when(bare).then_rejected("no-policy-basis")
    grounded = replace(bare, policy_basis="补助办法第三条")
    done = order_done(result="explained").model_copy(update={"policy_basis": "补助办法第三条"})
    given(dispatch_case, *AT_WORK).when(grounded).then(done, case_done.model_copy(update={"result": "explained"}))


@pytest.mark.parametrize("result", ["explained", "unsolvable", "partly"])
def test_what_must_be_solved_ends_otherwise_only_with_a_leaders_word(result: Any) -> None:
    """SH-09."""
    otherwise = replace(complete_it, result=result, policy_basis="补助办法第三条")
    given(dispatch_case, *MUST_SOLVE).when(otherwise).then_rejected("must-solve", field="approved_by")
    own = replace(otherwise, approved_by="p1")
    given(dispatch_case, *MUST_SOLVE).when(own).then_rejected("own-approval", field="approved_by")
    unsaid = replace(otherwise, approved_by="p9", approval_note=" ")
    given(dispatch_case, *MUST_SOLVE).when(unsaid).then_rejected("no-approval-note", field="approval_note")
    said = replace(unsaid, approval_note="同意，请继续解释")
    allowed = given(dispatch_case, *MUST_SOLVE).when(said).decided()[0].model_dump()
    assert (allowed["approved_by"], allowed["approval_note"]) == ("p9", "同意，请继续解释")
    assert given(dispatch_case, *MUST_SOLVE).when(complete_it).decided()


@pytest.mark.parametrize(
    ("rules", "before", "code"),
    [
        (CompletionRules(site_visit=True), (visited,), "no-site-visit"),
        (CompletionRules(plan_required=True), (planned,), "not-planned"),
        (CompletionRules(consultation_required=True), (consulted,), "not-consulted"),
    ],
)
def test_what_the_pack_wants_comes_first(rules: CompletionRules, before: Any, code: str) -> None:
    """JW-18, JW-20, LT-08: the plan, the meeting and the look at the place come before the end."""
    ruled = replace(complete_it, rules=rules)
    given(dispatch_case, *AT_WORK).when(ruled).then_rejected(code)
    given(dispatch_case, *AT_WORK, *before[:-1]).when(ruled).then_rejected(code)
    given(dispatch_case, *AT_WORK, *before).when(ruled).then(order_done(), case_done)


def test_what_is_put_into_a_plan_has_one_where_the_pack_says_so() -> None:
    """DI-18, DI-19: settled at once, or planned with a time limit; a word of planning alone ends nothing."""
    later = replace(complete_it, result="planned", rules=CompletionRules(planned_needs_plan=True))
    given(dispatch_case, *AT_WORK).when(later).then_rejected("no-plan-for-planned", field="result")
    assert given(dispatch_case, *AT_WORK, planned).when(later).decided()
    assert given(dispatch_case, *AT_WORK).when(replace(later, result="solved")).decided()


def test_evidence_comes_with_the_completion() -> None:
    ruled = replace(complete_it, rules=CompletionRules(evidence_required=True))
    given(dispatch_case, *AT_WORK).when(ruled).then_rejected("no-evidence", field="evidence")
    done = order_done().model_copy(update={"evidence": (PHOTO,)})
    given(dispatch_case, *AT_WORK).when(replace(ruled, evidence=(PHOTO,))).then(done, case_done)


def test_only_the_lead_takes_a_hard_matter_to_a_consultation() -> None:
    helper = (*AT_WORK, issued("o2", "bureau-b", "co"), signed("o2"))
    theirs = replace(complete_it, order_id="o2", by_unit="bureau-b", rules=CompletionRules(consultation_required=True))
    given(dispatch_case, *helper).when(theirs).then(order_done("o2"))


def test_a_meeting_of_the_last_round_does_not_serve_the_next() -> None:
    again = CaseReopened(case_id="c1", case_no=1, reason="relapse", text="又破损", round=2, was_struck_off=False)
    second = (issued("o9", round=2), signed("o9"))
    ruled = replace(complete_it, order_id="o9", rules=CompletionRules(consultation_required=True))
    lived = (*AT_WORK, consulted, case_done, again, *second)
    given(dispatch_case, *lived).when(ruled).then_rejected("not-consulted")
    anew = consulted.model_copy(update={"consult_id": "m2"})
    assert given(dispatch_case, *lived, anew).when(ruled).decided()


def test_what_the_pack_handles_jointly_needs_a_meeting_whether_or_not_its_order_rules_say_so() -> None:
    pack = parse_pack(PACK.read_bytes().replace(b'joint_meeting_before_completion = ["hard"]', b""))
    assert pack.completion("hard").consultation
    assert not pack.completion("real").consultation
    assert pack.completion("real", "hard").consultation
