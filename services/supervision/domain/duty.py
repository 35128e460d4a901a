"""A duty of one period, or a number of pairs by a day: judged once, when nothing can be heard of it any more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Literal

from contracts.event import Event
from contracts.pack import Pairing, Quota
from contracts.supervision import DutyMissed
from services.chassis.decider import Decider
from services.chassis.zone import LOCAL
from services.reference.ledger import Ledger, Owner, midnight
from services.reference.owed import Period, counted, owing, periods, standings, tally
from services.supervision.domain.rhythm import LONGEST_ID, Rules

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DutyOf:
    """Whose duty of which period, and how far they came."""

    duty_id: str
    programme_id: str
    duty: Literal["quota", "pairing"]
    kind: str
    owner: Owner
    since: date
    until: date
    need: int
    done: int
    due: datetime


@dataclass(frozen=True, slots=True)
class JudgeDuty:
    """Was less done than was owed? Everything up to `watermark` is known."""

    of: DutyOf
    watermark: datetime


def evolve(missed: bool, event: Event) -> bool:
    if isinstance(event, DutyMissed):
        return True
    raise TypeError(f"{event.TYPE} is no event of a duty")


def decide(missed: bool, c: JudgeDuty) -> Sequence[Event]:
    of = c.of
    if missed or of.done >= of.need or c.watermark <= of.due:
        return []
    return [
        DutyMissed(
            duty_id=of.duty_id,
            programme_id=of.programme_id,
            duty=of.duty,
            kind=of.kind,
            owner=of.owner.id,
            owner_kind=of.owner.kind,
            unit=of.owner.unit,
            period_from=of.since,
            period_until=of.until,
            need=of.need,
            done=of.done,
            due=of.due,
            watermark=c.watermark,
        )
    ]


DUTY: Decider[bool, JudgeDuty] = Decider("duty", False, evolve, decide)


def stream(duty_id: str) -> str:
    return f"duty-{duty_id}"


def duty_id(programme: str, duty: str, kind: str, until: date, owner: str) -> str:
    plain = f"{programme}.{duty}.{kind}.{until}.{owner}"
    return plain if len(plain) <= LONGEST_ID else sha256(plain.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Closed:
    """A duty whose time is over: a quota with its period, or pairs that were to be there by a day."""

    rules: Rules
    quota: Quota | None
    period: Period | None
    pairing: Pairing | None = None

    def owed(self, ledger: Ledger) -> Iterator[DutyOf]:
        """Everybody's share of it."""
        if self.quota is not None and self.period is not None:
            yield from _of_quota(self.rules, self.quota, self.period, ledger)
        elif self.pairing is not None and self.pairing.due is not None:
            yield from _of_pairs(self.rules, self.pairing, self.pairing.due, ledger)


def closed(versions: Sequence[Rules], after: datetime | None, until: datetime, ended: date | None) -> list[Closed]:
    """Every duty that closed from one moment on and before another, under the rules in force when its last day ended.

    They also say until when entries are waited for: an amendment in those days changes nothing. Nobody is held
    to a week or month that began before there were rules. `ended`: the last day that anything is due on.
    """
    found: list[Closed] = []
    for rules, following in zip(versions, (*versions[1:], None), strict=True):

        def judged(due: date, closes: datetime, rules: Rules = rules, following: Rules | None = following) -> bool:
            end = midnight(due + DAY)
            ours = rules.since <= end and (following is None or end < following.since)
            return ours and (after is None or after <= closes) and closes < until and (ended is None or due <= ended)

        for quota in counted(rules.pack):
            for period in periods(rules.pack, quota, until.astimezone(LOCAL).date()):
                begun = quota.per == "programme" or versions[0].since <= period.opens
                if begun and judged(period.due, period.closes):
                    found.append(Closed(rules, quota, period))
        for row in rules.pack.lists.pairing:
            if row.due is not None and judged(row.due, midnight(row.due + DAY)):
                found.append(Closed(rules, None, None, row))
    return found


def _of_quota(rules: Rules, quota: Quota, period: Period, ledger: Ledger) -> Iterator[DutyOf]:
    for owner in owing(rules.pack, quota, period, ledger.members, period.due):
        done = tally(rules.pack, quota, owner, period, ledger).done
        yield DutyOf(
            duty_id(rules.programme_id, "quota", quota.kind, period.due, owner.id),
            rules.programme_id,
            "quota",
            quota.kind,
            owner,
            period.since,
            period.due,
            quota.need,
            done,
            period.closes,
        )


def _of_pairs(rules: Rules, row: Pairing, day: date, ledger: Ledger) -> Iterator[DutyOf]:
    for one in standings(rules.pack, row, ledger, day, midnight(day + DAY)):
        yield DutyOf(
            duty_id(rules.programme_id, "pairing", row.kind, day, one.owner.id),
            rules.programme_id,
            "pairing",
            row.kind,
            one.owner,
            rules.pack.programme.start,
            day,
            row.min or 1,
            one.n,
            midnight(day + DAY),
        )
