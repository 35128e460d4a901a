"""A time limit as an office writes it: an amount of one unit, a fixed date, or the next meeting of a rhythm."""

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

MAX_AMOUNT = 36_500
"""A hundred years in days: beyond it a limit is a slip of the pen, and counting it would only burn time."""

_AMOUNT = re.compile(r"([0-9]{1,9})(min|h|wh|d|wd)")
_SLOT = re.compile(r"slot:([^\s:]{1,100})")


class Unit(StrEnum):
    """What a limit is counted in; each has its own rule of counting (see `services.chassis.deadlines`)."""

    MINUTE = "min"
    HOUR = "h"
    WORKING_HOUR = "wh"
    DAY = "d"
    WORKING_DAY = "wd"
    DATE = "date"
    SLOT = "slot"


class DurationError(ValueError):
    """A text that is no time limit, with what would be right in both languages."""

    def __init__(self, text: object, zh: str, en: str) -> None:
        super().__init__(f"{text!r}: {en}")
        self.message_zh, self.message_en = zh, en


@dataclass(frozen=True, slots=True)
class Duration:
    """One limit. `amount` counts units; `date` and `slot` stand alone for their own units."""

    unit: Unit
    amount: int = 0
    date: dt.date | None = None
    slot: str | None = None

    def __str__(self) -> str:
        if self.unit is Unit.DATE:
            return f"date:{self.date}"
        if self.unit is Unit.SLOT:
            return f"slot:{self.slot}"
        return f"{self.amount}{self.unit}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """In a model a limit is its text, so that events and packs hold what the office wrote."""
        return core_schema.no_info_plain_validator_function(
            _validate,
            serialization=core_schema.to_string_ser_schema(),
            json_schema_input_schema=core_schema.str_schema(),
        )


def parse_duration(text: str) -> Duration:
    """Read `15min`, `2h`, `4wh`, `7d`, `1wd`, `date:2017-09-30` or `slot:half-month-stats`."""
    if found := _AMOUNT.fullmatch(text):
        amount = int(found[1])
        if not 1 <= amount <= MAX_AMOUNT:
            raise DurationError(
                text,
                f"时限的数量应在 1 到 {MAX_AMOUNT} 之间",
                f"the amount must lie between 1 and {MAX_AMOUNT}",
            )
        return Duration(Unit(found[2]), amount)
    if text.startswith("date:"):
        return _fixed(text)
    if found := _SLOT.fullmatch(text):
        return Duration(Unit.SLOT, slot=found[1])
    raise DurationError(
        text,
        "不是时限；应写作 15min、2h、4wh（工作小时）、7d、1wd（工作日）、date:2017-09-30 或 slot:节奏编号",
        "not a time limit; write 15min, 2h, 4wh (working hours), 7d, 1wd (working days), "
        "date:2017-09-30 or slot:CADENCE",
    )


def _fixed(text: str) -> Duration:
    written = text.removeprefix("date:")
    try:
        day = dt.date.fromisoformat(written) if re.fullmatch(r"\d{4}-\d\d-\d\d", written) else None
    except ValueError:
        day = None
    if day is None:
        raise DurationError(
            text,
            "date: 后应写一个存在的日期，如 date:2017-09-30",
            "date: needs a real date, as date:2017-09-30",
        )
    return Duration(Unit.DATE, date=day)


def _validate(value: object) -> Duration:
    if isinstance(value, Duration):
        return value
    try:
        if not isinstance(value, str):
            raise DurationError(value, '时限应写成文字，如 "1wd"', 'a time limit is text, as "1wd"')
        return parse_duration(value)
    except DurationError as error:
        raise PydanticCustomError("duration", "{en}", {"en": error.message_en, "zh": error.message_zh}) from error
