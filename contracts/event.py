"""The base of every event and the registry of event types by their stored names."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

Code = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\s]+$")]
"""An identifier or a code of the pack: no white space, so that it can stand in a stream name."""

Note = Annotated[str, StringConstraints(max_length=4000)]
"""Official free text: wording of an office, never a citizen's (that is `Sealed`)."""

Moment = AwareDatetime
"""An instant with its offset; naive times are refused at the border."""


class Event(BaseModel):
    """A fact. Its stored name is written by hand and never changes; one service owns it."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="iso8601")

    TYPE: ClassVar[str] = ""
    VERSION: ClassVar[int] = 0
    OWNER: ClassVar[str] = ""
    STREAM: ClassVar[str] = ""
    KEY: ClassVar[str] = ""

    def __init_subclass__(cls, *, type: str, version: int, owner: str, stream: str, key: str, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if type in TYPES:
            raise TypeError(f"event type {type!r} is declared twice")
        cls.TYPE, cls.VERSION, cls.OWNER, cls.STREAM, cls.KEY = type, version, owner, stream, key
        TYPES[type] = cls

    @property
    def stream(self) -> str:
        """The stream this event belongs to, as `case-<case_id>`."""
        return f"{self.STREAM}-{getattr(self, self.KEY)}"


TYPES: dict[str, type[Event]] = {}
"""Every declared event type by its stored name."""

Data = dict[str, Any]
UPCASTS: dict[tuple[str, int], Callable[[Data], Data]] = {}
"""One pure step per (type, from_version); registered in `contracts.upcasts`."""


def upcast(type: str, *, from_version: int) -> Callable[[Callable[[Data], Data]], Callable[[Data], Data]]:
    """Register the step that lifts stored data of `type` from `from_version` to the next version."""

    def register(step: Callable[[Data], Data]) -> Callable[[Data], Data]:
        if (type, from_version) in UPCASTS:
            raise TypeError(f"upcast {type} v{from_version} is declared twice")
        UPCASTS[type, from_version] = step
        return step

    return register


def utc_text(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds: fixed width, so that text order is time order.

    Not by `strftime`, which on Linux writes the year 219 without its zero.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs an offset")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
