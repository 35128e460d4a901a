"""Returns and the rulings on them."""

from dataclasses import replace
from datetime import timedelta

from contracts.dispatch import LeadUnitDesignated, OrderIssued
from services.dispatch.domain.commands import DesignateLead
from services.dispatch.domain.decide import dispatch_case
from tests.dispatch.story import (
    AT_WORK,
    DAY,
    DONE,
    HANDED_OVER,
    NOON,
    accept_return,
    cancel_it,
    cancelled,
    case_done,
    complete_it,
    issue_it,
    issued,
    new_order,
    opened,
    order_done,
    planned,
    refuse_return,
    return_it,
    returned,
    routed,
    ruled,
    sign_it,
    signed,
    suspended,
)
from tests.spec import given

TO_B = replace(new_order, order_id="o2", to_unit="bureau-b")
ON_TO_B = replace(accept_return, replacement=TO_B, issue=issue_it)


def test_a_unit_returns_what_is_not_its() -> None:
    given(dispatch_case, *HANDED_OVER).when(return_it).then(returned())
    given(dispatch_case, *AT_WORK).when(return_it).then(returned())


def test_but_only_within_the_packs_time() -> None:
    given(dispatch_case, *HANDED_OVER).when(replace(return_it, at=NOON + DAY)).then(returned())
    late = replace(return_it, at=NOON + DAY + timedelta(seconds=1))
    given(dispatch_case, *HANDED_OVER).when(late).then_rejected("return-too-late")


def test_a_refused_return_gives_the_order_back_as_it_was() -> None:
    given(dispatch_case, *AT_WORK, returned()).when(refuse_return).then(
        ruled(accepted=False), again_rejected="not-returned"
    )
    history = (*AT_WORK, returned(), ruled(accepted=False))
    given(dispatch_case, *history).when(complete_it).then(order_done(), case_done)


def helper(order_id: str, unit: str) -> OrderIssued:
    return issued(order_id, unit, "co")


RULED_FINAL = ruled(accepted=True, final=True).model_copy(update={"order_id": "o2"})


def test_what_was_ruled_of_one_helper_binds_no_other() -> None:
    """A final ruling on the one is none on a helper that has nothing to do with it."""
    fallen = (*AT_WORK, helper("o2", "bureau-b"), returned(2, "o2"), RULED_FINAL)
    back = replace(return_it, order_id="o3", by_unit="bureau-z", proposed_unit="bureau-y")
    other = (*fallen, helper("o3", "bureau-z"))
    given(dispatch_case, *other).when(back).then(returned(1, "o3").model_copy(update={"proposed_unit": "bureau-y"}))


def test_it_binds_the_unit_that_it_names_and_the_same_unit_once_more() -> None:
    named = RULED_FINAL.model_copy(update={"new_unit": "bureau-z"})
    handed_on = (*AT_WORK, helper("o2", "bureau-b"), returned(1, "o2"), named, helper("o3", "bureau-z"))
    back = replace(return_it, order_id="o3", by_unit="bureau-z", proposed_unit="bureau-y")
    given(dispatch_case, *handed_on).when(back).then_rejected("return-final")
    same = (*AT_WORK, helper("o2", "bureau-b"), returned(1, "o2"), RULED_FINAL, helper("o3", "bureau-b"))
    again = replace(back, by_unit="bureau-b")
    given(dispatch_case, *same).when(again).then_rejected("return-final")


def test_an_accepted_return_brings_the_case_back_to_the_desk() -> None:
    given(dispatch_case, *HANDED_OVER, returned()).when(accept_return).then(ruled(accepted=True))
    history = (*HANDED_OVER, returned(), ruled(accepted=True))
    given(dispatch_case, *history).when(replace(issue_it, orders=(TO_B,))).then_rejected("not-routed")


def test_or_goes_straight_on_to_the_unit_named() -> None:
    given(dispatch_case, *HANDED_OVER, returned()).when(ON_TO_B).then(
        ruled(accepted=True, new_unit="bureau-b"),
        routed.model_copy(update={"lead": "bureau-b"}),
        issued("o2", "bureau-b"),
    )


def test_but_never_to_a_unit_complained_of() -> None:
    wrong = replace(ON_TO_B, replacement=replace(TO_B, to_unit="bureau-x"))
    given(dispatch_case, *HANDED_OVER, returned()).when(wrong).then_rejected("complained-unit")


def test_nor_back_to_the_unit_that_returned_it() -> None:
    wrong = replace(ON_TO_B, replacement=replace(TO_B, to_unit="town-a"))
    given(dispatch_case, *HANDED_OVER, returned()).when(wrong).then_rejected("unit-has-order")


def test_a_final_ruling_ends_the_returning() -> None:
    final = (*HANDED_OVER, returned(), ruled(accepted=False, final=True))
    given(dispatch_case, *final).when(return_it).then_rejected("return-final")


def test_there_are_only_so_many_returns() -> None:
    once = (*HANDED_OVER, returned(), ruled(accepted=False))
    given(dispatch_case, *once).when(return_it).then(returned(2))
    twice = (*once, returned(2), ruled(accepted=False))
    given(dispatch_case, *twice).when(return_it).then_rejected("too-many-returns")


def test_a_new_unit_goes_on_counting_the_returns() -> None:
    moved = (*HANDED_OVER, returned(), ruled(accepted=True), routed, issued("o2", "bureau-b"))
    again = replace(return_it, order_id="o2", by_unit="bureau-b", proposed_unit=None, max_returns=1)
    given(dispatch_case, *moved).when(again).then_rejected("too-many-returns")


def test_a_planned_order_is_not_returned() -> None:
    given(dispatch_case, *AT_WORK, planned).when(return_it).then_rejected("already-planned")


def test_a_return_says_why() -> None:
    given(dispatch_case, *HANDED_OVER).when(replace(return_it, reason=" ")).then_rejected("reason-missing")


def test_only_the_unit_itself_returns() -> None:
    given(dispatch_case, *HANDED_OVER).when(replace(return_it, by_unit="bureau-b")).then_rejected("other-unit")


def test_while_a_return_is_pending_nothing_is_signed() -> None:
    given(dispatch_case, *HANDED_OVER, returned()).when(sign_it).then_rejected("order-returned")


def test_there_must_be_a_return_to_rule_on() -> None:
    given(dispatch_case, *HANDED_OVER).when(refuse_return).then_rejected("not-returned")


def test_when_the_helpers_order_falls_away_last_the_case_is_complete() -> None:
    helper = issued("o2", "bureau-b", "co")
    history = (*HANDED_OVER, helper, signed(), order_done(), returned(order_id="o2"))
    fallen = ruled(accepted=True).model_copy(update={"order_id": "o2"})
    ruling = replace(accept_return, order_id="o2", at=complete_it.at)
    given(dispatch_case, *history).when(ruling).then(fallen, case_done)


def test_a_case_that_was_never_handed_over_has_no_order() -> None:
    given(dispatch_case, opened).when(return_it).then_rejected("no-such-order")


def test_a_return_says_what_kind_of_reason_it_has() -> None:
    given(dispatch_case, *HANDED_OVER).when(replace(return_it, reason_code="")).then_rejected(
        "reason-missing", field="reason_code"
    )
    given(dispatch_case, *HANDED_OVER).when(replace(return_it, proposed_unit="town-a")).then_rejected(
        "proposed-self", field="proposed_unit"
    )


def test_where_the_pack_says_so_whoever_disowns_an_order_says_whose_it_is() -> None:
    """Reason and proposed unit (domain.md 2.4); a matter that is unclear is nobody's to propose."""
    alone = replace(return_it, proposed_unit=None, names_unit=("not-ours", "wrong-place"))
    refusal = given(dispatch_case, *HANDED_OVER).when(alone).then_rejected("no-proposed-unit", field="proposed_unit")
    assert not refusal.message.isascii()
    given(dispatch_case, *HANDED_OVER).when(replace(alone, reason_code="wrong-place")).then_rejected("no-proposed-unit")
    unclear = returned().model_copy(update={"reason_code": "unclear", "proposed_unit": None})
    given(dispatch_case, *HANDED_OVER).when(replace(alone, reason_code="unclear")).then(unclear)
    given(dispatch_case, *HANDED_OVER).when(replace(alone, proposed_unit="bureau-b")).then(returned())
    free = returned().model_copy(update={"proposed_unit": None})
    given(dispatch_case, *HANDED_OVER).when(replace(alone, names_unit=())).then(free)


def test_what_is_done_is_not_returned_and_nothing_while_the_case_rests() -> None:
    given(dispatch_case, *DONE).when(return_it).then_rejected("order-closed")
    given(dispatch_case, *AT_WORK, suspended).when(return_it).then_rejected("case-suspended")


def test_a_ruling_says_why_and_names_a_new_unit_only_when_it_accepts() -> None:
    pending = (*HANDED_OVER, returned())
    given(dispatch_case, *pending).when(replace(refuse_return, reason=" ")).then_rejected(
        "reason-missing", field="reason"
    )
    given(dispatch_case, *pending).when(replace(ON_TO_B, accepted=False)).then_rejected(
        "new-unit-refused", field="new_unit"
    )


def test_from_the_third_return_on_the_leading_group_rules() -> None:
    moved = (*HANDED_OVER, returned(), ruled(accepted=True), routed, issued("o2", "bureau-b"))
    twice = (*moved, returned(2, "o2"), ruled(accepted=False).model_copy(update={"order_id": "o2"}))
    thrice = (*twice, returned(3, "o2"))
    third = replace(refuse_return, order_id="o2")
    given(dispatch_case, *thrice).when(third).then_rejected("group-rules")
    by_group = ruled(accepted=False).model_copy(update={"order_id": "o2", "by_group": True})
    given(dispatch_case, *thrice).when(replace(third, by_group=True)).then(by_group, again_rejected="not-returned")
    given(dispatch_case, *moved, returned(2, "o2")).when(third).then(
        ruled(accepted=False).model_copy(update={"order_id": "o2"}), again_rejected="not-returned"
    )
    assert given(dispatch_case, *thrice).when(replace(third, group_rules_from=4)).decided()


def test_who_leads_next_is_bound_by_the_same_rules() -> None:
    pending = (*HANDED_OVER, returned())
    never = replace(ON_TO_B, issue=replace(issue_it, never_lead=("bureau-b",)))
    given(dispatch_case, *pending).when(never).then_rejected("never-lead", field="new_unit")
    helped = (*HANDED_OVER, issued("o3", "bureau-c", "co"), returned())
    two = replace(ON_TO_B, issue=replace(issue_it, lead_named_by="主要领导"))
    given(dispatch_case, *helped).when(two).then_rejected("no-designated-lead", field="lead")
    own_word = replace(two, designate=DesignateLead(1, "bureau-b", "p-group"))
    assert [event.TYPE for event in given(dispatch_case, *helped).when(own_word).decided()] == [
        "return-ruled", "lead-unit-designated", "case-routed", "order-issued",
    ]  # fmt: skip
    named = LeadUnitDesignated(case_id="c1", case_no=1, unit="bureau-b", by="p-leader")
    assert given(dispatch_case, *helped, named).when(two).decided()
    other = named.model_copy(update={"unit": "bureau-c"})
    given(dispatch_case, *pending, other).when(ON_TO_B).then_rejected("other-lead-designated", field="new_unit")


def test_an_order_that_is_taken_back_says_why_and_the_case_is_at_the_desk_again() -> None:
    given(dispatch_case, *AT_WORK).when(cancel_it).then(cancelled())
    given(dispatch_case, *AT_WORK, cancelled()).when(replace(issue_it, orders=(TO_B,))).then_rejected("not-routed")
    given(dispatch_case, *AT_WORK).when(replace(cancel_it, reason="")).then_rejected("reason-missing", field="reason")
    given(dispatch_case, *AT_WORK).when(replace(cancel_it, order_id="o9")).then_rejected("no-such-order")


def test_never_the_leads_while_others_work() -> None:
    for role in ("co", "territory"):
        given(dispatch_case, *AT_WORK, issued("o2", "bureau-b", role)).when(cancel_it).then_rejected("others-at-work")


def test_nor_what_is_done_disputed_or_at_rest() -> None:
    given(dispatch_case, *DONE).when(cancel_it).then_rejected("order-closed")
    given(dispatch_case, *AT_WORK, returned()).when(cancel_it).then_rejected("order-returned")
    given(dispatch_case, *AT_WORK, suspended).when(cancel_it).then_rejected("case-suspended")


def test_when_the_last_open_order_is_taken_back_the_case_is_complete() -> None:
    territory = (*HANDED_OVER, issued("o2", "town-c", "territory"), signed(), order_done())
    last = replace(cancel_it, order_id="o2", at=complete_it.at)
    given(dispatch_case, *territory).when(last).then(cancelled("o2"), case_done)
    late = replace(last, at=NOON + 8 * DAY)
    assert given(dispatch_case, *territory).when(late).decided()[-1].model_dump()["on_time"] is False
    moved = replace(late, finish_now=NOON + 8 * DAY)
    assert given(dispatch_case, *territory).when(moved).decided()[-1].model_dump()["on_time"] is True
