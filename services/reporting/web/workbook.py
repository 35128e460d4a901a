"""Reports as xlsx files: the same rows give the same bytes for one version of this renderer."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import xlsxwriter

from services.chassis.clock import LOCAL
from services.reporting.domain.canonical import Cell
from services.reporting.web.labels import DASH, R02_COLUMNS, REFERENCE_HEAD, REPORT_WORDS, WORDED

COLUMN_WIDTH = 11
FIRST_WIDTH = 18
LONG_WIDTH = 32
LONG_COLUMNS = ("title", "measures", "progress")
"""Sentences: in a narrow column each would stand as a tower of single words."""


NAMED = ("leaders",)
"""Columns of officials' codes, for which whoever renders knows names."""

BETWEEN = "、"


def named(value: Cell, names: Mapping[str, str]) -> Cell:
    """Codes between commas as names."""
    return value and BETWEEN.join(names.get(code, code) for code in str(value).split(BETWEEN))


@dataclass(frozen=True, slots=True)
class Paper:
    """What a report says about itself in its foot."""

    title: str
    as_of: datetime
    window_from: datetime
    window_to: datetime
    template_version: int
    pack_sha256: str
    report_id: str
    sha256: str
    advice: str = ""

    def foot(self) -> list[str]:
        """What was advised; then 统计时点、统计窗口、口径版本、编号."""
        last = self.window_to.astimezone(LOCAL)
        return [
            *([f"建议：{self.advice}"] if self.advice else []),
            f"统计时点：{_minute(self.as_of)}",
            f"统计窗口：{_minute(self.window_from)} 至 {last:%Y-%m-%d %H:%M}（不含）",
            f"口径版本：第 {self.template_version} 版，方案 {self.pack_sha256[:16]}",
            f"编号：{self.report_id}　校验：{self.sha256}",
        ]


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"


def parsed(rows: str) -> list[dict[str, Cell]]:
    """Canonical rows read back."""
    found: list[dict[str, Cell]] = orjson.loads(rows)
    return found


def figures(
    paper: Paper, columns: Sequence[tuple[str, str]], rows: Sequence[Mapping[str, Cell]], units: Mapping[str, str]
) -> bytes:
    """A table with one row of figures per unit."""
    body = [[unit_word(row, units), *(_figure(key, row, units) for key, _label in columns[1:])] for row in rows]
    return _sheet(paper, [label for _key, label in columns], body)


def lines(paper: Paper, heads: Sequence[str], body: Sequence[Sequence[str | int]], long: Sequence[int]) -> bytes:
    """A report whose lines are in words already; `long` are the columns of sentences."""
    return _sheet(paper, heads, body, long)


def _figure(key: str, row: Mapping[str, Cell], names: Mapping[str, str]) -> str | int:
    if key in NAMED:
        return cell(named(row[key], names))
    if key == "overdue" and row[key]:  # a light is a shape and a word, never a colour alone
        return f"● 超期 {row[key]}"
    if key in WORDED and row[key] is not None:
        return WORDED[key].get(str(row[key]), str(row[key]))
    return cell(row[key])


def r02(paper: Paper, rows: Iterable[Mapping[str, Cell]], words: "Words") -> bytes:
    long = [number for number, (key, _label) in enumerate(R02_COLUMNS) if key in LONG_COLUMNS]
    heads = [REFERENCE_HEAD if key == "requester" else label for key, label in R02_COLUMNS]
    return _sheet(paper, heads, (ledger_line(row, words) for row in rows), long)


@dataclass(frozen=True, slots=True)
class Words:
    """Names for codes, known only to who renders: units, persons, titles, categories."""

    units: Mapping[str, str]
    persons: Mapping[str, str]
    titles: Mapping[str, str]
    categories: Mapping[str, str]


def unit_word(row: Mapping[str, Cell], units: Mapping[str, str]) -> str:
    match row["row"]:
        case "total":
            return REPORT_WORDS["total"]
        case "unassigned":
            return REPORT_WORDS["unassigned"]
        case _:
            return units.get(str(row["unit"]), str(row["unit"]))


def cell(value: Cell) -> str | int:
    """A count, a share as printed, or a dash where there is nothing to divide by."""
    return DASH if value is None else value


def ledger_line(row: Mapping[str, Cell], words: Words) -> list[str | int]:
    """The 21 columns of one case."""

    def named(names: Mapping[str, str], key: str) -> str:
        value = row[key]
        return DASH if value is None else names.get(str(value), str(value))

    remarks = [
        *([REPORT_WORDS["suspended"]] if row["status"] == "suspended" else []),
        *([REPORT_WORDS["overdue"]] if row["overdue"] else []),
        *([f"第 {row['round']} 轮"] if isinstance(row["round"], int) and row["round"] > 1 else []),
    ]
    return [
        cell(row["line"]),
        f"No.{row['case_no']}",
        named(words.units, "territory"),
        named(words.units, "community"),
        cell(row["requester"]),
        named(words.titles, "case_id"),
        named(words.categories, "category"),
        named(REPORT_WORDS, "scope"),
        named(words.units, "unit"),
        named(words.persons, "leader"),
        named(words.persons, "person"),
        cell(row["measures"]),
        cell(row["finish_by"]),
        cell(row["progress"]),
        _yes(row["done"]),
        cell(row["done_on"]),
        _yes(row["struck_off"]),
        cell(row["struck_off_on"]),
        named(REPORT_WORDS, "verdict"),
        named(REPORT_WORDS, "satisfaction"),
        "；".join(remarks) or DASH,
    ]


def _yes(value: Cell) -> str:
    return REPORT_WORDS["yes" if value else "no"]


def _sheet(paper: Paper, heads: Sequence[str], body: Iterable[Sequence[str | int]], long: Sequence[int] = ()) -> bytes:
    """Written row by row and never held whole, so that a large ledger needs little memory."""
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book: Any = xlsxwriter.Workbook(out, options)
    # The file's own date is the report's, or two renderings of the same rows would differ.
    book.set_properties({"title": paper.title, "created": paper.as_of.astimezone(LOCAL).replace(tzinfo=None)})
    bold = book.add_format({"bold": True, "border": 1, "text_wrap": True, "valign": "vcenter", "bg_color": "#E8EDF5"})
    plain = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet()
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(1)
    sheet.freeze_panes(2, 1)
    sheet.set_column(0, 0, FIRST_WIDTH)
    sheet.set_column(1, len(heads) - 1, COLUMN_WIDTH)
    for column in long:
        sheet.set_column(column, column, LONG_WIDTH)
    sheet.write_string(0, 0, paper.title, book.add_format({"bold": True, "font_size": 16}))
    for column, head in enumerate(heads):
        sheet.write_string(1, column, head, bold)
    number = 2
    for line in body:
        for column, value in enumerate(line):
            _write(sheet, number, column, value, plain)
        number += 1
    for offset, words in enumerate(paper.foot()):
        sheet.write_string(number + offset, 0, words)
    book.close()
    return out.getvalue()


def _write(sheet: Any, row: int, column: int, value: str | int, style: Any) -> None:
    """Words are written as words: what a citizen or a handler typed is never a formula."""
    if isinstance(value, int):
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, value, style)
