"""One line of the benchmark table: what was measured, against what, and the bar it has to reach."""

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Row:
    """A measured value and its bar. `value` is a ratio within one run wherever one is possible."""

    what: str
    value: float
    bar: float
    sense: Literal["at least", "at most"]
    unit: str = "×"
    detail: str = ""
    """The absolute numbers behind the ratio, for a reader: "9,800/s against 4,100/s"."""

    @property
    def met(self) -> bool:
        return self.value >= self.bar if self.sense == "at least" else self.value <= self.bar

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"met": self.met}
