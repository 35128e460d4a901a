"""会议与节奏台账 as an xlsx file (R23): a line for each slot and each other meeting, in the columns of the report."""

import io
from collections.abc import Sequence
from datetime import datetime

import xlsxwriter

from services.ui.i18n import N_

TITLE = "会议与节奏台账"
COLUMNS = (
    N_("节奏"),
    N_("召开单位"),
    N_("应开时间"),
    N_("实开"),
    N_("主持"),
    N_("参加"),
    N_("议题"),
    N_("决定事项"),
    N_("落实"),
    N_("缺会"),
)
WIDTHS = (18, 18, 13, 17, 12, 30, 30, 44, 30, 8)


def workbook(lines: Sequence[Sequence[str]], foot: Sequence[tuple[str, str]], as_of: datetime) -> bytes:
    """The same lines give the same bytes: the file carries the moment it speaks of and no other."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": TITLE, "created": as_of.replace(tzinfo=None, microsecond=0)})
    sheet = book.add_worksheet(TITLE)
    head = book.add_format({"bold": True, "border": 1, "text_wrap": True, "align": "center", "bg_color": "#EEEEEE"})
    cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    for column, (title, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, title, head)
    for number, line in enumerate(lines, start=1):
        for column, words in enumerate(line):
            sheet.write_string(number, column, words, cell)
    for number, (label, words) in enumerate(foot, start=len(lines) + 2):
        sheet.write_string(number, 0, f"{label}：{words}")
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    book.close()
    return written.getvalue()
