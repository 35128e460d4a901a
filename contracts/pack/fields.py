"""The field types of a pack: strict, so that "5" is no number and 1 is no yes, with messages in both languages."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StrictBool,
    StrictInt,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from contracts.duration import Duration, parse_duration


class Table(BaseModel):
    """A table or row of a pack: unknown keys are errors, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)


def refuse(zh: str, en: str) -> PydanticCustomError:
    """A finding with its own words in both languages."""
    return PydanticCustomError("pack", "{en}", {"zh": zh, "en": en})


Text = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=500)]
Code = Annotated[str, StringConstraints(strict=True, pattern=r"^[^\s:\[\]]{1,100}$")]
Flag = StrictBool
Count = Annotated[StrictInt, Field(ge=0, le=10_000_000)]
AtLeastOne = Annotated[StrictInt, Field(ge=1, le=10_000_000)]


def _day(value: object) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise refuse("应写一个日期，不加引号，如 2017-09-30", "write a date without quotes, as 2017-09-30")
    return value


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise refuse("应写一个数，不加引号", "write a number without quotes")
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if not number.is_finite():
        raise refuse("应写一个有限的数", "write a finite number")
    return number


def _clock(value: object) -> time:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise refuse('应写作 "08:30" 这样的时刻', 'write a time of day as "08:30"')
    return time.fromisoformat(value)


def several(value: Any) -> Any:
    """One word stands for a list of one."""
    return [value] if isinstance(value, str) else value


Day = Annotated[date, PlainValidator(_day)]
Number = Annotated[Decimal, BeforeValidator(_number)]
Share = Annotated[Decimal, BeforeValidator(_number), Field(ge=0, le=1)]
Points = Annotated[Decimal, BeforeValidator(_number), Field(ge=0)]
ClockTime = Annotated[time, PlainValidator(_clock)]
OneOrMore = Annotated[tuple[Code, ...], BeforeValidator(several), Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Percent:
    """A share of a limit's time, as `80%`."""

    percent: int

    def __str__(self) -> str:
        return f"{self.percent}%"


def _mark(value: object) -> "Percent | Duration":
    if isinstance(value, Percent | Duration):
        return value
    if isinstance(value, str):
        if found := re.fullmatch(r"([1-9]\d?)%", value):
            return Percent(int(found[1]))
        if re.fullmatch(r"\d+(min|h|d|wd)", value):
            return parse_duration(value)
    raise refuse(
        '应写作 "80%" 或期满前多久，如 "1wd"、"2h"',
        'write "80%", or how long before the end, as "1wd" or "2h"',
    )


Mark = Percent | Duration
"""When a reminder or the yellow light comes: after a share of the time, or a while before the end."""

MarkField = Annotated[Mark, PlainValidator(_mark), PlainSerializer(str)]
