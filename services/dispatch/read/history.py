"""Which events of any source tell about a case, in local order: the timeline reads the log by it."""

from collections.abc import Sequence

from contracts.dispatch import (
    CaseClassified,
    CaseCompleted,
    CaseOpened,
    CaseReopened,
    CaseResumed,
    CaseRouted,
    CaseStruckOff,
    CaseSuspended,
    HandlingPlanFiled,
    OrderCompleted,
    OrderIssued,
    OrderReturned,
    OrderSigned,
    ProgressReported,
    RequesterContacted,
    ReturnRuled,
)
from contracts.event import Event
from contracts.intake import PersonalDataErased, RequestAccepted, RequestRegistered
from contracts.supervision import (
    BreachWithdrawn,
    DeadlineBreached,
    FollowUpAttempted,
    FollowUpConducted,
    FollowUpScheduled,
)
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables

OWN: tuple[type[Event], ...] = (
    CaseOpened,
    CaseClassified,
    CaseRouted,
    OrderIssued,
    OrderSigned,
    OrderReturned,
    ReturnRuled,
    RequesterContacted,
    HandlingPlanFiled,
    ProgressReported,
    CaseSuspended,
    CaseResumed,
    OrderCompleted,
    CaseCompleted,
    CaseStruckOff,
    CaseReopened,
)
OF_REQUEST: tuple[type[Event], ...] = (RequestRegistered, RequestAccepted, PersonalDataErased)
OF_SUPERVISION: tuple[type[Event], ...] = (
    DeadlineBreached,
    BreachWithdrawn,
    FollowUpScheduled,
    FollowUpAttempted,
    FollowUpConducted,
)

DDL = """
CREATE TABLE {t} (seq bigint PRIMARY KEY, about text NOT NULL);
CREATE INDEX ON {t} (about, seq)"""


async def apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    """A request's events are kept under the request: they come before anybody knows the case."""
    rows = [(fact.seq, _about(fact)) for fact in batch]
    await db.executemany(f"INSERT INTO {t['case_history']} VALUES ($1, $2)", rows)  # noqa: S608


def _about(fact: Fact) -> str:
    if isinstance(fact.event, OF_REQUEST):
        return fact.stream
    return f"case-{getattr(fact.event, 'case_id')}"  # noqa: B009 - every other handled type has it


HISTORY = Projection(
    name="case_history",
    version=1,
    handles=(*OWN, *OF_REQUEST, *OF_SUPERVISION),
    ddl={"case_history": DDL},
    apply=apply,
)
