"""Whom to visit: every subject with its last visit; names and addresses are joined from intake's own table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contracts.intake import SubjectDataErased, SubjectRegistered, VisitRecorded
from services.chassis.facts import Fact
from services.chassis.projection import Connection, Context, Projection, Tables
from services.chassis.rows import Rows

DDL = """
CREATE TABLE {t} (
    subject_id text PRIMARY KEY,
    kind text NOT NULL,
    territory_unit text NOT NULL,
    community_unit text,
    tags text[] NOT NULL,
    cells text[] NOT NULL,
    visits int NOT NULL,
    visited_at timestamptz,
    attempted_at timestamptz,
    asked int NOT NULL,
    registered boolean NOT NULL
);
CREATE INDEX ON {t} (territory_unit, community_unit, subject_id);
CREATE INDEX ON {t} (community_unit, subject_id)"""

NOTE_DDL = """
CREATE TABLE {t} (
    visit_id text PRIMARY KEY,
    subject_id text NOT NULL
);
CREATE INDEX ON {t} (subject_id)"""
"""Visits on which something was noted: their keys go when the subject's data are erased."""

MOST_SHOWN = 200
"""A day's route is a few dozen; more than this is found by the search."""


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """A subject and when somebody was last there. `registered`: a visit may come before its subject's entry."""

    subject_id: str
    kind: str = "household"
    territory_unit: str = ""
    community_unit: str | None = None
    tags: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    """`layer cell` for each that is its own and not its place's."""
    visits: int = 0
    visited_at: datetime | None = None
    attempted_at: datetime | None = None
    asked: int = 0
    registered: bool = False


def _key(fact: Fact) -> str:
    event = fact.event
    assert isinstance(event, SubjectRegistered | SubjectDataErased | VisitRecorded), "the three it handles"
    return event.subject_id


def _project(row: SubjectRow, fact: Fact) -> SubjectRow:
    match fact.event:
        case SubjectRegistered() as e:
            return replace(
                row,
                kind=e.kind,
                territory_unit=e.territory_unit,
                community_unit=e.community_unit,
                tags=e.tags,
                cells=tuple(f"{layer} {grid}" for layer, grid in e.grid_ids.items()),
                registered=True,
            )
        case SubjectDataErased():
            return replace(row, registered=False)
        case VisitRecorded() as e if e.attempted_only:
            return replace(row, attempted_at=_later(row.attempted_at, fact.envelope.occurred_at))
        case VisitRecorded() as e:
            at = _later(row.visited_at, fact.envelope.occurred_at)
            return replace(row, visits=row.visits + 1, visited_at=at, asked=row.asked + len(e.request_ids))
        case _:
            return row


def _later(known: datetime | None, new: datetime) -> datetime:
    return new if known is None else max(known, new)


ROWS: Rows[SubjectRow] = Rows("subject_row", SubjectRow, _key, _project)


async def _apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    await ROWS.apply(db, batch, t, ctx)
    noted = [(e.visit_id, e.subject_id) for fact in batch if isinstance(e := fact.event, VisitRecorded) and e.note]
    await db.executemany(f"INSERT INTO {t['visit_note']} VALUES ($1, $2) ON CONFLICT DO NOTHING", noted)  # noqa: S608


SUBJECTS = Projection(
    "subjects",
    3,
    (SubjectRegistered, SubjectDataErased, VisitRecorded),
    {"subject_row": DDL, "visit_note": NOTE_DDL},
    _apply,
)

SELECT = """
SELECT s.*, p.name, p.address, p.phone, p.group_name
  FROM subject_row s LEFT JOIN subject_particulars p USING (subject_id)
"""


async def one(pool: Any, subject_id: str) -> Any | None:
    """One subject with its particulars; None when it is not in the directory."""
    return await pool.fetchrow(f"{SELECT} WHERE s.subject_id = $1 AND s.registered", subject_id)


async def noted_visits(pool: Any, subject_id: str) -> list[str]:
    """Visits to a subject on which something was noted."""
    rows = await pool.fetch("SELECT visit_id FROM visit_note WHERE subject_id = $1 ORDER BY 1", subject_id)
    return [row["visit_id"] for row in rows]


async def route(pool: Any, place: str | None, q: str, today: datetime) -> list[Any]:
    """Whom to see in a town or village: those not seen yet first, then by village, group and house."""
    return list(
        await pool.fetch(
            f"""{SELECT} WHERE s.registered
                AND ($1::text IS NULL OR s.territory_unit = $1 OR s.community_unit = $1)
                AND ($2 = '' OR p.name LIKE '%' || $2 || '%' OR p.address LIKE '%' || $2 || '%')
                ORDER BY coalesce(s.visited_at, '-infinity') >= $3, s.community_unit, p.group_name, p.address,
                    s.subject_id
                LIMIT {MOST_SHOWN}""",
            place,
            q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_"),
            today,
        )
    )


async def seen(pool: Any, place: str | None, today: datetime) -> tuple[int, int, int]:
    """(seen today, ever seen, all) in a town or village."""
    row = await pool.fetchrow(
        """SELECT count(*) FILTER (WHERE visited_at >= $2) AS today, count(visited_at) AS ever, count(*) AS all
           FROM subject_row WHERE registered AND ($1::text IS NULL OR territory_unit = $1 OR community_unit = $1)""",
        place,
        today,
    )
    return row["today"], row["ever"], row["all"]
