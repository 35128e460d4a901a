"""What the pack proposes a 通报 on: so many slips, misreports, answers or missed slots of one unit in so many days.

A proposal is a question at reading and no event. It ends with a notice about the same unit on the same ground, with a
person's word that there will be none, or with the days of its rule; nothing is ever issued by rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from contracts.pack import Pack
from contracts.pack.noticing import NoticeGround, NoticeKind

SHOWN_CASES = 50
"""Cases that a proposal carries into the form; whoever issues may name others."""

_SOURCES = {
    "slips": """
        SELECT target_unit AS unit, notice_id AS key, case_id, coalesce(raised_at, issued_at) AS at
          FROM notice_board WHERE programme = $1 AND level = ANY ($2)""",
    "misreports": """
        SELECT unit, misreport_id AS key, case_id, at FROM misreport WHERE programme = $1 AND code = ANY ($2)""",
    "dissatisfied": """
        SELECT u.unit, q.case_id AS key, q.case_id, q.concluded_at AS at
          FROM followup_queue q CROSS JOIN unnest(q.handler_units) AS u (unit)
         WHERE q.programme = $1 AND q.satisfaction = ANY ($2) AND q.explains IS NULL
           AND q.attributable IS NOT FALSE""",
    "satisfied": """
        SELECT u.unit, q.case_id AS key, q.case_id, q.concluded_at AS at
          FROM followup_queue q CROSS JOIN unnest(q.handler_units) AS u (unit)
         WHERE q.programme = $1 AND q.verdict = 'pass' AND q.satisfaction = ANY ($2) AND q.explains IS NULL
           AND NOT EXISTS (SELECT FROM followup_queue f WHERE f.programme = q.programme AND f.verdict = 'fail'
                              AND u.unit = ANY (f.handler_units) AND f.concluded_at >= $3)""",
    "missed_slots": """
        SELECT s.owner AS unit, s.slot_id AS key, NULL::text AS case_id, s.missed_due AS at
          FROM cadence_slot s JOIN unit ON unit.unit_id = s.owner
         WHERE s.programme = $1 AND s.missed_due IS NOT NULL AND $2::text[] IS NOT NULL""",
}
"""Facts of a unit: what each is counted by, the case it is about, and when it became so."""

_PROPOSED = """
WITH fact AS ({source})
SELECT unit, count(DISTINCT key)::int AS found,
       (array_agg(DISTINCT case_id) FILTER (WHERE case_id IS NOT NULL))[1:{shown}] AS case_ids, max(at) AS latest
  FROM fact f
 WHERE at >= $3 AND at > coalesce(greatest(
       (SELECT max(b.issued_at) FROM bulletin b
         WHERE b.programme = $1 AND b.kind = $4 AND $5 = ANY (b.codes) AND f.unit = ANY (b.targets)
           AND b.withdrawn_at IS NULL),
       (SELECT max(d.at) FROM bulletin_declined d
         WHERE d.programme = $1 AND d.kind = $4 AND d.code = $5 AND d.target = f.unit)), '-infinity')
 GROUP BY unit HAVING count(DISTINCT key) >= $6
 ORDER BY found DESC, unit
"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One unit that the pack would have praised, criticised or exposed, and why."""

    programme: str
    kind: NoticeKind
    code: str
    unit: str
    proposed_on: str
    found: int
    within_days: int
    case_ids: tuple[str, ...]
    latest: datetime
    """When the last of them became so."""


async def proposals(pool: asyncpg.Pool, pack: Pack, now: datetime) -> list[Proposal]:
    """Every proposal that stands, in the pack's order."""
    found: list[Proposal] = []
    for rule in pack.lists.notice:
        if rule.proposed_on is not None:
            found += await _of(pool, pack, rule, rule.proposed_on, now)
    return found


async def _of(pool: asyncpg.Pool, pack: Pack, rule: NoticeGround, source: str, now: datetime) -> list[Proposal]:
    rows = await pool.fetch(
        _PROPOSED.format(source=_SOURCES[source], shown=SHOWN_CASES),
        pack.programme.id,
        _counted(pack, rule, source),
        now - timedelta(days=rule.within_days),
        rule.kind,
        rule.code,
        rule.at_least,
    )
    return [
        Proposal(
            programme=pack.programme.id,
            kind=rule.kind,
            code=rule.code,
            unit=row["unit"],
            proposed_on=source,
            found=row["found"],
            within_days=rule.within_days,
            case_ids=tuple(row["case_ids"] or ()),
            latest=row["latest"],
        )
        for row in rows
    ]


def _counted(pack: Pack, rule: NoticeGround, source: str) -> Sequence[str]:
    """What of the source counts: levels from the rule's on, the ground's own misconduct, the answers of its side."""
    match source:
        case "slips":
            levels = pack.escalation.levels
            return levels[levels.index(rule.level) :] if rule.level else levels
        case "misreports":
            return (rule.code,)
        case "dissatisfied":
            return ("dissatisfied", "very_dissatisfied")
        case "satisfied":
            return ("satisfied", "very")
        case _:
            return ()
