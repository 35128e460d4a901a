"""One table of words as an xlsx file: a title, the columns of the report, the rows."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime

import xlsxwriter
from starlette.responses import Response

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTH = 16
LONG_WIDTH = 32
LONG_FROM = 12
"""A column whose words are longer than this is a column of sentences."""

FIXED = datetime(2000, 1, 1, tzinfo=UTC)
"""The file says nothing about when it was made: the same rows give the same bytes."""


def sheet(title: str, heads: Sequence[str], rows: Sequence[Sequence[str | int]]) -> bytes:
    """The workbook's bytes; every text is written as text, never as a formula."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": FIXED.replace(tzinfo=None)})
    top = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format({"bold": True, "border": 1, "text_wrap": True, "align": "center", "valign": "vcenter"})
    cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    page = book.add_worksheet()
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.write_string(0, 0, title, top)
    for column, words in enumerate(heads):
        page.write_string(1, column, words, head)
        longest = max((len(str(row[column])) for row in rows), default=0)
        page.set_column(column, column, LONG_WIDTH if longest > LONG_FROM else WIDTH)
    for line, row in enumerate(rows, start=2):
        for column, value in enumerate(row):
            if isinstance(value, int):
                page.write_number(line, column, value, cell)
            else:
                page.write_string(line, column, value, cell)
    page.repeat_rows(1)
    book.close()
    return buffer.getvalue()


def download(name: str, content: bytes) -> Response:
    """The file as an attachment with a plain name."""
    return Response(content, media_type=XLSX, headers={"content-disposition": f'attachment; filename="{name}"'})
