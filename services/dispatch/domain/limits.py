"""The limits of a class of urgency, in the round that a case is in."""

from datetime import date, datetime

from contracts.dispatch import Durations
from contracts.duration import Duration
from contracts.pack import Pack, UnknownCode
from services.chassis.deadlines import Calendar, DueInPast, due
from services.chassis.decider import Rejected
from services.chassis.words import N_

DUE_IN_PAST = N_("期限已过；请选一个将来的时间。")


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


def with_sign_day(pack: Pack, ruled: Durations, day: date, at: datetime, calendar: Calendar) -> Durations:
    """With the day by which the desk wants the order signed: still to come, and no later than the class's limit."""
    if not pack.order.desk_sets_sign:
        raise Rejected("sign-by-class", N_("本活动的签收期限由分级规定，派单席不能另定。"), "sign_on")
    limit = f"date:{day}"
    try:
        wanted = due(at, limit, calendar)
        latest = due(at, ruled.sign, calendar) if ruled.sign else wanted
    except DueInPast as error:
        raise Rejected("due-in-past", DUE_IN_PAST, "sign_on") from error
    if wanted > latest:
        raise Rejected("sign-beyond-class", N_("签收期限不能晚于分级规定的期限；不填即按分级计算。"), "sign_on")
    return ruled.model_copy(update={"sign": limit})


def for_another_unit(kept: Durations | None, ruled: Durations) -> Durations:
    """What a case was classified with, but for the day that was set for the first unit's signing."""
    return kept.model_copy(update={"sign": ruled.sign}) if kept else ruled


def rework(pack: Pack, urgency: str, round: int) -> Durations | None:
    """The shorter limits of a later round; None where the pack has none for this class."""
    return durations(pack, urgency, round) if urgency in pack.closure.rework else None


def _text(limit: Duration | None) -> str | None:
    return None if limit is None else str(limit)
