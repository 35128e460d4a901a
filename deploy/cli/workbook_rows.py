"""Reads the first sheet of a workbook row by row with bounded memory: its table of shared strings lies on disk."""

import os
import re
import tempfile
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

STRING_TAG = f"{{{SHEET_MAIN_NS}}}si"
ROW_BEGINS = re.compile(rb"<(?:\w+:)?row[\s>]")
LONGEST_BEGINNING = 32
"""A tag that a piece cuts in two is found in the next one, which begins with the last bytes of the one before."""

PIECE_BYTES = 1 << 20


class SharedStrings:
    """Every text that a workbook's cells refer to by number; only where each begins is held in memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._begins = array("Q", [0])

    def fill(self, xml: IO[bytes]) -> None:
        """Take the table in, forgetting each piece of it when it is written."""
        parsed = iterparse(xml, events=("start", "end"))
        _, table = next(parsed)
        for event, node in parsed:
            if event == "end" and node.tag == STRING_TAG:
                read = Text.from_tree(node)
                text = read.content.replace("x005F_", "") if read else ""
                self._begins.append(self._begins[-1] + self._file.write(text.encode()))
                table.clear()
        self._file.flush()

    def __len__(self) -> int:
        return len(self._begins) - 1

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self):
            raise IndexError(number)
        begins, ends = self._begins[number], self._begins[number + 1]
        return os.pread(self._file.fileno(), ends - begins, begins).decode()


class _Reader(ExcelReader):
    """The library's reader would hold all strings, which is most of a file of messages."""

    def __init__(self, path: Path, strings: SharedStrings) -> None:
        super().__init__(path, read_only=True, data_only=True, keep_links=False)
        self._on_disk = strings
        self.shared_strings: Any = strings

    def read_strings(self) -> None:
        package: Any = self.package
        part = package.find(SHARED_STRINGS)
        if part is not None:
            with self.archive.open(part.PartName[1:]) as xml:
                self._on_disk.fill(xml)


@contextmanager
def first_sheet(path: Path) -> Iterator[Any]:
    """The first sheet for reading in order; its strings are gone from the disk when it is closed."""
    with tempfile.TemporaryFile(prefix="huiyin-strings-") as file:
        reader = _Reader(path, SharedStrings(file))
        try:
            reader.read()
            sheet = reader.wb.worksheets[0]
            # What a file says of its own size can be too small, and rows beyond it would silently be missing.
            sheet.reset_dimensions()
            yield sheet
        finally:
            reader.archive.close()


def number_of_rows(sheet: Any) -> int:
    """Counted, not believed: a sheet may claim a million formatted rows, or nothing at all."""
    found, before = 0, b""
    with sheet._get_source() as xml:
        while piece := xml.read(PIECE_BYTES):
            seen = before + piece
            # The overlap ends where no whole tag can hide, so that none is counted twice.
            found += sum(1 for match in ROW_BEGINS.finditer(seen) if match.end() > len(before))
            before = seen[-LONGEST_BEGINNING:]
    return found
