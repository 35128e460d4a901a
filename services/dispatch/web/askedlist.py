"""What the address of a narrowed list asks for, and the addresses of the same list asked otherwise."""

from dataclasses import asdict, dataclass
from typing import ClassVar
from urllib.parse import urlencode

KEPT = ("programme", "cursor")
"""Where one is, not what one asks for."""


@dataclass(frozen=True, slots=True)
class AskedList:
    """Days are local days; a subclass adds what else its list is narrowed by, and says where it lies."""

    path: ClassVar[str]

    programme: str = ""
    since: str = ""
    until: str = ""
    cursor: str = ""

    def url(self, **changes: str) -> str:
        """The same list with something else asked for."""
        kept = {name: value for name, value in {**asdict(self), **changes}.items() if value}
        return f"{self.path}?{urlencode(kept)}"

    @property
    def narrowed(self) -> bool:
        """Whether anything but the programme is asked for."""
        return any(value for name, value in asdict(self).items() if name not in KEPT)
