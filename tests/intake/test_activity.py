"""Activities and papers: what the pack's kind asks for is there, and a mistake is taken back by an event of its own."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts.intake.outreach import ActivityHeld, ActivityWithdrawn
from contracts.pack import parse_pack
from services.intake.domain.activity import ACTIVITY, RecordActivity, WithdrawActivity
from services.intake.domain.new_request import Unknown
from tests.spec import given

EB = parse_pack((Path(__file__).parents[1] / "packs" / "eb-2012.toml").read_bytes())
KINDS = {row.id: row for row in EB.lists.activity}


def doing(kind: str, **more: Any) -> RecordActivity:
    plain = RecordActivity(
        activity_id="a1",
        programme_id="eb-2012",
        row=KINDS[kind],
        rule_id="activity[1]",
        on=date(2012, 6, 28),
        today=date(2012, 7, 3),
        start=EB.programme.start,
        end=EB.programme.end,
        unit="sec-1",
        persons=("p1",),
        roster=frozenset({"p1"}),
        topic="示例内容",
        others=EB.programme.also_counts_for,
    )
    return replace(plain, **more)


def done(kind: str, **more: Any) -> ActivityHeld:
    return ActivityHeld(
        activity_id="a1",
        programme_id="eb-2012",
        kind=kind,
        on=date(2012, 6, 28),
        unit="sec-1",
        persons=("p1",),
        topic="示例内容",
        rule_id="activity[1]",
    ).model_copy(update=more)


held = done("education")
withdrawn = ActivityWithdrawn(activity_id="a1", reason="重复登记")


def test_an_activity_is_entered_once() -> None:
    given(ACTIVITY).when(doing("education")).then(held, again_rejected="already-recorded")


def test_nothing_is_entered_for_people_of_another_unit_nor_held_jointly_with_ones_own() -> None:
    given(ACTIVITY).when(doing("education", strangers=("示例丙",))).then_rejected("of-another-unit")
    given(ACTIVITY).when(doing("joint_org_life", joint_with=("sec-1",))).then_rejected("own-unit-joined")
    given(ACTIVITY).when(doing("joint_org_life", joint_with=("sec-1", "vil-1"))).then_rejected("own-unit-joined")
    given(ACTIVITY).when(doing("joint_org_life", joint_with=("vil-1",))).then(
        done("joint_org_life", joint_with=("vil-1",)), again_rejected="already-recorded"
    )


def test_a_report_has_a_title_a_number_and_one_of_the_four_classes() -> None:
    whole = doing("research_report", document="示例〔2012〕1号", topic_class="热点难点")
    given(ACTIVITY).when(whole).then(
        done("research_report", document="示例〔2012〕1号", topic_class="热点难点"), again_rejected="already-recorded"
    )
    given(ACTIVITY).when(replace(whole, topic="")).then_rejected("no-topic")
    given(ACTIVITY).when(replace(whole, document="")).then_rejected("no-document")
    given(ACTIVITY).when(replace(whole, topic_class="随便")).then_rejected("no-topic-class")


def test_party_life_is_held_with_those_who_are_paired() -> None:
    given(ACTIVITY).when(doing("joint_org_life")).then_rejected("nobody-joined")
    given(ACTIVITY).when(doing("joint_org_life", joint_with=("village-1",))).then(
        done("joint_org_life", joint_with=("village-1",)), again_rejected="already-recorded"
    )


def test_what_is_brought_is_one_of_the_eight_and_what_it_counts_for_is_named() -> None:
    """EB-17, EB-26, JW-28: 八送; what also counts for 四比四看 says so."""
    brought = doing("practical_problem", services=("送政策",), also_counts_for=("四比四看",))
    given(ACTIVITY).when(brought).then(
        done("practical_problem", services=("送政策",), also_counts_for=("四比四看",)),
        again_rejected="already-recorded",
    )
    given(ACTIVITY).when(replace(brought, services=("送月亮",))).then_rejected("unknown-service")
    given(ACTIVITY).when(replace(brought, also_counts_for=("别的活动",))).then_rejected("unknown-programme")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"row": None}, "no-such-activity"),
        ({"on": date(2012, 7, 4)}, "in-future"),
        ({"on": date(2012, 2, 28)}, "outside-programme"),
        ({"persons": ("p1", "p9")}, "not-on-roster"),
        ({"unknown": (Unknown("subjects.0", "subject"),)}, "no-such-subject"),
        ({"topic": ""}, "no-topic"),
    ],
)
def test_what_cannot_have_been_is_refused(wrong: dict[str, Any], code: str) -> None:
    given(ACTIVITY).when(doing("education", **wrong)).then_rejected(code)


def test_a_mistake_is_taken_back_once_with_its_reason() -> None:
    back = WithdrawActivity("a1", "重复登记")
    given(ACTIVITY, held).when(back).then(withdrawn, again_rejected="already-withdrawn")
    given(ACTIVITY, held).when(replace(back, reason="")).then_rejected("reason-missing")
    given(ACTIVITY).when(back).then_rejected("no-such-activity")
