"""What came of each date of a coverage: how it was judged, and whether it was declared reached."""

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.supervision import CoverageClaimed, CoverageJudged
from services.chassis.facts import Fact
from services.chassis.rows import Rows

DATE_DDL = """
CREATE TABLE {t} (
    coverage_id text PRIMARY KEY,
    programme text NOT NULL,
    judged_due timestamptz,
    judged_at timestamptz,
    kept bool,
    whole int,
    target int,
    reached int,
    left_over text[] NOT NULL,
    claimed_at timestamptz,
    claimed_by text,
    claim_note text NOT NULL
);
CREATE INDEX ON {t} (programme)"""


@dataclass(frozen=True, slots=True)
class DateRow:
    """What came of one date, and whether it was declared reached."""

    coverage_id: str
    programme: str = ""
    judged_due: datetime | None = None
    judged_at: datetime | None = None
    kept: bool | None = None
    whole: int | None = None
    target: int | None = None
    reached: int | None = None
    left_over: tuple[str, ...] = ()
    claimed_at: datetime | None = None
    claimed_by: str | None = None
    claim_note: str = ""


def _date(row: DateRow, fact: Fact) -> DateRow:
    match fact.event:
        case CoverageJudged() as e:
            known = replace(row, programme=e.programme_id, judged_due=e.due, judged_at=fact.time)
            counted = replace(known, whole=e.whole, target=e.target, reached=e.reached)
            return replace(counted, kept=e.kept, left_over=e.left)
        case CoverageClaimed() as e:
            by = fact.envelope.meta.actor.unit
            return replace(row, programme=e.programme_id, claimed_at=e.at, claimed_by=by, claim_note=e.note)
        case _:
            return row


def _date_key(fact: Fact) -> str | None:
    return fact.event.coverage_id if isinstance(fact.event, CoverageJudged | CoverageClaimed) else None


DATES: Rows[DateRow] = Rows("coverage_date", DateRow, _date_key, _date)
