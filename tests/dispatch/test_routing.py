"""Where a case goes by the two packs: the order of the rules, recusal, and the reason in both languages."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from contracts.pack import CaseFacts, Pack, parse_pack
from services.dispatch.domain.packrules import NO_RULE
from services.dispatch.domain.routing import RouteFacts, RouteSuggestion, suggest_route
from services.reference.directory import Unit

PACKS = Path(__file__).parents[2] / "deploy" / "packs"
JW = parse_pack((PACKS / "jw-2017.toml").read_bytes())
LT = parse_pack((PACKS / "lt-2019.toml").read_bytes())

DISTRICT = (
    Unit("district", "示范区", "district", None, ()),
    Unit("desk-12345", "大走访专席", "desk", "district", ()),
    Unit("town-01", "示例甲镇", "town", "district", ()),
    Unit("village-01", "示例桥村", "village", "town-01", ()),
    Unit("dept-city", "区城管局", "department", "district", ("road-lamp",)),
    Unit("dept-water", "区水务局", "department", "district", ()),
    Unit("dept-nature", "区环保局", "department", "district", ("environment-river",)),
    Unit("dept-many", "区综合局", "department", "district", ("road-lamp", "health-clinic", "order-other")),
)
STREET = (
    Unit("street", "示例街道", "district", None, ()),
    Unit("sec-housing", "示例房管科", "department", "street", ()),
    Unit("sec-safety", "示例平安科", "department", "street", ()),
    Unit("sec-city", "示例城管科", "department", "street", ()),
    Unit("comm-01", "示例园社区", "community", "street", ()),
)


def jw(**said: object) -> RouteSuggestion:
    return ask(JW, DISTRICT, **said)


def ask(pack: Pack, units: Sequence[Unit], **said: object) -> RouteSuggestion:
    own = {key: said.pop(key) for key in list(said) if key in RouteFacts.__dataclass_fields__}
    found = suggest_route(pack, RouteFacts(case=CaseFacts(**said), **own), units)  # type: ignore[arg-type]
    assert found.reason("zh")
    assert found.reason("en")
    return found


def test_a_matter_of_one_person_goes_to_the_town_above_the_village() -> None:
    """JW-09, JW-11: 属地管理, the town is the responsible body."""
    found = jw(scope="individual", category="road-lamp", territory="village-01")
    assert (found.rule_id, found.lead, found.order_kind) == ("route[3]", "town-01", "assign")
    assert found.issued_by == "work_group_lead"
    assert "上级为示例甲镇" in found.reason_zh
    assert "个性问题由镇、街道、功能区主办" in found.reason_zh


def test_what_suits_the_desk_goes_there_first() -> None:
    """JW-16: 12345平台大走访专席."""
    found = jw(scope="individual", desk_suitable=True, territory="town-01")
    assert (found.rule_id, found.lead, found.order_kind) == ("route[1]", "desk-12345", "hotline_desk")


def test_a_common_matter_goes_by_the_list_to_the_department_of_the_directory() -> None:
    """JW-12, SH-21: by its level, 分级包干."""
    found = jw(scope="common", category="road-lamp", territory="town-01")
    assert (found.rule_id, found.lead, found.order_kind) == ("route[4]", "dept-city", "pooled_list")
    assert (found.prepared_by, found.issued_by, found.report) == ("work_group_lead", "programme_office", "R20")
    assert "派单目录第 3 行" in found.reason_zh
    river = jw(scope="common", category="environment-river")
    assert (river.lead, river.co) == ("dept-water", ("dept-nature",))
    assert jw(scope="individual", level="district", category="road-lamp").rule_id == "route[2]"


def test_without_a_line_in_the_directory_duties_decide_and_the_narrower_one_wins() -> None:
    clinic = jw(scope="common", category="health-clinic")
    assert clinic.lead == "dept-many", "the unit of the directory's line is not in this district"
    assert "职责列有看病就医" in clinic.reason_zh


def test_nobody_handles_a_complaint_about_themselves_or_about_whom_they_stand_below() -> None:
    lamp = jw(scope="common", category="road-lamp", complained=("dept-city",))
    assert lamp.lead == "dept-many"
    assert "区城管局须回避" in lamp.reason_zh
    town = jw(scope="individual", category="road-lamp", territory="village-01", complained=("town-01",))
    assert (town.rule_id, town.lead, town.decide_by) == (NO_RULE, None, "programme_office")
    assert set(town.excluded) == {"town-01", "village-01"}
    both = jw(scope="common", category="road-lamp", complained=("dept-city",), interested=("dept-many",))
    assert both.lead is None


def test_without_a_rule_the_office_decides_within_its_limit() -> None:
    found = jw()
    assert (found.rule_id, found.lead, str(found.decide_within)) == (NO_RULE, None, "4wh")
    assert found.reason_zh == "没有规则适用；由区活动办在 4 个工作小时内决定（兜底）"


@pytest.mark.parametrize(
    ("said", "kind", "channel"),
    [
        ({"text": "楼下着火，已经起诉"}, "emergency", "119"),
        ({"text": "已起诉物业", "handled": "JW-0007"}, "legal", "人民法院、仲裁机构"),
        ({"redirect_class": "discipline"}, "legal", "纪检监察机关"),
        ({"handled": "JW-0007", "secret": True}, "handled", "JW-0007"),
        ({"secret": True}, "secret", ""),
    ],
)
def test_what_is_for_another_channel_goes_before_every_route(said: dict[str, object], kind: str, channel: str) -> None:
    found = jw(scope="individual", territory="town-01", **said)
    assert found.redirect is not None
    assert (found.redirect.kind, found.redirect.channel, found.lead) == (kind, channel, None)


def test_a_section_leads_and_the_community_stands_beside_it() -> None:
    """LT-15, LT-44: 归口落实 to the section, and its territory beside it."""
    found = ask(LT, STREET, scope="individual", category="waste-exposed", territory="comm-01")
    assert (found.rule_id, found.lead, found.territory) == ("route[2]", "sec-city", "comm-01")
    assert (found.co, found.designate_by) == ((), None)


def test_two_departments_wait_for_the_main_leader() -> None:
    asked = {"category": "property-repair", "territory": "comm-01"}
    waiting = ask(LT, STREET, **asked)
    assert (waiting.rule_id, waiting.lead, waiting.designate_by) == ("route[1]", None, "main_leader")
    assert waiting.co == ("sec-housing", "sec-safety")
    assert waiting.supervised_by == "main_leader"
    named = ask(LT, STREET, designated="sec-housing", **asked)
    assert (named.lead, named.co, named.designate_by) == ("sec-housing", ("sec-safety",), None)
    assert ask(LT, STREET, designated="comm-01", **asked).lead is None, "a community never leads"


def test_a_community_complained_of_gets_no_order() -> None:
    found = ask(LT, STREET, category="waste-exposed", territory="comm-01", complained=("comm-01",))
    assert (found.lead, found.territory) == ("sec-city", None)


def test_packs_say_what_completion_needs() -> None:
    """JW-03, JW-20: 好事、实事、难事, each with what it needs."""
    hard, good, normal = JW.completion("hard"), JW.completion("good"), LT.completion("normal")
    assert (hard.plan, hard.consultation, hard.site_visit, hard.evidence) == (True, True, False, False)
    assert (good.plan, good.consultation) == (False, False)
    assert (normal.plan, normal.consultation, normal.site_visit, normal.evidence) == (False, False, True, True)
    assert JW.must_solve("order-wage")
    assert not JW.must_solve("order-other")
    assert [str(LT.finish("normal", n)) for n in (1, 2, 3)] == ["7d", "3d", "3d"]
    meeting = LT.meeting("four_people")
    assert meeting is not None
    assert (meeting.must_attend, meeting.steps) == (("area_leader",), ("民提", "民议", "民决", "民评"))
