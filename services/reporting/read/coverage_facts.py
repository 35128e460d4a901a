"""Facts about who was reached, each row with the place of the event that told it; and all of them as of a moment."""

from collections.abc import Iterable
from typing import Any

import asyncpg

from contracts.intake import (
    GridCellDefined,
    PersonRegistered,
    RequestRegistered,
    SubjectDataErased,
    SubjectRegistered,
    UnitRegistered,
)
from contracts.pack import Pack
from services.chassis.facts import Fact
from services.chassis.zone import LOCAL
from services.reference.coverage.facts import Call, Cell, Facts, Person, Place, Subject, Visit
from services.reference.outreach import FOR_COVERAGE
from services.reference.place import place_of
from services.reporting.domain.r22 import Beside
from services.reporting.domain.window import LAST_INSTANT
from services.reporting.read.moments import Moment
from services.reporting.read.side_facts import added

REGISTER_DDL = """
CREATE TABLE {t} (
    position bigint PRIMARY KEY,
    subject_id text NOT NULL,
    kind text NOT NULL,
    territory text NOT NULL,
    community text,
    tags text[] NOT NULL,
    listed_on date,
    at timestamptz NOT NULL,
    gone bool NOT NULL
);
CREATE INDEX ON {t} (subject_id, position)
"""

OFFICIAL_DDL = """
CREATE TABLE {t} (
    position bigint PRIMARY KEY,
    person_id text NOT NULL,
    unit text NOT NULL,
    rank text NOT NULL
);
CREATE INDEX ON {t} (person_id, position)
"""

UNIT_DDL = """
CREATE TABLE {t} (
    position bigint PRIMARY KEY,
    unit_id text NOT NULL,
    level text NOT NULL,
    parent text,
    size_class text
);
CREATE INDEX ON {t} (unit_id, position)
"""

CELL_DDL = """
CREATE TABLE {t} (
    position bigint PRIMARY KEY,
    grid_id text NOT NULL,
    layer text NOT NULL,
    name text NOT NULL,
    unit text,
    parent text,
    leader text
);
CREATE INDEX ON {t} (grid_id, position)
"""

CALL_DDL = """
CREATE TABLE {t} (
    position bigint PRIMARY KEY,
    request_id text NOT NULL,
    programme text,
    caller text,
    subject_id text,
    received_at timestamptz NOT NULL,
    at timestamptz NOT NULL,
    channel text NOT NULL,
    visited bool NOT NULL,
    territory text
);
CREATE INDEX ON {t} (programme, position)
"""

NOWHERE: tuple[str, str, None, list[str], None] = ("", "", None, [], None)
"""Of an erasure nothing else is told: what was recorded before it counts on."""


def _register(fact: Fact) -> tuple[Any, ...]:
    match fact.event:
        case SubjectRegistered() as e:
            told: tuple[Any, ...] = (e.kind, e.territory_unit, e.community_unit, list(e.tags), e.listed_on)
            return place_of(fact), e.subject_id, *told, fact.time, False
        case SubjectDataErased() as e:
            return place_of(fact), e.subject_id, *NOWHERE, fact.time, True
        case other:
            raise TypeError(f"{other.TYPE} tells nothing about the register")


def _official(fact: Fact) -> tuple[Any, ...]:
    e = fact.event
    assert isinstance(e, PersonRegistered)
    return place_of(fact), e.person_id, e.unit_id, e.rank


def _unit(fact: Fact) -> tuple[Any, ...]:
    e = fact.event
    assert isinstance(e, UnitRegistered)
    return place_of(fact), e.unit_id, e.level, e.parent, e.size_class


def _cell(fact: Fact) -> tuple[Any, ...]:
    e = fact.event
    assert isinstance(e, GridCellDefined)
    return place_of(fact), e.grid_id, e.layer, e.name, e.unit_id, e.parent, e.leader


def _call(fact: Fact) -> tuple[Any, ...]:
    e = fact.event
    assert isinstance(e, RequestRegistered)
    who = (fact.envelope.meta.programme, e.caller_ref, e.subject_id)
    how = (e.channel, e.visit_id is not None, e.territory_unit)
    return place_of(fact), e.request_id, *who, e.received_at, fact.time, *how


COVERAGE_FACTS = (
    added("fact_register", {SubjectRegistered, SubjectDataErased}, REGISTER_DDL, _register, version=1),
    added("fact_official", {PersonRegistered}, OFFICIAL_DDL, _official, version=1),
    added("fact_unit", {UnitRegistered}, UNIT_DDL, _unit, version=1),
    added("fact_cell", {GridCellDefined}, CELL_DDL, _cell, version=2),
    added("fact_call", {RequestRegistered}, CALL_DDL, _call, version=2),
)

SUBJECTS = """
SELECT DISTINCT ON (subject_id) subject_id, kind, territory, community, tags, listed_on,
       subject_id IN (SELECT subject_id FROM fact_register WHERE gone AND position <= $1) AS erased
  FROM fact_register WHERE position <= $1 AND NOT gone ORDER BY subject_id, position DESC"""
OFFICIALS = """
SELECT DISTINCT ON (person_id) person_id, unit, rank FROM fact_official
 WHERE position <= $1 ORDER BY person_id, position DESC"""
UNITS = """
SELECT DISTINCT ON (unit_id) unit_id, level, parent, size_class FROM fact_unit
 WHERE position <= $1 ORDER BY unit_id, position DESC"""
CELLS = """
SELECT DISTINCT ON (grid_id) grid_id, layer, unit, parent FROM fact_cell
 WHERE position <= $1 ORDER BY grid_id, position DESC"""
CALLS = """
SELECT request_id, caller, subject_id, received_at, at, channel, visited, territory FROM fact_call
 WHERE programme = $1 AND position <= $2 AND (caller IS NOT NULL OR subject_id IS NOT NULL) ORDER BY position"""


PAPERS = """
SELECT activity_id, unit, subjects FROM activity
 WHERE programme = $1 AND position <= $2 AND kind = ANY ($3)
   AND (withdrawn_position IS NULL OR withdrawn_position > $2)"""
PAIRED = """
SELECT owner, target FROM pairing
 WHERE programme = $1 AND position <= $2 AND owner_kind = 'person' AND target_kind = 'subject' AND since <= $3
   AND NOT coalesce(ended_position <= $2 AND until < $3, false)"""


async def beside(pool: asyncpg.Pool, moment: Moment, pack: Pack) -> Beside:
    """Papers that were filed and pairs that stood, as of a moment."""
    of_programme, day = (moment.programme, moment.position("intake")), moment.as_of.astimezone(LOCAL).date()
    kinds = [row.id for row in pack.lists.activity if row.document]
    papers = await pool.fetch(PAPERS, *of_programme, kinds)
    pairs = await pool.fetch(PAIRED, *of_programme, day)
    return Beside([(row[0], row[1], tuple(row[2])) for row in papers], [(row[0], row[1]) for row in pairs])


async def covered(pool: asyncpg.Pool, moment: Moment) -> Facts:
    """Everything that coverage is reckoned from, as of a moment; matters in focus are no row of these reports."""
    position = moment.position("intake")
    of_programme = (moment.programme, position)
    facts = Facts(
        subjects=[Subject(**_with(row, "tags")) for row in await pool.fetch(SUBJECTS, position)],
        visits=[
            Visit(**_with(row, "visitors", "cells"))
            for row in await pool.fetch(f"{FOR_COVERAGE} AND position <= $2", *of_programme)
        ],
        persons=[Person(*row) for row in await pool.fetch(OFFICIALS, position)],
        calls=[Call(*row) for row in await pool.fetch(CALLS, *of_programme)],
        cells=[Cell(*row) for row in await pool.fetch(CELLS, position)],
        units={row["unit_id"]: Place(*row) for row in await pool.fetch(UNITS, position)},
    )
    return facts.until(moment.as_of + LAST_INSTANT)


def _with(row: Iterable[tuple[str, Any]] | asyncpg.Record, *several: str) -> dict[str, Any]:
    """The row with what are lists there as tuples."""
    found: dict[str, Any] = dict(row)
    return {**found, **{name: tuple(found[name]) for name in several}}
