"""Every path of the ladder in the running service (domain §2.8): what time raises, what rules raise, what people do.

Every look of the timers is made twice by timers newly started, so that a restart at any step would show as a second
reminder, slip, step or proposal.
"""

from typing import Any

import pytest

from contracts.dispatch import (
    CaseSuspended,
    LeaderBoundToCase,
    OrderSigned,
    ProgressReported,
)
from contracts.supervision import (
    DeadlineBreached,
    DeadlineReminderSent,
    EscalationRaised,
    SupervisionNoticeIssued,
)
from tests.supervision.ladder_stage import (
    CASE,
    HEAD,
    JW,
    LATE,
    LEADER,
    LT,
    OFFICE,
    SECOND,
    THE_DAY_AFTER,
    TOLD,
    MakeStage,
    Stage,
    completed,
    falsified,
    handed_over,
    levels,
    local,
    order,
    overdue,
    reopened,
)


def with_direct(**grounds: str) -> bytes:
    """贾汪's rules with more grounds that enter the ladder directly."""
    more = "".join(f', {ground} = "{level}"' for ground, level in grounds.items())
    old = b'falsification = "interview" }'
    assert JW.count(old) == 1
    return JW.replace(old, b'falsification = "interview"' + more.encode() + b" }")


# Reminders, before anything is late


async def test_reminders_come_at_half_at_four_fifths_and_a_working_day_before_each_once(make_stage: MakeStage) -> None:
    stage = await make_stage()
    await stage.hear(*handed_over(finish_by=local("2017-07-24 18:00")))
    marks = ["2017-07-21 03:00", "2017-07-21 18:00", "2017-07-23 07:12"]  # of Monday noon to Monday 18:00
    for mark in marks:
        moment = local(mark)
        await stage.at(moment - SECOND)
        await stage.at(moment + SECOND)
    await stage.at("2017-07-24 18:00")
    await stage.at("2017-07-24 18:01")
    sent = await stage.recorded(DeadlineReminderSent)
    assert [(one.threshold, one.to_unit) for one in sent] == [("50%", "town-a"), ("1wd", "town-a"), ("80%", "town-a")]
    assert [one.at for one in sent] == [local(mark) + SECOND for mark in marks], "each at its own mark"
    assert (await stage.slip())["level"] == "blue", "and then the slip"


async def test_after_an_outage_one_reminder_stands_for_those_that_were_missed(make_stage: MakeStage) -> None:
    stage = await make_stage()
    await stage.hear(*handed_over(finish_by=local("2017-07-24 18:00")))
    await stage.at("2017-07-23 09:00")
    assert [one.threshold for one in await stage.recorded(DeadlineReminderSent)] == ["80%"]


async def test_who_is_done_or_suspended_is_not_reminded(make_stage: MakeStage) -> None:
    stage = await make_stage()
    await stage.hear(*handed_over(dues={"sign_by": local("2017-07-18 18:00")}))
    await stage.hear(OrderSigned(**CASE, order_id="o1"))
    held = CaseSuspended(
        **CASE, reason="汛期", condition="汛期结束", review_on=local("2017-09-01 09:00"), approver="p9"
    )
    await stage.hear(*handed_over(2, finish_by=local("2017-07-24 18:00")), held.model_copy(update={"case_id": "c2"}))
    await stage.at("2017-07-24 09:00")
    await stage.at("2017-07-28 09:00")
    assert await stage.recorded(DeadlineReminderSent, DeadlineBreached) == []


# Blue: late, or slow


async def test_a_breach_brings_a_blue_slip_where_the_pack_says_so(make_stage: MakeStage) -> None:
    """贾汪: a late first call is a red light, not yet a slip (LT-23, JW-24)."""
    stage = await make_stage()
    kinds = ("sign", "contact", "plan", "finish")
    for n, kind in enumerate(kinds, 1):
        await stage.hear(*handed_over(n, dues={f"{kind}_by": LATE}))
    await stage.at(LATE)
    assert await stage.recorded(DeadlineBreached) == [], "the due instant itself is in time"
    await stage.at(THE_DAY_AFTER)
    breaches = await stage.recorded(DeadlineBreached)
    assert {(one.kind, one.due) for one in breaches} == {(kind, LATE) for kind in kinds}, "due, not noticed"
    assert len(breaches) == len(kinds)
    issued = await stage.recorded(SupervisionNoticeIssued)
    assert {(one.matter, one.level, one.source, one.rule_id, one.target_unit) for one in issued} == {
        (f"case:c{n}", "blue", "overdue", f"breach:{kind}", "town-a")
        for n, kind in enumerate(kinds, 1)
        if kind != "contact"
    }
    assert {one.reply_by for one in issued} == {local("2017-07-24 18:00")}, "three working days"


async def test_a_second_breach_of_a_matter_brings_no_second_slip_and_a_helper_has_one_of_its_own(
    make_stage: MakeStage,
) -> None:
    stage = await make_stage()
    await stage.hear(*handed_over(finish_by=LATE, dues={"sign_by": local("2017-07-18 12:00")}))
    await stage.hear(order(order_id="o2", unit="town-b", role="co", finish_by=LATE))
    await stage.at(THE_DAY_AFTER)
    assert len(await stage.recorded(DeadlineBreached)) == 3
    assert (await stage.slip())["target_unit"] == "town-a"
    assert (await stage.slip("order:o2"))["target_unit"] == "town-b"


async def test_slow_progress_brings_a_slip_once_for_one_silence(make_stage: MakeStage) -> None:
    stage = await make_stage()
    await stage.hear(*handed_over())
    await stage.at("2017-07-31 18:00")  # ten working days after 07-17
    assert await stage.slips() == []
    await stage.at("2017-07-31 18:01")
    slip = await stage.slip()
    assert (slip["level"], slip["source"], slip["rule_id"]) == ("blue", "slow", "slow")
    await stage.does(HEAD, f"notices/{slip['notice_id']}/reply", text="正在协调施工队伍")
    await stage.does(OFFICE, f"notices/{slip['notice_id']}/verify", holds=True, text="属实")
    await stage.at("2017-08-11 17:00")
    assert len(await stage.slips()) == 1, "the same silence"
    await stage.hear(ProgressReported(**CASE, order_id="o1", text="已进场"))
    await stage.at("2017-08-25 17:00")
    assert len(await stage.slips()) == 1, "ten working days from what was heard"
    await stage.at("2017-08-25 18:01")
    assert [one["standing"] for one in await stage.slips()] == ["closed", "open"]


async def test_a_suspended_case_is_not_slow(make_stage: MakeStage) -> None:
    stage = await make_stage()
    held = CaseSuspended(
        **CASE, reason="汛期", condition="汛期结束", review_on=local("2017-09-01 09:00"), approver="p9"
    )
    await stage.hear(*handed_over(), held)
    await stage.at("2017-08-31 09:00")
    assert await stage.slips() == []


# Orange and red: unanswered, important, special


async def test_an_unanswered_slip_rises_from_blue_to_orange_to_red_to_a_talk_and_no_further(
    make_stage: MakeStage,
) -> None:
    stage = await overdue(make_stage)
    steps = [  # raised after hours: the three working days begin with the next opening
        ("2017-07-24 18:00", "orange", "2017-07-28 18:00"),
        ("2017-07-28 18:00", "red", "2017-08-03 18:00"),
        ("2017-08-03 18:00", "interview", None),
    ]
    for reply_by, level, next_by in steps:
        await stage.at(reply_by)
        assert (await stage.slip())["level"] != level, "the last moment is in time"
        await stage.at(local(reply_by) + SECOND)
        slip = await stage.slip()
        assert (slip["level"], slip["reply_by"]) == (level, local(next_by) if next_by else None)
    await stage.at("2017-09-29 09:00")
    assert levels(await stage.recorded(EscalationRaised)) == [
        ("blue", "orange", "unanswered"),
        ("orange", "red", "unanswered"),
        ("red", "interview", "unanswered"),
    ]


async def test_after_an_outage_an_unanswered_slip_rises_one_step_with_a_new_time_to_answer(
    make_stage: MakeStage,
) -> None:
    stage = await overdue(make_stage)
    await stage.at("2017-08-31 09:00", looks=3)
    slip = await stage.slip()
    assert (slip["level"], slip["reply_by"]) == ("orange", local("2017-09-05 18:00"))


@pytest.mark.parametrize(("ground", "level"), [("important", "orange"), ("special", "red")])
async def test_important_and_special_matters_enter_higher(make_stage: MakeStage, ground: str, level: str) -> None:
    stage = await make_stage(with_direct(important="orange", special="red"))
    bound = LeaderBoundToCase(**CASE, leader="p-l", kind="special")
    case = handed_over(focus=ground == "important", finish_by=LATE)
    await stage.hear(*case, *([bound] if ground == "special" else []))
    await stage.at(THE_DAY_AFTER)
    assert (await stage.slip())["level"] == level


# Direct entry


async def test_a_leaders_instruction_enters_at_orange_or_above(make_stage: MakeStage) -> None:
    """What the main leader orders is supervised (LT-22)."""
    stage = await make_stage()
    await stage.hear(*handed_over())
    asked = {"case_id": "c1", "target_unit": "town-a", "source": "leader_instruction", **TOLD}
    assert await stage.refused(OFFICE, "notices", level="blue", **asked) == "level-too-low"
    await stage.does(LEADER, "notices", level="orange", **asked)
    slip = await stage.slip()
    assert (slip["first_level"], slip["level"], slip["issued_by"]) == ("orange", "orange", "p-l")
    assert await stage.refused(OFFICE, "notices", level="red", **asked) == "one-matter-one-slip"


async def test_falsification_raises_what_a_failed_check_brought_to_a_talk_and_proposes_a_referral(
    make_stage: MakeStage,
) -> None:
    stage = await make_stage()
    await stage.hear(*handed_over())
    await falsified(stage)
    slip = await stage.slip()
    assert (slip["first_level"], slip["source"], slip["level"]) == ("blue", "spot_check", "interview")
    assert levels(await stage.recorded(EscalationRaised)) == [("blue", "interview", "misreport:falsification")]
    [proposal] = await stage.referrals()
    assert (proposal["unit"], proposal["rule_id"], proposal["stage"]) == (
        "town-a",
        "misreport:falsification",
        "proposed",
    )
    await stage.at("2017-09-29 09:00")
    assert len(await stage.referrals()) == 1, "a proposal; time decides nothing"


async def test_a_failed_check_raises_the_living_slip_one_step(make_stage: MakeStage) -> None:
    stage = await overdue(make_stage)
    await stage.hear(completed())
    await stage.does(OFFICE, "reviews/c1", passed=False, finding="路面仍破损")
    assert levels(await stage.recorded(EscalationRaised)) == [("blue", "orange", "check-failed")]


async def test_a_slip_of_a_higher_level_stays_where_it_is_when_a_rule_asks_for_less(make_stage: MakeStage) -> None:
    stage = await overdue(make_stage)
    slip = await stage.slip()
    await stage.does(LEADER, f"notices/{slip['notice_id']}/raise", to_level="accountability", reason="性质严重")
    await falsified(stage)
    assert (await stage.slip())["level"] == "accountability"
    assert {one["rule_id"] for one in await stage.referrals()} == {"ladder:person", "misreport:falsification"}
    assert len(await stage.referrals()) == 2


# Failed follow-ups: every round raises (LT-14)


async def call_back(stage: Stage, round: int, **said: Any) -> None:
    """Both legs of a round are asked and say the same."""
    await stage.hear(completed(round=round))
    due = await stage.service.pool.fetch(
        "SELECT followup_id FROM followup_queue WHERE case_id = 'c1' AND round = $1 ORDER BY leg", round
    )
    assert len(due) == 2
    for row in due:
        await stage.does(OFFICE, f"followups/{row['followup_id']}/conduct", contacted=True, **said)
    await stage.hear(reopened(round=round + 1))


async def test_every_failed_round_raises_one_step_and_the_second_is_orange_at_least(make_stage: MakeStage) -> None:
    stage = await make_stage(LT, "lt-2019", "2019-09-16 12:00")
    await stage.hear(*handed_over())
    seen = []
    for round in range(1, 6):
        await call_back(stage, round, solved=False, satisfaction="dissatisfied")
        seen.append((await stage.slip())["level"])
    assert seen == ["prompt", "orange", "red", "criticise", "criticise"]
    assert [one.rule_id for one in await stage.recorded(EscalationRaised)] == [f"follow-up:{n}" for n in (2, 3, 4)]


async def test_a_dissatisfaction_that_is_nobodys_fault_raises_nothing_by_itself(make_stage: MakeStage) -> None:
    stage = await make_stage(LT, "lt-2019", "2019-09-16 12:00")
    await stage.hear(*handed_over())
    await call_back(stage, 1, solved=True, satisfaction="dissatisfied", attributable=False)
    assert await stage.slips() == []
