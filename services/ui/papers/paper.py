"""An official form as it is decided, before anybody lays it out: rows of labelled fields under a title and a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.clock import LOCAL


@dataclass(frozen=True, slots=True)
class Pair:
    """Two short fields side by side."""

    left: tuple[str, str]
    right: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Long:
    """A field over the whole width. It may be continued on another sheet when the page is full."""

    label: str
    text: str
    grow: int = 0
    """Its share of the room that is left on the page, for what is written in by hand."""

    lines: int = 0
    """Lines left free for it in any case."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A bar that parts the form."""

    label: str


Row = Pair | Long | Heading


@dataclass(frozen=True, slots=True)
class Paper:
    """One form: 交办单、督办单、通报. Its words are Chinese in every language of the screens."""

    issuer: str
    """The body that issues it; stands in red above the line."""

    title: str
    number: str
    """As 交办〔2017〕12号."""

    rows: Sequence[Row]
    signature: str
    """Lines at the foot: issuer, place of the seal, date."""

    issued_at: datetime
    """The document's own date: the same form has the same bytes whenever it is printed."""

    note: str = ""
    mark: str = ""
    """Across the page behind the text, as 预览."""


def day(moment: datetime) -> str:
    """2017年7月17日, as GB/T 9704 writes dates: without leading zeros."""
    local = moment.astimezone(LOCAL)
    return f"{local.year}年{local.month}月{local.day}日"


def minute(moment: datetime) -> str:
    """2017年7月17日18时30分."""
    local = moment.astimezone(LOCAL)
    return f"{day(moment)}{local.hour}时{local.minute:02d}分" if local.minute else f"{day(moment)}{local.hour}时"
