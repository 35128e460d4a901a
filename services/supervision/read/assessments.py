"""Assessments and the appeals against them, one row each; a table's rows lie as JSON of the event's own fields."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import asyncpg

from contracts.supervision import (
    Adjustment,
    AppealDecided,
    AppealFiled,
    AssessmentFinalised,
    AssessmentPublished,
    AssessmentScored,
    ObjectScore,
)
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables
from services.chassis.rows import Rows

ASSESSMENT_DDL = """
CREATE TABLE {t} (
    assessment_id text PRIMARY KEY,
    programme text NOT NULL,
    kind text NOT NULL,
    objects text NOT NULL,
    since date,
    until date,
    as_of timestamptz,
    pack_sha256 text NOT NULL,
    positions text NOT NULL,
    rows text NOT NULL,
    run int NOT NULL,
    stage text NOT NULL,
    scored_at timestamptz,
    scored_by text,
    published_at timestamptz,
    published_by text,
    appeals_until timestamptz,
    finalised_at timestamptz,
    finalised_by text,
    final_rows text,
    uses text[] NOT NULL,
    version int NOT NULL
);
CREATE INDEX ON {t} (programme, until)"""

APPEAL_DDL = """
CREATE TABLE {t} (
    appeal_id text PRIMARY KEY,
    assessment_id text NOT NULL,
    object text NOT NULL,
    reason text NOT NULL,
    filed_at timestamptz,
    filed_by text,
    upheld bool,
    ruling text NOT NULL,
    adjustments text NOT NULL,
    decided_at timestamptz,
    decided_by text
);
CREATE INDEX ON {t} (assessment_id)"""


@dataclass(frozen=True, slots=True)
class AssessmentRow:
    """One assessment: the table as it was last scored and, when it is final, the one that counts."""

    assessment_id: str
    programme: str = ""
    kind: str = ""
    objects: str = ""
    since: date | None = None
    until: date | None = None
    as_of: datetime | None = None
    pack_sha256: str = ""
    positions: str = "{}"
    rows: str = "[]"
    run: int = 0
    stage: str = "draft"
    scored_at: datetime | None = None
    scored_by: str | None = None
    published_at: datetime | None = None
    published_by: str | None = None
    appeals_until: datetime | None = None
    finalised_at: datetime | None = None
    finalised_by: str | None = None
    final_rows: str | None = None
    uses: tuple[str, ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True)
class AppealRow:
    """One appeal and its ruling."""

    appeal_id: str
    assessment_id: str = ""
    object: str = ""
    reason: str = ""
    filed_at: datetime | None = None
    filed_by: str | None = None
    upheld: bool | None = None
    ruling: str = ""
    adjustments: str = "[]"
    decided_at: datetime | None = None
    decided_by: str | None = None


def _dumped(values: Sequence[ObjectScore | Adjustment]) -> str:
    return json.dumps([one.model_dump(mode="json") for one in values], ensure_ascii=False)


def _assessment(row: AssessmentRow, fact: Fact) -> AssessmentRow:
    person, version = fact.envelope.actor.person, fact.version
    match fact.event:
        case AssessmentScored() as e:
            return AssessmentRow(
                assessment_id=e.assessment_id,
                programme=e.programme_id,
                kind=e.kind,
                objects=e.objects,
                since=e.since,
                until=e.until,
                as_of=e.as_of,
                pack_sha256=e.pack_sha256,
                positions=json.dumps(e.positions),
                rows=_dumped(e.rows),
                run=e.run,
                scored_at=fact.time,
                scored_by=person,
                version=version,
            )
        case AssessmentPublished(appeals_until=until):
            told = replace(row, stage="published", published_at=fact.time, published_by=person)
            return replace(told, appeals_until=until, version=version)
        case AssessmentFinalised() as e:
            told = replace(row, stage="final", finalised_at=fact.time, finalised_by=person)
            return replace(told, final_rows=_dumped(e.rows), uses=e.uses, version=version)
        case AppealFiled() | AppealDecided():
            return replace(row, version=version)
        case _:
            return row


def _appeal(row: AppealRow, fact: Fact) -> AppealRow:
    match fact.event:
        case AppealFiled() as e:
            person = fact.envelope.actor.person
            return AppealRow(e.appeal_id, e.assessment_id, e.object, e.reason, fact.time, person)
        case AppealDecided() as e:
            return replace(
                row,
                upheld=e.upheld,
                ruling=e.reason,
                adjustments=_dumped(e.adjustments),
                decided_at=fact.time,
                decided_by=fact.envelope.actor.person,
            )
        case _:
            return row


def _appeal_key(fact: Fact) -> str | None:
    return fact.event.appeal_id if isinstance(fact.event, AppealFiled | AppealDecided) else None


ASSESSMENT_ROWS: Rows[AssessmentRow] = Rows(
    "assessment", AssessmentRow, lambda fact: fact.stream.removeprefix("assessment-"), _assessment
)
APPEAL_ROWS: Rows[AppealRow] = Rows("assessment_appeal", AppealRow, _appeal_key, _appeal)


async def _apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    await ASSESSMENT_ROWS.apply(db, batch, t, ctx)
    await APPEAL_ROWS.apply(db, batch, t, ctx)


ASSESSMENTS = Projection(
    name="assessments",
    version=1,
    handles=(AssessmentScored, AssessmentPublished, AppealFiled, AppealDecided, AssessmentFinalised),
    ddl={"assessment": ASSESSMENT_DDL, "assessment_appeal": APPEAL_DDL},
    apply=_apply,
)


@dataclass(frozen=True, slots=True)
class Known:
    """One assessment as pages and commands read it."""

    row: AssessmentRow
    rows: tuple[ObjectScore, ...]
    """The table that counts: the final one when there is one."""

    first_rows: tuple[ObjectScore, ...]
    """The table as it was computed."""

    positions: dict[str, int]
    appeals: tuple[tuple[AppealRow, tuple[Adjustment, ...]], ...]

    def of(self, object: str) -> ObjectScore | None:
        return next((one for one in self.rows if one.object == object), None)


PAGE = 50
"""Assessments on one page."""


async def listed(pool: asyncpg.Pool, *, drafts: bool, offset: int = 0, limit: int = PAGE) -> list[asyncpg.Record]:
    """Assessments, the latest period first, each with how many appeals wait."""
    rows = await pool.fetch(
        """SELECT a.*, (SELECT count(*) FROM assessment_appeal p
                         WHERE p.assessment_id = a.assessment_id AND p.upheld IS NULL) AS open_appeals
             FROM assessment a WHERE $1 OR stage <> 'draft'
            ORDER BY until DESC, since DESC, assessment_id LIMIT $2 OFFSET $3""",
        *(drafts, limit, offset),
    )
    return list(rows)


async def known(pool: asyncpg.Pool, assessment_id: str) -> Known | None:
    """One assessment with everything about it."""
    found = await pool.fetchrow("SELECT * FROM assessment WHERE assessment_id = $1", assessment_id)
    if found is None:
        return None
    row = AssessmentRow(**{**dict(found), "uses": tuple(found["uses"])})
    appeals = await pool.fetch(
        "SELECT * FROM assessment_appeal WHERE assessment_id = $1 ORDER BY filed_at, appeal_id", assessment_id
    )
    first = _scores(row.rows)
    return Known(
        row,
        _scores(row.final_rows) if row.final_rows else first,
        first,
        json.loads(row.positions),
        tuple((AppealRow(**dict(one)), _adjustments(one["adjustments"])) for one in appeals),
    )


async def final(pool: asyncpg.Pool, programme: str) -> list[asyncpg.Record]:
    """Those of a programme that are final, the latest period first."""
    rows = await pool.fetch(
        """SELECT assessment_id, kind, objects, since, until FROM assessment
            WHERE programme = $1 AND stage = 'final' ORDER BY until DESC, since DESC, assessment_id LIMIT $2""",
        *(programme, PAGE),
    )
    return list(rows)


async def objects_of(pool: asyncpg.Pool, programme: str, assessment_id: str | None) -> frozenset[str] | None:
    """Whom a final assessment of this programme is about; None where there is none."""
    found = await known(pool, assessment_id) if assessment_id else None
    if found is None or found.row.stage != "final" or found.row.programme != programme:
        return None
    return frozenset(one.object for one in found.rows)


def _scores(text: str) -> tuple[ObjectScore, ...]:
    return tuple(ObjectScore.model_validate(one) for one in json.loads(text))


def _adjustments(text: str) -> tuple[Adjustment, ...]:
    return tuple(Adjustment.model_validate(one) for one in json.loads(text))
