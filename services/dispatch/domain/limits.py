"""The limits of a class of urgency, in the round that a case is in."""

from datetime import date

from contracts.dispatch import Durations
from contracts.duration import Duration
from contracts.pack import Pack, UnknownCode
from services.chassis.decider import Rejected
from services.chassis.words import N_


def durations(pack: Pack, urgency: str, round: int = 1, finish_on: date | None = None) -> Durations:
    """As the pack words them, with the finish day that a person set instead."""
    try:
        row = pack.urgency(urgency)
    except UnknownCode as error:
        raise Rejected("unknown-urgency", N_("本活动没有这个分级。"), "urgency") from error
    return Durations(
        sign=_text(row.sign),
        contact=_text(row.contact),
        plan=_text(row.plan),
        finish=f"date:{finish_on}" if finish_on else str(pack.finish(urgency, round)),
    )


def rework(pack: Pack, urgency: str, round: int) -> Durations | None:
    """The shorter limits of a later round; None where the pack has none for this class."""
    return durations(pack, urgency, round) if urgency in pack.closure.rework else None


def _text(limit: Duration | None) -> str | None:
    return None if limit is None else str(limit)
