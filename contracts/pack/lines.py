"""The line on which each value of a TOML text begins; `tomllib` reads values but keeps no places."""

import tomllib

from contracts.pack.errors import Path

_SPACE = " \t"
_BLANK = " \t\r\n"


def line_of(lines: dict[Path, int], path: Path) -> int | None:
    """The line of a value, or of the nearest thing around it when the value itself is missing."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


def lines_of(text: str) -> dict[Path, int]:
    """Every path of a text that `tomllib` has accepted, with its line counted from 1."""
    return _Reader(text).read()


class _Reader:
    """Walks a valid TOML text once; being valid, it needs no error handling of its own."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.found: dict[Path, int] = {}
        self.rows: dict[Path, int] = {}

    def read(self) -> dict[Path, int]:
        table: Path = ()
        while self._skip(_BLANK):
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)
        return self.found

    def _peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def _mark(self, path: Path) -> None:
        self.found.setdefault(path, self.text.count("\n", 0, self.at) + 1)

    def _skip(self, blank: str) -> bool:
        while self.at < len(self.text):
            if self._peek() == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif self._peek() in blank:
                self.at += 1
            else:
                return True
            if self.at < len(self.text) and self._peek() == "\n" and "\n" not in blank:
                return True
        return False

    def _header(self) -> Path:
        many = self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        path = self._resolved(self._key())
        if many:
            row = self.rows.get(path, -1) + 1
            self.rows[path] = row
            self._mark(path)
            path = (*path, row)
        self.at = self.text.index("]", self.at) + (2 if many else 1)
        self._mark(path)
        return path

    def _resolved(self, key: Path) -> Path:
        """A header below `[[rows]]` speaks of the latest row."""
        path: Path = ()
        for part in key[:-1]:
            path = (*path, part)
            if path in self.rows:
                path = (*path, self.rows[path])
        return (*path, key[-1])

    def _pair(self, table: Path) -> None:
        start = self.at
        key = self._key()
        after, self.at = self.at, start
        for depth in range(1, len(key) + 1):
            self._mark((*table, *key[:depth]))
        self.at = self.text.index("=", after) + 1
        self._skip(_SPACE)
        self._value((*table, *key))

    def _key(self) -> Path:
        parts: list[str] = []
        while True:
            self._skip(_SPACE)
            begin = self.at
            if self._peek() in "\"'":
                self._string()
            else:
                while self._peek() and (self._peek().isalnum() or self._peek() in "-_"):
                    self.at += 1
            written = self.text[begin : self.at]
            parts.append(next(iter(tomllib.loads(f"{written} = 0"))))
            self._skip(_SPACE)
            if self._peek() != ".":
                return tuple(parts)
            self.at += 1

    def _value(self, path: Path) -> None:
        match self._peek():
            case "[":
                self._array(path)
            case "{":
                self._inline(path)
            case '"' | "'":
                self._string()
            case _:
                while self._peek() and self._peek() not in ",]}#\n":
                    self.at += 1

    def _array(self, path: Path) -> None:
        self.at += 1
        row = 0
        while self._skip(_BLANK) and self._peek() != "]":
            if self._peek() == ",":
                self.at += 1
                continue
            self._mark((*path, row))
            self._value((*path, row))
            row += 1
        self.at += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        while self._skip(_BLANK) and self._peek() != "}":
            if self._peek() == ",":
                self.at += 1
                continue
            self._pair(path)
        self.at += 1

    def _string(self) -> None:
        quote = self._peek()
        fence = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(fence)
        while not self.text.startswith(fence, self.at):
            self.at += 2 if quote == '"' and self._peek() == "\\" else 1
        self.at += len(fence)
        while len(fence) == 3 and self._peek() == quote:
            self.at += 1
