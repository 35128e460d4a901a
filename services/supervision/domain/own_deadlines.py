"""Deadlines of supervision's own: tasks, promises, slips to answer, rectifications, call-backs, appeals to rule on,
as its events set and lift them.

One matter may be owed more than once, as a slip that rises gets a new time to answer; each time is a clock of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from contracts.event import Event
from contracts.supervision import (
    AppealDecided,
    AppealFiled,
    ClockKind,
    CommitmentProgressConfirmed,
    CommitmentPublished,
    CommitmentSettled,
    EscalationRaised,
    FollowUpCancelled,
    FollowUpConducted,
    FollowUpScheduled,
    RectificationLifted,
    RectificationOrdered,
    RectificationReported,
    RectificationVerified,
    ReplyVerified,
    SupervisionClosed,
    SupervisionNoticeIssued,
    SupervisionReplied,
    TaskPlanAdopted,
    TaskProgressUpdated,
)

KINDS: tuple[ClockKind, ...] = ("task", "promise", "reply", "rectify", "follow_up", "appeal")
"""Only supervision's own log can tell whether these were kept."""

HANDLED: tuple[type[Event], ...] = (
    TaskPlanAdopted,
    TaskProgressUpdated,
    CommitmentPublished,
    CommitmentProgressConfirmed,
    CommitmentSettled,
    SupervisionNoticeIssued,
    SupervisionReplied,
    ReplyVerified,
    EscalationRaised,
    SupervisionClosed,
    RectificationLifted,
    RectificationOrdered,
    RectificationReported,
    RectificationVerified,
    FollowUpScheduled,
    FollowUpConducted,
    FollowUpCancelled,
    AppealFiled,
    AppealDecided,
)
REPLY_FAILED = "reply-failed"
"""The rule by which a slip rises whose answer did not hold: only then is another answer owed."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """What is owed, while `open`; without a due instant nobody waits for a day."""

    kind: ClockKind
    matter: str
    due: datetime | None
    about: str = ""
    unit: str | None = None
    person: str | None = None
    """Whose unit answers for it, where no unit is named."""
    case_id: str | None = None
    not_by: tuple[str, ...] = ()
    """Units that may not do it: those whose work is asked about."""
    open: bool = True

    @property
    def wanted(self) -> datetime | None:
        return self.due if self.open else None


@dataclass(frozen=True, slots=True)
class Begun:
    """A time is set: the clock `key` starts."""

    key: str
    deadline: Deadline
    due: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """It was done, or it is owed no more."""

    key: str
    how: Literal["met", "settled", "replaced"]
    at: datetime | None = None
    """When it was owed no more, where that was before it could be known here."""


Turn = Begun | Ended
Deadlines = Mapping[str, Deadline]


def turns(history: Sequence[tuple[datetime, Event]]) -> list[Turn]:
    """What the last event of a stream begins and ends; `history` is the whole stream up to it, with times of record."""
    known: Deadlines = {}
    counts: dict[str, int] = {}
    last: list[Turn] = []
    for number, (at, event) in enumerate(history):
        before, known = known, after(known, event)
        last = list(_changes(before, known, counts, event, at, first=number == 0))
    return last


def _changes(
    before: Deadlines, known: Deadlines, counts: dict[str, int], event: Event, at: datetime, *, first: bool
) -> Iterator[Turn]:
    for key, deadline in known.items():
        old = before[key].wanted if key in before else None
        new = deadline.wanted
        if old == new:
            continue
        if old is not None:
            since = event.at if isinstance(event, FollowUpCancelled) else None
            yield Ended(f"{key}-{counts.get(key, 1)}", _how(event, deadline), since)
        # What failed when its day was over gets no second red light for the same day.
        if new is not None and (first or new > at):
            counts[key] = counts.get(key, 0) + 1
            yield Begun(f"{key}-{counts[key]}", deadline, new)


def _how(event: Event, deadline: Deadline) -> Literal["met", "settled", "replaced"]:
    if deadline.open:
        return "replaced"
    match event:
        case SupervisionClosed() | CommitmentSettled(fulfilled=False) | EscalationRaised() | RectificationLifted():
            return "settled"
        case FollowUpCancelled():
            return "settled"
        case _:
            return "met"


def after(known: Deadlines, event: Event) -> Deadlines:
    """The deadlines of one stream once `event` is recorded."""
    match event:
        case TaskPlanAdopted() as e:
            return {
                f"task-{e.plan_id}.{task.task_id}": Deadline(
                    "task",
                    f"task:{e.plan_id}/{task.task_id}",
                    task.due,
                    f"{task.subject} {task.mandatory or task.deed}"[:SHORT],
                    e.owner_unit,
                    task.lead,
                )
                for task in e.tasks
            }
        case TaskProgressUpdated() as e:
            return _changed(known, f"task-{e.plan_id}.{e.task_id}", open=e.state != "done")
        case CommitmentPublished() as e:
            return {
                _promise(e.commitment_id, item.item_id): Deadline(
                    "promise",
                    f"promise:{e.commitment_id}/{item.item_id}",
                    item.due,
                    item.text[:SHORT],
                    person=item.responsible,
                )
                for item in e.items
            }
        case CommitmentProgressConfirmed() as e:
            for item in e.items:
                if item.state == "done":
                    known = _changed(known, _promise(e.commitment_id, item.item_id), open=False)
            return known
        case CommitmentSettled() as e:
            return _changed(known, _promise(e.commitment_id, e.item_id), open=False)
        case FollowUpScheduled() as e:
            key, matter = f"follow_up-{e.followup_id}", f"follow-up:{e.followup_id}"
            return {key: Deadline("follow_up", matter, e.due, case_id=e.case_id, not_by=e.handler_units)}
        case FollowUpConducted() | FollowUpCancelled() as e:
            return _changed(known, f"follow_up-{e.followup_id}", open=False)
        case AppealFiled() as e:
            key, matter = _appeal(e), f"appeal:{e.assessment_id}/{e.appeal_id}"
            return {**known, key: Deadline("appeal", matter, e.rule_by, e.reason[:SHORT], not_by=(e.object,))}
        case AppealDecided() as e:
            return _changed(known, _appeal(e), open=False)
        case _:
            return _of_ladder(known, event)


def _of_ladder(known: Deadlines, event: Event) -> Deadlines:
    match event:
        case SupervisionNoticeIssued() as e:
            key, matter = f"reply-{e.notice_id}", f"notice:{e.notice_id}"
            return {key: Deadline("reply", matter, e.reply_by, unit=e.target_unit, case_id=e.case_id)}
        case SupervisionReplied() | SupervisionClosed():
            return _changed(known, f"reply-{event.notice_id}", open=False)
        case EscalationRaised() as e:
            key = f"reply-{e.notice_id}"
            waits = known[key].open or e.rule_id == REPLY_FAILED
            return _changed(known, key, open=waits and e.reply_by is not None, due=e.reply_by)
        case RectificationOrdered() as e:
            key, matter = f"rectify-{e.rectification_id}", f"rectification:{e.rectification_id}"
            return {key: Deadline("rectify", matter, e.due, unit=e.unit)}
        case RectificationReported() | RectificationLifted():
            return _changed(known, f"rectify-{event.rectification_id}", open=False)
        case RectificationVerified() as e:
            return _changed(known, f"rectify-{e.rectification_id}", open=not e.passed)
        case _:
            return known  # an answer that holds ends with the slip, one that does not with its next step


SHORT = 200
"""Characters of what is told on the wall of a task or a promise."""


def _appeal(e: AppealFiled | AppealDecided) -> str:
    return f"appeal-{e.assessment_id}.{e.appeal_id}"


def _promise(commitment_id: str, item_id: str) -> str:
    return f"promise-{commitment_id}.{item_id}"


def _changed(known: Deadlines, key: str, *, open: bool, due: datetime | None = None) -> Deadlines:
    changed = replace(known[key], open=open, due=due or known[key].due)
    return {**known, key: changed}
