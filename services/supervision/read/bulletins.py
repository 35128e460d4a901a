"""通报 as lists and pages show them, and their numbers: the rank among the programme's, gapless (R12)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import asyncpg

from contracts.supervision import NoticeDeclined, NoticeIssued, NoticeWithdrawn
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables
from services.chassis.rows import Rows
from services.supervision.read.ranks import rank

PAGE = 50

DDL = """
CREATE TABLE {t} (
    bulletin_id text PRIMARY KEY,
    programme text NOT NULL,
    kind text NOT NULL,
    targets text[] NOT NULL,
    grounds text NOT NULL,
    codes text[] NOT NULL,
    case_ids text[] NOT NULL,
    scope text NOT NULL,
    rectify_by timestamptz,
    text text NOT NULL,
    issued_at timestamptz,
    issued_by text,
    issuer_unit text,
    withdrawn_at timestamptz,
    withdrawn_by text,
    reason text NOT NULL,
    assessment_id text,
    version int NOT NULL
);
CREATE INDEX ON {t} (assessment_id) WHERE assessment_id IS NOT NULL;
CREATE INDEX ON {t} (programme, issued_at);
CREATE INDEX ON {t} USING gin (targets)"""

NUMBER_DDL = """
CREATE TABLE {t} (bulletin_id text PRIMARY KEY, programme text NOT NULL, bulletin_no int NOT NULL);
CREATE UNIQUE INDEX ON {t} (programme, bulletin_no)"""

DECLINED_DDL = """
CREATE TABLE {t} (
    bulletin_id text PRIMARY KEY,
    programme text NOT NULL,
    kind text NOT NULL,
    code text NOT NULL,
    target text NOT NULL,
    reason text NOT NULL,
    declined_by text,
    at timestamptz
);
CREATE INDEX ON {t} (programme, at)"""

COUNT_DDL = "CREATE TABLE {t} (programme text PRIMARY KEY, issued int NOT NULL)"


@dataclass(frozen=True, slots=True)
class BulletinRow:
    """One notice; grounds as JSON of the event's own fields, and apart from it what is asked for by."""

    bulletin_id: str
    programme: str = ""
    kind: str = ""
    targets: tuple[str, ...] = ()
    grounds: str = "[]"
    codes: tuple[str, ...] = ()
    case_ids: tuple[str, ...] = ()
    scope: str = ""
    rectify_by: datetime | None = None
    text: str = ""
    issued_at: datetime | None = None
    issued_by: str | None = None
    issuer_unit: str | None = None
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    reason: str = ""
    assessment_id: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class DeclinedRow:
    """One proposal that a person decided against."""

    bulletin_id: str
    programme: str = ""
    kind: str = ""
    code: str = ""
    target: str = ""
    reason: str = ""
    declined_by: str | None = None
    at: datetime | None = None


def _declined(row: DeclinedRow, fact: Fact) -> DeclinedRow:
    e = fact.event
    assert isinstance(e, NoticeDeclined), "the only type that has a key"
    return DeclinedRow(
        e.bulletin_id, e.programme_id, e.kind, e.ground, e.target, e.reason, fact.envelope.actor.person, fact.time
    )


def _key(fact: Fact) -> str:
    return fact.stream.removeprefix("bulletin-")


def project(row: BulletinRow, fact: Fact) -> BulletinRow:
    actor = fact.envelope.actor
    match fact.event:
        case NoticeIssued() as e:
            return BulletinRow(
                e.bulletin_id,
                e.programme_id,
                e.kind,
                e.targets,
                json.dumps([ground.model_dump(mode="json") for ground in e.grounds], ensure_ascii=False),
                tuple(ground.code for ground in e.grounds),
                tuple(dict.fromkeys(case for ground in e.grounds for case in ground.case_ids)),
                e.scope,
                e.rectify_by,
                e.text,
                fact.time,
                actor.person,
                actor.unit,
                assessment_id=e.assessment_id,
                version=fact.version,
            )
        case NoticeWithdrawn(reason=reason):
            return replace(row, withdrawn_at=fact.time, withdrawn_by=actor.person, reason=reason, version=fact.version)
        case _:
            return row


BULLETIN_ROWS: Rows[BulletinRow] = Rows(
    "bulletin", BulletinRow, lambda fact: None if isinstance(fact.event, NoticeDeclined) else _key(fact), project
)
DECLINED_ROWS: Rows[DeclinedRow] = Rows(
    "bulletin_declined",
    DeclinedRow,
    lambda fact: _key(fact) if isinstance(fact.event, NoticeDeclined) else None,
    _declined,
)


async def _apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    await BULLETIN_ROWS.apply(db, batch, t, ctx)
    await DECLINED_ROWS.apply(db, batch, t, ctx)
    issued = [(e.bulletin_id, e.programme_id) for fact in batch if isinstance(e := fact.event, NoticeIssued)]
    await rank(db, t["bulletin_number"], t["bulletin_count"], issued)


BULLETINS = Projection(
    name="bulletins",
    version=2,
    handles=(NoticeIssued, NoticeWithdrawn, NoticeDeclined),
    ddl={
        "bulletin": DDL,
        "bulletin_declined": DECLINED_DDL,
        "bulletin_number": NUMBER_DDL,
        "bulletin_count": COUNT_DDL,
    },
    apply=_apply,
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose notices are shown: all, or those that name the unit or the person, or a person whom one leads."""

    sees_all: bool
    person: str
    unit: str
    leads: bool


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the list is narrowed to; empty fields narrow nothing."""

    programme: str | None = None
    kind: str | None = None
    target: str | None = None
    state: str | None = None
    """`standing` or `withdrawn`."""


_BULLETIN = "SELECT b.*, n.bulletin_no FROM bulletin b LEFT JOIN bulletin_number n USING (bulletin_id)"

_VISIBLE = """($1 OR b.targets && ARRAY[$2, $3]::text[] OR $4 AND EXISTS (
    SELECT FROM person p WHERE p.person_id = ANY (b.targets) AND p.unit_id = $3))"""


async def bulletins(
    pool: asyncpg.Pool, viewer: Viewer, asked: Narrowed, *, limit: int = PAGE, offset: int = 0
) -> list[dict[str, Any]]:
    """The newest first."""
    rows = await pool.fetch(
        f"""{_BULLETIN} WHERE {_VISIBLE}
              AND ($5::text IS NULL OR b.programme = $5) AND ($6::text IS NULL OR b.kind = $6)
              AND ($7::text IS NULL OR $7 = ANY (b.targets))
              AND ($8::text IS NULL OR (b.withdrawn_at IS NOT NULL) = ($8 = 'withdrawn'))
            ORDER BY b.issued_at DESC, b.bulletin_id LIMIT $9 OFFSET $10""",
        *(viewer.sees_all, viewer.person, viewer.unit, viewer.leads),
        *(asked.programme, asked.kind, asked.target, asked.state, limit, offset),
    )
    return [_read(row) for row in rows]


async def bulletin(pool: asyncpg.Pool, bulletin_id: str) -> dict[str, Any] | None:
    row = await pool.fetchrow(f"{_BULLETIN} WHERE b.bulletin_id = $1", bulletin_id)
    return _read(row) if row else None


async def visible(pool: asyncpg.Pool, viewer: Viewer, bulletin_id: str) -> bool:
    """Whether this person may see that notice."""
    found: bool = await pool.fetchval(
        f"SELECT EXISTS (SELECT FROM bulletin b WHERE b.bulletin_id = $5 AND {_VISIBLE})",  # noqa: S608 - from code
        *(viewer.sees_all, viewer.person, viewer.unit, viewer.leads, bulletin_id),
    )
    return found


async def declined(pool: asyncpg.Pool, programmes: Sequence[str], limit: int = PAGE) -> list[asyncpg.Record]:
    """Proposals of these programmes that people decided against, the latest first."""
    rows = await pool.fetch(
        "SELECT * FROM bulletin_declined WHERE programme = ANY ($1) ORDER BY at DESC, bulletin_id LIMIT $2",
        *(list(programmes), limit),
    )
    return list(rows)


def _read(row: asyncpg.Record) -> dict[str, Any]:
    return {**dict(row), "grounds": json.loads(row["grounds"])}


async def on_assessment(pool: asyncpg.Pool, viewer: Viewer, assessment_id: str) -> list[dict[str, Any]]:
    """What an assessment was rewarded and punished by, as far as this person sees it; the first one first."""
    rows = await pool.fetch(
        f"{_BULLETIN} WHERE {_VISIBLE} AND b.assessment_id = $5 ORDER BY b.issued_at, b.bulletin_id",
        *(viewer.sees_all, viewer.person, viewer.unit, viewer.leads, assessment_id),
    )
    return [dict(row) for row in rows]
