"""督办单: one matter, one slip; answered by its unit, verified by another, closed or raised. Its level never sinks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import assert_never

from contracts.event import Event
from contracts.supervision import (
    EscalationRaised,
    NoticeSource,
    ReplyVerified,
    SupervisionClosed,
    SupervisionNoticeIssued,
    SupervisionReplied,
)
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_
from services.supervision.domain.ladder import answered_in_writing
from services.supervision.domain.notice_commands import (
    CloseNotice,
    Command,
    IssueNotice,
    JudgeReply,
    RaiseNotice,
    ReplyToNotice,
    VerifyReply,
)

__all__ = [
    "BY_A_PERSON",
    "BY_RULE",
    "NOTICE",
    "ON_RECORD",
    "ROUTINE",
    "CloseNotice",
    "Command",
    "IssueNotice",
    "JudgeReply",
    "Notice",
    "RaiseNotice",
    "ReplyToNotice",
    "Standing",
    "VerifyReply",
]

BY_A_PERSON = "person"
"""The rule of a step that a leader took."""

ROUTINE: frozenset[NoticeSource] = frozenset({"office", "spot_check"})
"""What an office asks of a unit on its own account: counted by the burden cap, unlike overdue work."""

BY_RULE: frozenset[NoticeSource] = frozenset({"overdue", "slow"})
"""What only the log finds: nobody claims it."""

ON_RECORD: frozenset[NoticeSource] = frozenset({"follow_up", "falsification"})
"""What a person may name only where the log holds it: else any slip could go round the burden cap by its source."""


class Standing(Enum):
    NONE = "none"
    OPEN = "open"
    REPLIED = "replied"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Notice:
    """What deciding needs to know of one slip."""

    standing: Standing = Standing.NONE
    notice_id: str = ""
    level: str = ""
    target_unit: str = ""
    matter: str = ""
    order_id: str | None = None
    source: NoticeSource = "office"
    rule_id: str | None = None
    reply_by: datetime | None = None

    @property
    def living(self) -> bool:
        return self.standing in (Standing.OPEN, Standing.REPLIED)


def evolve(notice: Notice, event: Event) -> Notice:
    match event:
        case SupervisionNoticeIssued() as e:
            return Notice(
                Standing.OPEN,
                e.notice_id,
                e.level,
                e.target_unit,
                e.matter,
                e.order_id,
                e.source,
                e.rule_id,
                e.reply_by,
            )
        case SupervisionReplied():
            return replace(notice, standing=Standing.REPLIED)
        case ReplyVerified(holds=holds):
            return notice if holds else replace(notice, standing=Standing.OPEN)
        case EscalationRaised(to_level=level, reply_by=reply_by):
            return replace(notice, level=level, reply_by=reply_by)
        case SupervisionClosed():
            return replace(notice, standing=Standing.CLOSED)
        case _:
            raise TypeError(f"{event.TYPE} is no event of a supervision notice")


def decide(notice: Notice, command: Command) -> Sequence[Event]:
    match command:
        case IssueNotice():
            return _issue(notice, command)
        case ReplyToNotice():
            return _reply(notice, command)
        case VerifyReply():
            return _verify(notice, command)
        case RaiseNotice(unit=None):
            return _raise_by_rule(notice, command)
        case RaiseNotice():
            return _override(notice, command)
        case JudgeReply():
            return _judge(notice, command)
        case CloseNotice():
            return _close(notice, command)
        case _:
            assert_never(command)


def _issue(notice: Notice, c: IssueNotice) -> Sequence[Event]:
    if notice.standing is not Standing.NONE:
        return []
    c.ladder.place(c.level, "level")
    if c.issuer is not None:
        _may_issue(c, c.issuer)
    slip = c.ladder.slip(c.level)
    issued = SupervisionNoticeIssued(
        notice_id=c.notice_id,
        programme_id=c.programme_id,
        level=slip,
        target_unit=c.target_unit,
        matter=c.matter,
        case_id=c.case_id,
        order_id=c.order_id,
        source=c.source,
        problem=c.problem,
        requirements=c.requirements,
        reply_by=c.reply_by,
        cc=c.cc,
        rule_id=c.rule_id,
    )
    if c.level == slip:
        return [issued]
    return [issued, _step(c.notice_id, slip, c.level, c.rule_id or f"direct:{c.source}", c.reply_by)]


def _may_issue(c: IssueNotice, issuer: str) -> None:
    if issuer == c.target_unit:
        raise Rejected("own-unit", N_("不能向本单位发督办单，请由其他督查单位发出。"), field="target_unit")
    if c.reply_by <= c.at:
        raise Rejected("reply-by-past", N_("反馈时限应晚于现在。"), field="reply_by")
    if c.entry is not None and c.entry in c.ladder and c.ladder.rises(c.level, c.entry):
        raise Rejected("level-too-low", N_("这类事项的督办级别不能低于方案规定的起始级别。"), field="level")
    if c.source in BY_RULE:
        raise Rejected("source-by-rule", N_("逾期、进展缓慢由系统按记录发出督办单，请另选来源。"), field="source")
    if c.source in ON_RECORD and not c.recorded:
        raise Rejected("source-not-recorded", N_("没有该单位回访未通过或查实虚假的记录，请另选来源。"), field="source")
    if c.cap and c.source in ROUTINE and c.asked >= c.cap:
        raise Rejected(
            "burden-cap",
            N_("本月对该单位的检查和督办已达 {cap} 次上限，请合并到下月或由领导批示。"),
            field="target_unit",
            cap=c.cap,
        )


def _reply(notice: Notice, c: ReplyToNotice) -> Sequence[Event]:
    _living(notice)
    if c.unit != notice.target_unit:
        raise Rejected("not-addressed", N_("只有被督办单位可以反馈。"))
    if notice.standing is Standing.REPLIED:
        raise Rejected("reply-waits", N_("反馈已经提交，正在等待核查。"))
    late = notice.reply_by is not None and c.at > notice.reply_by
    return [SupervisionReplied(notice_id=notice.notice_id, unit=c.unit, text=c.text, late=late)]


def _verify(notice: Notice, c: VerifyReply) -> Sequence[Event]:
    _living(notice)
    if notice.standing is not Standing.REPLIED:
        raise Rejected("no-reply", N_("被督办单位还没有反馈，不能核查。"))
    _somebody_else(notice, c.unit)
    verified = ReplyVerified(notice_id=notice.notice_id, holds=c.holds, text=c.text)
    if c.holds:
        return [verified, SupervisionClosed(notice_id=notice.notice_id, verdict=c.text)]
    higher = c.ladder.above(notice.level)
    if higher == notice.level:
        return [verified]
    return [verified, _step(notice.notice_id, notice.level, higher, "reply-failed", c.reply_by)]


def _raise_by_rule(notice: Notice, c: RaiseNotice) -> Sequence[Event]:
    if not notice.living or not c.ladder.rises(notice.level, c.to_level):
        return []
    return [_step(notice.notice_id, notice.level, c.to_level, c.rule_id, c.reply_by, c.reason)]


def _override(notice: Notice, c: RaiseNotice) -> Sequence[Event]:
    _living(notice)
    _somebody_else(notice, c.unit)
    c.ladder.place(c.to_level, "to_level")
    if not c.ladder.rises(notice.level, c.to_level):
        raise Rejected("never-sinks", N_("督办级别只升不降。"), field="to_level")
    if not c.reason:
        raise Rejected("reason-missing", N_("请写明升级的理由。"), field="reason")
    return [_step(notice.notice_id, notice.level, c.to_level, BY_A_PERSON, c.reply_by, c.reason)]


def _judge(notice: Notice, c: JudgeReply) -> Sequence[Event]:
    """An unanswered slip rises; above the slips people act, and time alone raises nothing further."""
    if notice.standing is not Standing.OPEN or notice.reply_by is None or c.at <= notice.reply_by:
        return []
    if not answered_in_writing(notice.level):
        return []
    higher = c.ladder.above(notice.level)
    if higher == notice.level:
        return []
    reply_by = c.reply_by if answered_in_writing(higher) else None
    return [_step(notice.notice_id, notice.level, higher, "unanswered", reply_by)]


def _close(notice: Notice, c: CloseNotice) -> Sequence[Event]:
    if c.unit is None:
        return [SupervisionClosed(notice_id=notice.notice_id, verdict=c.verdict)] if notice.living else []
    _living(notice)
    _somebody_else(notice, c.unit)
    if notice.standing is Standing.REPLIED:
        raise Rejected("verify-first", N_("被督办单位已经反馈，请先核查。"))
    return [SupervisionClosed(notice_id=notice.notice_id, verdict=c.verdict)]


def _living(notice: Notice) -> None:
    if notice.standing is Standing.NONE:
        raise Rejected("no-such-notice", N_("没有这份督办单。"))
    if notice.standing is Standing.CLOSED:
        raise Rejected("notice-closed", N_("这份督办单已经销督。"))


def _somebody_else(notice: Notice, unit: str | None) -> None:
    """Nobody judges their own unit (invariant 8)."""
    if unit == notice.target_unit:
        raise Rejected("own-unit", N_("被督办单位不能核查、升级或销自己的督办单。"))


def _step(
    notice_id: str, old: str, new: str, rule_id: str, reply_by: datetime | None, reason: str = ""
) -> EscalationRaised:
    return EscalationRaised(
        notice_id=notice_id, from_level=old, to_level=new, rule_id=rule_id, reason=reason, reply_by=reply_by
    )


NOTICE: Decider[Notice, Command] = Decider("supervision-notice", Notice(), evolve, decide)
