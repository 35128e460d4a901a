"""A small world for the chassis' tests: a decider over cases, a read model of them, and makers of events."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from contracts.dispatch import CaseCompleted, CaseOpened, CaseStruckOff
from contracts.envelope import Meta
from contracts.event import Event
from contracts.sealed import Sealed
from services.chassis.decider import Decider, Rejected
from services.chassis.facts import Fact
from services.chassis.identity import uuid7
from services.chassis.projection import Projection
from services.chassis.rows import Rows
from tests.spec import NOON, SOMEBODY

BOX = Sealed(key_id="request-1", box="AAAA")


def opened(case_id: str = "C-7", title: Sealed = BOX) -> CaseOpened:
    return CaseOpened(case_id=case_id, request_ids=("R-1",), title=title, text=title, channel="visit", received_at=NOON)


def completed(case_id: str = "C-7", round: int = 1) -> CaseCompleted:
    return CaseCompleted(
        case_id=case_id,
        case_no=1,
        result="solved",
        on_time=True,
        elapsed_s=60,
        working_s=60,
        lead_unit="U-2",
        round=round,
    )


def struck_off(case_id: str = "C-7") -> CaseStruckOff:
    return CaseStruckOff(case_id=case_id, case_no=1, by_unit="U-1", basis="office", on_time=True)


@dataclass(frozen=True, slots=True)
class Case:
    status: str = "unknown"


@dataclass(frozen=True, slots=True)
class OpenCase:
    case_id: str


@dataclass(frozen=True, slots=True)
class CompleteCase:
    case_id: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class StrikeOff:
    case_id: str


Command = OpenCase | CompleteCase | StrikeOff


def evolve(case: Case, event: Event) -> Case:
    match event:
        case CaseOpened():
            return replace(case, status="open")
        case CaseCompleted():
            return replace(case, status="completed")
        case CaseStruckOff():
            return replace(case, status="struck-off")
        case _:
            return case


def decide(case: Case, command: Command) -> Sequence[Event]:
    match command:
        case OpenCase():
            return [] if case.status != "unknown" else [opened(command.case_id)]
        case CompleteCase():
            if case.status == "struck-off":
                raise Rejected("struck-off", "这个案件已经销号。")
            return [] if case.status == "completed" else [completed(command.case_id)]
        case StrikeOff():
            if case.status != "completed":
                raise Rejected("not-completed", "没有办结的案件不能销号。")
            return [struck_off(command.case_id)]


cases: Decider[Case, Command] = Decider("case", Case(), evolve, decide)


@dataclass(frozen=True, slots=True)
class Row:
    case_id: str
    status: str = "unknown"
    changes: int = 0
    last_seq: int = 0
    units: tuple[str, ...] = ()


def project(row: Row, fact: Fact) -> Row:
    row = replace(row, changes=row.changes + 1, last_seq=fact.seq)
    match fact.event:
        case CaseOpened():
            return replace(row, status="open")
        case CaseCompleted(lead_unit=unit):
            return replace(row, status="completed", units=(*row.units, unit))
        case CaseStruckOff():
            return replace(row, status="struck-off")
        case _:
            return row


board_rows = Rows("case_board", Row, lambda fact: fact.event.case_id, project)  # type: ignore[attr-defined]

DDL = """
CREATE TABLE {t} (
    case_id text PRIMARY KEY, status text NOT NULL, changes int NOT NULL,
    last_seq bigint NOT NULL, units text[] NOT NULL
);
CREATE INDEX ON {t} (status)
"""


def board(version: int = 1, name: str = "case_board", view: str = "case_board") -> Projection:
    rows = replace(board_rows, view=view)
    return Projection(name, version, (CaseOpened, CaseCompleted, CaseStruckOff), {view: DDL}, rows.apply)


def meta(command_id: str | None = None) -> Meta:
    return Meta(command_id=command_id or uuid7(), actor=SOMEBODY)
