"""工作任务计划表 as a file: R05's columns read from and written to xlsx."""

import io
import math
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from contracts.supervision import Task
from services.chassis.clock import LOCAL
from services.chassis.deadlines import Calendar
from services.chassis.decider import Rejected
from services.chassis.web import Text
from services.chassis.words import N_

COLUMNS = (
    "序号",
    "类别",
    "挂钩对象名称",
    "目标任务—规定动作",
    "目标任务—办实事",
    "进展情况",
    "完成时限",
    "牵头人",
    "参与人",
    "联络员",
)
"""R05, as it is printed; a file to be imported may have 目标数 behind them."""

TARGET = "目标数"
LARGEST = 2_000_000
"""Bytes: a plan of some hundred rows needs a tenth."""

MOST_TASKS = 500
"""Of one plan: a district's year has some dozens; the event of five hundred full rows still fits into the log."""

MOST_ROWS = 5_000
"""Rows of the sheet with its empty ones; a file that claims a million formatted rows is not read through."""

WORDS = {"类别": 100, "挂钩对象名称": 200, COLUMNS[3]: 4_000, COLUMNS[4]: 4_000}
"""Characters, as the event takes them."""

LARGEST_TARGET = 10_000_000
"""As much as can be reported as done."""

UNREADABLE = (
    InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,  # what both XML parsers raise for a sheet that ends in the middle
    TypeError,  # what its parts raise for an attribute they do not know
    EOFError,
    LookupError,
    ValueError,
    OSError,
)
"""What openpyxl raises for a file that is no workbook, or one that was cut off."""

NEEDED = ("类别", "挂钩对象名称", "完成时限", "牵头人", "联络员")


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says: its tasks, or what is wrong in which row."""

    tasks: tuple[Task, ...]
    problems: Sequence[Text]


def read_plan(content: bytes, people: Mapping[str, Sequence[str]], calendar: Calendar) -> Read:
    """Every row of the first sheet below the row of heads; `people` are the ids that a name may mean."""
    rows = _cells(content)
    start = next((n for n, row in enumerate(rows) if set(NEEDED) <= {str(cell).strip() for cell in row}), None)
    if start is None:
        raise Rejected("no-heads", N_("表里没有找到表头，应有类别、挂钩对象名称、完成时限、牵头人和联络员。"), "file")
    heads = [str(cell).strip() for cell in rows[start]]
    tasks: list[Task] = []
    problems: list[Text] = []
    for number, cells in enumerate(rows[start + 1 :], start=start + 2):
        row = {head: cell for head, cell in zip(heads, cells, strict=False) if cell not in (None, "")}
        if not any(head in row for head in NEEDED):
            continue  # empty, or a line of words below the table
        found = _Row(number, row, people, calendar)
        if len(tasks) >= MOST_TASKS:
            raise Rejected(
                "too-many-tasks", N_("一份计划最多 {most} 项任务，请分成几份下达。"), "file", most=MOST_TASKS
            )
        task = found.task(len(tasks) + 1)
        problems += found.problems
        if task is not None:
            tasks.append(task)
    return Read(tuple(tasks), problems)


def _cells(content: bytes) -> list[tuple[Any, ...]]:
    if len(content) > LARGEST:
        raise Rejected("file-too-large", N_("文件太大，请只保留任务表。"), "file")
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        # Sheets are read only now, so a sheet that was cut off shows here.
        rows = list(book.worksheets[0].iter_rows(values_only=True, max_row=MOST_ROWS + 1))
    except UNREADABLE as error:
        raise Rejected("not-a-workbook", N_("文件打不开或不完整，请上传 xlsx 文件。"), "file") from error
    if len(rows) > MOST_ROWS:
        raise Rejected("too-many-rows", N_("表里超过 {most} 行，请删去空行或分成几份。"), "file", most=MOST_ROWS)
    return rows


class _Row:
    """One row and what is wrong with it."""

    def __init__(
        self, number: int, row: Mapping[str, Any], people: Mapping[str, Sequence[str]], calendar: Calendar
    ) -> None:
        self.number, self.row, self.people, self.calendar = number, row, people, calendar
        self.problems: list[Text] = []

    def task(self, position: int) -> Task | None:
        category, subject = self._words("类别"), self._words("挂钩对象名称")
        due, lead, liaison = self._due(), self._person("牵头人"), self._person("联络员")
        others = [self._known("参与人", name) for name in self._names("参与人")]
        mandatory, deed = self._words(COLUMNS[3], must=False), self._words(COLUMNS[4], must=False)
        if not (mandatory or deed):
            self._wrong("目标任务", "没有填写", "is missing")
        target = self._target()
        if self.problems or due is None:
            return None
        return Task(
            task_id=f"task-{position}",
            category=category,
            subject=subject,
            mandatory=mandatory,
            deed=deed,
            due=due,
            lead=lead,
            participants=tuple(others),
            liaison=liaison,
            target=target,
            unit_of_target="项",
        )

    def _wrong(self, column: str, zh: str, en: str) -> None:
        self.problems.append(Text(f"第 {self.number} 行“{column}”{zh}。", f"Row {self.number}, {column}: {en}."))

    def _words(self, column: str, *, must: bool = True) -> str:
        words = str(self.row.get(column, "")).strip()
        if must and not words:
            self._wrong(column, "没有填写", "is missing")
        most = WORDS[column]
        if len(words) > most:
            self._wrong(column, f"有 {len(words)} 个字，最多 {most} 个", f"has {len(words)} characters, at most {most}")
        return words

    def _target(self) -> int:
        """A whole number, as a cell holds it; 2.5 households are a mistake that is told, not rounded."""
        value = self.row.get(TARGET, 1)
        whole = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not whole or value != int(value) or not 1 <= value <= LARGEST_TARGET:
            self._wrong(
                TARGET, f"应为 1 至 {LARGEST_TARGET} 的整数", f"must be a whole number from 1 to {LARGEST_TARGET}"
            )
            return 1
        return int(value)

    def _names(self, column: str) -> list[str]:
        return [name for name in str(self.row.get(column, "")).replace("，", "、").split("、") if name.strip()]

    def _person(self, column: str) -> str:
        names = self._names(column)
        if not names:
            self._wrong(column, "没有填写", "is missing")
            return ""
        if len(names) > 1:
            self._wrong(column, "只填一人，其他人请填在参与人一栏", "takes one person; others go to 参与人")
            return ""
        return self._known(column, names[0])

    def _known(self, column: str, name: str) -> str:
        """A name means exactly one person of the directory."""
        ids = self.people.get(name.strip(), ())
        if len(ids) != 1:
            zh = f"{name}不在通讯录中" if not ids else f"{name}在通讯录中不止一人，请填编号"
            self._wrong(column, zh, f"{name} is {'unknown' if not ids else 'the name of several people'}")
            return ""
        return ids[0]

    def _due(self) -> datetime | None:
        value = self.row.get("完成时限")
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value.strip().replace("/", "-").replace(".", "-"))
            except ValueError:
                value = "?"
        day = value.date() if isinstance(value, datetime) else value
        if not isinstance(day, date):
            self._wrong("完成时限", "应为日期，如 2017-09-30", "must be a day, as 2017-09-30")
            return None
        return self.calendar.day_end(day)


def table_rows(tasks: Sequence[Mapping[str, Any]], people: Mapping[str, str], said: Any) -> list[list[str | int]]:
    """R05's rows: one for each task, in the order of the plans."""

    def name(one: str) -> str:
        return people.get(one, one)

    return [
        [
            number,
            task["category"],
            task["subject"],
            task["mandatory"],
            task["deed"],
            said(task),
            f"{task['due'].astimezone(LOCAL):%Y-%m-%d}",
            name(task["lead"]),
            "、".join(name(one) for one in task["participants"]),
            name(task["liaison"]),
        ]
        for number, task in enumerate(tasks, start=1)
    ]
