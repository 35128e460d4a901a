"""`fact_case`: every state a case was in, with the places between which it was so; any as-of is one range query.

Every column named a position holds a place (`domain/place.py`), which keeps its order when a new epoch begins.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from services.chassis.facts import Fact
from services.chassis.projection import Connection, Context, Projection
from services.reference.place import place_of
from services.reporting.domain.case import HANDLED, Case, evolve

DDL = """
CREATE TABLE {t} (
    case_id text NOT NULL,
    programme text NOT NULL,
    opened_position bigint NOT NULL,
    opened_at timestamptz,
    territory text,
    subject_id text,
    requester_ref text,
    category text,
    scope text,
    urgency text,
    site_scope text,
    status text NOT NULL,
    lead_unit text,
    lead_order text,
    person text,
    leader text,
    finish_by timestamptz,
    result text,
    on_time bool,
    completed_at timestamptz,
    struck_off_at timestamptz,
    suspended_at timestamptz,
    round int NOT NULL,
    ever_completed bool NOT NULL,
    plan_position bigint,
    progress_position bigint,
    showcased bool NOT NULL,
    source text NOT NULL,
    from_position bigint NOT NULL,
    from_time timestamptz NOT NULL,
    to_position bigint,
    PRIMARY KEY (case_id, from_position)
);
CREATE INDEX ON {t} (case_id) WHERE to_position IS NULL;
CREATE INDEX ON {t} (programme, from_position, to_position);
CREATE INDEX ON {t} (from_time, from_position)
"""

FIELDS = tuple(field.name for field in dataclasses.fields(Case))
COLUMNS = (*FIELDS, "source", "from_position", "from_time", "to_position")


async def apply(db: Connection, batch: Sequence[Fact], t: Mapping[str, str], ctx: Context) -> None:
    """Dispatch's events end one state and begin the next; what changes no state leaves the row as it is."""
    await write(db, t["fact_case"], batch)


async def write(db: Connection, table: str, batch: Sequence[Fact]) -> None:
    ids = sorted({fact.event.case_id for fact in batch})  # type: ignore[attr-defined]
    rows = await db.fetch(
        f"SELECT * FROM {table} WHERE case_id = ANY ($1) AND to_position IS NULL",  # noqa: S608
        ids,
    )
    begun: dict[str, dict[str, Any]] = {row["case_id"]: dict(row) for row in rows}
    stored = set(begun)
    ended: list[tuple[str, int, int]] = []
    new: list[dict[str, Any]] = []
    for fact in batch:
        key: str = fact.event.case_id  # type: ignore[attr-defined]
        before = begun.get(key)
        state = Case(key) if before is None else case_of(before)
        after = evolve(state, fact)
        if before is not None and after == state:
            continue
        if before is not None and key in stored:
            ended.append((key, before["from_position"], place_of(fact)))
            stored.discard(key)
        elif before is not None:
            before["to_position"] = place_of(fact)
        begun[key] = {
            **{name: getattr(after, name) for name in FIELDS},
            "source": fact.source,
            "from_position": place_of(fact),
            "from_time": fact.time,
            "to_position": None,
        }
        new.append(begun[key])
    await db.executemany(
        f"UPDATE {table} SET to_position = $3 WHERE case_id = $1 AND from_position = $2",  # noqa: S608
        ended,
    )
    records = [tuple(row[name] for name in COLUMNS) for row in new]
    await db.copy_records_to_table(table, records=records, columns=COLUMNS)


def case_of(row: Mapping[str, Any] | asyncpg.Record) -> Case:
    return Case(*[row[name] for name in FIELDS])


CASE_FACTS = Projection(name="case_facts", version=5, handles=frozenset(HANDLED), ddl={"fact_case": DDL}, apply=apply)
