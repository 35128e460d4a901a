"""Reads a file of messages row by row, with the true line of each: CSV in UTF-8 or GB18030, and xlsx."""

import codecs
import csv
import hashlib
import io
import re
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.cli.workbook_rows import first_sheet, number_of_rows
from services.chassis.clock import LOCAL
from services.chassis.web.inputs import possible, unfit

SNIFFED_BYTES = 1 << 20
"""Enough text to tell the encodings apart; every further byte is checked while it is read."""

FEW_BYTES, ONE_IN = 16, 1000
"""So many undecodable bytes may a file's beginning have, or one in a thousand, and still be in that encoding."""

_ESCAPED = re.compile("[\udc80-\udcff]")
"""What an undecodable byte becomes, so that the rest of its row and all other rows are read."""

LONGEST_FIELD = 1 << 22
"""csv refuses longer fields: four megabytes in one cell is a broken quote, not a message."""

EXCEL_BEGINS = datetime(1899, 12, 30, tzinfo=LOCAL)
"""Excel's day 0, with its invented 29 February 1900 already allowed for."""

FORMATS = (
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M:%S",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日",
)

COLUMNS = {
    "ref": "留言编号",
    "user": "留言用户",
    "title": "留言主题",
    "time": "留言时间",
    "text": "留言详情",
}
NEEDED = ("title", "time", "text")


class BadFile(Exception):
    """The file cannot be read at all, and why."""


class BadRow(Exception):
    """One row cannot be read; `field` names its column."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.reason, self.field = reason, field


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands in the file. `line` is where it begins; a quoted text may hold further lines."""

    line: int
    number: int
    cells: dict[str, Any] = field(default_factory=dict)
    fault: str = ""
    """Why the row as a whole cannot be read."""


@dataclass(slots=True)
class Place:
    """How far the reading has come: bytes of a CSV, rows of a workbook. The total is 0 until the file is open."""

    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A message that can be sent."""

    line: int
    ref: str
    user: str
    title: str
    text: str
    said_at: datetime


def toml_of(path: Path) -> dict[str, Any]:
    """The content of a TOML file that somebody wrote."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadFile(f"{path}: 不是合规的 TOML not valid TOML: {error}") from error


def columns(map_file: Path | None) -> dict[str, str]:
    """Which column holds what; a TOML file may say otherwise: `title = "主题"`."""
    if map_file is None:
        return dict(COLUMNS)
    given = toml_of(map_file)
    unknown = sorted(given.keys() - COLUMNS.keys())
    if unknown:
        raise BadFile(f"{map_file}: unknown {', '.join(unknown)}; there are {', '.join(COLUMNS)}")
    return {**COLUMNS, **{key: str(value) for key, value in given.items()}}


def rows(path: Path, names: dict[str, str], place: Place | None = None) -> Iterator[Row]:
    """All rows of a file, one at a time: memory does not grow with the file. `place` follows the reading."""
    read = _xlsx_rows if path.suffix.lower() in (".xlsx", ".xlsm") else _csv_rows
    return read(path, names, place or Place())


def encoding_of(path: Path) -> str:
    """UTF-8 (with or without a mark) or GB18030, which Chinese Excel writes: whichever reads its beginning better.

    A few bytes that are in neither are of single rows, which are then reported; many say that it is no such text.
    """
    with path.open("rb") as file:
        head = file.read(SNIFFED_BYTES)
    wrong = {name: _undecodable(head, name) for name in ("utf-8-sig", "gb18030")}
    name = min(wrong, key=lambda one: wrong[one])
    if wrong[name] > max(FEW_BYTES, len(head) // ONE_IN):
        raise BadFile(f"{path}: neither UTF-8 nor GB18030")
    return name


def _undecodable(head: bytes, name: str) -> int:
    """How many bytes are not of this encoding; a character may be cut at the end of what was read."""
    text = _decoder(name).decode(head, final=len(head) < SNIFFED_BYTES)
    return len(_ESCAPED.findall(text))


def file_hash(path: Path) -> str:
    """What stands for the file where its messages have no number of their own."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(SNIFFED_BYTES):
            digest.update(piece)
    return digest.hexdigest()[:16]


def message(row: Row, fallback_ref: str) -> Message:
    """A row as a message; raises `BadRow` with what is wrong."""
    if row.fault:
        raise BadRow(row.fault)
    for name, cell in row.cells.items():
        if unfit(_text(cell)):
            raise BadRow("含有控制字符 it holds a control character", name)
    text, title = _text(row.cells.get("text")), _text(row.cells.get("title"))
    if not text:
        raise BadRow("正文为空 the text is missing", "text")
    return Message(
        row.line,
        _text(row.cells.get("ref")) or fallback_ref,
        _text(row.cells.get("user")),
        title,
        text,
        moment(row.cells.get("time")),
    )


def moment(value: Any) -> datetime:
    """A date as people and Excel write it, of a possible year; without an offset it is the district's time."""
    found = _moment(value)
    if not possible(found):
        raise BadRow(f"年份不对 not a possible year: {found.year}", "time")
    return found


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=LOCAL)
    if isinstance(value, int | float):
        return _excel(float(value), str(value))
    text = _text(value)
    if not text:
        raise BadRow("时间为空 the time is missing", "time")
    for pattern in FORMATS:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=LOCAL)
        except ValueError:
            continue
    try:
        return _excel(float(text), text)
    except ValueError:
        raise BadRow(f"时间无法辨认 not a time: {text[:40]}", "time") from None


def _excel(days: float, text: str) -> datetime:
    """Days since 1900; only such as give a year of this era, since any number could be meant."""
    if not 20_000 <= days < 80_000:
        raise BadRow(f"时间无法辨认 not a time: {text[:40]}", "time")
    return EXCEL_BEGINS + timedelta(seconds=round(days * 86_400))


def _csv_rows(path: Path, names: dict[str, str], place: Place) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_FIELD)
    place.total, encoding = path.stat().st_size, encoding_of(path)
    with (
        path.open("rb") as raw,
        io.TextIOWrapper(raw, encoding=encoding, errors="surrogateescape", newline="") as file,
    ):
        reader = csv.reader(file, strict=True)
        try:
            head = next(reader, None)
        except csv.Error as error:
            raise BadFile(f"{path}: line {reader.line_num}: {error}") from error
        places = _places(path, head, names)
        for line, number, cells, fault in _records(reader):
            place.done = raw.tell()
            if fault:
                yield Row(line, number, fault=fault)
            elif any(cell.strip() for cell in cells):
                yield _row(line, number, cells, places, len(head or ()), encoding)


def _records(reader: Any) -> Iterator[tuple[int, int, list[str], str]]:
    """Line, number, cells and fault of every record; after a fault the reading goes on with the next line."""
    number, begins = 0, reader.line_num + 1
    while True:
        number += 1
        try:
            cells, fault = next(reader), ""
        except StopIteration:
            return
        except csv.Error as error:
            cells, fault = [], f"引号或格式有误 not valid CSV: {error} (lines {begins}-{reader.line_num})"
        yield begins, number, cells, fault
        begins = reader.line_num + 1


def _xlsx_rows(path: Path, names: dict[str, str], place: Place) -> Iterator[Row]:
    with ExitStack() as stack:
        try:
            sheet = stack.enter_context(first_sheet(path))
            place.total = number_of_rows(sheet)
        except Exception as error:
            raise BadFile(f"{path}: not a workbook: {error}") from error
        lines = sheet.iter_rows(values_only=True)
        head = next(lines, None) or ()
        places = _places(path, head, names)
        for number, cells in enumerate(lines, 1):
            place.done = min(number + 1, place.total)  # rows that are left out of the file are given as empty ones
            if any(cell not in (None, "") for cell in cells):
                yield _row(number + 1, number, cells, places, len(head))


def _places(path: Path, head: Sequence[Any] | None, names: dict[str, str]) -> dict[str, int]:
    titles = [_text(cell) for cell in head or ()]
    places = {key: titles.index(name) for key, name in names.items() if name in titles}
    missing = [names[key] for key in NEEDED if key not in places]
    if missing:
        raise BadFile(f"{path}: columns are missing: {'、'.join(missing)}; there are {'、'.join(titles) or 'none'}")
    return places


def _row(line: int, number: int, cells: Sequence[Any], places: dict[str, int], width: int, encoding: str = "") -> Row:
    found = {key: cells[at] if at < len(cells) else None for key, at in places.items()}
    if any(cell not in (None, "") for cell in cells[width:]):
        # A comma that nobody quoted moves every later cell: nothing in this row can be trusted.
        return Row(line, number, found, f"单元格多于表头 more cells than columns: {len(cells)} for {width}")
    if encoding and any(_ESCAPED.search(cell) for cell in cells):
        return Row(line, number, {}, f"有不属于该编码的字节 bytes that are not {encoding}")
    return Row(line, number, found)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a number that Excel kept as 188006.0
    return str(value).strip()


def _decoder(name: str) -> Any:
    return codecs.getincrementaldecoder(name)(errors="surrogateescape")
