"""Events of reporting: only what it published itself."""

from pydantic import BaseModel, ConfigDict, Field

from contracts.event import Code, Event, Moment, Note


class Input(BaseModel):
    """How far one source was read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epoch: int = Field(ge=1)
    position: int = Field(ge=0)


class ReportGenerated(Event, type="report-generated", version=1, owner="reporting", stream="report", key="report_id"):
    """A run: what it was computed from, and the hash of its canonical rows. Never updated, only superseded."""

    report_id: Code
    report: Code
    """R02, R03…"""
    programme_id: Code
    as_of: Moment
    window_from: Moment
    window_to: Moment
    template_version: int = Field(ge=1)
    inputs: dict[Code, Input]
    """The position vector, by source."""
    rows: int = Field(ge=0)
    rows_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    pack_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    advice: Note = ""
    """建议: what whoever made it advises, in their own words (R14); no part of the rows."""
