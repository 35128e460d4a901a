"""The base of values inside supervision's events."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Figure = Annotated[str, StringConstraints(pattern=r"^-?\d{1,12}(\.\d{1,6})?$")]
"""An exact decimal figure as text, so that nothing ever rounds it."""


class Value(BaseModel):
    """A value inside an event."""

    model_config = ConfigDict(frozen=True, extra="forbid")
