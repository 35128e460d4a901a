"""Examples that the office held up, row by row; and what R19 is computed from as of a moment."""

import json
from fractions import Fraction
from typing import Any

from contracts.dispatch import CaseReopened, CaseShowcased, ShowcaseWithdrawn
from contracts.pack import Pack
from services.chassis.facts import Fact
from services.reference.place import place_of
from services.reporting.domain.r19 import Example, Input
from services.reporting.domain.shares import Share
from services.reporting.read.coverage_facts import covered
from services.reporting.read.moments import Moment, Moments
from services.reporting.read.side_facts import added

EXAMPLE_DDL = """
CREATE TABLE {t} (
    position bigint PRIMARY KEY,
    case_id text NOT NULL,
    case_no int,
    programme text,
    reason text
);
CREATE INDEX ON {t} (programme, case_id, position)
"""


def _example(fact: Fact) -> tuple[Any, ...]:
    """With a reason: held up; without: an example no more, as a case that is handled again is none."""
    programme = fact.envelope.meta.programme
    match fact.event:
        case CaseShowcased() as e:
            return place_of(fact), e.case_id, e.case_no, programme, e.reason
        case ShowcaseWithdrawn() | CaseReopened() as e:
            return place_of(fact), e.case_id, e.case_no, programme, None
        case other:
            raise TypeError(f"{other.TYPE} tells nothing about examples")


NARRATIVE_FACTS = (
    added("fact_example", {CaseShowcased, ShowcaseWithdrawn, CaseReopened}, EXAMPLE_DDL, _example, version=1),
)

EXAMPLES = """
SELECT case_id, case_no, reason FROM (
    SELECT DISTINCT ON (case_id) * FROM fact_example
     WHERE programme = $1 AND position <= $2 ORDER BY case_id, position DESC
) newest WHERE reason IS NOT NULL"""


INTERVIEWED = "SELECT interviewees FROM visit_paid WHERE programme = $1 AND position <= $2 AND met"


async def r19_input(moments: Moments, moment: Moment, pack: Pack) -> Input:
    """Everything since the programme began, as it was known at the moment."""
    facts = await covered(moments.pool, moment)
    heard = await moments.pool.fetch(INTERVIEWED, moment.programme, moment.position("intake"))
    cases = await moments.cases(moment)
    kinds = {one.subject_id: one.kind for one in facts.subjects}
    met = [(visit, kinds.get(visit.subject_id)) for visit in facts.visits]
    solved = sum(case.solved for case in cases)
    counts = {
        "cases": len(cases),
        "solved": solved,
        "struck_off": sum(case.status == "struck_off" for case in cases),
        "requests": len(await moments.requests(moment)),
        "visits": len(met),
        "person_visits": sum(len(visit.visitors) for visit, _kind in met),
        "unit_visits": sum(kind in ("unit", "enterprise") for _visit, kind in met),
        "households": len({visit.subject_id for visit, kind in met if kind == "household"}),
        "enterprises": len({visit.subject_id for visit, kind in met if kind == "enterprise"}),
        "interviewees": sum(n for row in heard for _category, n in json.loads(row["interviewees"])),
    }
    shown = await moments.pool.fetch(EXAMPLES, moment.programme, moment.position("dispatch"))
    examples = [Example(**row) for row in shown]
    numbers = {name: Fraction(count) for name, count in counts.items()} | {"examples": Fraction(len(examples))}
    numbers["solved_share"] = (Share(solved, len(cases)).exact or Fraction(0)) * 100
    return Input(pack.report("R19"), numbers, examples)
