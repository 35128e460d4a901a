"""通报: every ground, every refusal, withdrawal; what a pack must say of them; the paper."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.pack import PackErrors, parse_pack
from contracts.supervision import Ground, NoticeDeclined, NoticeIssued, NoticeWithdrawn
from deploy.packs.demo import render_demo_pack
from services.supervision.domain.bulletin import (
    BULLETIN,
    DeclineProposal,
    GroundRule,
    IssueBulletin,
    Target,
    WithdrawBulletin,
)
from services.supervision.paper.bulletin import Bulletin, Reason, bulletin_paper, number
from services.supervision.read.bulletins import BULLETIN_ROWS, DECLINED_ROWS
from services.ui.papers.word import docx
from tests.dispatch.test_paper import pages, typeset_papers
from tests.spec import NOON, given, given_rows

PACKS = Path(__file__).parents[2] / "deploy" / "packs"
JW, LT = ((PACKS / f"{name}.toml").read_bytes() for name in ("jw-2017", "lt-2019"))
SOON = NOON + timedelta(days=15)
WEAK = Ground(code="weak_handling", text="两次被督办仍未办结", case_ids=("c1", "c2"))
RULES = (GroundRule("weak_handling", cases=True, rectify=True), GroundRule("false_report"))
OFFICES = ("programme_office", "discipline")

criticise = IssueBulletin(
    bulletin_id="b1",
    programme_id="jw",
    kind="criticise",
    targets=(Target("town-a", "town-a"), Target("p-7", "town-b")),
    grounds=(WEAK,),
    scope="全区",
    text="请举一反三。",
    at=NOON,
    role="programme_office",
    unit="office",
    rules=RULES,
    issued_by=OFFICES,
    scopes=("全区", "有关单位"),
    known_cases=frozenset({"c1", "c2"}),
    rectify_by=SOON,
)
issued = NoticeIssued(
    bulletin_id="b1",
    programme_id="jw",
    kind="criticise",
    targets=("town-a", "p-7"),
    grounds=(WEAK,),
    scope="全区",
    rectify_by=SOON,
    text="请举一反三。",
)
withdraw = WithdrawBulletin("督办单已撤销", "discipline", OFFICES)
withdrawn = NoticeWithdrawn(bulletin_id="b1", reason="督办单已撤销")


def test_criticism_names_units_and_persons_with_its_ground_and_the_day_it_is_put_right() -> None:
    given(BULLETIN).when(criticise).then(issued)


def test_exposure_and_praise_stand_on_their_own_grounds() -> None:
    false = Ground(code="false_report")
    expose = replace(criticise, kind="expose", grounds=(false,), rectify_by=None)
    given(BULLETIN).when(expose).then(
        issued.model_copy(update={"kind": "expose", "grounds": (false,), "rectify_by": None})
    )
    on_time = Ground(code="按时进行走访", kpi="K08", value="98.5")
    praise = replace(
        criticise,
        kind="commend",
        grounds=(on_time,),
        rules=(GroundRule("按时进行走访", kpi="K08"),),
        rectify_by=None,
        scopes=(),
        scope="全街道",
    )
    given(BULLETIN).when(praise).then(
        issued.model_copy(update={"kind": "commend", "grounds": (on_time,), "rectify_by": None, "scope": "全街道"})
    )


def test_a_notice_may_reward_or_punish_for_a_final_assessment_of_those_it_names() -> None:
    """及时兑现奖惩 (HA-31): a person is assessed with the unit."""
    assessed = frozenset({"town-a", "town-b"})
    (event,) = given(BULLETIN).when(replace(criticise, assessment_id="a1", assessed=assessed)).decided()
    assert event == issued.model_copy(update={"assessment_id": "a1"})


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"role": "dispatcher"}, "role-may-not", None),
        ({"targets": ()}, "no-target", "targets"),
        ({"targets": (Target("nobody", None),)}, "unknown-target", "targets"),
        ({"targets": (Target("office", "office"),)}, "own-unit", "targets"),
        ({"targets": (Target("town-a", "town-a"), Target("p-1", "office"))}, "own-unit", "targets"),
        ({"grounds": ()}, "no-ground", "grounds"),
        ({"grounds": (Ground(code="late"),)}, "ground-not-named", "grounds.late"),
        ({"grounds": (WEAK, WEAK)}, "ground-twice", "grounds.weak_handling"),
        ({"grounds": (Ground(code="weak_handling"),)}, "ground-without-cases", "grounds.weak_handling.cases"),
        ({"known_cases": frozenset({"c1"})}, "no-such-case", "grounds.weak_handling.cases"),
        ({"rules": (GroundRule("weak_handling", kpi="K18"),)}, "ground-without-value", "grounds.weak_handling.value"),
        ({"scope": "全市"}, "scope-not-named", "scope"),
        ({"scope": "", "scopes": ()}, "no-scope", "scope"),
        ({"rectify_by": None}, "no-rectify-by", "rectify_by"),
        ({"rectify_by": NOON}, "rectify-by-past", "rectify_by"),
        ({"kind": "commend"}, "praise-has-no-deadline", "rectify_by"),
        ({"assessment_id": "a1"}, "no-such-assessment", "assessment_id"),
        ({"assessment_id": "a1", "assessed": frozenset({"town-a"})}, "not-assessed", "assessment_id"),
    ],
)
def test_what_nobody_may_issue(change: dict[str, Any], code: str, field: str | None) -> None:
    given(BULLETIN).when(replace(criticise, **change)).then_rejected(code, field)


def test_the_value_of_another_indicator_is_no_value() -> None:
    other = Ground(code="weak_handling", kpi="K07", value="61.2")
    rules = (GroundRule("weak_handling", kpi="K18"),)
    given(BULLETIN).when(replace(criticise, grounds=(other,), rules=rules)).then_rejected("ground-without-value")
    right = Ground(code="weak_handling", kpi="K18", value="61.2")
    assert given(BULLETIN).when(replace(criticise, grounds=(right,), rules=rules)).decided()


def test_a_notice_is_withdrawn_once_with_its_reason_and_never_by_those_it_names() -> None:
    given(BULLETIN, issued).when(withdraw).then(withdrawn, again_rejected="bulletin-withdrawn")
    for change, code in (
        ({"reason": ""}, "reason-missing"),
        ({"role": "supervisor"}, "role-may-not"),
        ({"own": frozenset({"p-7"})}, "own-unit"),
    ):
        given(BULLETIN, issued).when(replace(withdraw, **change)).then_rejected(code)
    given(BULLETIN).when(withdraw).then_rejected("no-such-bulletin")
    given(BULLETIN, issued).when(replace(withdraw, own=frozenset({"office"}))).then(
        withdrawn, again_rejected="bulletin-withdrawn"
    )


def test_what_the_pack_proposes_may_be_decided_against_with_a_reason() -> None:
    decline = DeclineProposal(
        "b2", "jw", "criticise", Target("town-a", "town-a"), "weak_handling", "已约谈", "discipline", "office", OFFICES,
        proposed=True,
    )  # fmt: skip
    declined = NoticeDeclined(
        bulletin_id="b2", programme_id="jw", kind="criticise", target="town-a", ground="weak_handling", reason="已约谈"
    )
    given(BULLETIN).when(decline).then(declined)
    for change, code in (
        ({"reason": ""}, "reason-missing"),
        ({"role": "supervisor"}, "role-may-not"),
        ({"unit": "town-a"}, "own-unit"),
        ({"proposed": False}, "not-proposed"),
    ):
        given(BULLETIN).when(replace(decline, **change)).then_rejected(code)
    given(BULLETIN, declined).when(withdraw).then_rejected("no-such-bulletin")
    given_rows(BULLETIN_ROWS, declined).no_row("b2")
    given_rows(DECLINED_ROWS, declined).row("b2", code="weak_handling", target="town-a", reason="已约谈")


def test_the_list_shows_grounds_cases_and_withdrawal() -> None:
    rows = given_rows(BULLETIN_ROWS, issued, withdrawn)
    rows.row("b1", kind="criticise", codes=("weak_handling",), case_ids=("c1", "c2"), reason="督办单已撤销", version=2)


def errors(pack: bytes, *rows: str) -> set[str]:
    text = pack.decode()
    start, end = text.index("notice = ["), text.index("report = [")
    changed = f"{text[:start]}notice = [\n{''.join(f'  {row},' + chr(10) for row in rows)}]\n{text[end:]}"
    with pytest.raises(PackErrors) as refused:
        parse_pack(changed.encode())
    return {error.place for error in refused.value.errors}


def test_a_pack_names_grounds_of_its_own_words_and_is_told_everything_that_is_wrong_at_once() -> None:
    assert errors(
        JW,
        '{ kind = "commend", code = "weak_handling" }',
        '{ kind = "criticise", code = "weak_handling", needs = ["kpi"] }',
        '{ kind = "criticise", code = "weak_handling", kpi = "K99" }',
        '{ kind = "expose", code = "falsification", proposed_on = "satisfied" }',
        '{ kind = "expose", code = "false_report", proposed_on = "misreports", level = "red" }',
        '{ kind = "criticise", code = "false_report", proposed_on = "slips", level = "purple" }',
        '{ kind = "blame", code = "false_report" }',
        '{ kind = "criticise", code = "dotted.code" }',
    ) == {
        "lists.notice[1].code",
        "lists.notice[2].kpi",
        "lists.notice[3].code",
        "lists.notice[3].kpi",
        "lists.notice[4].proposed_on",
        "lists.notice[5].level",
        "lists.notice[6].level",
        "lists.notice[7].kind",
        "lists.notice[8].code",
    }
    wrong = JW.replace(b'issued_by = ["programme_office", "leading_group", "supervisor"]', b'issued_by = ["emperor"]')
    with pytest.raises(PackErrors) as refused:
        parse_pack(wrong)
    assert [error.place for error in refused.value.errors] == ["notices.issued_by[1]"]


def test_liulitun_praises_on_three_merits_and_criticises_on_four_faults() -> None:
    pack = parse_pack(LT)
    assert [row.code for row in pack.notice_grounds("commend")] == list(pack.taxonomy.merit)
    assert [row.code for row in pack.notice_grounds("criticise")] == list(pack.taxonomy.misconduct)
    assert pack.notice_grounds("expose") == ()


@pytest.mark.parametrize("content", [JW, LT, render_demo_pack(NOON.date())], ids=["jw", "lt", "demo"])
def test_every_ground_of_a_shipped_pack_names_cases_or_a_value(content: bytes) -> None:
    pack = parse_pack(content)
    bare = [(row.kind, row.code) for row in pack.lists.notice if not row.needs]
    assert bare == [], "on these one could praise or blame with nothing behind it"


def test_the_words_of_a_pack_that_lists_no_grounds_are_its_grounds() -> None:
    text = LT.decode()
    without = text[: text.index("notice = [")] + text[text.index("report = [") :]
    pack = parse_pack(without.encode())
    assert [row.code for row in pack.notice_grounds("commend")] == ["按时进行走访", "及时摸排需求", "认真解决问题"]
    assert {"falsification", "问题不解决"} <= {row.code for row in pack.notice_grounds("expose")}


def bulletin(**more: Any) -> Bulletin:
    values: dict[str, Any] = {
        "number": number(3, NOON), "issued_at": NOON, "issuer": "示例区活动办", "kind": "criticise",
        "programme": "示例活动", "targets": ["示例甲镇", "示例住建局演示甲"],
        "reasons": [Reason("解决不力", "两次被督办仍未办结", "按期办结率 K18：61.2", ["JW-0001", "JW-0012"])],
        "scope": "全区", "text": "请举一反三，限期整改。", "rectify_by": SOON, **more,
    }  # fmt: skip
    return Bulletin(**values)


def words(made: Bulletin) -> str:
    return str(bulletin_paper(made))


def test_the_paper_says_everything_of_r12() -> None:
    said = words(bulletin())
    for part in (
        "通报〔2017〕3号", "通报批评", "示例甲镇、示例住建局演示甲", "解决不力：两次被督办仍未办结",
        "按期办结率 K18：61.2；问题2件",
        "JW-0001、JW-0012", "整改时限", "2017年8月1日12时前", "全区", "请举一反三",
    ):  # fmt: skip
        assert part in said, part
    assert "整改" not in words(bulletin(kind="commend", rectify_by=None, text="予以表彰。"))
    assert "——" in words(bulletin(reasons=[Reason("虚报瞒报", "", "", [])]))


def test_the_paper_is_one_page_of_pdf_a_and_has_the_same_bytes_twice() -> None:
    first = typeset_papers(bulletin_paper(bulletin()))
    assert first == typeset_papers(bulletin_paper(bulletin()))
    assert pages(first) == 1
    assert b"pdfaid:part" in first or b"pdfaid" in first
    many = [Reason(f"事由甲{n}", "情况说明" * 60, "", [f"JW-{n:04d}" for n in range(60)]) for n in range(8)]
    assert pages(typeset_papers(bulletin_paper(bulletin(reasons=many)))) > 1
    assert docx([bulletin_paper(bulletin())]) == docx([bulletin_paper(bulletin())])
