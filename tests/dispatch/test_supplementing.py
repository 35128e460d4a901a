"""退回补充: a case goes back before anybody has it, and stands at the desk again with what was missing."""

from dataclasses import replace

from contracts.dispatch import CaseSentBack, CaseSupplemented
from services.dispatch.domain.commands import SendBack, SupplementCase
from services.dispatch.domain.decide import dispatch_case
from services.dispatch.domain.state import Status
from tests.dispatch.story import (
    AT_WORK,
    DONE,
    HANDED_OVER,
    TEXT,
    classified,
    closed,
    issued,
    merged,
    opened,
    returned,
    routed,
    ruled,
    suspended,
)
from tests.spec import given

ask = SendBack(1, "具体是哪个路口")
add = SupplementCase(1, "r1", TEXT)
sent_back = CaseSentBack(case_id="c1", case_no=1, missing="具体是哪个路口")
supplemented = CaseSupplemented(case_id="c1", case_no=1, request_id="r1", text=TEXT)


def test_a_case_that_nobody_has_goes_back_and_comes_again() -> None:
    given(dispatch_case, opened).when(ask).then(sent_back)
    given(dispatch_case, opened, classified, routed).when(ask).then(sent_back)
    given(dispatch_case, opened, sent_back).when(add).then(supplemented, repeatable=True)
    given(dispatch_case, opened, sent_back, supplemented).when(ask).then(sent_back)
    fallen = (*HANDED_OVER, returned(), ruled(accepted=True))
    given(dispatch_case, *fallen).when(ask).then(sent_back)


def test_the_same_question_twice_is_asked_once_and_another_one_is_asked_too() -> None:
    given(dispatch_case, opened, sent_back).when(ask).then_nothing()
    more = replace(ask, missing="联系时间")
    given(dispatch_case, opened, sent_back).when(more).then(sent_back.model_copy(update={"missing": "联系时间"}))


def test_what_is_missing_must_be_said() -> None:
    given(dispatch_case, opened).when(replace(ask, missing=" ")).then_rejected("missing-unsaid", field="missing")


def test_what_somebody_has_or_had_does_not_go_back() -> None:
    given(dispatch_case, *HANDED_OVER).when(ask).then_rejected("handed-over", field="missing")
    given(dispatch_case, *AT_WORK, suspended).when(ask).then_rejected("case-suspended")
    given(dispatch_case, *DONE).when(ask).then_rejected("case-finished")
    given(dispatch_case, opened, merged).when(ask).then_rejected("case-ended")


def test_more_is_told_at_any_time_before_the_case_has_ended_elsewhere() -> None:
    given(dispatch_case, *AT_WORK).when(add).then(supplemented, repeatable=True)
    given(dispatch_case, opened, closed).when(add).then_rejected("case-ended")
    given(dispatch_case, opened).when(replace(add, request_id="r7")).then_rejected("no-such-request")


def test_a_case_that_is_handed_over_all_the_same_asks_for_nothing_any_more() -> None:
    case = dispatch_case.fold((opened, classified, sent_back, routed, issued()))
    assert (case.status, case.missing) == (Status.HANDLING, "")
