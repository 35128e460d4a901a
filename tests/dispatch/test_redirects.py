"""Matters for another channel: what a person found them to be holds, and what their words suggest asks for a reason."""

from dataclasses import replace

from contracts.pack import parse_pack
from services.dispatch.domain.commands import Dispatch, Elsewhere
from services.dispatch.domain.decide import dispatch_case
from services.dispatch.domain.packrules import redirect_by_words
from tests.dispatch.story import classified, classify_it, close_it, issue_it, issued, opened, route_it, routed
from tests.dispatch.world import PACK
from tests.spec import given

DISCIPLINE = replace(classify_it, redirect="discipline")
found = classified.model_copy(update={"redirect": "discipline"})
WORDS = Elsewhere("纪检监察事项", "纪检监察机关")


def test_a_matter_for_the_discipline_inspection_goes_to_no_department() -> None:
    """§2.5 (5): redirected, never dispatched."""
    given(dispatch_case, opened).when(DISCIPLINE).then(found)
    given(dispatch_case, opened, found).when(route_it).then_rejected("redirected", field="redirect")
    given(dispatch_case, opened).when(Dispatch(DISCIPLINE, route_it, issue_it)).then_rejected("redirected")


def test_not_even_when_it_was_routed_before_anybody_saw_what_it_is() -> None:
    given(dispatch_case, opened, classified, routed, found).when(issue_it).then_rejected("redirected")


def test_it_ends_by_telling_the_requester_where() -> None:
    told = replace(close_it, reason_code="legal-channel", reason="属纪检监察事项", channel="纪检监察机关")
    decided = given(dispatch_case, opened, found).when(told).decided()
    assert [event.TYPE for event in decided] == ["case-closed-unhandled"]
    given(dispatch_case, opened, found).when(replace(told, channel=None)).then_rejected("no-channel")
    given(dispatch_case, opened, found).when(replace(told, reason=" ")).then_rejected("reason-missing")


def test_words_of_a_redirect_class_ask_for_a_reason_and_a_person_decides() -> None:
    suspicious = replace(route_it, elsewhere=WORDS)
    refused = given(dispatch_case, opened, classified).when(suspicious).then_rejected("redirect-class", "route_reason")
    assert refused.params == {"name": "纪检监察事项", "channel": "纪检监察机关"}
    given(dispatch_case, opened, classified).when(replace(suspicious, reason="只是比喻")).then(
        routed.model_copy(update={"reason": "只是比喻"})
    )


def test_what_was_found_not_to_be_one_after_all_goes_its_way() -> None:
    given(dispatch_case, opened, found).when(classify_it).then(classified)
    given(dispatch_case, opened, found, classified, routed).when(issue_it).then(issued())


def test_an_emergency_goes_before_a_legal_channel() -> None:
    pack = parse_pack(PACK.read_bytes())
    row = redirect_by_words(pack, "村干部贪污，有人持刀")
    assert row is not None
    assert (row.code, row.channel) == ("police", "110")
    assert redirect_by_words(pack, "路灯不亮") is None
