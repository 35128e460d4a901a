"""A run of a report: computed once, recorded with what it was computed from, never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.event import Event
from contracts.reporting import Input, ReportGenerated
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_


@dataclass(frozen=True, slots=True)
class Recorded:
    """The hash a run was recorded with; empty before."""

    rows_sha256: str = ""


@dataclass(frozen=True, slots=True)
class RecordRun:
    """Put on record that these rows were computed from these positions."""

    report_id: str
    report: str
    programme_id: str
    as_of: datetime
    window_from: datetime
    window_to: datetime
    template_version: int
    inputs: Mapping[str, Input]
    rows: int
    rows_sha256: str
    pack_sha256: str
    advice: str = ""


ADVISED = frozenset({"R14"})
"""Reports that are an analysis: somebody draws the conclusion."""


def evolve(run: Recorded, event: Event) -> Recorded:
    match event:
        case ReportGenerated():
            return Recorded(event.rows_sha256)
        case _:
            raise TypeError(f"{event.TYPE} is no event of a report")


def decide(run: Recorded, command: RecordRun) -> Sequence[Event]:
    if run.rows_sha256:
        return []  # a run is superseded by another one, never written again
    if command.report in ADVISED and not command.advice:
        raise Rejected("advice-missing", N_("请写明建议，分析才能归档。"), "advice")
    return [
        ReportGenerated(
            report_id=command.report_id,
            report=command.report,
            programme_id=command.programme_id,
            as_of=command.as_of,
            window_from=command.window_from,
            window_to=command.window_to,
            template_version=command.template_version,
            inputs=dict(command.inputs),
            rows=command.rows,
            rows_sha256=command.rows_sha256,
            pack_sha256=command.pack_sha256,
            advice=command.advice,
        )
    ]


RUN: Decider[Recorded, RecordRun] = Decider("report", Recorded(), evolve, decide)
