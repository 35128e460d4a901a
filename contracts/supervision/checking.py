"""Spot checks by commit and reveal, what they find, signals of falsification, and misreports that were established."""

from typing import Literal

from pydantic import Field

from contracts.dispatch import Evidence
from contracts.event import Code, Event, Moment, Note

CheckMode = Literal["open", "covert", "on_site", "phone"]


class DrawSeedCommitted(
    Event, type="draw-seed-committed", version=1, owner="supervision", stream="check", key="check_id"
):
    """The hash of a seed is published before the population is known to whoever draws."""

    check_id: Code
    programme_id: Code
    seed_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    population: Code
    """What will be drawn from, as `struck_off` or `visits`; `completed`: whom the pack's sample calls back."""
    population_from: Moment
    population_to: Moment
    """The population is what happens in this time, none of it before the commitment. Earlier draws
    only had to end after it."""
    rate_percent: int = Field(ge=1, le=100)


class SpotCheckSampled(
    Event, type="spot-check-sampled", version=1, owner="supervision", stream="check", key="check_id"
):
    """Seed revealed, population hashed, sample drawn: anyone can draw it again."""

    check_id: Code
    seed: str = Field(pattern=r"^[0-9a-f]{64}$")
    positions: dict[Code, int]
    """Up to which positions of which sources the population was read."""
    population_size: int = Field(ge=0)
    population_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    sample: tuple[Code, ...]


class SpotCheckConducted(
    Event, type="spot-check-conducted", version=1, owner="supervision", stream="check", key="check_id"
):
    """One drawn item was looked at."""

    check_id: Code
    item: Code
    case_id: Code | None = None
    mode: CheckMode
    body: str = Field(min_length=1, max_length=100)
    passed: bool
    finding: Note = Field(min_length=1)
    checked_at: Moment
    evidence: tuple[Evidence, ...] = ()
    round: int | None = Field(default=None, ge=1)
    """The round of the case that was looked at; a finding on an earlier round changes nothing."""
    closes: bool = False
    """A review that stands in for a verdict nobody could give, since the requester was not reached."""
    followup_id: Code | None = None
    """That follow-up."""


class DutyChecked(Event, type="duty-checked", version=1, owner="supervision", stream="duty-check", key="duty_check_id"):
    """查岗: whether somebody was at their post, or a window was manned, as a checking body found it (SH-43)."""

    duty_check_id: Code
    programme_id: Code
    unit: Code
    person: Code | None = None
    """Whose duty it was; without one the post alone was looked at."""
    post: str = Field(default="", max_length=100)
    """The window or desk, in words."""
    mode: CheckMode
    body: str = Field(min_length=1, max_length=100)
    passed: bool
    finding: Note = Field(min_length=1)
    checked_at: Moment
    evidence: tuple[Evidence, ...] = ()


class SignalRaised(Event, type="signal-raised", version=1, owner="supervision", stream="signal", key="signal_id"):
    """Something looks wrong: what was seen, in which records; proposes a check, never a verdict."""

    signal_id: Code
    programme_id: Code
    kind: Code
    unit: Code | None = None
    case_id: Code | None = None
    visit_ids: tuple[Code, ...] = ()
    seen: tuple[str, ...] = Field(min_length=1)
    """The records behind it, as `<source>:<position>`."""
    measured: dict[Code, int] = Field(default_factory=dict)
    """The figures of the rule and what was found, for the sentence that explains it."""


class SignalSettled(Event, type="signal-settled", version=1, owner="supervision", stream="signal", key="signal_id"):
    """A person looked: checked, harmless, or found to be true."""

    signal_id: Code
    outcome: Literal["checked", "harmless", "established"]
    text: Note = Field(min_length=1)


class MisreportEstablished(
    Event, type="misreport-established", version=1, owner="supervision", stream="misreport", key="misreport_id"
):
    """A false report is proved: the case goes back to work, and a notice and a referral are proposed."""

    misreport_id: Code
    programme_id: Code
    case_id: Code | None = None
    item: Code | None = None
    """What was drawn and found false where it is no case, as a visit."""
    code: Code
    unit: Code
    persons: tuple[Code, ...] = ()
    finding: Note = Field(min_length=1)
    check_id: Code | None = None
    signal_id: Code | None = None
    evidence: tuple[Evidence, ...] = ()
    established_by: Code
