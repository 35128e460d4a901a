"""Requests and cases that belong together, and taking them apart again."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.dispatch import AbsorptionUndone, CaseOpened, JoinUndone, MergeUndone, RequestJoined
from services.chassis.decider import Rejected
from services.dispatch.domain.commands import UndoAbsorption, UndoJoin
from services.dispatch.domain.decide import dispatch_case
from services.dispatch.domain.joining import absorbing
from services.dispatch.domain.state import Status
from tests.dispatch.story import (
    AT_WORK,
    DONE,
    HANDED_OVER,
    NOON,
    TEXT,
    absorb_it,
    absorbed,
    cancelled,
    classified,
    closed,
    issue_it,
    issued,
    join_it,
    merge_it,
    merged,
    new_order,
    opened,
    part_a,
    part_b,
    routed,
    split,
    split_it,
    struck_off,
    suspended,
    undo_it,
    verifying,
)
from tests.spec import given

joined = RequestJoined(
    case_id="c1",
    case_no=1,
    request_id="r9",
    link="merged",
    channel="visit",
    title=TEXT,
    text=TEXT,
    received_at=NOON,
)
undone = MergeUndone(case_id="c1", case_no=1, from_case="c2", reason="不是一件事")
give_back = UndoAbsorption(1, "c2", "不是一件事")
given_back = AbsorptionUndone(case_id="c1", case_no=1, to_case="c2", request_ids=("r2",), reason="不是一件事")
GONE = [cancelled("o1", "merged", "同一路段"), merged]


def status(*history: Any) -> Status:
    return given(dispatch_case, *history).state.status


@pytest.mark.parametrize("history", [(opened,), HANDED_OVER, (*AT_WORK, suspended)])
def test_another_request_joins_what_is_open(history: Any) -> None:
    given(dispatch_case, *history).when(join_it).then(joined)


@pytest.mark.parametrize("history", [DONE, (*DONE, verifying), (*DONE, struck_off)])
def test_what_is_done_already_answers_a_repeat_only(history: Any) -> None:
    given(dispatch_case, *history).when(join_it).then_rejected("case-finished", field="link")
    given(dispatch_case, *history).when(replace(join_it, link="repeat")).then(
        joined.model_copy(update={"link": "repeat"})
    )


@pytest.mark.parametrize("ending", [merged, split, closed])
def test_nothing_joins_what_has_ended_otherwise(ending: Any) -> None:
    given(dispatch_case, opened, ending).when(join_it).then_rejected("case-ended")
    given(dispatch_case, opened, ending).when(absorb_it).then_rejected("case-ended")


def test_nobody_comes_to_handle_a_complaint_about_themselves_by_joining() -> None:
    about_us = ("town-a",)
    given(dispatch_case, *AT_WORK).when(replace(join_it, complained_units=about_us)).then_rejected("complained-unit")
    given(dispatch_case, *AT_WORK).when(replace(absorb_it, complained_units=about_us)).then_rejected("complained-unit")
    brought = absorbed.model_copy(update={"complained_units": about_us})
    given(dispatch_case, opened, brought, classified, routed).when(issue_it).then_rejected("complained-unit")
    taken_back = given_back.model_copy(update={"request_ids": ("r2",)})
    given(dispatch_case, opened, brought, taken_back, classified, routed).when(issue_it).then(issued())


@pytest.mark.parametrize("history", [(opened,), (opened, classified, routed)])
def test_a_case_goes_on_in_another(history: Any) -> None:
    given(dispatch_case, *history).when(merge_it).then(merged)


@pytest.mark.parametrize("history", [AT_WORK, (*AT_WORK, suspended)])
def test_its_open_orders_end_with_it_and_say_why(history: Any) -> None:
    given(dispatch_case, *history).when(merge_it).then(*GONE)


@pytest.mark.parametrize("history", [DONE, (*DONE, verifying), (*DONE, struck_off)])
def test_what_is_handled_is_not_merged(history: Any) -> None:
    given(dispatch_case, *history).when(merge_it).then_rejected("case-finished")


def test_a_merge_goes_to_another_case_of_the_same_programme_and_says_why() -> None:
    given(dispatch_case, opened).when(replace(merge_it, into="c1")).then_rejected("merge-into-self", field="into")
    given(dispatch_case, opened).when(replace(merge_it, same_programme=False)).then_rejected(
        "other-programme", field="into"
    )
    given(dispatch_case, opened).when(replace(merge_it, reason="")).then_rejected("reason-missing", field="reason")
    given(dispatch_case, opened, merged).when(replace(merge_it, into="c3")).then_rejected("case-ended")


def test_the_other_side_takes_what_the_source_says_it_gives() -> None:
    given(dispatch_case, *HANDED_OVER).when(absorb_it).then(absorbed)
    theirs = absorbing(given(dispatch_case, *AT_WORK, joined).when(merge_it).decided())
    assert (theirs.case_no, theirs.from_case, theirs.from_no) == (2, "c1", 1)
    assert theirs.request_ids == ("r1", "r9")
    assert theirs.complained_units == ("bureau-x",)


@pytest.mark.parametrize("history", [DONE, (*DONE, verifying)])
def test_a_case_that_is_done_takes_a_repeat_only(history: Any) -> None:
    given(dispatch_case, *history).when(absorb_it).then_rejected("case-finished", field="link")
    given(dispatch_case, *history).when(replace(absorb_it, link="repeat")).then(
        absorbed.model_copy(update={"link": "repeat"})
    )


@pytest.mark.parametrize(
    ("history", "stands"),
    [
        ((opened, merged), Status.REGISTERED),
        ((opened, classified, routed, merged), Status.ROUTED),
        ((*AT_WORK, *GONE), Status.REGISTERED),
        ((*AT_WORK, suspended, *GONE), Status.REGISTERED),
        ((*AT_WORK, issued("o2", "bureau-b", "co"), cancelled("o2", "merged"), *GONE), Status.REGISTERED),
    ],
)
def test_a_wrong_merge_is_undone_and_the_case_stands_again(history: Any, stands: Status) -> None:
    given(dispatch_case, *history).when(undo_it).then(undone, again_rejected="not-merged")
    assert status(*history, undone) is stands
    assert status(*history, undone, merged) is Status.MERGED, "it may be merged again"


def test_orders_that_the_merge_ended_do_not_come_back() -> None:
    again = replace(issue_it, orders=(replace(new_order, order_id="o9"),))
    given(dispatch_case, *AT_WORK, *GONE, undone).when(again).then_rejected("not-routed")
    given(dispatch_case, *AT_WORK, *GONE, undone, routed).when(again).then(issued("o9"))


def test_only_a_merge_is_undone_and_it_says_why() -> None:
    given(dispatch_case, opened).when(undo_it).then_rejected("not-merged")
    given(dispatch_case, opened, merged).when(replace(undo_it, reason="")).then_rejected(
        "reason-missing", field="reason"
    )


@pytest.mark.parametrize("later", [(), (closed,)])
def test_the_other_side_gives_back_what_it_took(later: Any) -> None:
    given(dispatch_case, *HANDED_OVER, absorbed, *later).when(give_back).then(given_back, again_rejected="not-absorbed")
    after = given(dispatch_case, *HANDED_OVER, absorbed, *later, given_back).state
    assert after.request_ids == ("r1",)


def test_unless_it_never_took_it_or_has_gone_on_itself() -> None:
    given(dispatch_case, opened).when(give_back).then_rejected("not-absorbed")
    onward = merged.model_copy(update={"into": "c3", "request_ids": ("r1", "r2")})
    given(dispatch_case, opened, absorbed, onward).when(give_back).then_rejected("gone-on")


def part(name: str) -> CaseOpened:
    return opened.model_copy(update={"case_id": name, "split_from": "c1"})


@pytest.mark.parametrize("history", [(opened,), (opened, classified, routed)])
def test_several_matters_become_several_cases(history: Any) -> None:
    given(dispatch_case, *history).when(split_it).then(split, part("c1a"), part("c1b"))


def test_its_open_orders_end_with_the_split() -> None:
    given(dispatch_case, *AT_WORK).when(split_it).then(
        cancelled("o1", "split", "两件事"), split, part("c1a"), part("c1b")
    )


def test_every_request_finds_its_place_in_a_part() -> None:
    more = (opened, joined)
    given(dispatch_case, *more).when(split_it).then_rejected("requests-left-over", field="parts")
    both = replace(split_it, parts=(part_a, replace(part_b, request_ids=("r9",))))
    assert len(given(dispatch_case, *more).when(both).decided()) == 3
    foreign = replace(split_it, parts=(part_a, replace(part_b, request_ids=("r1", "r7"))))
    given(dispatch_case, opened).when(foreign).then_rejected("requests-left-over", field="parts")
    empty = replace(split_it, parts=(part_a, replace(part_b, request_ids=())))
    given(dispatch_case, opened).when(empty).then_rejected("requests-left-over", field="parts")


@pytest.mark.parametrize("parts", [(part_a,), (part_a, part_a), (part_a, replace(part_b, case_id="c1"))])
def test_one_part_would_be_the_case_itself(parts: Any) -> None:
    given(dispatch_case, opened).when(replace(split_it, parts=parts)).then_rejected("too-few-parts", field="parts")


def test_a_split_says_why_and_comes_before_the_handling_is_done() -> None:
    given(dispatch_case, opened).when(replace(split_it, reason="")).then_rejected("reason-missing", field="reason")
    given(dispatch_case, *DONE).when(split_it).then_rejected("case-finished")
    given(dispatch_case, opened, merged).when(split_it).then_rejected("case-ended")
    other = replace(split_it, parts=(part_a, replace(part_b, case_id="c1c")))
    given(dispatch_case, opened, split).when(other).then_rejected("case-ended")


def test_a_request_that_joined_by_mistake_gets_a_case_of_its_own() -> None:
    """Both histories stay true, and whom only it complained of is barred here no more."""
    accusing = joined.model_copy(update={"complained_units": ("bureau-b",)})
    part = replace(part_a, case_id="c9", request_ids=("r9",))
    unjoin = UndoJoin(1, "r9", "不是一件事", part)
    apart = JoinUndone(
        case_id="c1", case_no=1, request_id="r9", into="c9", complained_units=("bureau-b",), reason="不是一件事"
    )
    state = given(dispatch_case, *HANDED_OVER, accusing, apart).state
    assert (state.request_ids, state.complained) == (("r1",), ("bureau-x",))
    decided = given(dispatch_case, *HANDED_OVER, accusing).when(unjoin).decided()
    assert decided[0] == apart
    own = decided[1]
    assert isinstance(own, CaseOpened)
    assert (own.case_id, own.request_ids, own.split_from, own.complained_units) == ("c9", ("r9",), "c1", ("bureau-b",))
    given(dispatch_case, *HANDED_OVER, accusing, apart).when(unjoin).then_rejected("not-joined", field="request_id")


def test_a_join_is_undone_also_when_the_case_is_done_but_not_when_it_went_on() -> None:
    part = replace(part_a, case_id="c9", request_ids=("r9",))
    repeat = joined.model_copy(update={"link": "repeat"})
    decided = given(dispatch_case, *DONE, struck_off, repeat).when(UndoJoin(1, "r9", "不是一件事", part)).decided()
    assert [event.TYPE for event in decided] == ["join-undone", "case-opened"]
    gone = given(dispatch_case, opened, joined, merged)
    gone.when(UndoJoin(1, "r9", "不是一件事", part)).then_rejected("gone-on")
    here = given(dispatch_case, opened, joined)
    here.when(UndoJoin(1, "r9", " ", part)).then_rejected("reason-missing", field="reason")
    here.when(UndoJoin(1, "r1", "不是一件事", part)).then_rejected("not-joined")


def test_what_was_merged_there_before_is_not_absorbed_again() -> None:
    """Somebody else merged it meanwhile: said so, since there is nothing that the other case could be asked."""
    with pytest.raises(Rejected) as refused:
        absorbing(())
    assert (refused.value.code, refused.value.field) == ("case-ended", "into")
