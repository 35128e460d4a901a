"""A meeting: who must be there, what each group must bring, and what it decided; recorded once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from contracts.event import Event
from contracts.supervision import GroupReport, MeetingDecision, MeetingHeld
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_

DONE, PLAN = "this_month_done", "next_month_plan"


@dataclass(frozen=True, slots=True)
class Meeting:
    """Whether it was recorded."""

    held: bool = False


@dataclass(frozen=True, slots=True)
class Needs:
    """What the pack asks of a meeting, with the words for people: roles by their names, groups by theirs."""

    chairs: frozenset[str] | None = None
    """Who may chair; None when anybody may."""
    chair_role: str = ""
    present: tuple[tuple[str, frozenset[str]], ...] = ()
    """For each role that must be there: its name and who holds it."""
    groups: tuple[tuple[str, str], ...] = ()
    """Units that report, with their names."""
    must: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HoldMeeting:
    """Write down a meeting that was held."""

    meeting_id: str
    programme_id: str
    kind: str
    owner_unit: str
    held_at: datetime | None
    chair: str
    attendees: tuple[str, ...]
    at: datetime
    needs: Needs = Needs()
    cadence_id: str | None = None
    slot: date | None = None
    opens: datetime | None = None
    """A meeting held before the slot's time belongs to the slot before."""
    agenda: str = ""
    group_reports: tuple[GroupReport, ...] = ()
    decisions: tuple[MeetingDecision, ...] = ()


def evolve(meeting: Meeting, event: Event) -> Meeting:
    match event:
        case MeetingHeld():
            return Meeting(held=True)
        case _:
            raise TypeError(f"{event.TYPE} is no event of a meeting")


def decide(meeting: Meeting, c: HoldMeeting) -> Sequence[Event]:
    if meeting.held:
        raise Rejected("meeting-recorded", N_("这次会议已经记录。"))
    if c.held_at is None:
        raise Rejected("no-time", N_("请填写会议时间。"), "held_at")
    if c.held_at > c.at:
        raise Rejected("meeting-in-future", N_("会议时间不能在将来：开过再记。"), "held_at")
    if c.opens is not None and c.held_at < c.opens:
        raise Rejected("before-slot", N_("会议时间早于这一期，请改选会议所属的一期。"), "slot")
    if not c.chair:
        raise Rejected("no-chair", N_("请选择主持人。"), "chair")
    _refuse_absent(c)
    _refuse_silent_groups(c)
    return [
        MeetingHeld(
            meeting_id=c.meeting_id,
            programme_id=c.programme_id,
            kind=c.kind,
            cadence_id=c.cadence_id,
            slot=c.slot,
            owner_unit=c.owner_unit,
            held_at=c.held_at,
            chair=c.chair,
            attendees=tuple(sorted({c.chair, *c.attendees})),
            agenda=c.agenda,
            group_reports=c.group_reports,
            decisions=c.decisions,
        )
    ]


def _refuse_absent(c: HoldMeeting) -> None:
    if c.needs.chairs is not None and c.chair not in c.needs.chairs:
        raise Rejected("wrong-chair", N_("这种会议须由{role}主持。"), "chair", role=c.needs.chair_role)
    there = {c.chair, *c.attendees}
    for role, holders in c.needs.present:
        if not there & holders:
            raise Rejected("must-attend", N_("这种会议须有{role}参加。"), "attendees", role=role)


def _refuse_silent_groups(c: HoldMeeting) -> None:
    """A group without what the pack asks refuses the whole meeting, by its name (DI-35)."""
    said = {report.group: report for report in c.group_reports}
    for group, name in c.needs.groups:
        report = said.get(group)
        if DONE in c.needs.must and not (report and report.done.strip()):
            raise Rejected("group-without-done", N_("{group}没有写本月完成情况，会议不能记录。"), "groups", group=name)
        if PLAN in c.needs.must and not (report and report.plan.strip()):
            raise Rejected("group-without-plan", N_("{group}没有写下月计划安排，会议不能记录。"), "groups", group=name)


MEETING: Decider[Meeting, HoldMeeting] = Decider("meeting", Meeting(), evolve, decide)


def stream(meeting_id: str) -> str:
    """The stream of a meeting."""
    return f"meeting-{meeting_id}"
