"""What was said becomes a request: at a visit, at the desk or from a file, always by the same events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from contracts.event import Event
from contracts.intake import Channel, Origin, RequestAccepted, RequestAnsweredOnSpot, RequestRegistered
from contracts.sealed import Sealed
from services.chassis.decider import Rejected
from services.chassis.words import N_

CLOCK_TOLERANCE = timedelta(minutes=15)
"""A phone's clock may be this far ahead of ours before what it says counts as being in the future."""

LONGEST_AGO = timedelta(days=20 * 365)
"""Archives of other systems are brought in years later; what is older than twenty has a wrong digit in its year."""


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What was said, by whom, about whom. `answer`: settled on the spot; `accept`: taken in at once."""

    request_id: str
    title: Sealed
    text: Sealed
    received_at: datetime
    channel: Channel = "window"
    origin: Origin = "reactive"
    kind: Literal["request", "opinion", "consult"] = "request"
    visit_id: str | None = None
    subject_id: str | None = None
    requester_ref: str | None = None
    caller_ref: str | None = None
    confidential: bool = False
    follow_up_consent: bool = True
    category_hint: str | None = None
    urgency_hint: str | None = None
    territory_unit: str | None = None
    grid_ids: Mapping[str, str] = field(default_factory=dict)
    complained_units: tuple[str, ...] = ()
    source_ref: str | None = None
    accept: bool = False
    answer: Sealed | None = None


def registered(new: NewRequest) -> list[Event]:
    """The events of a new request, with what was settled about it at once."""
    events: list[Event] = [
        RequestRegistered(
            request_id=new.request_id,
            channel=new.channel,
            origin=new.origin,
            kind=new.kind,
            visit_id=new.visit_id,
            subject_id=new.subject_id,
            requester_ref=new.requester_ref,
            caller_ref=new.caller_ref,
            confidential=new.confidential,
            follow_up_consent=new.follow_up_consent,
            title=new.title,
            text=new.text,
            category_hint=new.category_hint,
            urgency_hint=new.urgency_hint,
            territory_unit=new.territory_unit,
            grid_ids=dict(new.grid_ids),
            complained_units=new.complained_units,
            received_at=new.received_at,
            source_ref=new.source_ref,
        )
    ]
    if new.answer is not None:
        events.append(RequestAnsweredOnSpot(request_id=new.request_id, answer=new.answer, answered_at=new.received_at))
    elif new.accept:
        events.append(RequestAccepted(request_id=new.request_id))
    return events


@dataclass(frozen=True, slots=True)
class Unknown:
    """A code that was sent and that nobody knows: the field it stands in, and what it should have named."""

    field: str
    kind: Literal["unit", "subject"]


def refuse_unknown(unknown: Sequence[Unknown]) -> None:
    """What is complained of, where and about whom must be in the directory, or nobody ever answers for it."""
    for one in unknown:
        if one.kind == "unit":
            raise Rejected("no-such-unit", N_("名册中没有这个单位。"), one.field)
        raise Rejected("no-such-subject", N_("名册中没有这个走访对象。"), one.field)


def refuse_impossible(moment: datetime, now: datetime, field: str) -> None:
    """Nothing is recorded before it happened, nor from times out of which nobody is answered any more."""
    refuse_future(moment, now, field)
    if moment < now - LONGEST_AGO:
        raise Rejected("too-long-ago", N_("时间过早；请核对年份。"), field)


def refuse_future(moment: datetime, now: datetime, field: str) -> None:
    """Nothing is recorded before it happened; clocks differ a little."""
    if moment > now + CLOCK_TOLERANCE:
        raise Rejected("in-future", N_("时间晚于现在；请核对日期和时间。"), field)
