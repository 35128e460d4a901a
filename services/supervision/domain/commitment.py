"""承诺卡: three to five public promises of one owner, confirmed each week, and settled one by one as kept or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import assert_never

from contracts.event import Event
from contracts.supervision import (
    CommitmentProgressConfirmed,
    CommitmentPublished,
    CommitmentSettled,
    ItemState,
    Promise,
)
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_


@dataclass(frozen=True, slots=True)
class Commitment:
    """What deciding needs to know of one card."""

    commitment_id: str = ""
    owner: str = ""
    items: tuple[str, ...] = ()
    responsible: Mapping[str, str] = field(default_factory=dict)
    """Who is responsible for which item."""
    settled: frozenset[str] = frozenset()
    weeks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PublishCommitment:
    """Promise in public; how many and where is the pack's."""

    commitment_id: str
    programme_id: str
    owner: str
    items: tuple[Promise, ...]
    places: tuple[str, ...]
    least: int
    most: int
    must_hang: tuple[str, ...]
    at: datetime
    subject_id: str | None = None


@dataclass(frozen=True, slots=True)
class ConfirmWeek:
    """How every open promise stands in one week; said by somebody, once a week."""

    week: str
    this_week: str
    first_week: str
    items: tuple[ItemState, ...]
    confirmed_by: str


@dataclass(frozen=True, slots=True)
class SettlePromise:
    """Kept or not: never judged by who promised, nor by who is responsible for the item."""

    item_id: str
    fulfilled: bool | None
    text: str
    by: str


Command = PublishCommitment | ConfirmWeek | SettlePromise


def evolve(card: Commitment, event: Event) -> Commitment:
    match event:
        case CommitmentPublished() as e:
            responsible = {item.item_id: item.responsible for item in e.items}
            return Commitment(e.commitment_id, e.owner, tuple(responsible), responsible=responsible)
        case CommitmentProgressConfirmed() as e:
            return replace(card, weeks=card.weeks | {e.week})
        case CommitmentSettled() as e:
            return replace(card, settled=card.settled | {e.item_id})
        case _:
            raise TypeError(f"{event.TYPE} is no event of a commitment")


def decide(card: Commitment, command: Command) -> Sequence[Event]:
    match command:
        case PublishCommitment():
            return _publish(card, command)
        case ConfirmWeek():
            return _confirm(card, command)
        case SettlePromise():
            return _settle(card, command)
        case _:
            assert_never(command)


def _publish(card: Commitment, c: PublishCommitment) -> Sequence[Event]:
    if card.items:
        raise Rejected("already-promised", N_("这位承诺人已经公布过承诺卡。"), "owner")
    if not c.least <= len(c.items) <= c.most:
        raise Rejected("promise-count", N_("承诺事项应为 {least} 至 {most} 件。"), "items", least=c.least, most=c.most)
    for number, item in enumerate(c.items):
        if item.due <= c.at:
            raise Rejected("due-past", N_("完成时限应在将来。"), f"items.{number}.due")
    if missing := [place for place in c.must_hang if place not in c.places]:
        raise Rejected("place-missing", N_("承诺卡须在{place}公示。"), "places", place="、".join(missing))
    if not c.places:
        raise Rejected("no-place", N_("请填写公示地点。"), "places")
    return [
        CommitmentPublished(
            commitment_id=c.commitment_id,
            programme_id=c.programme_id,
            owner=c.owner,
            subject_id=c.subject_id,
            items=c.items,
            places=c.places,
        )
    ]


def _confirm(card: Commitment, c: ConfirmWeek) -> Sequence[Event]:
    _refuse_absent(card)
    if c.week in card.weeks:
        raise Rejected("week-confirmed", N_("这一周已经确认。"), "week")
    if not c.first_week <= c.week <= c.this_week:
        raise Rejected("wrong-week", N_("只能确认公示以来到本周的进度。"), "week")
    open_items = set(card.items) - card.settled
    if not open_items:
        raise Rejected("all-settled", N_("承诺事项都已办结，不用再确认。"))
    if {item.item_id for item in c.items} != open_items:
        raise Rejected("item-missing", N_("请逐件填写进度。"), "items")
    return [
        CommitmentProgressConfirmed(
            commitment_id=card.commitment_id, week=c.week, items=c.items, confirmed_by=c.confirmed_by
        )
    ]


def _settle(card: Commitment, c: SettlePromise) -> Sequence[Event]:
    _refuse_absent(card)
    if c.item_id not in card.items:
        raise Rejected("no-such-promise", N_("没有这件承诺。"))
    if c.item_id in card.settled:
        raise Rejected("promise-settled", N_("这件承诺已经认定。"))
    if c.by == card.owner:
        raise Rejected("own-promise", N_("承诺人不能认定自己的承诺。"))
    if c.by == card.responsible.get(c.item_id):
        raise Rejected("own-promise", N_("责任人不能认定自己负责的承诺。"))
    if c.fulfilled is None:
        raise Rejected("no-verdict", N_("请选择是否兑现。"), "fulfilled")
    if not c.fulfilled and not c.text:
        raise Rejected("reason-missing", N_("没有兑现的应写明情况。"), "text")
    return [CommitmentSettled(commitment_id=card.commitment_id, item_id=c.item_id, fulfilled=c.fulfilled, text=c.text)]


def _refuse_absent(card: Commitment) -> None:
    if not card.items:
        raise Rejected("no-such-commitment", N_("没有这张承诺卡。"))


COMMITMENT: Decider[Commitment, Command] = Decider("commitment", Commitment(), evolve, decide)


def stream(commitment_id: str) -> str:
    """The stream of a card."""
    return f"commitment-{commitment_id}"


def week_of(day: date) -> str:
    """A day's week as events name it: 2017-W29."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def weeks_between(first: str, last: str) -> list[str]:
    """Every week from `first` to `last`, both counted."""
    day = date.fromisocalendar(int(first[:4]), int(first[6:]), 1)
    found: list[str] = []
    while (week := week_of(day)) <= last:
        found.append(week)
        day += timedelta(days=7)
    return found


def missing_weeks(first: str, confirmed: Sequence[str], today: date, until: date | None) -> list[str]:
    """Weeks that are over and that nobody confirmed: from the publication on, up to the last settlement."""
    last = week_of(today - timedelta(days=7))
    if until is not None:
        last = min(last, week_of(until - timedelta(days=7)))
    return [week for week in weeks_between(first, last) if week not in set(confirmed)]
