"""Which events of any source tell about a case, in local order: the timeline reads the log by it."""

from collections.abc import Sequence

from contracts.dispatch import CaseOpened
from contracts.event import TYPES, Event
from contracts.intake import PersonalDataErased, RequestAccepted, RequestRegistered
from contracts.supervision import (
    BreachWithdrawn,
    DeadlineBreached,
    DeadlineReminderSent,
    FollowUpAttempted,
    FollowUpCancelled,
    FollowUpConducted,
    FollowUpScheduled,
    SupervisionNoticeIssued,
)
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables

OWN: tuple[type[Event], ...] = tuple(
    kind for kind in TYPES.values() if kind.OWNER == CaseOpened.OWNER and kind.STREAM == CaseOpened.STREAM
)
"""Every event of a case's own stream. A new one is a new version of the projections that handle these."""

OF_REQUEST: tuple[type[Event], ...] = (RequestRegistered, RequestAccepted, PersonalDataErased)
OF_SUPERVISION: tuple[type[Event], ...] = (
    DeadlineBreached,
    BreachWithdrawn,
    DeadlineReminderSent,
    SupervisionNoticeIssued,
    FollowUpScheduled,
    FollowUpAttempted,
    FollowUpConducted,
    FollowUpCancelled,
)

DDL = """
CREATE TABLE {t} (seq bigint PRIMARY KEY, about text NOT NULL);
CREATE INDEX ON {t} (about, seq)"""


async def apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    """A request's events are kept under the request: they come before anybody knows the case."""
    rows = [(fact.seq, about) for fact in batch if (about := _about(fact)) is not None]
    await db.executemany(f"INSERT INTO {t['case_history']} VALUES ($1, $2)", rows)  # noqa: S608


def _about(fact: Fact) -> str | None:
    """None for a slip about another matter than a case."""
    if isinstance(fact.event, OF_REQUEST):
        return fact.stream
    case_id = getattr(fact.event, "case_id")  # noqa: B009 - every other handled type has it
    return f"case-{case_id}" if case_id else None


HISTORY = Projection(
    name="case_history",
    version=7,
    handles=(*OWN, *OF_REQUEST, *OF_SUPERVISION),
    ddl={"case_history": DDL},
    apply=apply,
)
