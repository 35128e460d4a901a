"""The readable parts of a pack that may be broken elsewhere, and a finding about one of them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from contracts.pack.codes import MISCONDUCT, ROLES
from contracts.pack.errors import Path
from contracts.pack.tables import Programme


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at a path, in both languages."""

    path: Path
    zh: str
    en: str


@dataclass
class Parts:
    """The readable parts of a pack that may be broken elsewhere, besides its raw values."""

    raw: dict[str, Any]
    tables: dict[str, Any] = field(default_factory=dict)
    rows: defaultdict[str, list[tuple[int, Any]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def programme(self) -> Programme | None:
        """The programme's table when it is readable."""
        return self.tables.get("programme")

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

    def leaf_categories(self) -> set[str]:
        """Codes of groups and leaves."""
        taxonomy = self.raw.get("taxonomy")
        groups = taxonomy.get("categories", []) if isinstance(taxonomy, dict) else []
        groups = [g for g in groups if isinstance(g, dict)] if isinstance(groups, list) else []
        leaves = [leaf for g in groups for leaf in g.get("items", []) if isinstance(leaf, dict)]
        return {str(row["code"]) for row in groups + leaves if "code" in row}


def undefined(path: Path, code: str, what_zh: str, what_en: str, known: set[str]) -> Iterator[Finding]:
    """A finding when a code is not among the known ones."""
    if code not in known:
        listed = "、".join(sorted(known)) or "无"
        yield Finding(
            path,
            f"未定义的{what_zh} {code}；已定义的有 {listed}",
            f"undefined {what_en} {code}; defined: {', '.join(sorted(known)) or 'none'}",
        )
