"""Questions about coverage: the facts of a programme, and what came of its dates."""

import asyncpg

from services.reference.coverage.facts import Attended, Call, Cell, Facts, Matter, Person, Place, Subject, Visit
from services.reference.outreach import FOR_COVERAGE
from services.reference.programmes import ActivePack

READ = ("coverage", "visits_paid", "units", "persons", "attendance", "rhythm_board", "programmes", "course")
"""The read models that a progress is reckoned from."""

SUBJECTS = """
SELECT subject_id, kind, territory, community, tags, listed_on, known_at,
       subject_id IN (SELECT subject_id FROM register_subject WHERE erased) AS erased
  FROM register_subject WHERE NOT erased ORDER BY place"""
CALLS = """
SELECT request_id, caller, subject_id, received_at, at, channel, visited, territory FROM call_made
 WHERE programme = $1 AND (caller IS NOT NULL OR subject_id IS NOT NULL)"""
MATTERS = """
SELECT case_id, territory, subject_id, opened_at, turns, seen_at FROM focus_matter
 WHERE programme = $1 AND turns <> '{}'"""
CELLS = "SELECT grid_id, layer, unit, parent, known_at FROM register_cell"
PERSONS = """
SELECT p.person_id, p.unit_id, p.rank, m.since
  FROM person p LEFT JOIN unit_member m ON m.person = p.person_id"""
MEETINGS = """
SELECT unnest(attendees) AS person, recorded_at FROM meeting
 WHERE programme = $1 AND kind = ANY ($2) AND recorded_at IS NOT NULL"""


async def facts(pool: asyncpg.Pool, active: ActivePack) -> Facts:
    """Everything that is known now."""
    programme = active.programme_id
    # 居民议事 is what the pack gives steps for: 民提、民议、民决、民评.
    kinds = [row.meeting for row in active.pack.lists.cadence if row.meeting and row.steps]
    return Facts(
        subjects=[Subject(**{**row, "tags": tuple(row["tags"])}) for row in await pool.fetch(SUBJECTS)],
        visits=[_visit(row) for row in await pool.fetch(FOR_COVERAGE, programme)],
        persons=[Person(*row) for row in await pool.fetch(PERSONS)],
        calls=[Call(*row) for row in await pool.fetch(CALLS, programme)],
        matters=[Matter(**{**row, "turns": tuple(row["turns"])}) for row in await pool.fetch(MATTERS, programme)],
        meetings=[Attended(*row) for row in await pool.fetch(MEETINGS, programme, kinds)] if kinds else [],
        cells=[Cell(*row) for row in await pool.fetch(CELLS)],
        units={
            row["unit_id"]: Place(*row)
            for row in await pool.fetch("SELECT unit_id, level, parent, size_class FROM unit")
        },
    )


def _visit(row: asyncpg.Record) -> Visit:
    return Visit(**{**row, "visitors": tuple(row["visitors"]), "cells": tuple(row["cells"])})


async def dates(pool: asyncpg.Pool, programme: str) -> dict[str, asyncpg.Record]:
    """What came of each date of a programme, as far as anything did."""
    rows = await pool.fetch("SELECT * FROM coverage_date WHERE programme = $1", programme)
    return {row["coverage_id"]: row for row in rows}
