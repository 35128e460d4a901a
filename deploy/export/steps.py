"""A case as process mining sees it: a trace of steps with activity, transition, who and when; no citizen's word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from contracts.codec import Recorded
from contracts.event import Event

Value = str | int | bool | datetime

TRANSITIONS: Mapping[str, str] = MappingProxyType(
    {
        "case-opened": "schedule",
        "order-issued": "assign",
        "order-signed": "start",
        "order-returned": "suspend",
        "order-cancelled": "withdraw",
        "case-suspended": "suspend",
        "case-resumed": "resume",
        "case-reopened": "reassign",
        "case-merged": "withdraw",
        "merge-undone": "resume",
        "case-split": "withdraw",
        "case-closed-unhandled": "ate_abort",
    }
)
"""Of the standard lifecycle, what an activity does to the case or the order; all else is done when it happens."""

DONE = "complete"

SHOWN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "case-opened": ("channel", "territory_unit", "service_line", "requester_kind", "split_from"),
        "case-classified": (
            "category",
            "scope",
            "urgency",
            "rule_id",
            "must_solve",
            "level",
            "difficulty",
            "site_scope",
        ),
        "case-routed": ("lead", "territory", "order_kind", "rule_id", "chosen_by", "desk"),
        "fallback-begun": ("role", "due"),
        "lead-unit-designated": ("unit",),
        "leader-bound-to-case": ("kind",),
        "suggestion-decided": ("what", "suggested", "chosen", "accepted"),
        "order-issued": ("role", "to_unit", "kind", "round", "rule_id", "consult_id", "common_id"),
        "order-signed": ("late",),
        "order-returned": ("reason_code", "n"),
        "return-ruled": ("accepted", "final", "by_group"),
        "requester-contacted": ("method", "attempt", "reached"),
        "progress-reported": ("percent",),
        "milestone-reached": ("milestone", "late"),
        "findings-reported": ("late",),
        "extension-requested": ("n", "finish_by"),
        "extension-decided": ("granted", "old_finish_by", "finish_by"),
        "order-completed": ("result",),
        "order-cancelled": ("cause",),
        "case-suspended": ("review_on",),
        "suspension-reviewed": ("review_on",),
        "case-completed": ("result", "on_time", "elapsed_s", "working_s", "lead_unit", "round"),
        "verification-started": ("followup_id", "round"),
        "case-struck-off": ("basis", "by_unit", "on_time", "followup_id"),
        "strike-off-reported": ("late",),
        "case-reopened": ("reason", "round", "was_struck_off", "followup_id"),
        "request-joined": ("link", "channel"),
        "join-undone": ("into",),
        "case-merged": ("into", "link"),
        "case-absorbed": ("from_case", "link"),
        "merge-undone": ("from_case",),
        "absorption-undone": ("to_case",),
        "case-consulted": ("kind", "decisions"),
        "meeting-noted": ("kind",),
        "case-closed-unhandled": ("reason_code",),
        "deadlines-recomputed": ("calendar_version",),
    }
)
"""Fields that go out, by event: codes, units, counts and times. What is not named here stays inside: no free text."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a case."""

    activity: str
    transition: str
    at: datetime
    resource: str
    role: str
    group: str
    version: int
    instance: str | None = None
    """The order it concerns."""
    more: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trace:
    """One case with its steps in the order of its stream."""

    case_id: str
    number: str
    programme: str
    steps: tuple[Step, ...]


def step_of(recorded: Recorded) -> Step:
    """What a recorded event says to process mining. The time is when it happened; the order is the stream's."""
    event, envelope = recorded.event, recorded.envelope
    return Step(
        activity=event.TYPE,
        transition=TRANSITIONS.get(event.TYPE, DONE),
        at=envelope.occurred_at,
        resource=envelope.actor.person,
        role=envelope.actor.role,
        group=envelope.actor.unit,
        version=envelope.stream_version,
        instance=getattr(event, "order_id", None),
        more=shown(event),
    )


def shown(event: Event) -> dict[str, Value]:
    """The fields of an event that go out."""
    found = {name: _plain(getattr(event, name)) for name in SHOWN.get(event.TYPE, ())}
    return {name: value for name, value in found.items() if value is not None}


def _plain(value: Any) -> Value | None:
    if value is None or isinstance(value, str | bool | int | datetime):
        return value
    raise TypeError(f"not a plain value: {value!r}")
