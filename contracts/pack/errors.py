"""What is wrong with a pack: each finding with its place, its line and what would be right, in both languages."""

from collections.abc import Sequence
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Where a value stands: table, row (counted from 0), key."""


@dataclass(frozen=True, slots=True)
class PackError:
    """One finding. `place` reads as `lists.route[1].lead`; rows are counted from 1, as in `RouteHit.rule_id`."""

    place: str
    message_zh: str
    message_en: str
    line: int | None = None

    @property
    def message(self) -> str:
        """Both languages on one line."""
        return f"{self.message_zh} / {self.message_en}"

    def __str__(self) -> str:
        at = f"{self.line}: " if self.line else ""
        return f"{at}{self.place}: {self.message}"


class PackErrors(ValueError):
    """Everything that is wrong with a pack, at once."""

    def __init__(self, errors: Sequence[PackError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(map(str, self.errors)))


class UnknownCode(KeyError):
    """A code asked for that the pack does not define."""


def place(path: Path) -> str:
    """A path as people read it."""
    shown = ""
    for part in path:
        shown += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if shown else part
    return shown or "pack"
