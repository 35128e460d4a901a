"""The read model of cases as far as intake needs it: how far each has come, and which units hold or held it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contracts.dispatch import (
    CaseClosedUnhandled,
    CaseCompleted,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    CaseResumed,
    CaseSentBack,
    CaseSplit,
    CaseStruckOff,
    CaseSupplemented,
    CaseSuspended,
    MergeUndone,
    OrderIssued,
    OrderReturned,
    OrderSigned,
    VerificationStarted,
)
from services.chassis.facts import Fact
from services.chassis.projection import Connection, Context, Projection, Tables
from services.chassis.rows import Rows

CASE_DDL = """
CREATE TABLE {t} (
    case_id text PRIMARY KEY,
    programme text,
    opened_seq bigint NOT NULL,
    step text NOT NULL,
    case_no int,
    lead_unit text,
    finish_by timestamptz,
    changed_at timestamptz,
    missing text NOT NULL
)"""

UNIT_DDL = """
CREATE TABLE {t} (
    case_id text NOT NULL,
    unit text NOT NULL,
    PRIMARY KEY (case_id, unit)
)"""
"""Every unit that holds or held an order of a case: it may have to reach who asked."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """How far a case has come; dispatch decides, this list only follows."""

    case_id: str
    programme: str | None = None
    opened_seq: int = 0
    step: str = "opened"
    case_no: int | None = None
    lead_unit: str | None = None
    finish_by: datetime | None = None
    changed_at: datetime | None = None
    missing: str = ""
    """What the desk asks for before it can hand the case over (退回补充)."""


def _case_key(fact: Fact) -> str:
    return fact.stream.removeprefix("case-")


def _project_case(row: CaseRow, fact: Fact) -> CaseRow:
    row = replace(row, changed_at=fact.time)
    match fact.event:
        case CaseOpened():
            return replace(row, programme=fact.envelope.meta.programme, opened_seq=fact.seq)
        case CaseSentBack() as e:
            return replace(row, step="sent-back", case_no=e.case_no, missing=e.missing)
        case CaseSupplemented():
            return replace(row, step="opened" if row.step == "sent-back" else row.step, missing="")
        case OrderIssued() as e if e.role == "lead":
            row = replace(row, missing="")
            return replace(row, step="issued", case_no=e.case_no, lead_unit=e.to_unit, finish_by=e.dues.finish_by)
        case OrderSigned() as e:
            return replace(row, step="handling", case_no=e.case_no)
        case OrderReturned():
            return replace(row, step="returned")
        case CaseSuspended():
            return replace(row, step="suspended")
        case CaseResumed():
            return replace(row, step="handling")
        case CaseCompleted():
            return replace(row, step="completed")
        case CaseStruckOff():
            return replace(row, step="struck-off")
        case CaseReopened():
            return replace(row, step="reopened")
        case VerificationStarted() if row.step == "completed":
            return replace(row, step="verifying")
        case CaseMerged():
            return replace(row, step="merged")
        case MergeUndone():
            return replace(row, step="opened", lead_unit=None, finish_by=None)
        case CaseSplit():
            return replace(row, step="split")
        case CaseClosedUnhandled():
            return replace(row, step="closed-unhandled")
        case _:
            return row


CASE_ROWS: Rows[CaseRow] = Rows("case_row", CaseRow, _case_key, _project_case)


async def _apply_cases(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    await CASE_ROWS.apply(db, batch, t, ctx)
    held = [(fact.event.case_id, fact.event.to_unit) for fact in batch if isinstance(fact.event, OrderIssued)]
    await db.executemany(f"INSERT INTO {t['case_unit']} VALUES ($1, $2) ON CONFLICT DO NOTHING", held)  # noqa: S608


LONGEST_NUMBER = 8
"""Digits of a case's number; longer ones are no number."""

# A number is the rank of the case's opening within its programme: no event carries it before the first order.
BY_NUMBER = """
SELECT case_id FROM case_row WHERE programme = $1 AND opened_seq > 0
 ORDER BY opened_seq OFFSET $2 - 1 LIMIT 1"""


async def case_named(pool: Any, named: str) -> str | None:
    """The case with this id, or with this number as people write it (JW-2017-0012)."""
    programme, _, digits = named.rpartition("-")
    is_number = programme and digits.isascii() and digits.isdigit() and 0 < len(digits) <= LONGEST_NUMBER
    found: str | None = None
    if is_number and int(digits) > 0:
        found = await pool.fetchval(BY_NUMBER, programme.lower(), int(digits))
    return found or await pool.fetchval("SELECT case_id FROM case_row WHERE case_id = $1", named)


CASES = Projection(
    "case_steps",
    4,
    (
        CaseOpened,
        CaseSentBack,
        CaseSupplemented,
        OrderIssued,
        OrderSigned,
        OrderReturned,
        CaseSuspended,
        CaseResumed,
        CaseCompleted,
        CaseStruckOff,
        CaseReopened,
        VerificationStarted,
        CaseMerged,
        MergeUndone,
        CaseSplit,
        CaseClosedUnhandled,
    ),
    {"case_row": CASE_DDL, "case_unit": UNIT_DDL},
    _apply_cases,
)
