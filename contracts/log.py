"""The log's own event, which any service may have to write about its own log."""

from pydantic import Field

from contracts.event import Event, Note

OWNER = "log"
"""Stands for whichever service the log belongs to; its source is in the envelope."""


class LogRestored(Event, type="log-restored", version=1, owner=OWNER, stream="log", key="source"):
    """An operator went on in a new epoch, because the tail of the old one was nowhere to be had; its first event."""

    source: str = Field("", max_length=100, pattern=r"^[a-z]*$")
    """Whose log it is. Empty in what builds wrote before this had a schema: there only the subject says it."""

    reason: Note
    left_epoch: int = Field(ge=1)
    left_position: int = Field(ge=0)
    """Up to where the old epoch was here; what its source had published beyond is in the logs of others."""

    left_chain: str = Field(pattern=r"^[0-9a-f]{64}$")
    """The chain over the old epoch up to there."""
