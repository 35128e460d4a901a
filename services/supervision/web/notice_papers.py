"""督办单 on paper and 督办台账 as a file."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from contracts.codec import decode
from contracts.dispatch import OrderIssued
from services.reference.programmes import ActivePack
from services.reference.words import SLIP_STATES, slip_number
from services.supervision.domain.ladder import Ladder
from services.supervision.paper.slip import Slip, slip_paper
from services.supervision.paper.workbook import workbook
from services.supervision.web import matters
from services.supervision.web.ladder_acts import OnNotice
from services.supervision.web.ladder_words import SOURCES, level_word
from services.supervision.web.reads import Reads
from services.ui.formats import DASH, whole_moment
from services.ui.i18n import gettext as _
from services.ui.i18n import speaking
from services.ui.papers.paper import Paper, day, minute
from services.ui.papers.pdf import render
from services.ui.papers.word import docx

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

MOST_ROWS = 5000
"""Written within a second; a programme with more slips than that has other worries."""

FIRST_ORDER = "SELECT payload FROM event WHERE stream = $1 AND type = $2 ORDER BY version"


async def pdf(request: Request, x: OnNotice) -> Response:
    paper = await _paper(x)
    content = await render([paper], request.app.state.service.settings.fonts)
    return file(content, PDF, f"{paper.number}.pdf")


async def word(x: OnNotice) -> Response:
    paper = await _paper(x)
    return file(docx([paper]), DOCX, f"{paper.number}.docx")


def file(content: bytes, media_type: str, name: str) -> Response:
    shown = "inline" if media_type == PDF else "attachment"
    headers = {"Content-Disposition": f"{shown}; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(content, media_type=media_type, headers=headers)


async def _paper(x: OnNotice) -> Paper:
    """Chinese whatever the screens speak."""
    row, names = x.row, await x.reads.directory.unit_names()
    order = await first_order(x.reads, row["case_id"], row["target_unit"]) if row["case_id"] else None
    leader = order[0].responsible_leader if order else None
    persons = await x.reads.directory.person_names([leader] if leader else [])
    with speaking("zh"):
        matter = await matters.words(x.reads, row)
        return slip_paper(
            Slip(
                notice_no=row["notice_no"],
                issued_at=row["issued_at"],
                issuer=issuer_name(row, names, x.active),
                slip=_slip(row["level"], x.active),
                level=level_word(row["level"]),
                matter=matter,
                source=_(SOURCES[row["source"]]),
                unit=names.get(row["target_unit"], row["target_unit"]),
                leader=persons.get(leader or "", ""),
                first_order=f"{order[1]}交办，{minute(order[0].dues.finish_by)}前办结" if order else "",
                problem=row["problem"],
                requirements=row["requirements"],
                reply_by=row["reply_by"] or row["first_reply_by"],
                cc="、".join(names.get(unit, unit) for unit in row["cc"]),
                reply=row["reply"],
                opinion=row["verdict"] or row["opinion"],
                closed_at=row["closed_at"],
            )
        )


def _slip(level: str, active: ActivePack) -> str:
    return Ladder(active.pack.escalation.levels).slip(level)


def issuer_name(row: Any, names: dict[str, str], active: ActivePack | None) -> str:
    """The unit of whoever issued it; what a rule issued goes out in the supervisor's name."""
    if row["issuer_unit"] in names:
        return names[row["issuer_unit"]]
    return active.pack.role_name("supervisor") if active else _("督查室")


async def first_order(found: Reads, case_id: str, unit: str) -> tuple[OrderIssued, str] | None:
    """The first order of the case to this unit, and the day it was issued."""
    for stored in await found.pool.fetch(FIRST_ORDER, f"case-{case_id}", OrderIssued.TYPE):
        recorded = decode(stored["payload"])
        if isinstance(recorded.event, OrderIssued) and recorded.event.to_unit == unit:
            return recorded.event, day(recorded.envelope.time)
    return None


async def ledger_file(found: Reads, rows: Sequence[Any]) -> Response:
    """R11 as it stands, in Chinese like every official file."""
    names = await found.directory.unit_names()
    with speaking("zh"):
        lines = [await _line(found, row, names) for row in rows]
        return file(workbook(lines, found.now), XLSX, "督办台账.xlsx")


async def _line(found: Reads, row: Any, names: dict[str, str]) -> list[str | int]:
    late = row["reply_late"] or (row["standing"] == "open" and row["reply_by"] and row["reply_by"] < found.now)
    replied = row["replied_at"]
    return [
        slip_number(row["notice_no"], row["issued_at"]),
        level_word(row["level"]),
        await matters.words(found, row),
        names.get(row["target_unit"], row["target_unit"]),
        whole_moment(row["issued_at"]),
        whole_moment(row["reply_by"] or row["first_reply_by"]),
        whole_moment(replied) if replied else DASH,
        _("逾期") if late else _("否"),
        row["verdict"] or row["opinion"] or DASH,
        row["raises"],
        _(SLIP_STATES[row["standing"]]),
    ]
