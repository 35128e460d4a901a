"""A programme: which version of its pack is in force, its phases, the papers owed, and its end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, assert_never

from contracts.event import Event
from contracts.pack import Pack
from contracts.pack.rows import Phase
from contracts.supervision import (
    DeliverableFiled,
    PhaseEnded,
    PhaseItemConfirmed,
    PhaseStarted,
    ProgrammeEnded,
    ProgrammePackActivated,
)
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_

Becomes = Literal["closed", "standing"]


@dataclass(frozen=True, slots=True)
class Programme:
    """The last activation (version 0 means none yet), and what happened since."""

    pack_version: int = 0
    sha256: str = ""
    started: frozenset[str] = frozenset()
    over: frozenset[str] = frozenset()
    filed: frozenset[tuple[str, str]] = frozenset()
    """Papers as (deliverable, unit)."""
    confirmed: frozenset[tuple[str, str]] = frozenset()
    """Things of checklists as (phase, item)."""
    ended: Becomes | None = None


@dataclass(frozen=True, slots=True)
class ActivatePack:
    """Put these rules in force. The content has passed the pack's lint; `sha256` is of its exact bytes."""

    programme_id: str
    name: str
    content: str
    sha256: str
    at: datetime
    version: int = 1
    """As the file says."""
    in_force: int = 0
    """What the file in force says; 0 when there is none."""


@dataclass(frozen=True, slots=True)
class StartPhase:
    """A phase of the pack begins; by the timer on its planned day, by a person when it really does."""

    programme_id: str
    phase_id: str
    name: str
    planned: date
    on: date
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class EndPhase:
    """A phase is over; `items` are those of its checklist, which must be confirmed first (EB-21)."""

    programme_id: str
    phase_id: str
    planned: date
    on: date
    automatic: bool = False
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConfirmItem:
    """One thing of a phase's checklist is done."""

    programme_id: str
    phase_id: str
    item: str
    note: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileDeliverable:
    """A unit files a paper that it owes; filed again, the new one stands."""

    programme_id: str
    deliverable: str
    unit: str
    document: str
    owed: bool


@dataclass(frozen=True, slots=True)
class Owing:
    """A paper that a unit owes, with the words for people."""

    deliverable: str
    name: str
    unit: str
    unit_name: str


@dataclass(frozen=True, slots=True)
class EndProgramme:
    """Close the campaign, or let it go on as standing work."""

    programme_id: str
    becomes: Becomes
    reason: str
    planned: date
    on: date
    owing: tuple[Owing, ...] = ()
    checklists: tuple[tuple[str, str, str], ...] = ()
    """Everything that phases ask to be confirmed, as (phase, the phase's name, item)."""


Command = ActivatePack | StartPhase | EndPhase | ConfirmItem | FileDeliverable | EndProgramme


def evolve(programme: Programme, event: Event) -> Programme:
    match event:
        case ProgrammePackActivated(pack_version=version, sha256=sha256):
            return replace(programme, pack_version=version, sha256=sha256)
        case PhaseStarted(phase_id=phase):
            return replace(programme, started=programme.started | {phase})
        case PhaseEnded(phase_id=phase):
            return replace(programme, over=programme.over | {phase})
        case DeliverableFiled() as e:
            return replace(programme, filed=programme.filed | {(e.deliverable, e.unit)})
        case PhaseItemConfirmed(phase_id=phase, item=item):
            return replace(programme, confirmed=programme.confirmed | {(phase, item)})
        case ProgrammeEnded(becomes=becomes):
            return replace(programme, ended=becomes)
        case _:
            raise TypeError(f"{event.TYPE} is no event of a programme")


def decide(programme: Programme, command: Command) -> Sequence[Event]:
    match command:
        case ActivatePack():
            return _activate(programme, command)
        case StartPhase():
            return _start(programme, command)
        case EndPhase():
            return _end_phase(programme, command)
        case ConfirmItem():
            return _confirm(programme, command)
        case FileDeliverable():
            return _file(programme, command)
        case EndProgramme():
            return _end(programme, command)
        case _:
            assert_never(command)


def _activate(programme: Programme, c: ActivatePack) -> Sequence[Event]:
    if c.sha256 == programme.sha256:
        return []  # these very rules are in force
    _refuse_closed(programme)
    if c.version <= c.in_force:
        raise Rejected(
            "version-not-higher",
            N_("方案内容有改动，版本号须高于现行的第 {n} 版；请修改 [programme] 的 version。"),
            "programme.version",
            n=c.in_force,
        )
    return [
        ProgrammePackActivated(
            programme_id=c.programme_id,
            name=c.name,
            pack_version=programme.pack_version + 1,
            sha256=c.sha256,
            content=c.content,
            effective_from=c.at,
        )
    ]


def _start(programme: Programme, c: StartPhase) -> Sequence[Event]:
    if c.automatic and (programme.ended or c.phase_id in programme.started):
        return []
    _refuse_closed(programme)
    if c.phase_id in programme.started:
        raise Rejected("phase-started", N_("这个阶段已经开始。"))
    return [PhaseStarted(programme_id=c.programme_id, phase_id=c.phase_id, name=c.name, planned=c.planned, on=c.on)]


def _end_phase(programme: Programme, c: EndPhase) -> Sequence[Event]:
    left = [item for item in c.items if (c.phase_id, item) not in programme.confirmed]
    if c.automatic and (programme.ended or c.phase_id in programme.over or c.phase_id not in programme.started or left):
        return []
    _refuse_closed(programme)
    if c.phase_id not in programme.started:
        raise Rejected("phase-not-started", N_("这个阶段还没有开始。"))
    if c.phase_id in programme.over:
        raise Rejected("phase-over", N_("这个阶段已经结束。"))
    if left:
        raise Rejected("item-open", N_("“{item}”还没有确认，阶段不能结束。"), item=left[0])
    return [PhaseEnded(programme_id=c.programme_id, phase_id=c.phase_id, planned=c.planned, on=c.on)]


def _confirm(programme: Programme, c: ConfirmItem) -> Sequence[Event]:
    _refuse_closed(programme)
    if c.item not in c.items:
        raise Rejected("no-such-item", N_("这个阶段的清单没有这一项。"), "item")
    if (c.phase_id, c.item) in programme.confirmed:
        raise Rejected("item-confirmed", N_("这一项已经确认。"), "item")
    if not c.note.strip():
        raise Rejected("no-note", N_("请写明文号、会议时间等依据。"), "note")
    return [PhaseItemConfirmed(programme_id=c.programme_id, phase_id=c.phase_id, item=c.item, note=c.note.strip())]


def _file(programme: Programme, c: FileDeliverable) -> Sequence[Event]:
    _refuse_closed(programme)
    if not c.owed:
        raise Rejected("not-owed", N_("方案没有要求这个单位报送这份材料。"), "deliverable")
    if not c.document.strip():
        raise Rejected("no-document", N_("请填写材料名称和文号。"), "document")
    return [
        DeliverableFiled(
            programme_id=c.programme_id, deliverable=c.deliverable, unit=c.unit, document=c.document.strip()
        )
    ]


def _end(programme: Programme, c: EndProgramme) -> Sequence[Event]:
    if programme.ended == c.becomes or programme.ended == "closed":
        raise Rejected("programme-ended", N_("活动已经结束。"))
    for paper in c.owing:  # an end guard: nobody leaves without the paper (EB-22)
        if (paper.deliverable, paper.unit) not in programme.filed:
            raise Rejected(
                "paper-missing",
                N_("{unit}还没有报送“{paper}”，活动不能结束。"),
                unit=paper.unit_name,
                paper=paper.name,
            )
    for phase, name, item in c.checklists:
        if (phase, item) not in programme.confirmed:
            raise Rejected("item-open", N_("“{phase}”阶段的“{item}”还没有确认，活动不能结束。"), phase=name, item=item)
    if c.on < c.planned and not c.reason.strip():
        raise Rejected("reason-missing", N_("提前结束应写明理由。"), "reason")
    return [ProgrammeEnded(programme_id=c.programme_id, becomes=c.becomes, reason=c.reason.strip())]


def _refuse_closed(programme: Programme) -> None:
    if programme.ended == "closed":
        raise Rejected("programme-ended", N_("活动已经结束。"))


PROGRAMME: Decider[Programme, Command] = Decider("programme", Programme(), evolve, decide)


def checklist(pack: Pack, phase: Phase) -> tuple[str, ...]:
    """What must be confirmed before a phase ends (EB-21)."""
    return next((row.items for row in pack.lists.checklist if row.id == phase.checklist), ())


def stream(programme_id: str) -> str:
    """The stream of a programme."""
    return f"programme-{programme_id}"
