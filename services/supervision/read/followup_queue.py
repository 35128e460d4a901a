"""Follow-ups with their result: whom to call, by when, and what was heard."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.dispatch import CaseOpened
from contracts.supervision import FollowUpAttempted, FollowUpCancelled, FollowUpConducted, FollowUpScheduled
from services.chassis.facts import Fact
from services.chassis.projection import Connection, Context, Projection, Tables
from services.chassis.rows import Rows

QUEUE_DDL = """
CREATE TABLE {t} (
    followup_id text PRIMARY KEY,
    case_id text NOT NULL,
    case_no int NOT NULL,
    round int NOT NULL,
    leg text NOT NULL,
    programme text,
    due timestamptz,
    handler_units text[] NOT NULL,
    attempts timestamptz[] NOT NULL,
    verdict text,
    solved bool,
    satisfaction text,
    contacted bool,
    reviewer_unit text,
    concluded_at timestamptz,
    explains text,
    attributable bool,
    ruling text NOT NULL,
    sample_rule text NOT NULL,
    pack_version int,
    cancelled text,
    version int NOT NULL
);
CREATE INDEX ON {t} (due) WHERE verdict IS NULL AND cancelled IS NULL;
CREATE INDEX ON {t} (case_id, round);
CREATE INDEX ON {t} (explains) WHERE explains IS NOT NULL
"""

CASE_DDL = """
CREATE TABLE {t} (
    case_id text PRIMARY KEY,
    title jsonb NOT NULL,
    text jsonb NOT NULL,
    requester_ref text,
    key_id text NOT NULL
)
"""


@dataclass(frozen=True, slots=True)
class FollowUpRow:
    followup_id: str
    case_id: str = ""
    case_no: int = 0
    round: int = 1
    leg: str = ""
    programme: str | None = None
    due: datetime | None = None
    handler_units: tuple[str, ...] = ()
    attempts: tuple[datetime, ...] = ()
    verdict: str | None = None
    solved: bool | None = None
    satisfaction: str | None = None
    contacted: bool | None = None
    reviewer_unit: str | None = None
    concluded_at: datetime | None = None
    explains: str | None = None
    attributable: bool | None = None
    ruling: str = ""
    sample_rule: str = ""
    pack_version: int | None = None
    cancelled: str | None = None
    """Why nobody is called any more; `concluded_at` says since when."""

    version: int = 0


def project(row: FollowUpRow, fact: Fact) -> FollowUpRow:
    match fact.event:
        case FollowUpScheduled() as e:
            return FollowUpRow(
                e.followup_id,
                e.case_id,
                e.case_no,
                e.round,
                e.leg,
                fact.envelope.meta.programme,
                e.due,
                e.handler_units,
                explains=e.explains,
                sample_rule=e.sample_rule,
                pack_version=e.pack_version,
                version=fact.version,
            )
        case FollowUpAttempted(at=at):
            return replace(row, attempts=(*row.attempts, at), version=fact.version)
        case FollowUpConducted() as e:
            return replace(
                row,
                verdict=e.verdict,
                solved=e.solved,
                satisfaction=e.satisfaction,
                contacted=e.contacted,
                reviewer_unit=e.reviewer_unit,
                attributable=e.attributable,
                ruling=e.ruling,
                concluded_at=fact.time,
                version=fact.version,
            )
        case FollowUpCancelled(reason=reason):
            return replace(row, cancelled=reason, concluded_at=fact.time, version=fact.version)
        case _:
            return row


FOLLOW_UP_ROWS: Rows[FollowUpRow] = Rows(
    "followup_queue", FollowUpRow, lambda fact: fact.stream.removeprefix("followup-"), project
)

FOLLOW_UP_QUEUE = Projection(
    name="followup_queue",
    version=4,
    handles=(FollowUpScheduled, FollowUpAttempted, FollowUpConducted, FollowUpCancelled),
    ddl={"followup_queue": QUEUE_DDL},
    apply=FOLLOW_UP_ROWS.apply,
)


async def _cases(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    """Sealed words stay sealed here; a page opens them when it shows them."""
    rows = [
        (e.case_id, e.title.model_dump_json(), e.text.model_dump_json(), e.requester_ref, e.title.key_id)
        for fact in batch
        if isinstance(e := fact.event, CaseOpened)
    ]
    await db.executemany(
        f"INSERT INTO {t['followup_case']} VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",  # noqa: S608
        rows,
    )


FOLLOW_UP_CASES = Projection(
    name="followup_cases", version=1, handles=(CaseOpened,), ddl={"followup_case": CASE_DDL}, apply=_cases
)
