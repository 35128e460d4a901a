"""Computing a report, putting a run of it on record, and computing a recorded run again."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.reporting import Input
from services.chassis.clock import LOCAL
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.web import SideRow, User, command_id, command_meta, perform
from services.chassis.web.inputs import Keepable, Words
from services.reference.owed import waits
from services.reference.programmes import ActivePack
from services.reporting.domain.canonical import Cell, hash_of, to_bytes
from services.reporting.domain.run import RUN, RecordRun
from services.reporting.domain.window import Window, windows
from services.reporting.read import archive
from services.reporting.read.archive import Run
from services.reporting.read.moments import Moment
from services.reporting.web import workbook
from services.reporting.web.reads import reads
from services.reporting.web.reports import KINDS, Report, file, file_name, title
from services.reporting.web.vector import caught_up, places, vector_at
from services.ui.i18n import N_

MAKING = ("programme_office", "supervisor", "leading_group", "work_group_lead", "admin")
SEEING = (*MAKING, "discipline", "auditor", "dispatcher", "unit_leader", "unit_clerk", "intake_clerk")


class RunInput(Keepable, BaseModel):
    """What to compute. Without a slot: the window that runs now; without `as_of`: now, or the slot's last instant."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    report: Report = "R03"
    programme: str
    slot: date | None = None
    as_of: datetime | None = None
    advice: Words = ""
    """建议, which an analysis must have (R14)."""


def asking(**given: Any) -> RunInput:
    """What an address asks for, with its parts read one by one; refused by the part that cannot be."""
    try:
        return RunInput(**given)
    except ValidationError as error:
        raise RequestValidationError([{**one, "loc": ("query", *one["loc"])} for one in error.errors()]) from error


@dataclass(frozen=True, slots=True)
class Computed:
    """A report at a moment, not yet on record."""

    report: str
    active: ActivePack
    moment: Moment
    inputs: Mapping[str, Input]
    rows: list[dict[str, Cell]]
    sha256: str


async def programme(request: Request, programme_id: str) -> ActivePack:
    active = await reads(request).programmes.active(programme_id)
    if active is None:
        raise Rejected("no-programme", N_("没有启用这项活动。"), "programme")
    return active


def slots(active: ActivePack, report: str, now: datetime) -> list[Window]:
    return windows(active.pack, active.calendar, report, now.astimezone(LOCAL).date())


def window_for(active: ActivePack, asked: RunInput, now: datetime) -> Window:
    """The window of the asked slot, or the last one that has begun."""
    found = slots(active, asked.report, asked.as_of or now)
    if not found:
        raise Rejected("not-begun", N_("活动尚未开始，没有可统计的期次。"), "slot")
    if asked.slot is None:
        return found[-1]
    named = next((one for one in found if one.slot == asked.slot), None)
    if named is None:
        raise Rejected("no-such-slot", N_("没有这一期，或这一期尚未开始。"), "slot")
    return named


async def compute(request: Request, asked: RunInput, *, inputs: Mapping[str, Input] | None = None) -> Computed:
    """The rows at the current vector, at that of a past instant, or at the one given."""
    await caught_up(request)
    active, now = await programme(request, asked.programme), reads(request).now
    if asked.as_of is not None and (asked.as_of.tzinfo is None or asked.as_of > now):
        raise Rejected("in-future", N_("统计时点须带时区，且不能在将来。"), "as_of")
    window = window_for(active, asked, now)
    as_of = asked.as_of or window.as_of(now, waits(active.pack, asked.report))
    if inputs is None:
        inputs = await vector_at(request, as_of)
    moment = Moment(asked.programme, places(inputs), as_of, window.start, window.end)
    rows = await KINDS[asked.report].rows(reads(request).moments, moment, active)
    return Computed(asked.report, active, moment, inputs, rows, hash_of(rows))


async def record(request: Request, user: User, role: str, asked: RunInput) -> tuple[str, Outcome]:
    """Compute and put on record: the event holds the hash, a row beside it the rows and the file."""
    report_id = f"rp-{uuid5(NAMESPACE_URL, f'{user.person_id}/{command_id(request)}')}"
    made = await compute(request, asked)
    moment = made.moment
    command = RecordRun(
        report_id=report_id,
        report=made.report,
        programme_id=moment.programme,
        as_of=moment.as_of,
        window_from=moment.window_from,
        window_to=moment.window_to,
        template_version=KINDS[made.report].version,
        inputs=made.inputs,
        rows=len(made.rows),
        rows_sha256=made.sha256,
        pack_sha256=made.active.sha256,
        advice=asked.advice,
    )
    meta = command_meta(
        request, user, role=role, programme=moment.programme, pack_version=str(made.active.pack_version)
    )
    side = (SideRow("report_content", await _content(request, report_id, made, asked.advice)),)
    return report_id, await perform(request, RUN, f"report-{report_id}", command, meta, side=side, pinned=False)


async def _content(request: Request, report_id: str, made: Computed, advice: str) -> dict[str, Any]:
    content: dict[str, Any] = {"report_id": report_id, "rows": to_bytes(made.rows).decode()}
    if not KINDS[made.report].sealed:
        written = await file(request, made.active, made.report, paper(made, report_id, advice), made.rows)
        content["file"] = base64.b64encode(written).decode()
        content["file_name"] = file_name(made.report, made.moment.window_to)
    return content


def paper(made: Computed, report_id: str, advice: str = "") -> workbook.Paper:
    """What a report says about itself in its file."""
    moment = made.moment
    return workbook.Paper(
        title(made.active, made.report),
        moment.as_of,
        moment.window_from,
        moment.window_to,
        KINDS[made.report].version,
        made.active.sha256,
        report_id,
        made.sha256,
        advice,
    )


@dataclass(frozen=True, slots=True)
class Check:
    """A recorded run computed again from its positions, and the published rows hashed again."""

    recorded: str
    computed: str
    stored: str

    @property
    def same(self) -> bool:
        return self.recorded == self.computed == self.stored


async def the_run(request: Request, report_id: str) -> Run:
    found = await archive.run(reads(request).pool, report_id)
    if found is None:
        raise HTTPException(404)
    return found


async def recompute(request: Request, run: Run) -> Check:
    """From the facts as of the run's own vector, under the rules of the pack it names."""
    await caught_up(request)
    active = await rules_of(request, run)
    moment = Moment(run.programme, places(run.inputs), run.as_of, run.window_from, run.window_to)
    rows = await KINDS[run.report].rows(reads(request).moments, moment, active)
    stored = await published_rows(request, run)
    return Check(run.rows_sha256, hash_of(rows), hash_of(stored))


async def rules_of(request: Request, run: Run) -> ActivePack:
    for active in await reads(request).programmes.history(run.programme):
        if active.sha256 == run.pack_sha256:
            return active
    raise Rejected("no-programme", N_("没有启用这项活动。"), "programme")


async def published_rows(request: Request, run: Run) -> Sequence[dict[str, Cell]]:
    """The rows as they were published; what was recorded is never computed anew for showing."""
    found = await archive.content(reads(request).pool, run.report_id)
    if found is None:
        raise HTTPException(404)
    return workbook.parsed(found["rows"])
