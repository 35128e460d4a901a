"""What may become of a request."""

from dataclasses import replace
from datetime import timedelta

from contracts.intake import (
    PersonalDataErased,
    RequestAccepted,
    RequestAnsweredOnSpot,
    RequestLinked,
    RequestRedirected,
    RequestRegistered,
    RequestRejected,
    RequestSupplemented,
    RequestWithdrawn,
)
from contracts.sealed import Sealed
from services.intake.domain.new_request import LONGEST_AGO, NewRequest, Unknown
from services.intake.domain.request import (
    AcceptRequest,
    AnswerRequest,
    ErasePersonalData,
    LinkRequest,
    RedirectRequest,
    RegisterRequest,
    RejectRequest,
    SupplementRequest,
    WithdrawRequest,
    request,
)
from tests.spec import NOON, given

WORDS = Sealed(key_id="request-r1", box="AAAA")
NEW = NewRequest("r1", WORDS, WORDS, NOON, channel="hotline", territory_unit="town-a", source_ref="m-1")
registered = RequestRegistered(
    request_id="r1",
    channel="hotline",
    origin="reactive",
    title=WORDS,
    text=WORDS,
    territory_unit="town-a",
    received_at=NOON,
    source_ref="m-1",
)
accepted = RequestAccepted(request_id="r1")
answered = RequestAnsweredOnSpot(request_id="r1", answer=WORDS, answered_at=NOON)
rejected = RequestRejected(request_id="r1", reason_code="legal", reason="应走诉讼", told_at=NOON)
linked = RequestLinked(request_id="r1", case_id="c1", link="new")
erased = PersonalDataErased(request_id="r1", key_ids=("request-r1",), legal_basis="本人申请")

REGISTER = RegisterRequest(NEW, NOON)
ANSWER = AnswerRequest(WORDS, NOON, NOON)
REJECT = RejectRequest("legal", "应走诉讼", NOON, NOON)
ERASE = ErasePersonalData(("request-r1",), "本人申请")


def test_a_request_is_registered_once() -> None:
    given(request).when(REGISTER).then(registered, again_rejected="already-registered")


def test_it_may_be_accepted_or_answered_at_once() -> None:
    given(request).when(replace(REGISTER, new=replace(NEW, accept=True))).then(
        registered, accepted, again_rejected="already-registered"
    )
    given(request).when(replace(REGISTER, new=replace(NEW, answer=WORDS))).then(
        registered, answered, again_rejected="already-registered"
    )


def test_but_not_before_it_was_made() -> None:
    ahead = NOON + timedelta(minutes=16)
    given(request).when(replace(REGISTER, new=replace(NEW, received_at=ahead))).then_rejected(
        "in-future", "received_at"
    )


def test_a_new_request_ends_in_one_of_three_ways() -> None:
    given(request, registered).when(AcceptRequest()).then(accepted)
    given(request, registered).when(ANSWER).then(answered)
    given(request, registered).when(REJECT).then(rejected)


def test_and_in_no_second_one() -> None:
    given(request, registered, accepted).when(ANSWER).then_rejected("already-accepted")
    given(request, registered, accepted, linked).when(REJECT).then_rejected("already-accepted")
    given(request, registered, answered).when(AcceptRequest()).then_rejected("already-answered")
    given(request, registered, answered).when(REJECT).then_rejected("already-answered")
    given(request, registered, rejected).when(AcceptRequest()).then_rejected("already-rejected")
    given(request, registered, rejected).when(ANSWER).then_rejected("already-rejected")


def test_nothing_happens_to_a_request_that_was_never_made() -> None:
    given(request).when(AcceptRequest()).then_rejected("no-such-request")


def test_turning_down_needs_a_reason_that_was_told() -> None:
    given(request, registered).when(replace(REJECT, reason=" ")).then_rejected("reason-missing", "reason")
    given(request, registered).when(replace(REJECT, told_at=None)).then_rejected("not-told", "told_at")
    later = NOON + timedelta(hours=1)
    given(request, registered).when(replace(REJECT, told_at=later)).then_rejected("in-future", "told_at")


def test_an_answer_has_words_and_a_past() -> None:
    given(request, registered).when(replace(ANSWER, answer=None)).then_rejected("answer-missing", "answer")
    later = NOON + timedelta(hours=1)
    given(request, registered).when(replace(ANSWER, answered_at=later)).then_rejected("in-future", "answered_at")


def test_an_accepted_request_gets_its_case() -> None:
    given(request, registered, accepted).when(LinkRequest("c1")).then(linked)
    given(request, registered).when(LinkRequest("c1")).then_rejected("not-accepted")
    given(request, registered, accepted, linked).when(AcceptRequest()).then_nothing()


def test_erasing_needs_a_legal_basis_and_is_possible_at_any_stage() -> None:
    given(request, registered).when(replace(ERASE, legal_basis="")).then_rejected("legal-basis-missing", "legal_basis")
    given(request, registered, accepted, linked).when(ERASE).then(erased)
    given(request, registered, erased).when(AcceptRequest()).then_rejected("erased")
    given(request, registered, accepted, erased).when(LinkRequest("c1")).then(linked)


def test_it_may_join_the_case_of_the_same_matter() -> None:
    joining = RequestAccepted(request_id="r1", join_case="c0", join_as="repeat")
    given(request, registered).when(AcceptRequest(join_case="c0", join_as="repeat")).then(joining)
    given(request, registered, joining).when(LinkRequest("c0", "repeat")).then(
        RequestLinked(request_id="r1", case_id="c0", link="repeat")
    )


def test_for_another_channel_it_ends_when_the_requester_was_told_which() -> None:
    go = RedirectRequest("legal-channel", "区人民法院", NOON, NOON)
    gone = RequestRedirected(request_id="r1", reason_code="legal-channel", channel="区人民法院", told_at=NOON)
    given(request, registered).when(go).then(gone)
    given(request, registered).when(replace(go, channel=" ")).then_rejected("channel-missing", "channel")
    given(request, registered).when(replace(go, told_at=None)).then_rejected("not-told", "told_at")
    given(request, registered, gone).when(AcceptRequest()).then_rejected("already-redirected")


def test_who_asked_may_take_it_back_until_it_is_accepted() -> None:
    back = RequestWithdrawn(request_id="r1", reason="已自行解决")
    given(request, registered).when(WithdrawRequest("已自行解决")).then(back)
    given(request, registered).when(WithdrawRequest("")).then_rejected("reason-missing", "reason")
    given(request, registered, accepted).when(WithdrawRequest("已自行解决")).then_rejected("already-accepted")
    given(request, registered, back).when(REJECT).then_rejected("already-withdrawn")


def test_it_follows_its_case_into_a_merge_and_back() -> None:
    merged = RequestLinked(request_id="r1", case_id="c2", link="merged", instead_of="c1")
    back = RequestLinked(request_id="r1", case_id="c1", link="new", instead_of="c2")
    given(request, registered, accepted, linked).when(LinkRequest("c2", "merged", "c1")).then(merged)
    given(request, registered, accepted, linked, merged).when(LinkRequest("c1", "new", "c2")).then(back)


def test_of_a_split_case_it_waits_for_every_part() -> None:
    one = RequestLinked(request_id="r1", case_id="p1", link="new", instead_of="c1")
    two = RequestLinked(request_id="r1", case_id="p2", link="new")
    given(request, registered, accepted, linked).when(LinkRequest("p1", "new", "c1")).then(one)
    given(request, registered, accepted, linked, one).when(LinkRequest("p2", "new", "c1")).then(two)


def test_an_opening_heard_of_after_its_merge_changes_nothing() -> None:
    merged = RequestLinked(request_id="r1", case_id="c2", link="merged")
    given(request, registered, accepted).when(LinkRequest("c2", "merged", "c1")).then(merged)
    given(request, registered, accepted, merged).when(LinkRequest("c1")).then()


def test_more_is_added_to_what_was_taken_in_and_to_nothing_else() -> None:
    more = SupplementRequest(WORDS)
    added = RequestSupplemented(request_id="r1", text=WORDS)
    given(request, registered, accepted).when(more).then(added, repeatable=True)
    given(request, registered, accepted, linked, added).when(more).then(added, repeatable=True)
    given(request, registered).when(more).then_rejected("not-accepted")
    given(request, registered, rejected).when(more).then_rejected("not-accepted")
    given(request, registered, accepted, erased).when(more).then_rejected("erased")
    given(request, registered, accepted).when(SupplementRequest(None)).then_rejected("supplement-missing", field="text")


def test_what_was_received_lies_within_reach() -> None:
    at_the_edge = replace(NEW, received_at=NOON - LONGEST_AGO)
    given(request).when(replace(REGISTER, new=at_the_edge)).then(
        registered.model_copy(update={"received_at": NOON - LONGEST_AGO}), again_rejected="already-registered"
    )
    older = replace(NEW, received_at=NOON - LONGEST_AGO - timedelta(seconds=1))
    given(request).when(replace(REGISTER, new=older)).then_rejected("too-long-ago", "received_at")


def test_nothing_was_told_on_a_day_before_it_was_received() -> None:
    before = NOON - timedelta(days=1)
    for command, field in (
        (replace(ANSWER, answered_at=before), "answered_at"),
        (replace(REJECT, told_at=before), "told_at"),
        (RedirectRequest("court", "法院", before, NOON), "told_at"),
    ):
        given(request, registered).when(command).then_rejected("before-receipt", field)
    earlier_that_day = replace(ANSWER, answered_at=NOON - timedelta(hours=2))
    told = answered.model_copy(update={"answered_at": NOON - timedelta(hours=2)})
    given(request, registered).when(earlier_that_day).then(told)


def test_what_the_directory_does_not_have_is_refused_beside_its_field() -> None:
    nowhere, nobody = Unknown("territory", "unit"), Unknown("subject", "subject")
    given(request).when(replace(REGISTER, unknown=(nowhere, nobody))).then_rejected("no-such-unit", "territory")
    given(request).when(replace(REGISTER, unknown=(nobody,))).then_rejected("no-such-subject", "subject")
