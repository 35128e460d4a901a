"""考核 as files: R13 as it stands, and a final result for each use that the pack names (SH-45)."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.decider import Rejected
from services.chassis.web import CurrentUser
from services.chassis.words import N_
from services.supervision.web import assess_acts as act
from services.supervision.web import assess_table
from services.supervision.web.answers import permitted
from services.supervision.web.assess_acts import OnAssessment
from services.supervision.web.sheets import XLSX, download, sheet
from services.ui.formats import DASH

router = APIRouter(prefix="/supervision/assessments", include_in_schema=False)

CSV = "text/csv; charset=utf-8"
Place = Annotated[int, Path(ge=1, le=100)]
"""Which of the pack's uses, counted from one; a pack has a handful."""


@router.get("/{assessment_id}.xlsx")
async def workbook(request: Request, user: CurrentUser, assessment_id: str) -> Response:
    """R13 in the columns that the programme makes."""
    x = await act.on(request, user, assessment_id)
    title, columns, rows = assess_table.file_rows(x, await x.names())
    return download("R13.xlsx", sheet(title, columns, rows))


@router.get("/{assessment_id}/uses/{number}.{kind}")
async def for_use(
    request: Request, user: CurrentUser, assessment_id: str, number: Place, kind: Literal["xlsx", "csv"]
) -> Response:
    """The final result for one of its uses: names it on every line, so that no copy is taken for another's."""
    permitted(user, act.SEEING_DRAFTS)
    x = await act.on(request, user, assessment_id)
    if x.known.row.stage != "final":
        raise Rejected("not-final", N_("考核定案后才能作为依据运用。"))
    if number > len(x.known.row.uses):
        raise HTTPException(404)
    use = x.known.row.uses[number - 1]
    columns, rows = use_rows(x, await x.names(), use)
    name = quote(f"考核结果-{use}.{kind}", safe="")
    content = sheet(f"{assess_table.foot(x).number} {use}", columns, rows) if kind == "xlsx" else _csv(columns, rows)
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(content, media_type=XLSX if kind == "xlsx" else CSV, headers=headers)


def use_rows(x: OnAssessment, names: Mapping[str, str], use: str) -> tuple[list[str], list[list[str | int]]]:
    """One line for each object; in Chinese like every official file. People decide what follows from it."""
    told, row = assess_table.foot(x), x.known.row
    columns = ["用途", "活动", "考核周期", "起", "止", "对象", "名次", "总分", "等次", "备注", "编号", "口径版本"]
    kind = assess_table.kind_in_chinese(row.kind)
    lines: list[list[str | int]] = [
        [
            *(use, x.active.name, kind, told.since, told.until, names.get(one.object, one.object)),
            *((DASH, DASH) if one.excluded else (one.rank, one.total)),
            *(one.grade, one.excluded, told.number, told.rules),
        ]
        for one in x.known.rows
    ]
    return columns, lines


def _csv(columns: Sequence[str], rows: Sequence[Sequence[str | int]]) -> bytes:
    """With the mark by which spreadsheets know UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue().encode("utf-8-sig")
