"""The cases that 通报 rest on: found by the number that offices write, or by their id, and shown again with both."""

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg

_CASES = """
SELECT r.case_id, r.case_no, r.programme, r.lead_unit, c.title
  FROM review_case r LEFT JOIN followup_case c USING (case_id)
"""


async def case_ids(pool: asyncpg.Pool, programme: str, asked: Iterable[str]) -> dict[str, str]:
    """Every way of asking that means a case of this programme, with that case's id."""
    said = list(dict.fromkeys(asked))
    numbers = {word: number for word in said if (number := _number(programme, word)) is not None}
    rows = await pool.fetch(
        f"{_CASES} WHERE r.programme = $1 AND (r.case_id = ANY ($2) OR r.case_no = ANY ($3))",
        *(programme, said, list(numbers.values())),
    )
    by_number = {row["case_no"]: row["case_id"] for row in rows}
    ids = {row["case_id"]: row["case_id"] for row in rows if row["case_id"] in said}
    return ids | {word: by_number[number] for word, number in numbers.items() if number in by_number}


def _number(programme: str, word: str) -> int | None:
    """12 for JW-2017-0012, as for 0012 alone."""
    digits = word.upper().removeprefix(f"{programme.upper()}-")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS else None


MOST_DIGITS = 9
"""A number that fits the database's own."""


async def cases(pool: asyncpg.Pool, ids: Sequence[str]) -> dict[str, Any]:
    """What is shown of the cases behind grounds."""
    rows = await pool.fetch(f"{_CASES} WHERE r.case_id = ANY ($1)", list(ids))
    return {row["case_id"]: row for row in rows}
