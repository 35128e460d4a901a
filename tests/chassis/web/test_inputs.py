"""What no log, read model or paper can hold is refused by its field, wherever in an input it stands."""

from datetime import date
from typing import ClassVar

import pytest
from pydantic import BaseModel, ValidationError

from services.chassis.web.inputs import Keepable, LocalMoment
from services.chassis.web.wording import wording


class Part(BaseModel):
    """A value of the contracts, which checks nothing itself."""

    name: str = ""


class Line(Keepable, BaseModel):
    text: str = ""


class Sheet(Keepable, BaseModel):
    READ_LATER: ClassVar[frozenset[str]] = frozenset({"raw"})

    title: str = ""
    at: LocalMoment | None = None
    day: date | None = None
    tags: list[str] = []
    parts: list[Part] = []
    lines: list[Line] = []
    raw: list[dict[str, object]] = []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": "a\0b"}, "title"),
        ({"title": "a\x1b[0m"}, "title"),
        ({"tags": ["好", "a\0"]}, "tags"),
        ({"parts": [{"name": "a\0"}]}, "parts"),
        ({"lines": [{"text": "好"}, {"text": "\0"}]}, "lines.1.text"),
        ({"at": "0219-02-08T09:05"}, "at"),
        ({"day": "9999-12-31"}, "day"),
    ],
)
def test_the_field_is_named_in_a_persons_words(given: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Sheet.model_validate(given)
    (error,) = caught.value.errors()
    assert ".".join(map(str, error["loc"])) == field
    assert ("控制字符" in wording(error).zh) or ("1900" in wording(error).zh)


def test_what_people_write_passes_and_parts_that_are_read_later_do_not_hold_up_the_rest() -> None:
    sheet = Sheet.model_validate({"title": "一\t二\r\n三😀", "at": "2019-02-08T09:05", "raw": [{"text": "a\0"}]})
    assert sheet.title == "一\t二\r\n三😀"
