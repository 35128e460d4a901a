"""The ladder in the running service: what people do on it, and what takes a slip away (domain §2.8)."""

from typing import Any

from contracts.dispatch import (
    CaseClosedUnhandled,
    CaseMerged,
    CaseStruckOff,
    OrderCancelled,
    OrderReturned,
    ReturnRuled,
)
from contracts.event import Event
from contracts.supervision import (
    AccountabilityDeclined,
    AccountabilityProposed,
    AccountabilityReferred,
    EscalationRaised,
    InterviewHeld,
    SupervisionReplied,
)
from tests.supervision.ladder_stage import (
    CASE,
    DISCIPLINE,
    HEAD,
    LATE,
    LEADER,
    LT,
    OFFICE,
    THE_DAY_AFTER,
    TOLD,
    MakeStage,
    Stage,
    completed,
    falsified,
    handed_over,
    local,
    overdue,
)

# Reply with its own deadline, verified, closed or raised


async def test_a_reply_has_the_deadline_that_was_set_and_is_late_after_it(make_stage: MakeStage) -> None:
    stage = await make_stage()
    await stage.hear(*handed_over())
    own = {"case_id": "c1", "target_unit": "town-a", "level": "blue", **TOLD}
    past = local("2017-07-17 11:00").isoformat()
    assert await stage.refused(OFFICE, "notices", reply_by=past, **own) == "reply-by-past"
    await stage.does(OFFICE, "notices", reply_by=local("2017-07-18 10:00").isoformat(), **own)
    slip = await stage.slip()
    where = f"notices/{slip['notice_id']}"
    assert slip["reply_by"] == local("2017-07-18 10:00")
    await stage.at("2017-07-18 10:01")
    slip = await stage.slip()
    assert (slip["level"], slip["reply_by"]) == ("orange", local("2017-07-21 18:00")), "the pack's three working days"
    await stage.at("2017-07-21 17:59")
    await stage.does(HEAD, f"{where}/reply", text="已派工")
    assert await stage.refused(HEAD, f"{where}/reply", text="再报") == "reply-waits"
    await stage.at("2017-07-31 09:00")
    assert (await stage.slip())["level"] == "orange", "who answered waits for the other side, not for time"
    await stage.does(OFFICE, f"{where}/verify", holds=False, text="现场未见施工")
    slip = await stage.slip()
    assert (slip["level"], slip["standing"], slip["reply_by"]) == ("red", "open", local("2017-08-03 18:00"))
    await stage.at("2017-08-03 18:00")
    await stage.does(HEAD, f"{where}/reply", text="已完工")
    assert await stage.refused(OFFICE, f"{where}/close", verdict="了结") == "verify-first"
    await stage.does(OFFICE, f"{where}/verify", holds=True, text="现场已完工")
    assert (await stage.slip())["standing"] == "closed"
    assert [one.late for one in await stage.recorded(SupervisionReplied)] == [False, False]


async def test_what_is_answered_above_the_slips_is_late_by_the_last_deadline_or_by_none(make_stage: MakeStage) -> None:
    stage = await overdue(make_stage)
    slip = await stage.slip()
    await stage.at("2017-07-25 09:00", looks=0)  # the timer was away
    await stage.does(HEAD, f"notices/{slip['notice_id']}/reply", text="已派工")
    await stage.at("2017-07-26 09:00")
    assert [one.late for one in await stage.recorded(SupervisionReplied)] == [True]
    assert (await stage.slip())["level"] == "blue", "late, but answered before anybody raised it"


# A talk, rectification by a date, referral


async def at_the_talk(make_stage: MakeStage) -> tuple[Stage, str]:
    """A slip that a leader raised to a talk, and its address."""
    stage = await overdue(make_stage)
    where = f"notices/{(await stage.slip())['notice_id']}"
    await stage.does(LEADER, f"{where}/raise", to_level="interview", reason="多次拖延")
    return stage, where


async def test_the_head_of_the_unit_is_talked_with_by_somebody_else(make_stage: MakeStage) -> None:
    stage, where = await at_the_talk(make_stage)
    notice_id = where.removeprefix("notices/")
    talk = {"unit": "town-a", "head": "p-head", "held_at": stage.now.isoformat(), "content": "限期一周完成"}
    assert await stage.refused(LEADER, "interviews", **{**talk, "head": "p-l"}) == "not-its-head"
    later = local("2017-07-20 09:00").isoformat()
    assert await stage.refused(LEADER, "interviews", **{**talk, "held_at": later}) == "not-held-yet"
    await stage.does(LEADER, "interviews", notice_id=notice_id, **talk)
    [held] = await stage.recorded(InterviewHeld)
    assert (held.head, held.notice_id) == ("p-head", notice_id)
    await stage.does(HEAD, f"{where}/reply", text="已制定计划")
    await stage.does(OFFICE, f"{where}/verify", holds=True, text="属实")
    assert (await stage.slip())["standing"] == "closed"


async def rectifying(make_stage: MakeStage, due: str) -> tuple[Stage, str]:
    """A matter raised to rectification by a date, and where its order is answered."""
    stage, where = await at_the_talk(make_stage)
    await stage.does(LEADER, f"{where}/raise", to_level="rectify", reason="约谈后仍无进展")
    ordered = await stage.does(
        OFFICE,
        "rectifications",
        unit="town-a",
        items=["补建台账", "恢复路面"],
        due=local(due).isoformat(),
        grounds=["weak_handling"],
        notice_id=where.removeprefix("notices/"),
        case_ids=["c1"],
    )
    return stage, f"rectifications/{ordered['rectification_id']}"


async def test_what_is_put_right_by_its_date_and_looked_at_leads_no_further(make_stage: MakeStage) -> None:
    """限期整改 (SH-44)."""
    stage, order = await rectifying(make_stage, "2017-07-28 18:00")
    await stage.at("2017-07-28 18:00")
    await stage.does(HEAD, f"{order}/report", text="均已完成")
    await stage.does(OFFICE, f"{order}/verify", passed=True, text="现场查看属实")
    await stage.at("2017-09-29 09:00")
    assert await stage.referrals() == []


async def test_what_is_not_put_right_by_its_date_is_proposed_for_referral_once(make_stage: MakeStage) -> None:
    stage, order = await rectifying(make_stage, "2017-07-28 18:00")
    await stage.at("2017-07-28 18:00")
    assert await stage.referrals() == []
    await stage.at("2017-07-28 18:01")
    await stage.at("2017-08-30 09:00")
    [proposal] = await stage.referrals()
    assert (proposal["rule_id"], proposal["grounds"], proposal["case_ids"]) == (
        "rectification-overdue",
        ["weak_handling"],
        ["c1"],
    )
    await stage.does(HEAD, f"{order}/report", text="均已完成")
    assert await stage.service.pool.fetchval("SELECT report_late FROM rectification")


async def test_a_rectification_that_does_not_hold_is_proposed_for_referral(make_stage: MakeStage) -> None:
    stage, order = await rectifying(make_stage, "2017-07-28 18:00")
    await stage.does(HEAD, f"{order}/report", text="均已完成")
    await stage.does(OFFICE, f"{order}/verify", passed=False, text="路面未恢复")
    assert [one["rule_id"] for one in await stage.referrals()] == ["rectification-failed"]


async def test_a_person_refers_with_the_gate_met_and_a_leaders_approval_or_declines(make_stage: MakeStage) -> None:
    """严肃问责 is a person's decision (JW-26, HA-37)."""
    stage, where = await at_the_talk(make_stage)
    await stage.does(LEADER, f"{where}/raise", to_level="accountability", reason="造成严重不良影响")
    [proposal] = await stage.referrals()
    assert (proposal["rule_id"], proposal["grounds"]) == ("ladder:person", ["overdue"])
    refer = f"referrals/{proposal['referral_id']}/refer"
    asked = {"body": "区纪委监委", "severity": "severe_adverse_effect", "approver": "p-l", "persons": ["p-head"]}
    assert await stage.refused(DISCIPLINE, refer, **{**asked, "severity": "minor"}) == "gate-not-met"
    assert await stage.refused(DISCIPLINE, refer, **{**asked, "approver": "p-j"}) == "approver-is-self"
    assert await stage.refused(DISCIPLINE, refer, **{**asked, "approver": "p-head"}) == "approver-may-not"
    await stage.does(DISCIPLINE, refer, **asked)
    [referred] = await stage.recorded(AccountabilityReferred)
    assert (referred.unit, referred.approver, referred.persons) == ("town-a", "p-l", ("p-head",))
    assert await stage.refused(DISCIPLINE, refer, **asked) == "already-decided"
    other = await stage.does(DISCIPLINE, "referrals", unit="town-b", grounds=["false_report"])
    decline = f"referrals/{other['referral_id']}/decline"
    await stage.does(DISCIPLINE, decline, reason="情节轻微，已整改", approver="p-l")
    assert len(await stage.recorded(AccountabilityDeclined)) == 1
    assert len(await stage.recorded(AccountabilityProposed)) == 2


async def test_a_ladder_without_accountability_proposes_none(make_stage: MakeStage) -> None:
    stage = await make_stage(LT, "lt-2019", "2019-09-16 12:00")
    await stage.hear(*handed_over())
    await falsified(stage)
    assert (await stage.slip())["level"] == "criticise", "at the fourth step, as this pack names no other"
    assert await stage.referrals() == []


# What takes a slip away


def ends(n: int) -> dict[str, list[Event]]:
    """How a case ends otherwise than by its unit's own word."""
    case: dict[str, Any] = {"case_id": f"c{n}", "case_no": n}
    order = {**case, "order_id": f"o{n}"}
    told = {"approver": "p-l", "told_at": LATE}
    return {
        "cancelled": [OrderCancelled(**order, cause="desk", reason="另有安排")],
        "returned": [
            OrderReturned(**order, reason_code="not-ours", reason="不属于本单位", n=1),
            ReturnRuled(**order, accepted=True, new_unit="town-b", reason="不属于本单位"),
        ],
        "struck off by the office": [CaseStruckOff(**case, by_unit="office", basis="office", on_time=False)],
        "struck off after a follow-up": [CaseStruckOff(**case, by_unit="office", basis="follow_up", on_time=False)],
        "merged": [CaseMerged(**case, into="c9", into_no=9, request_ids=(f"r{n}",), link="merged", reason="同一事项")],
        "closed unhandled": [CaseClosedUnhandled(**case, reason_code="withdrawn", reason="诉求人撤回", **told)],
    }


WAYS = tuple(ends(1))


async def test_a_slip_that_a_breach_brought_goes_when_its_ground_is_gone(make_stage: MakeStage) -> None:
    stage = await make_stage()
    for n, _ in enumerate(WAYS, 1):
        await stage.hear(*handed_over(n, finish_by=LATE))
    await stage.at(THE_DAY_AFTER)
    for n, how in enumerate(WAYS, 1):
        assert (await stage.slip(f"case:c{n}"))["level"] == "blue"
        await stage.hear(*ends(n)[how])
        slip = await stage.slip(f"case:c{n}")
        assert (slip["standing"], "自动销督" in slip["verdict"]) == ("closed", True), how
    await stage.at("2017-09-29 09:00")
    assert await stage.recorded(EscalationRaised) == [], "what is closed rises no more"


async def test_a_unit_cannot_rid_itself_of_a_slip_by_striking_off_its_own_case(make_stage: MakeStage) -> None:
    stage = await overdue(make_stage)
    await stage.hear(completed(), CaseStruckOff(**CASE, by_unit="town-a", basis="unit_self", on_time=False))
    slip = await stage.slip()
    assert slip["standing"] == "open"
    where = f"notices/{slip['notice_id']}"
    assert (await stage.sent(HEAD, f"{where}/close", json={"verdict": "已办结"})).status_code == 403


async def test_what_a_person_issued_a_person_closes(make_stage: MakeStage) -> None:
    stage = await make_stage()
    said = {"source": "leader_instruction", "level": "orange", **TOLD}
    for n, how in enumerate(WAYS, 1):
        await stage.hear(*handed_over(n))
        await stage.does(LEADER, "notices", case_id=f"c{n}", target_unit="town-a", **said)
        await stage.hear(*ends(n)[how])
        assert (await stage.slip(f"case:c{n}"))["standing"] == "open", how
    slip = await stage.slip(f"case:c{len(WAYS)}")
    await stage.does(OFFICE, f"notices/{slip['notice_id']}/close", verdict="问题已另行处理")
    assert (await stage.slip(f"case:c{len(WAYS)}"))["standing"] == "closed"
