"""What an act names must be there: units, persons, cases, slips, grounds; and what a slip's source claims, too."""

from typing import Any

import pytest

from services.supervision.read.ladder_questions import recorded
from services.supervision.read.slip_keys import told_matter
from tests.supervision.ladder_stage import (
    DISCIPLINE,
    LEADER,
    LT,
    OFFICE,
    TOLD,
    MakeStage,
    Stage,
    falsified,
    handed_over,
)
from tests.supervision.test_ladder_service import call_back

SLIP = {"target_unit": "town-a", "level": "blue", **TOLD}
ORDERED = {"unit": "town-a", "items": ["修复路面"], "due": "2017-09-01T18:00:00+08:00", "grounds": ["weak_handling"]}
TALK = {"unit": "town-a", "head": "p-head", "held_at": "2017-07-17T11:00:00+08:00", "content": "限期一周完成"}
MEETING = {"programme": "jw-2017", "held_at": "2017-07-17T10:00:00+08:00", "chair": "p-l", "agenda": "示例议题"}
DECISION = {"text": "月底前复核", "unit": "town-a", "due": "2017-07-31T18:00:00+08:00"}


async def test_what_nobody_knows_is_refused_at_its_field(make_stage: MakeStage) -> None:
    stage = await make_stage()
    await stage.hear(*handed_over())
    refusals: list[tuple[Any, str, dict[str, Any], str, str]] = [
        (OFFICE, "notices", SLIP | {"target_unit": "no-such-unit"}, "no-such-unit", "target_unit"),
        (OFFICE, "notices", SLIP | {"cc": ["town-b", "no-such-unit"]}, "no-such-unit", "cc"),
        (OFFICE, "rectifications", ORDERED | {"unit": "no-such-unit"}, "no-such-unit", "unit"),
        (OFFICE, "rectifications", ORDERED | {"grounds": ["made-up"]}, "unknown-misconduct", "grounds"),
        (OFFICE, "rectifications", ORDERED | {"case_ids": ["c1", "c9"]}, "no-such-case", "case_ids"),
        (OFFICE, "rectifications", ORDERED | {"notice_id": "n9"}, "no-such-notice", "notice_id"),
        (LEADER, "interviews", TALK | {"notice_id": "n9"}, "no-such-notice", "notice_id"),
        (LEADER, "interviews", TALK | {"case_ids": ["c9"]}, "no-such-case", "case_ids"),
        (DISCIPLINE, "referrals", {"unit": "no-such-unit", "grounds": ["weak_handling"]}, "no-such-unit", "unit"),
        (DISCIPLINE, "referrals", {"unit": "town-a", "grounds": ["made-up"]}, "unknown-misconduct", "grounds"),
        (OFFICE, "meetings", MEETING | {"chair": "p-ghost"}, "no-such-person", "chair"),
        (OFFICE, "meetings", MEETING | {"attendees": ["p-l", "p-ghost"]}, "no-such-person", "attendees"),
        *(
            (OFFICE, "meetings", MEETING | {"decisions": [DECISION | wrong]}, code, f"decisions.0.{field}")
            for wrong, code, field in (
                ({"unit": "no-such-unit"}, "no-such-unit", "unit"),
                ({"due": "2001-01-01T00:00:00+08:00"}, "due-before-meeting", "due"),
            )
        ),
    ]
    for user, path, body, code, field in refusals:
        answer = await stage.sent(user, path, json=body)
        told = answer.json()
        assert (answer.status_code, told["code"], told["errors"][0]["field"]) == (422, code, field), body
    known = await stage.does(OFFICE, "meetings", **MEETING, decisions=[DECISION])
    assert known["events"] == ["meeting-held"]


async def test_the_same_words_about_the_same_unit_are_one_matter(make_stage: MakeStage) -> None:
    stage = await make_stage()
    first = await stage.does(OFFICE, "notices", **SLIP, cc=["town-b", "town-a"])
    slip = await stage.slip(told_matter("jw-2017", "town-a", TOLD["problem"]))
    assert (slip["notice_id"], slip["cc"]) == (first["notice_id"], ["town-b"]), "who gets it needs no copy of it"
    spaced = SLIP | {"problem": f" {TOLD['problem'][:2]}　{TOLD['problem'][2:]}。"}
    for again in (SLIP, spaced):
        answer = await stage.sent(OFFICE, "notices", json=again)
        assert answer.json()["code"] == "one-matter-one-slip"
        assert answer.json()["errors"][0]["field"] == "problem"
    await stage.does(OFFICE, "notices", **SLIP | {"target_unit": "town-b"})
    await stage.does(OFFICE, f"notices/{first['notice_id']}/close", verdict="已说明")
    await stage.does(OFFICE, "notices", **SLIP)


@pytest.mark.parametrize("source", ["overdue", "slow", "follow_up", "falsification"])
async def test_no_source_goes_round_the_cap_by_itself(make_stage: MakeStage, source: str) -> None:
    stage = await make_stage()
    await stage.hear(*handed_over())
    code = "source-by-rule" if source in ("overdue", "slow") else "source-not-recorded"
    said = {"case_id": "c1", **SLIP, "source": source, "level": "interview"}
    assert await stage.refused(OFFICE, "notices", **said) == code


async def test_a_source_on_record_may_be_named(make_stage: MakeStage) -> None:
    stage = await make_stage(LT, "lt-2019", "2019-09-16 12:00")
    await stage.hear(*handed_over())
    assert not await on_record(stage, "follow_up")
    await call_back(stage, 1, solved=False, satisfaction="dissatisfied")
    assert await on_record(stage, "follow_up")
    assert not await on_record(stage, "follow_up", unit="town-b")
    assert not await on_record(stage, "falsification")
    await falsified(stage)
    assert await on_record(stage, "falsification")


async def on_record(stage: Stage, source: str, unit: str = "town-a") -> bool:
    return await recorded(stage.service.pool, source, unit, "c1")
