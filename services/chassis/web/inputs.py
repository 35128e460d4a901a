"""The parts of what people and programs send that every service reads alike, from forms and from JSON."""

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from services.chassis.clock import LOCAL

LONG = 4000
"""What an event's note holds."""


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


LocalMoment = Annotated[datetime, BeforeValidator(_local)]
Words = Annotated[str, Field(max_length=LONG)]
