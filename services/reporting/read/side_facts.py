"""Facts beside the cases, each row with the places of the events that made and changed it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from contracts.dispatch import (
    CaseOpened,
    HandlingPlanFiled,
    OrderCancelled,
    OrderCompleted,
    OrderIssued,
    OrderReturned,
    ProgressReported,
    ReturnRuled,
)
from contracts.intake import RequestLinked, RequestRegistered, SubjectRegistered
from contracts.supervision import FollowUpCancelled, FollowUpConducted, FollowUpScheduled
from services.chassis.facts import Fact
from services.chassis.projection import Connection, Context, Projection
from services.chassis.rows import Rows
from services.reference.place import place_of

ORDER_DDL = """
CREATE TABLE {t} (
    order_id text PRIMARY KEY,
    case_id text NOT NULL,
    unit text NOT NULL,
    role text NOT NULL,
    round int NOT NULL,
    issued_position bigint NOT NULL,
    returned_position bigint,
    refused_position bigint,
    completed_position bigint,
    cancelled_position bigint
);
CREATE INDEX ON {t} (case_id)
"""

NOTE_DDL = "CREATE TABLE {t} (position bigint PRIMARY KEY, case_id text NOT NULL, words text NOT NULL)"

TITLE_DDL = "CREATE TABLE {t} (case_id text PRIMARY KEY, title text NOT NULL)"

FOLLOW_UP_DDL = """
CREATE TABLE {t} (
    position bigint PRIMARY KEY,
    case_id text NOT NULL,
    round int NOT NULL,
    leg text NOT NULL,
    verdict text NOT NULL,
    satisfaction text,
    reached bool NOT NULL,
    contacted bool,
    solved bool
);
CREATE INDEX ON {t} (case_id)
"""

ASKING_DDL = """
CREATE TABLE {t} (position bigint PRIMARY KEY, case_id text NOT NULL, round int NOT NULL, leg text NOT NULL);
CREATE INDEX ON {t} (case_id)
"""

REQUEST_DDL = """
CREATE TABLE {t} (
    position bigint PRIMARY KEY,
    request_id text NOT NULL,
    programme text,
    at timestamptz NOT NULL,
    title text NOT NULL,
    category text,
    territory text,
    subject_id text
);
CREATE INDEX ON {t} (programme, at);
CREATE INDEX ON {t} (programme, position)
"""

LINK_DDL = """
CREATE TABLE {t} (position bigint PRIMARY KEY, request_id text NOT NULL, case_id text NOT NULL, link text NOT NULL);
CREATE INDEX ON {t} (request_id, position)
"""

SUBJECT_DDL = """
CREATE TABLE {t} (position bigint PRIMARY KEY, subject_id text NOT NULL, community text);
CREATE INDEX ON {t} (subject_id, position)
"""


@dataclass(frozen=True, slots=True)
class OrderRow:
    order_id: str
    case_id: str = ""
    unit: str = ""
    role: str = ""
    round: int = 0
    issued_position: int = 0
    returned_position: int | None = None
    """Of the first return; later ones change no count of orders."""
    refused_position: int | None = None
    completed_position: int | None = None
    cancelled_position: int | None = None


def project_order(row: OrderRow, fact: Fact) -> OrderRow:
    match fact.event:
        case OrderIssued() as e:
            known = replace(row, case_id=e.case_id, unit=e.to_unit, role=e.role, round=e.round)
            return replace(known, issued_position=place_of(fact))
        case OrderReturned():
            return replace(row, returned_position=row.returned_position or place_of(fact))
        case ReturnRuled(accepted=False):
            return replace(row, refused_position=row.refused_position or place_of(fact))
        case OrderCompleted():
            return replace(row, completed_position=place_of(fact))
        case ReturnRuled(accepted=True) | OrderCancelled():
            return replace(row, cancelled_position=row.cancelled_position or place_of(fact))
        case _:
            return row


def _order_of(fact: Fact) -> str | None:
    return getattr(fact.event, "order_id", None)


ORDER_ROWS: Rows[OrderRow] = Rows("fact_order", OrderRow, _order_of, project_order)


@dataclass(frozen=True, slots=True)
class Written:
    """Rows that are only ever added: an `apply` that copies what `row` makes of each event."""

    view: str
    row: Callable[[Fact], tuple[Any, ...]]

    async def apply(self, db: Connection, batch: Sequence[Fact], t: Mapping[str, str], ctx: Context) -> None:
        await db.copy_records_to_table(t[self.view], records=[self.row(fact) for fact in batch])


def _note(fact: Fact) -> tuple[int, str, str]:
    match fact.event:
        case HandlingPlanFiled() as e:
            return place_of(fact), e.case_id, e.measures
        case ProgressReported() as e:
            return place_of(fact), e.case_id, e.text
        case other:
            raise TypeError(f"{other.TYPE} holds no words for the ledger")


def _title(fact: Fact) -> tuple[str, str]:
    assert isinstance(fact.event, CaseOpened)
    return fact.event.case_id, json.dumps(fact.event.title.model_dump())


def _follow_up(fact: Fact) -> tuple[Any, ...]:
    e = fact.event
    assert isinstance(e, FollowUpConducted)
    said = (e.satisfaction, e.reached, e.contacted, e.solved)
    return place_of(fact), e.case_id, e.round, e.leg, e.verdict, *said


def _asking(fact: Fact) -> tuple[int, str, int, str]:
    e = fact.event
    assert isinstance(e, FollowUpScheduled)
    return place_of(fact), e.case_id, e.round, e.leg


def _unasked(fact: Fact) -> tuple[int, str, int, str]:
    e = fact.event
    assert isinstance(e, FollowUpCancelled)
    return place_of(fact), e.case_id, e.round, e.leg


def _request(fact: Fact) -> tuple[Any, ...]:
    e = fact.event
    assert isinstance(e, RequestRegistered)
    about = (json.dumps(e.title.model_dump()), e.category_hint, e.territory_unit, e.subject_id)
    return place_of(fact), e.request_id, fact.envelope.meta.programme, fact.time, *about


def _link(fact: Fact) -> tuple[int, str, str, str]:
    e = fact.event
    assert isinstance(e, RequestLinked)
    return place_of(fact), e.request_id, e.case_id, e.link


def _subject(fact: Fact) -> tuple[int, str, str | None]:
    assert isinstance(fact.event, SubjectRegistered)
    return place_of(fact), fact.event.subject_id, fact.event.community_unit


def added(
    view: str, handles: set[Any], ddl: str, row: Callable[[Fact], tuple[Any, ...]], version: int = 2
) -> Projection:
    """A read model of one table that only ever grows."""
    return Projection(f"{view}s", version, frozenset(handles), {view: ddl}, Written(view, row).apply)


SIDE_FACTS = (
    Projection(
        "fact_orders",
        3,
        frozenset({OrderIssued, OrderReturned, ReturnRuled, OrderCompleted, OrderCancelled}),
        {"fact_order": ORDER_DDL},
        ORDER_ROWS.apply,
    ),
    added("fact_note", {HandlingPlanFiled, ProgressReported}, NOTE_DDL, _note),
    added("fact_title", {CaseOpened}, TITLE_DDL, _title),
    added("fact_followup", {FollowUpConducted}, FOLLOW_UP_DDL, _follow_up, version=3),
    added("fact_asking", {FollowUpScheduled}, ASKING_DDL, _asking, version=1),
    added("fact_unasked", {FollowUpCancelled}, ASKING_DDL, _unasked, version=1),
    added("fact_request", {RequestRegistered}, REQUEST_DDL, _request, version=3),
    added("fact_link", {RequestLinked}, LINK_DDL, _link, version=1),
    added("fact_subject", {SubjectRegistered}, SUBJECT_DDL, _subject),
)
