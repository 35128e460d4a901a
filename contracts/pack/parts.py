"""The readable parts of a pack that may be broken elsewhere, and a finding about one of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from contracts.pack.codes import MISCONDUCT, ROLES
from contracts.pack.errors import Path

_SHOWN = 8
"""So many codes show what kind of thing is meant; all of them would drown the message."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at a path, in both languages."""

    path: Path
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Salvaged:
    """A table or row of which some keys may be unreadable; those hold nothing of meaning."""

    values: Any
    broken: frozenset[str] = frozenset()

    def has(self, keys: Iterable[str]) -> bool:
        """Whether all these keys can be read."""
        return self.broken.isdisjoint(keys)


@dataclass
class Parts:
    """The readable parts of a pack that may be broken elsewhere, besides its raw values."""

    raw: dict[str, Any]
    _tables: dict[str, Salvaged] = field(default_factory=dict)
    _rows: defaultdict[str, list[tuple[int, Salvaged]]] = field(default_factory=lambda: defaultdict(list))

    def put_table(self, name: str, salvaged: Salvaged) -> None:
        """Keep what is readable of a table."""
        self._tables[name] = salvaged

    def put_row(self, name: str, index: int, salvaged: Salvaged) -> None:
        """Keep what is readable of a row."""
        self._rows[name].append((index, salvaged))

    def table(self, name: str, *keys: str) -> Any:
        """A table in which these keys are readable, or None."""
        found = self._tables.get(name)
        return found.values if found and found.has(keys) else None

    def rows(self, name: str, *keys: str) -> Iterator[tuple[int, Any]]:
        """The rows of a list in which these keys are readable, with their index in the file."""
        return ((index, row.values) for index, row in self._rows[name] if row.has(keys))

    def declared(self, table: str, name: str, *keys: str) -> set[str]:
        """The codes that rows declare, also rows that are broken otherwise: one slip gives one finding."""
        holder = self.raw.get(table)
        rows = holder.get(name, []) if isinstance(holder, dict) else []
        found = set()
        for row in rows if isinstance(rows, list) else []:
            values = [row.get(k) for k in keys] if isinstance(row, dict) else [row]
            found |= {v for v in values if isinstance(v, str)}
        return found

    def roles(self) -> set[str]:
        """Every role that the pack may name."""
        own = self.raw.get("role_names")
        return set(ROLES) | (set(own) if isinstance(own, dict) else set())

    def misconduct(self) -> set[str]:
        """Every misconduct code."""
        return set(MISCONDUCT) | self.declared("taxonomy", "misconduct")

    def category_codes(self) -> set[str]:
        """Codes of groups and leaves."""
        groups = _tables_in(self.raw.get("taxonomy"), "categories")
        leaves = [leaf for group in groups for leaf in _tables_in(group, "items")]
        return {str(row["code"]) for row in groups + leaves if "code" in row}


def _tables_in(holder: Any, name: str) -> list[dict[str, Any]]:
    """The tables of a list in a pack that may be anything: what has another shape is found elsewhere."""
    rows = holder.get(name) if isinstance(holder, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def undefined(path: Path, code: str, what_zh: str, what_en: str, known: set[str]) -> Iterator[Finding]:
    """A finding when a code is not among the known ones."""
    if code in known:
        return
    near = get_close_matches(code, known, n=1) or sorted(known)[:_SHOWN]
    zh, en = "、".join(near) or "无", ", ".join(near) or "none"
    yield Finding(path, f"未定义的{what_zh} {code}；可用的如 {zh}", f"undefined {what_en} {code}; try {en}")
