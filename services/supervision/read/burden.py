"""How often a unit was troubled in a month: routine slips, and checks that it had to answer for (SH-35)."""

import calendar
from datetime import datetime

import asyncpg

from services.chassis.clock import LOCAL
from services.supervision.domain.looking import TROUBLING
from services.supervision.domain.notice import ROUTINE

REVIEW = "review-"
"""Checks that begin so are made at the office's own desk from papers; they ask nobody for anything."""

SLIPS = """
SELECT count(*) FROM notice_board
 WHERE target_unit = $1 AND source = ANY ($2) AND issued_at >= $3 AND issued_at <= $4"""

CHECKS = """
SELECT count(*) FROM spot_check_item i LEFT JOIN review_case r USING (case_id)
 WHERE i.mode = ANY ($2) AND i.checked_at >= $3 AND i.checked_at <= $4 AND NOT starts_with(i.check_id, $5)
   AND CASE WHEN i.case_id IS NULL THEN EXISTS (
                SELECT FROM trace t WHERE t.kind = 'visit' AND t.key = i.item AND t.unit = $1)
            ELSE $1 = coalesce(r.lead_unit, r.units[1]) END"""
"""Of a case its lead answers for a check; of a visit the unit whose people recorded it."""


DUTIES = """
SELECT count(*) FROM duty_check WHERE unit = $1 AND mode = ANY ($2) AND checked_at >= $3 AND checked_at <= $4"""


async def asked_in_month(pool: asyncpg.Pool, unit: str, now: datetime) -> int:
    """Routine slips and checks that a unit got in the calendar month of a moment, as offices count months."""
    first, last = _month(now)
    slips: int = await pool.fetchval(SLIPS, unit, sorted(ROUTINE), first, last)
    checks: int = await pool.fetchval(CHECKS, unit, sorted(TROUBLING), first, last, REVIEW)
    duties: int = await pool.fetchval(DUTIES, unit, sorted(TROUBLING), first, last)
    return slips + checks + duties


def _month(now: datetime) -> tuple[datetime, datetime]:
    local = now.astimezone(LOCAL)
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    days = calendar.monthrange(local.year, local.month)[1]
    return first, first.replace(day=days, hour=23, minute=59, second=59, microsecond=999_999)
