"""督办台账 as an xlsx file (R11): the rows that the screen shows, in the columns that the report names."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime

import xlsxwriter

from services.ui.formats import whole_moment

TITLE = "督办台账"
COLUMNS = ("编号", "级别", "事项", "单位", "发出", "应反馈", "实反馈", "是否逾期", "核查结论", "升级", "状态")
WIDTHS = (20, 12, 44, 18, 17, 17, 17, 10, 30, 8, 10)

Line = Sequence[str | int]


def workbook(lines: Iterable[Line], as_of: datetime) -> bytes:
    """The same rows give the same bytes: the file carries the moment it speaks of and no other."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True})
    moment = as_of.replace(tzinfo=None, microsecond=0)
    book.set_properties({"title": TITLE, "created": moment})
    sheet = book.add_worksheet(TITLE)
    head = book.add_format({"bold": True, "border": 1, "text_wrap": True, "align": "center", "bg_color": "#EEEEEE"})
    cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    for column, (title, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, title, head)
    last = 0
    for last, line in enumerate(lines, start=1):
        for column, value in enumerate(line):
            if isinstance(value, int):
                sheet.write_number(last, column, value, cell)
            else:
                sheet.write_string(last, column, value, cell)
    sheet.write_string(last + 2, 0, f"统计时点：{whole_moment(as_of)}")
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    book.close()
    return written.getvalue()
