"""Reads a file of messages row by row, with the true line of each: CSV in UTF-8 or GB18030, and xlsx."""

import codecs
import csv
import hashlib
import io
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.cli.workbook_rows import first_sheet, number_of_rows
from services.chassis.clock import LOCAL

SNIFFED_BYTES = 1 << 20
"""Enough text to tell the encodings apart; every further byte is checked while it is read."""

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


def columns(map_file: Path | None) -> dict[str, str]:
    """Which column holds what; a TOML file may say otherwise: `title = "主题"`."""
    if map_file is None:
        return dict(COLUMNS)
    given = tomllib.loads(map_file.read_text("utf-8"))
    unknown = sorted(given.keys() - COLUMNS.keys())
    if unknown:
        raise BadFile(f"{map_file}: unknown {', '.join(unknown)}; there are {', '.join(COLUMNS)}")
    return {**COLUMNS, **{key: str(value) for key, value in given.items()}}


def rows(path: Path, names: dict[str, str], place: Place | None = None) -> Iterator[Row]:
    """All rows of a file, one at a time: memory does not grow with the file. `place` follows the reading."""
    read = _xlsx_rows if path.suffix.lower() in (".xlsx", ".xlsm") else _csv_rows
    return read(path, names, place or Place())


def encoding_of(path: Path) -> str:
    """UTF-8 (with or without a mark) if its beginning is, else GB18030, which Chinese Excel writes."""
    with path.open("rb") as file:
        head = file.read(SNIFFED_BYTES)
    for name in ("utf-8-sig", "gb18030"):
        try:
            # A character may be cut at the end of what was read.
            _decoder(name).decode(head, final=len(head) < SNIFFED_BYTES)
        except UnicodeDecodeError:
            continue
        return name
    raise BadFile(f"{path}: neither UTF-8 nor GB18030")


def file_hash(path: Path) -> str:
    """What stands for the file where its messages have no number of their own."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(SNIFFED_BYTES):
            digest.update(piece)
    return digest.hexdigest()[:16]


def message(row: Row, fallback_ref: str) -> Message:
    """A row as a message; raises `BadRow` with what is wrong."""
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
    """A date as people and Excel write it; without an offset it is the district's time."""
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
    place.total = path.stat().st_size
    with path.open("rb") as raw, io.TextIOWrapper(raw, encoding=encoding_of(path), newline="") as file:
        reader = csv.reader(file)
        try:
            head = next(reader, None)
            places = _places(path, head, names)
            begins = reader.line_num + 1
            for number, cells in enumerate(reader, 1):
                place.done = raw.tell()
                if any(cell.strip() for cell in cells):
                    yield _row(begins, number, cells, places)
                begins = reader.line_num + 1
        except (csv.Error, UnicodeDecodeError) as error:
            raise BadFile(f"{path}: line {reader.line_num + 1}: {error}") from error


def _xlsx_rows(path: Path, names: dict[str, str], place: Place) -> Iterator[Row]:
    with ExitStack() as stack:
        try:
            sheet = stack.enter_context(first_sheet(path))
            place.total = number_of_rows(sheet)
        except Exception as error:
            raise BadFile(f"{path}: not a workbook: {error}") from error
        lines = sheet.iter_rows(values_only=True)
        places = _places(path, next(lines, None), names)
        for number, cells in enumerate(lines, 1):
            place.done = min(number + 1, place.total)  # rows that are left out of the file are given as empty ones
            if any(cell not in (None, "") for cell in cells):
                yield _row(number + 1, number, cells, places)


def _places(path: Path, head: Sequence[Any] | None, names: dict[str, str]) -> dict[str, int]:
    titles = [_text(cell) for cell in head or ()]
    places = {key: titles.index(name) for key, name in names.items() if name in titles}
    missing = [names[key] for key in NEEDED if key not in places]
    if missing:
        raise BadFile(f"{path}: columns are missing: {'、'.join(missing)}; there are {'、'.join(titles) or 'none'}")
    return places


def _row(line: int, number: int, cells: Sequence[Any], places: dict[str, int]) -> Row:
    return Row(line, number, {key: cells[at] if at < len(cells) else None for key, at in places.items()})


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a number that Excel kept as 188006.0
    return str(value).strip()


def _decoder(name: str) -> Any:
    return codecs.getincrementaldecoder(name)()
