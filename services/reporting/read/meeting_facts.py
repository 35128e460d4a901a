"""What the weekly analysis looks back on: common issues step by step, and what consultations and meetings decided."""

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.dispatch import (
    CommonIssueAssigned,
    CommonIssueDeclared,
    CommonIssueDismissed,
    CommonIssueProposed,
    CommonIssueReported,
    CommonIssueResolved,
    CommonMembersChanged,
    ConsultationHeld,
)
from contracts.event import Event
from contracts.supervision import MeetingHeld
from services.chassis.facts import Fact
from services.chassis.projection import Connection, Context, Projection
from services.reference.place import place_of

COMMON_DDL = """
CREATE TABLE {t} (
    position bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    common_id text NOT NULL,
    step text NOT NULL,
    programme text,
    category text,
    area text,
    title text,
    added text[] NOT NULL,
    removed text[] NOT NULL
);
CREATE INDEX ON {t} (common_id, position)
"""

DECISION_DDL = """
CREATE TABLE {t} (
    source text NOT NULL,
    position bigint NOT NULL,
    number int NOT NULL,
    at timestamptz NOT NULL,
    programme text,
    meeting text NOT NULL,
    kind text NOT NULL,
    text text NOT NULL,
    unit text NOT NULL,
    due timestamptz NOT NULL,
    cases text[] NOT NULL,
    PRIMARY KEY (source, position, number)
);
CREATE INDEX ON {t} (programme, at)
"""

STEPS: Mapping[type, str] = {
    CommonIssueProposed: "proposed",
    CommonIssueDismissed: "dismissed",
    CommonIssueDeclared: "declared",
    CommonMembersChanged: "changed",
    CommonIssueReported: "reported",
    CommonIssueAssigned: "assigned",
    CommonIssueResolved: "resolved",
}


def _common(fact: Fact) -> tuple[Any, ...]:
    e = fact.event
    programme = category = area = title = None
    added: Sequence[str] = ()
    removed: Sequence[str] = ()
    match e:
        case CommonIssueProposed():
            programme, category, area, added = e.programme_id, e.category, e.area, e.case_ids
        case CommonIssueDeclared():
            programme, category, title, added = e.programme_id, e.category, e.title, e.case_ids
        case CommonMembersChanged():
            added, removed = e.added, e.removed
        case _:
            pass  # moves it on, and says nothing new about what it is
    known = (programme, category, area, title, list(added), list(removed))
    return place_of(fact), fact.time, e.common_id, STEPS[type(e)], *known  # type: ignore[attr-defined]


async def _apply_common(db: Connection, batch: Sequence[Fact], t: Mapping[str, str], ctx: Context) -> None:
    await db.copy_records_to_table(t["fact_common"], records=[_common(fact) for fact in batch])


def _decisions(fact: Fact) -> list[tuple[Any, ...]]:
    """One row for each; a consultation's decision is about all its cases, a meeting's about one or none."""
    e = fact.event
    match e:
        case ConsultationHeld():
            meeting, programme, all_cases = e.consult_id, fact.envelope.meta.programme, list(e.case_ids)
            told = [(d.text, d.unit, d.due, all_cases) for d in e.decisions]
        case MeetingHeld():
            meeting, programme = e.meeting_id, e.programme_id
            told = [(d.text, d.unit, d.due, [d.case_id] if d.case_id else []) for d in e.decisions]
        case other:
            raise TypeError(f"{other.TYPE} decides nothing")
    where = (fact.source, place_of(fact))
    return [(*where, n, fact.time, programme, meeting, e.kind, *one) for n, one in enumerate(told, start=1)]


async def _apply_decisions(db: Connection, batch: Sequence[Fact], t: Mapping[str, str], ctx: Context) -> None:
    rows = [row for fact in batch for row in _decisions(fact)]
    await db.copy_records_to_table(t["fact_decision"], records=rows)


DECIDING: list[type[Event]] = [ConsultationHeld, MeetingHeld]

MEETING_FACTS = (
    Projection("fact_commons", 1, frozenset(STEPS), {"fact_common": COMMON_DDL}, _apply_common),
    Projection(
        "fact_decisions",
        1,
        frozenset(DECIDING),
        {"fact_decision": DECISION_DDL},
        _apply_decisions,
    ),
)
