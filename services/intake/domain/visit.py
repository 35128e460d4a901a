"""One visit with the requests that were heard on it: recorded whole or not at all."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from contracts.event import Event
from contracts.intake import (
    Interviewees,
    Mode,
    RequestAccepted,
    RequestAnsweredOnSpot,
    RequestRegistered,
    VisitRecorded,
)
from contracts.sealed import Sealed
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_
from services.intake.domain.new_request import (
    NewRequest,
    Unknown,
    refuse_future,
    refuse_impossible,
    refuse_unknown,
    registered,
)

Outcome = Literal["asks", "none", "away"]
"""有诉求、无诉求、不在家."""

MOST_REQUESTS = 20
"""More from one household on one day is a mistake or a symposium, which has its own form."""


@dataclass(frozen=True, slots=True)
class RecordVisit:
    """Who was visited when by whom, and what was heard. `roster`: the persons known among the visitors."""

    visit_id: str
    subject_id: str
    visitors: tuple[str, ...]
    roster: Collection[str]
    outcome: Outcome
    visited_at: datetime
    at: datetime
    territory_unit: str | None
    """The subject's territory; none when the subject is not in the directory."""

    mode: Mode = "doorstep"
    basis: str = ""
    bases: tuple[str, ...] = ()
    """Ways of contact that the programme names; where it names some, one of them (JW-05)."""
    topics: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    listed: Collection[str] = ()
    """What the pack lists as the content of a visit."""
    interviewees: tuple[Interviewees, ...] = ()
    note: Sealed | None = None
    requests: tuple[NewRequest, ...] = ()
    captured_at: datetime | None = None
    """What the clock of the device said when it was written down."""
    unknown: tuple[Unknown, ...] = ()
    grid_ids: Mapping[str, str] = field(default_factory=dict)


def stream(visit_id: str) -> str:
    """The stream of a visit."""
    return f"visit-{visit_id}"


def evolve(state: bool, event: Event) -> bool:
    """A visit is recorded once; nothing follows."""
    if isinstance(event, VisitRecorded):
        return True
    if isinstance(event, RequestRegistered | RequestAccepted | RequestAnsweredOnSpot):
        return state  # told in the same breath, but of their own streams
    raise TypeError(f"{type(event).__name__} is no event of a visit")


def decide(recorded: bool, c: RecordVisit) -> Sequence[Event]:
    """The visit, then each of its requests."""
    if recorded:
        raise Rejected("already-recorded", N_("这次走访已登记。"))
    if c.territory_unit is None:
        raise Rejected("no-such-subject", N_("名册中没有这个走访对象。"), "subject")
    if not c.visitors:
        raise Rejected("no-visitor", N_("请填写走访人。"), "visitors")
    if unknown := sorted(set(c.visitors) - set(c.roster)):
        raise Rejected("not-on-roster", N_("走访人不在名册中：{names}。"), "visitors", names="、".join(unknown))
    if unlisted := [one for one in c.content if one not in c.listed]:
        raise Rejected("not-listed", N_("方案没有这项走访内容：{names}。"), "content", names="、".join(unlisted))
    refuse_unknown(c.unknown)
    refuse_impossible(c.visited_at, c.at, "visited_at")
    if c.captured_at is not None:
        refuse_future(c.captured_at, c.at, "captured_at")
    if c.basis and c.bases and c.basis not in c.bases:
        raise Rejected("unknown-basis", N_("本活动没有这种联系方式：{basis}。"), "basis", basis=c.basis)
    _refuse_contradiction(c)
    visit = VisitRecorded(
        visit_id=c.visit_id,
        subject_id=c.subject_id,
        visitors=c.visitors,
        mode=c.mode,
        basis=c.basis,
        topics=c.topics,
        content=c.content,
        interviewees=c.interviewees,
        attempted_only=c.outcome == "away",
        note=c.note,
        request_ids=tuple(new.request_id for new in c.requests),
        territory_unit=c.territory_unit,
        grid_ids=dict(c.grid_ids),
    )
    return [visit, *(event for new in c.requests for event in registered(new))]


def _refuse_contradiction(c: RecordVisit) -> None:
    if c.outcome == "asks" and not c.requests:
        raise Rejected("no-request", N_("选了“有诉求”，请至少写一件问题。"), "requests.0.text")
    if c.outcome == "away" and c.requests:
        raise Rejected("nobody-met", N_("不在家时听不到诉求；请改选“有诉求”，或清空问题。"), "outcome")
    if c.outcome == "none" and c.requests:
        raise Rejected("none-but-some", N_("选了“无诉求”却写了问题；请改选“有诉求”，或清空问题。"), "outcome")
    if len(c.requests) > MOST_REQUESTS:
        raise Rejected("too-many", N_("一次走访最多登记 {most} 件问题。"), "requests", most=MOST_REQUESTS)


visit: Decider[bool, RecordVisit] = Decider("visit", False, evolve, decide)
