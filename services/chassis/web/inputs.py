"""The parts of what people and programs send that every service reads alike, from forms and from JSON."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationInfo, field_validator

from services.chassis.clock import LOCAL
from services.chassis.web.language import Text

LONG = 4000
"""What an event's note holds."""

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Whoever writes another year misspelt it: 0219 for 2019."""

LARGEST = 2**63 - 1
"""The largest whole number that a database column or parameter can hold."""

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What XML cannot hold, and so neither papers nor workbooks; the first of them no database text either."""

UNFIT = Text("含有无法保存的控制字符", "It holds a control character that cannot be kept")
ODD_YEAR = Text(
    f"年份应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间", f"The year should be between {FIRST_YEAR} and {LAST_YEAR}"
)
TOO_LARGE = Text("数字过大", "The number is too large")


def unfit(text: str) -> bool:
    """Whether a text holds a character that cannot be kept."""
    return _UNFIT.search(text) is not None


def possible(day: date) -> bool:
    """Whether a day or a moment is of a year that people here write."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def asked_day(text: str | None) -> date | None:
    """A day from an address or a filter; an emptied field and nonsense ask for none."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if possible(day) else None


class Keepable(BaseModel):
    """Mixed into every input of a service: nothing passes that a log, a read model or a paper cannot hold.

    The field is named, also when the text is deep inside it. Where fields have lists as defaults, name `BaseModel`
    as a base beside it: the linter then knows that they are copied.
    """

    READ_LATER: ClassVar[frozenset[str]] = frozenset()
    """Fields whose parts are read one by one by models of their own, so that one bad part refuses only itself."""

    @field_validator("*", mode="after")
    @classmethod
    def _keepable(cls, value: Any, info: ValidationInfo) -> Any:
        if info.field_name not in cls.READ_LATER:
            _check(value)
        return value


def _check(value: object) -> None:
    match value:
        case str():
            if unfit(value):
                raise ValueError(UNFIT)
        case int():
            if abs(value) > LARGEST:
                raise ValueError(TOO_LARGE)
        case date():
            if not possible(value):
                raise ValueError(ODD_YEAR)
        case Keepable():
            pass  # has said so itself, with the name of its own field
        case BaseModel():
            _check(value.__dict__)
        case Mapping():
            for name, item in value.items():
                _check(name)
                _check(item)
        case list() | tuple() | set() | frozenset():
            for item in value:
                _check(item)
        case _:
            pass  # fractions, enumerations


def _local(value: object) -> object:
    """A browser's date-time field has no offset: it means the district's time."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=LOCAL)
    return value


def _of_our_time(value: datetime) -> datetime:
    if not possible(value):
        raise ValueError(ODD_YEAR)
    return value


LocalMoment = Annotated[datetime, BeforeValidator(_local)]
AskedMoment = Annotated[LocalMoment, AfterValidator(_of_our_time)]
"""A moment in an address. What is asked for in a body is checked by `Keepable`."""

Words = Annotated[str, Field(max_length=LONG)]

Count = Annotated[int, Field(ge=0, le=LARGEST)]
"""How many: lines that come before the page asked for."""

Rank = Annotated[int, Field(ge=1, le=LARGEST)]
"""Which one, counted from 1: a record of a history, a row of a log."""
