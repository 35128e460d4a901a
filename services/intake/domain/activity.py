"""Something that counts as done: a deed, or a paper with title and number; entered once, withdrawn with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from contracts.event import Event
from contracts.intake.outreach import ActivityHeld, ActivityWithdrawn
from contracts.pack import Activity
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_
from services.intake.domain.new_request import Unknown, refuse_unknown


@dataclass(frozen=True, slots=True)
class Held:
    """What deciding needs to know of one activity."""

    held: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class RecordActivity:
    """`row`: the kind as the pack has it; `roster`: those of the persons whom the directory knows."""

    activity_id: str
    programme_id: str
    row: Activity | None
    rule_id: str
    on: date
    today: date
    start: date
    end: date
    unit: str
    persons: tuple[str, ...]
    roster: frozenset[str]
    subjects: tuple[str, ...] = ()
    joint_with: tuple[str, ...] = ()
    topic: str = ""
    topic_class: str = ""
    services: tuple[str, ...] = ()
    participants: int = 0
    document: str = ""
    also_counts_for: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """The programmes that it may count for besides, as the pack names them (EB-26)."""
    unknown: tuple[Unknown, ...] = ()
    strangers: tuple[str, ...] = ()
    """Those of the persons for whom the sender may not enter anything: of another unit than the sender's."""


@dataclass(frozen=True, slots=True)
class WithdrawActivity:
    activity_id: str
    reason: str


Command = RecordActivity | WithdrawActivity


def stream(activity_id: str) -> str:
    return f"activity-{activity_id}"


def evolve(held: Held, event: Event) -> Held:
    match event:
        case ActivityHeld():
            return Held(held=True)
        case ActivityWithdrawn():
            return replace(held, withdrawn=True)
        case _:
            raise TypeError(f"{event.TYPE} is no event of an activity")


def decide(held: Held, command: Command) -> Sequence[Event]:
    match command:
        case RecordActivity():
            return _record(held, command)
        case WithdrawActivity():
            return _withdraw(held, command)
        case _:
            assert_never(command)


def _record(held: Held, c: RecordActivity) -> Sequence[Event]:
    if held.held:
        raise Rejected("already-recorded", N_("这项活动已经登记。"))
    if c.row is None:
        raise Rejected("no-such-activity", N_("请选择方案规定的活动。"), "kind")
    _refuse_day(c)
    if unknown := sorted(set(c.persons) - c.roster):
        raise Rejected("not-on-roster", N_("参加人不在名册中：{names}。"), "persons", names="、".join(unknown))
    if c.strangers:
        raise Rejected(
            "of-another-unit",
            N_("{names} 不是您单位的人员，请由其本单位或活动办登记。"),
            "persons",
            names="、".join(c.strangers),
        )
    refuse_unknown(c.unknown)
    _refuse_missing(c, c.row)
    return [
        ActivityHeld(
            activity_id=c.activity_id,
            programme_id=c.programme_id,
            kind=c.row.id,
            on=c.on,
            unit=c.unit,
            persons=c.persons,
            subjects=c.subjects,
            joint_with=c.joint_with,
            topic=c.topic,
            topic_class=c.topic_class,
            services=c.services,
            participants=c.participants,
            document=c.document,
            also_counts_for=c.also_counts_for,
            rule_id=c.rule_id,
        )
    ]


def _refuse_day(c: RecordActivity) -> None:
    if c.on > c.today:
        raise Rejected("in-future", N_("日期不能在将来。"), "on")
    if not c.start <= c.on <= c.end:
        raise Rejected("outside-programme", N_("日期不在活动期间内。"), "on")


def _refuse_missing(c: RecordActivity, row: Activity) -> None:
    if not c.topic and (row.document or not (c.subjects or row.counts == "days")):
        raise Rejected("no-topic", N_("请写明做了什么，或材料的题目。"), "topic")
    if row.document and not c.document:
        raise Rejected("no-document", N_("请填写材料的文号或存放处。"), "document")
    if row.joint and not c.joint_with and not c.subjects:
        raise Rejected("nobody-joined", N_("这项活动须与结对单位或对象共同开展，请选择与谁一起。"), "joint_with")
    if c.unit in c.joint_with:
        raise Rejected("own-unit-joined", N_("共同开展单位应是别的单位。"), "joint_with")
    if row.topics and c.topic_class not in row.topics:
        raise Rejected("no-topic-class", N_("请选择类别。"), "topic_class")
    if not set(c.services) <= set(row.services):
        raise Rejected("unknown-service", N_("请选择方案规定的服务。"), "services")
    if not set(c.also_counts_for) <= set(c.others):
        raise Rejected("unknown-programme", N_("请选择方案写明的结合事项。"), "also_counts_for")


def _withdraw(held: Held, c: WithdrawActivity) -> Sequence[Event]:
    if not held.held:
        raise Rejected("no-such-activity", N_("没有这项活动。"))
    if held.withdrawn:
        raise Rejected("already-withdrawn", N_("这项活动已经撤销。"))
    if not c.reason:
        raise Rejected("reason-missing", N_("请写明撤销的原因。"), "reason")
    return [ActivityWithdrawn(activity_id=c.activity_id, reason=c.reason)]


ACTIVITY: Decider[Held, Command] = Decider("activity", Held(), evolve, decide)
