"""One part of a report that is told in lines: what its table shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Section:
    """One part of an analysis: heads with whether numbers stand below, lines of cells."""

    title: str
    hint: str
    heads: Sequence[tuple[str, bool]]
    lines: Sequence[Sequence[dict[str, Any]]]
