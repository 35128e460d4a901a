"""督办台账 in words: the same lines for the page, where each opens its slip, and for the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request

from services.chassis.clock import LOCAL
from services.reference.words import SLIP_LEVELS, SLIP_STATES, slip_number
from services.reporting.domain.canonical import Cell
from services.reporting.web.labels import DASH, REPORT_WORDS
from services.reporting.web.reads import reads
from services.reporting.web.section import Section
from services.ui.i18n import N_
from services.ui.i18n import gettext as _

Row = Mapping[str, Cell]

COLUMNS = (
    N_("编号"),
    N_("级别"),
    N_("事项"),
    N_("单位"),
    N_("发出"),
    N_("应反馈"),
    N_("实反馈"),
    N_("是否逾期"),
    N_("核查结论"),
    N_("升级"),
    N_("状态"),
)
LONG = (2, 8)
"""Columns of sentences."""

TONES = {"open": "warn", "replied": "info", "closed": "good"}


@dataclass(frozen=True, slots=True)
class Names:
    units: Mapping[str, str]
    titles: Mapping[str, str]
    """Of cases, opened for this reader."""


async def names_for(request: Request, rows: Sequence[Row]) -> Names:
    found = reads(request)
    cases = sorted({str(row["case_id"]) for row in rows if row["case_id"] is not None})
    return Names(await found.directory.unit_names(), await found.titles(cases))


def line(row: Row, names: Names) -> list[str | int]:
    """The eleven columns of one slip; what is not about a case is told by its problem."""
    issued = datetime.strptime(str(row["issued"]), "%Y-%m-%d %H:%M").replace(tzinfo=LOCAL)
    number, raises = row["number"], row["raises"]
    assert isinstance(number, int)
    assert isinstance(raises, int)
    level, case_id = str(row["level"]), str(row["case_id"])
    return [
        slip_number(number, issued),
        _(SLIP_LEVELS[level]) if level in SLIP_LEVELS else level,
        names.titles.get(case_id, str(row["problem"])),
        names.units.get(str(row["unit"]), str(row["unit"])),
        *(DASH if row[key] is None else str(row[key]) for key in ("issued", "reply_by", "replied")),
        _(REPORT_WORDS["yes" if row["overdue"] else "no"]),
        DASH if row["opinion"] is None else str(row["opinion"]),
        raises,
        _(SLIP_STATES[str(row["state"])]),
    ]


async def section(request: Request, title: str, rows: Sequence[Row]) -> Section:
    """The slips as a page shows them."""
    names = await names_for(request, rows)
    heads = [(_(column), column == "升级") for column in COLUMNS]
    return Section(title, "", heads, [_cells(row, names) for row in rows])


def _cells(row: Row, names: Names) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = [
        {"text": word, "num": isinstance(word, int), "href": None, "tone": None} for word in line(row, names)
    ]
    cells[0]["href"] = f"/supervision/notices/{row['notice_id']}"
    cells[-1]["tone"] = "bad" if row["overdue"] and row["state"] == "open" else TONES[str(row["state"])]
    return cells
