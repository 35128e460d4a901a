"""Recording a visit."""

from dataclasses import replace
from datetime import timedelta

from contracts.intake import RequestAccepted, RequestAnsweredOnSpot, RequestRegistered, VisitRecorded
from contracts.sealed import Sealed
from services.intake.domain.new_request import LONGEST_AGO, NewRequest, Unknown
from services.intake.domain.visit import MOST_REQUESTS, RecordVisit, visit
from tests.spec import NOON, given

WORDS = Sealed(key_id="request-v1-1", box="AAAA")


def new(number: int, **more: object) -> NewRequest:
    plain = NewRequest(
        f"v1-{number}",
        WORDS,
        WORDS,
        NOON,
        channel="visit",
        origin="proactive",
        visit_id="v1",
        subject_id="s1",
        territory_unit="town-a",
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def registered(number: int) -> RequestRegistered:
    return RequestRegistered(
        request_id=f"v1-{number}",
        channel="visit",
        origin="proactive",
        visit_id="v1",
        subject_id="s1",
        title=WORDS,
        text=WORDS,
        territory_unit="town-a",
        received_at=NOON,
    )


QUIET = RecordVisit("v1", "s1", ("p1",), {"p1"}, "none", NOON, NOON, "town-a")
ASKS = replace(QUIET, outcome="asks", requests=(new(1), new(2)))
quiet = VisitRecorded(visit_id="v1", subject_id="s1", visitors=("p1",), mode="doorstep", territory_unit="town-a")


def test_a_visit_without_requests() -> None:
    given(visit).when(QUIET).then(quiet, again_rejected="already-recorded")


def test_nobody_at_home_is_an_attempt() -> None:
    given(visit).when(replace(QUIET, outcome="away")).then(
        quiet.model_copy(update={"attempted_only": True}), again_rejected="already-recorded"
    )


def test_the_way_of_contact_is_one_that_the_programme_names() -> None:
    """JW-05: 挂钩联系、包村入户、对口帮扶、设岗定责、实地调研."""
    ways = ("挂钩联系", "包村入户")
    named = replace(QUIET, basis="包村入户", bases=ways)
    given(visit).when(named).then(quiet.model_copy(update={"basis": "包村入户"}), again_rejected="already-recorded")
    given(visit).when(replace(QUIET, bases=ways)).then(quiet, again_rejected="already-recorded")
    given(visit).when(replace(named, basis="电话")).then_rejected("unknown-basis", field="basis")
    given(visit).when(replace(QUIET, basis="随机")).then(
        quiet.model_copy(update={"basis": "随机"}), again_rejected="already-recorded"
    )


def test_all_requests_of_a_visit_come_with_it() -> None:
    with_ids = quiet.model_copy(update={"request_ids": ("v1-1", "v1-2")})
    given(visit).when(ASKS).then(with_ids, registered(1), registered(2), again_rejected="already-recorded")


def test_each_may_be_accepted_or_settled_there() -> None:
    requests = (new(1, accept=True), new(2, answer=WORDS))
    given(visit).when(replace(ASKS, requests=requests)).then(
        quiet.model_copy(update={"request_ids": ("v1-1", "v1-2")}),
        registered(1),
        RequestAccepted(request_id="v1-1"),
        registered(2),
        RequestAnsweredOnSpot(request_id="v1-2", answer=WORDS, answered_at=NOON),
        again_rejected="already-recorded",
    )


def test_lt_38_what_was_done_is_of_the_packs_list() -> None:
    """摸排问题、了解需求、化解矛盾、密切联系群众: what the pack does not list is refused beside the field."""
    listed = replace(QUIET, listed=("摸排问题", "了解需求"), content=("了解需求",))
    given(visit).when(listed).then(
        quiet.model_copy(update={"content": ("了解需求",)}), again_rejected="already-recorded"
    )
    given(visit).when(replace(listed, content=("摸排问题", "喝茶"))).then_rejected("not-listed", "content")
    given(visit).when(replace(QUIET, content=("了解需求",))).then_rejected("not-listed", "content")


def test_a_phone_may_be_a_quarter_of_an_hour_ahead_and_no_more() -> None:
    just = NOON + timedelta(minutes=15)
    given(visit).when(replace(QUIET, visited_at=just)).then(quiet, again_rejected="already-recorded")
    later = just + timedelta(seconds=1)
    given(visit).when(replace(QUIET, visited_at=later)).then_rejected("in-future", "visited_at")


def test_visitors_are_on_the_roster() -> None:
    refused = given(visit).when(replace(QUIET, visitors=("p1", "p9"))).then_rejected("not-on-roster", "visitors")
    assert refused.params == {"names": "p9"}
    given(visit).when(replace(QUIET, visitors=())).then_rejected("no-visitor", "visitors")


def test_the_subject_is_in_the_directory() -> None:
    given(visit).when(replace(QUIET, territory_unit=None)).then_rejected("no-such-subject", "subject")


def test_what_was_heard_fits_what_was_met() -> None:
    given(visit).when(replace(ASKS, requests=())).then_rejected("no-request", "requests.0.text")
    given(visit).when(replace(ASKS, outcome="away")).then_rejected("nobody-met", "outcome")
    given(visit).when(replace(ASKS, outcome="none")).then_rejected("none-but-some", "outcome")
    many = tuple(new(n) for n in range(MOST_REQUESTS + 1))
    given(visit).when(replace(ASKS, requests=many)).then_rejected("too-many", "requests")


def test_the_moments_of_a_visit_are_possible_ones() -> None:
    given(visit).when(replace(QUIET, visited_at=NOON - LONGEST_AGO * 2)).then_rejected("too-long-ago", "visited_at")
    ahead = replace(QUIET, captured_at=NOON + timedelta(days=400))
    given(visit).when(ahead).then_rejected("in-future", "captured_at")


def test_a_complaint_names_a_unit_of_the_directory() -> None:
    named = replace(ASKS, unknown=(Unknown("requests.1.complained", "unit"),))
    given(visit).when(named).then_rejected("no-such-unit", "requests.1.complained")
