"""Every path of the ladder and every refusal: slips, replies, raising, closing, rectification, referral."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.event import Event
from contracts.supervision import (
    AccountabilityDeclined,
    AccountabilityProposed,
    AccountabilityReferred,
    EscalationRaised,
    InterviewHeld,
    RectificationOrdered,
    RectificationReported,
    RectificationVerified,
    ReplyVerified,
    SupervisionClosed,
    SupervisionNoticeIssued,
    SupervisionReplied,
)
from services.supervision.domain.interview import INTERVIEW, HoldInterview
from services.supervision.domain.ladder import Ladder
from services.supervision.domain.notice import (
    NOTICE,
    CloseNotice,
    IssueNotice,
    JudgeReply,
    RaiseNotice,
    ReplyToNotice,
    VerifyReply,
)
from services.supervision.domain.rectification import (
    RECTIFICATION,
    OrderRectification,
    ReportRectification,
    VerifyRectification,
)
from services.supervision.domain.referral import REFERRAL, Approval, Decline, ProposeReferral, Refer
from tests.spec import NOON, given

DAY = timedelta(days=1)
SOON = NOON + 3 * DAY
LADDER = Ladder(("prompt", "blue", "orange", "red", "interview", "rectify", "accountability"))
SHORT = Ladder(("prompt", "blue", "orange", "red", "criticise"))

issue = IssueNotice(
    notice_id="n1",
    programme_id="jw",
    ladder=LADDER,
    level="blue",
    target_unit="town-a",
    matter="case:c1",
    source="overdue",
    problem="办结期限已过，尚未办结。",
    requirements="请说明原因并限期办结。",
    at=NOON,
    reply_by=SOON,
    case_id="c1",
    order_id="o1",
    rule_id="breach:finish",
)
by_office = replace(issue, issuer="office", source="office", rule_id=None)
issued = SupervisionNoticeIssued(
    notice_id="n1",
    programme_id="jw",
    level="blue",
    target_unit="town-a",
    matter="case:c1",
    case_id="c1",
    order_id="o1",
    source="overdue",
    problem=issue.problem,
    requirements=issue.requirements,
    reply_by=SOON,
    rule_id="breach:finish",
)
replied = SupervisionReplied(notice_id="n1", unit="town-a", text="已派工", late=False)
fails = ReplyVerified(notice_id="n1", holds=False, text="现场未见施工")
closed = SupervisionClosed(notice_id="n1", verdict="属实")


def raised(old: str, new: str, rule: str, **more: Any) -> EscalationRaised:
    return EscalationRaised(notice_id="n1", from_level=old, to_level=new, rule_id=rule, **more)


def verify(*, holds: bool, unit: str = "office") -> VerifyReply:
    return VerifyReply(unit, holds, "属实" if holds else "现场未见施工", LADDER, NOON + 6 * DAY)


def judge(days: int, ladder: Ladder = LADDER) -> JudgeReply:
    return JudgeReply(ladder, NOON + days * DAY, NOON + (days + 3) * DAY)


def override(level: str, unit: str = "office", reason: str = "群众反映强烈") -> RaiseNotice:
    return RaiseNotice(LADDER, level, "person", SOON, reason, unit)


def by_rule(level: str) -> RaiseNotice:
    return RaiseNotice(LADDER, level, "follow-up:2", SOON)


def test_a_breach_raises_a_blue_slip() -> None:
    given(NOTICE).when(issue).then(issued)


def test_direct_entry_above_the_slips_issues_the_highest_slip_and_raises_it_at_once() -> None:
    """A leader's word and falsification enter high (LT-22, JW-26)."""
    false = replace(issue, level="interview", source="falsification", rule_id=None)
    red = issued.model_copy(update={"level": "red", "source": "falsification", "rule_id": None})
    given(NOTICE).when(false).then(red, raised("red", "interview", "direct:falsification", reply_by=SOON))


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"issuer": "town-a"}, "own-unit", "target_unit"),
        ({"reply_by": NOON}, "reply-by-past", "reply_by"),
        ({"level": "criticise"}, "not-on-the-ladder", "level"),
        ({"source": "leader_instruction", "entry": "orange"}, "level-too-low", "level"),
        ({"asked": 4, "cap": 4}, "burden-cap", "target_unit"),
        ({"source": "overdue"}, "source-by-rule", "source"),
        ({"source": "slow"}, "source-by-rule", "source"),
        ({"source": "follow_up"}, "source-not-recorded", "source"),
        ({"source": "falsification"}, "source-not-recorded", "source"),
    ],
)
def test_what_nobody_may_issue(change: dict[str, Any], code: str, field: str) -> None:
    given(NOTICE).when(replace(by_office, **change)).then_rejected(code, field)


def test_the_burden_cap_counts_what_offices_ask_and_not_overdue_work_or_a_leaders_word() -> None:
    """力戒形式主义 (SH-35); the office asks by a prompt or a slip (EB-23)."""
    for source in ("leader_instruction", "falsification", "follow_up"):
        assert given(NOTICE).when(replace(by_office, source=source, recorded=True, asked=9, cap=4)).decided()
    assert given(NOTICE).when(replace(issue, asked=9, cap=4)).decided(), "a rule finds what is overdue"
    assert given(NOTICE).when(replace(by_office, asked=3, cap=4)).decided()


def test_a_ladder_without_slips_refuses() -> None:
    given(NOTICE).when(replace(issue, ladder=Ladder(("criticise",)), level="criticise")).then_rejected("no-slip")


def test_the_unit_answers_and_somebody_else_closes() -> None:
    reply = ReplyToNotice("town-a", "已派工", NOON + DAY)
    given(NOTICE, issued).when(reply).then(replied, again_rejected="reply-waits")
    given(NOTICE, issued).when(replace(reply, at=NOON + 4 * DAY)).then(
        replied.model_copy(update={"late": True}), again_rejected="reply-waits"
    )
    given(NOTICE, issued, replied).when(verify(holds=True)).then(
        ReplyVerified(notice_id="n1", holds=True, text="属实"), closed, again_rejected="notice-closed"
    )


def test_an_answer_that_does_not_hold_raises_and_asks_again() -> None:
    given(NOTICE, issued, replied).when(verify(holds=False)).then(
        fails, raised("blue", "orange", "reply-failed", reply_by=NOON + 6 * DAY), again_rejected="no-reply"
    )
    top = raised("blue", "accountability", "person")
    given(NOTICE, issued, top, replied).when(verify(holds=False)).then(fails, again_rejected="no-reply")


def test_an_unanswered_slip_rises_step_by_step_up_to_where_people_act() -> None:
    orange = raised("blue", "orange", "unanswered", reply_by=NOON + 7 * DAY)
    red = raised("orange", "red", "unanswered", reply_by=NOON + 11 * DAY)
    talk = raised("red", "interview", "unanswered")
    given(NOTICE, issued).when(judge(3)).then()
    given(NOTICE, issued).when(judge(4)).then(orange)
    given(NOTICE, issued, orange).when(judge(8)).then(red)
    given(NOTICE, issued, orange, red).when(judge(12)).then(talk)
    given(NOTICE, issued, orange, red, talk).when(judge(90)).then()
    given(NOTICE, issued, replied).when(judge(90)).then()
    given(NOTICE, issued, orange, red).when(judge(12, SHORT)).then(raised("red", "criticise", "unanswered"))
    given(NOTICE, issued).when(judge(4, Ladder(("prompt", "blue")))).then()


def test_rules_raise_and_never_sink() -> None:
    given(NOTICE, issued).when(by_rule("orange")).then(raised("blue", "orange", "follow-up:2", reply_by=SOON))
    given(NOTICE, issued, raised("blue", "red", "person")).when(by_rule("orange")).then_nothing()
    given(NOTICE, issued, closed).when(by_rule("orange")).then_nothing()
    given(NOTICE).when(by_rule("orange")).then_nothing()


def test_a_leader_may_raise_with_a_reason_and_never_lower() -> None:
    red = raised("blue", "red", "person", reason="群众反映强烈", reply_by=SOON)
    given(NOTICE, issued).when(override("red")).then(red, again_rejected="never-sinks")
    given(NOTICE, issued, red).when(override("orange")).then_rejected("never-sinks", "to_level")
    given(NOTICE, issued).when(override("red", reason="")).then_rejected("reason-missing", "reason")
    given(NOTICE, issued).when(override("criticise")).then_rejected("not-on-the-ladder", "to_level")


@pytest.mark.parametrize(
    ("command", "after", "code"),
    [
        (ReplyToNotice("town-b", "x", NOON), [], "not-addressed"),
        (ReplyToNotice("town-a", "x", NOON), [closed], "notice-closed"),
        (verify(holds=True), [], "no-reply"),
        (verify(holds=True, unit="town-a"), [replied], "own-unit"),
        (override("red", unit="town-a"), [], "own-unit"),
        (override("red"), [closed], "notice-closed"),
        (CloseNotice("了结", "town-a"), [], "own-unit"),
        (CloseNotice("了结", "office"), [replied], "verify-first"),
        (CloseNotice("了结", "office"), [closed], "notice-closed"),
    ],
)
def test_who_may_not_do_what_with_a_slip(command: Any, after: list[Event], code: str) -> None:
    given(NOTICE, issued, *after).when(command).then_rejected(code)


def test_nothing_is_done_with_a_slip_that_is_not_there() -> None:
    given(NOTICE).when(ReplyToNotice("town-a", "x", NOON)).then_rejected("no-such-notice")


def test_a_person_or_a_rule_closes() -> None:
    done = SupervisionClosed(notice_id="n1", verdict="逾期不成立")
    given(NOTICE, issued).when(CloseNotice("逾期不成立", "office")).then(done, again_rejected="notice-closed")
    given(NOTICE, issued, replied).when(CloseNotice("逾期不成立")).then(done)
    given(NOTICE).when(CloseNotice("逾期不成立")).then_nothing()


talk = HoldInterview("i1", "jw", "town-a", "p-head", "town-a", NOON, "约谈内容", NOON, "office", "n1")


def test_an_interview_is_with_the_unit_itself_and_by_another() -> None:
    held = InterviewHeld(
        interview_id="i1",
        programme_id="jw",
        unit="town-a",
        head="p-head",
        held_at=NOON,
        content="约谈内容",
        notice_id="n1",
    )
    given(INTERVIEW).when(talk).then(held)
    given(INTERVIEW).when(replace(talk, by_unit="town-a")).then_rejected("own-unit", "unit")
    given(INTERVIEW).when(replace(talk, head_unit="town-b")).then_rejected("not-its-head", "head")
    given(INTERVIEW).when(replace(talk, held_at=NOON + DAY)).then_rejected("not-held-yet", "held_at")


order = OrderRectification("z1", "jw", "town-a", ("补建台账",), SOON, ("weak_handling",), NOON, "office", "n1")
ordered = RectificationOrdered(
    rectification_id="z1",
    programme_id="jw",
    unit="town-a",
    items=("补建台账",),
    due=SOON,
    grounds=("weak_handling",),
    notice_id="n1",
)
reported = RectificationReported(rectification_id="z1", text="已补建", late=False)


def looked(*, passed: bool) -> RectificationVerified:
    return RectificationVerified(rectification_id="z1", passed=passed, text="现场查看")


def look(*, passed: bool, unit: str = "office") -> VerifyRectification:
    return VerifyRectification(unit, passed, "现场查看")


def test_rectification_is_ordered_reported_and_looked_at_by_another_unit() -> None:
    """整改意见，责令限期整改 (SH-44)."""
    given(RECTIFICATION).when(order).then(ordered)
    given(RECTIFICATION, ordered).when(ReportRectification("town-a", "已补建", NOON)).then(
        reported, again_rejected="report-waits"
    )
    given(RECTIFICATION, ordered, reported).when(look(passed=True)).then(
        looked(passed=True), again_rejected="rectified"
    )
    given(RECTIFICATION, ordered, reported).when(look(passed=False)).then(
        looked(passed=False), again_rejected="no-report"
    )
    late = reported.model_copy(update={"late": True})
    given(RECTIFICATION, ordered, reported, looked(passed=False)).when(
        ReportRectification("town-a", "已补建", NOON + 4 * DAY)
    ).then(late, again_rejected="report-waits")


def test_who_may_not_do_what_with_a_rectification() -> None:
    given(RECTIFICATION).when(replace(order, by_unit="town-a")).then_rejected("own-unit", "unit")
    given(RECTIFICATION).when(replace(order, due=NOON)).then_rejected("due-past", "due")
    given(RECTIFICATION).when(look(passed=True)).then_rejected("no-such-rectification")
    given(RECTIFICATION, ordered).when(look(passed=True)).then_rejected("no-report")
    given(RECTIFICATION, ordered).when(ReportRectification("town-b", "x", NOON)).then_rejected("not-addressed")
    given(RECTIFICATION, ordered, reported).when(look(passed=True, unit="town-a")).then_rejected("own-unit")


GATE = "severe_adverse_effect"
agreed = Approval("p-j", "discipline", "p-leader", True)
propose = ProposeReferral("r1", "jw", "town-a", ("false_report",), "misreport", ("c1",))
proposed = AccountabilityProposed(
    referral_id="r1",
    programme_id="jw",
    unit="town-a",
    grounds=("false_report",),
    case_ids=("c1",),
    rule_id="misreport",
)
refer = Refer(agreed, "区纪委监委", GATE, GATE, ("p-head",))


def test_a_person_refers_what_was_proposed_with_the_gate_met_and_another_ones_approval() -> None:
    given(REFERRAL).when(propose).then(proposed)
    given(REFERRAL, proposed).when(refer).then(
        AccountabilityReferred(
            referral_id="r1",
            programme_id="jw",
            unit="town-a",
            body="区纪委监委",
            grounds=("false_report",),
            persons=("p-head",),
            case_ids=("c1",),
            severity=GATE,
            approver="p-leader",
        ),
        again_rejected="already-decided",
    )
    given(REFERRAL, proposed).when(Decline(agreed, "情节轻微，已整改")).then(
        AccountabilityDeclined(referral_id="r1", reason="情节轻微，已整改", approver="p-leader"),
        again_rejected="already-decided",
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"severity": "minor"}, "gate-not-met"),
        ({"gate": None}, "no-gate"),
        ({"approval": replace(agreed, approver="p-j")}, "approver-is-self"),
        ({"approval": replace(agreed, may_approve=False)}, "approver-may-not"),
        ({"approval": replace(agreed, by_unit="town-a")}, "own-unit"),
    ],
)
def test_what_nobody_may_refer(change: dict[str, Any], code: str) -> None:
    given(REFERRAL, proposed).when(replace(refer, **change)).then_rejected(code)
    given(REFERRAL).when(refer).then_rejected("no-such-referral")
