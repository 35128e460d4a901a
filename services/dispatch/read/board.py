"""The list of cases: where each stands, its deadline, and from when its light is yellow; lights are told at reading."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from contracts.dispatch import (
    CaseClassified,
    CaseCompleted,
    CaseOpened,
    CaseReopened,
    CaseResumed,
    CaseRouted,
    CaseStruckOff,
    CaseSuspended,
    OrderIssued,
    OrderReturned,
    OrderSigned,
    ReturnRuled,
)
from contracts.duration import Unit, parse_duration
from contracts.sealed import Sealed
from contracts.supervision import ClockResumed, ProgrammePackActivated
from services.chassis.deadlines import mark_at
from services.chassis.facts import Fact
from services.chassis.keys import Arrival, Unopened
from services.chassis.read_model import Connection, Context, Projection, Tables
from services.dispatch.read.history import OWN
from services.dispatch.read.packs import PACK_DDL, Packs, keep_pack, load_packs
from services.dispatch.read.rows import Held, Shape, columns

PENDING, ERASED, OPEN = "pending", "erased", "open"

RUNNING, WAITING, PAUSED, DONE, CLOSED = range(5)
"""Order of the list: what runs against a deadline first, what is struck off last."""


@dataclass(slots=True)
class BoardRow:
    """One case as the list shows it."""

    case_id: str
    programme: str
    channel: str
    received_at: datetime
    opened_at: datetime
    updated_at: datetime
    title_sealed: str
    title_key: str
    title: str = ""
    title_state: str = PENDING
    request_ids: list[str] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)
    subject_id: str | None = None
    requester_ref: str | None = None
    visit_id: str | None = None
    territory: str | None = None
    category: str | None = None
    urgency: str | None = None
    classified: bool = False
    scope: str | None = None
    must_solve: bool = False
    finish_unit: str | None = None
    step: str = "registered"
    lead_unit: str | None = None
    lead_order: str | None = None
    lead_signed: bool = False
    co_units: list[str] = field(default_factory=list)
    issued_at: datetime | None = None
    finish_by: datetime | None = None
    yellow_from: datetime | None = None
    returns: int = 0
    round: int = 1
    suspended_at: datetime | None = None
    review_on: datetime | None = None
    completed_at: datetime | None = None
    result: str | None = None
    on_time: bool | None = None
    struck_off_at: datetime | None = None
    records: int = 0
    version: int = 0
    sort_group: int = WAITING
    sort_key: float = 0.0


_TEXT, _TIME, _BOOL = "text NOT NULL", "timestamptz NOT NULL", "boolean NOT NULL"
_TYPES = {
    **dict.fromkeys(("programme", "channel", "title_sealed", "title_key", "title", "title_state"), _TEXT),
    **dict.fromkeys(("received_at", "opened_at", "updated_at"), _TIME),
    **dict.fromkeys(("request_ids", "complained", "co_units"), "text[] NOT NULL"),
    **dict.fromkeys(("subject_id", "requester_ref", "visit_id", "territory", "category", "urgency"), "text"),
    **dict.fromkeys(("scope", "finish_unit", "lead_unit", "lead_order", "result"), "text"),
    **dict.fromkeys(("classified", "must_solve", "lead_signed"), _BOOL),
    **dict.fromkeys(("issued_at", "finish_by", "yellow_from", "suspended_at", "review_on"), "timestamptz"),
    **dict.fromkeys(("completed_at", "struck_off_at"), "timestamptz"),
    **dict.fromkeys(("returns", "round", "records", "version"), "int NOT NULL"),
    "case_id": "text PRIMARY KEY",
    "on_time": "boolean",
    "step": _TEXT,
    "sort_group": "smallint NOT NULL",
    "sort_key": "double precision NOT NULL",
}
DDL = f"""
CREATE TABLE {{t}} (
    {columns(BoardRow, _TYPES)}
);
CREATE INDEX ON {{t}} (programme, sort_group, sort_key, case_id);
CREATE INDEX ON {{t}} (programme, step);
CREATE INDEX ON {{t}} (category, lead_unit) WHERE lead_unit IS NOT NULL;
CREATE INDEX ON {{t}} (programme, category, territory, opened_at);
CREATE INDEX ON {{t}} (lead_unit);
CREATE INDEX ON {{t}} (lead_unit) WHERE step = 'completed';
CREATE INDEX ON {{t}} (programme, opened_at) WHERE step = 'registered';
CREATE INDEX ON {{t}} (title_key);
"""
SHAPE: Shape[BoardRow] = Shape("case_board", BoardRow, BoardRow)


async def apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    """Fold the batch per case; titles are opened together."""
    for fact in batch:
        if isinstance(fact.event, ProgrammePackActivated):
            await keep_pack(db, t["board_pack"], fact.event)
    keys = {case_id for fact in batch if (case_id := getattr(fact.event, "case_id", None))}
    held = await SHAPE.hold(db, t["case_board"], keys, ctx)
    packs = await load_packs(db, t["board_pack"]) if _counts(batch) else Packs()
    new: list[tuple[BoardRow, Sealed]] = []
    for fact in batch:
        if isinstance(fact.event, CaseOpened):
            row = opened(fact, fact.event)
            held.put(row.case_id, row)
            new.append((row, fact.event.title))
        elif isinstance(fact.event, ClockResumed):
            _clock(held, fact.event, packs)
        elif not isinstance(fact.event, ProgrammePackActivated):
            project(held.change(fact.event.case_id), fact, packs)  # type: ignore[attr-defined]
    await _open_titles(new, ctx)
    await SHAPE.keep(db, t["case_board"], held, ctx)


def _counts(batch: Sequence[Fact]) -> bool:
    return any(isinstance(fact.event, OrderIssued | CaseResumed | ClockResumed) for fact in batch)


async def _open_titles(rows: Sequence[tuple[BoardRow, Sealed]], ctx: Context) -> None:
    if ctx.keys is None or not rows:
        return
    for (row, _), text in zip(rows, await ctx.keys.opened_many([sealed for _, sealed in rows]), strict=True):
        if isinstance(text, str):
            row.title, row.title_state = text, OPEN
        else:
            row.title_state = ERASED if text is Unopened.ERASED else PENDING


async def on_keys(db: Connection, arrivals: Sequence[Arrival], t: Tables, ctx: Context) -> None:
    """Fill in titles whose keys came late; blank those whose keys were erased."""
    gone = [one.key_id for one in arrivals if one.erased]
    await db.execute(
        f"UPDATE {t['case_board']} SET title = '', title_state = '{ERASED}' WHERE title_key = ANY ($1)",  # noqa: S608
        gone,
    )
    came = [one.key_id for one in arrivals if not one.erased]
    waiting = await db.fetch(
        f"SELECT case_id, title_sealed FROM {t['case_board']} WHERE title_key = ANY ($1) AND title_state <> '{OPEN}'",  # noqa: S608
        came,
    )
    if ctx.keys is None or not waiting:
        return
    sealed = [Sealed.model_validate_json(row["title_sealed"]) for row in waiting]
    texts = await ctx.keys.opened_many(sealed)
    await db.executemany(
        f"UPDATE {t['case_board']} SET title = $2, title_state = '{OPEN}' WHERE case_id = $1",  # noqa: S608
        [(row["case_id"], text) for row, text in zip(waiting, texts, strict=True) if isinstance(text, str)],
    )


def opened(fact: Fact, event: CaseOpened) -> BoardRow:
    """A new case, waiting at the desk."""
    return BoardRow(
        case_id=event.case_id,
        programme=fact.envelope.meta.programme or "",
        channel=event.channel,
        received_at=event.received_at,
        opened_at=fact.time,
        updated_at=fact.time,
        title_sealed=json.dumps(event.title.model_dump()),
        title_key=event.title.key_id,
        request_ids=list(event.request_ids),
        complained=list(event.complained_units),
        subject_id=event.subject_id,
        requester_ref=event.requester_ref,
        visit_id=event.visit_id,
        territory=event.territory_unit,
        category=event.category_hint,
        urgency=event.urgency_hint,
        records=1,
        version=fact.version,
        sort_key=fact.time.timestamp(),
    )


def project(row: BoardRow, fact: Fact, packs: Packs) -> None:
    """One of the case's own later events into its row."""
    row.records, row.version, row.updated_at = row.records + 1, fact.version, fact.time
    match fact.event:
        case CaseClassified() as event:
            row.category, row.urgency, row.scope = event.category, event.urgency, event.scope
            row.classified, row.must_solve = True, event.must_solve
            row.finish_unit = parse_duration(event.durations.finish).unit
        case CaseRouted() as event:
            row.territory = event.territory or row.territory
        case OrderIssued() as event:
            _issued(row, fact, event, packs)
        case OrderSigned() as event if event.order_id == row.lead_order:
            row.lead_signed, row.step = True, "handling"
        case OrderReturned() as event:
            row.returns += 1
            row.step = "returned" if event.order_id == row.lead_order else row.step
        case ReturnRuled() as event:
            _ruled(row, event)
        case event:
            _closed(row, fact, cast(object, event), packs)
    _place(row)


def _issued(row: BoardRow, fact: Fact, event: OrderIssued, packs: Packs) -> None:
    if event.role == "lead":
        row.lead_unit, row.lead_order, row.lead_signed = event.to_unit, event.order_id, False
        row.issued_at, row.step = fact.time, "issued"
        _due(row, event.dues.finish_by, packs)
    else:
        row.co_units = [*row.co_units, event.to_unit]
        if event.role == "territory":
            row.territory = event.to_unit


def _due(row: BoardRow, due: datetime, packs: Packs) -> None:
    """The deadline and from when it is near; without the programme's pack the last fifth of the time counts as near."""
    row.finish_by = due
    start = row.issued_at or row.opened_at
    rules = packs.rules(row.programme)
    if rules is None:
        row.yellow_from = start + (due - start) * 0.8
    else:
        row.yellow_from = mark_at(start, due, row.finish_unit or Unit.DAY, rules.yellow, rules.calendar)


def _ruled(row: BoardRow, event: ReturnRuled) -> None:
    if event.order_id != row.lead_order:
        return
    if event.accepted:
        row.step, row.lead_unit, row.lead_order = "registered", None, None
        row.finish_by = row.yellow_from = None
    else:
        row.step = "handling" if row.lead_signed else "issued"


def _closed(row: BoardRow, fact: Fact, event: object, packs: Packs) -> None:
    match event:
        case CaseSuspended():
            row.step, row.suspended_at, row.review_on = "suspended", fact.time, event.review_on
        case CaseResumed():
            row.step = "handling" if row.lead_signed else "issued"
            row.suspended_at = row.review_on = None
            if row.lead_order in event.finish_by:
                _due(row, event.finish_by[row.lead_order], packs)
        case CaseCompleted():
            row.step, row.completed_at = "completed", fact.time
            row.result, row.on_time = event.result, event.on_time
        case CaseStruckOff():
            row.step, row.struck_off_at = "struck_off", fact.time
        case CaseReopened():
            row.step, row.round = "registered", event.round
            row.lead_unit = row.lead_order = row.finish_by = row.yellow_from = None
            row.completed_at = row.struck_off_at = row.result = row.on_time = None
            row.co_units, row.lead_signed = [], False
        case _:
            pass  # contact, plan, progress, a helper's signature: the case stands where it stood


def _clock(held: Held[BoardRow], event: ClockResumed, packs: Packs) -> None:
    """After a refused return supervision's clock has the time that was left."""
    row = held.rows.get(event.case_id)
    if row is None or event.kind != "finish" or event.clock_id != f"{row.lead_order}-finish":
        return
    _due(held.change(event.case_id), event.due, packs)
    _place(row)


def _place(row: BoardRow) -> None:
    if row.struck_off_at:
        row.sort_group, row.sort_key = CLOSED, -row.struck_off_at.timestamp()
    elif row.completed_at:
        row.sort_group, row.sort_key = DONE, row.completed_at.timestamp()
    elif row.step == "suspended":
        row.sort_group, row.sort_key = PAUSED, (row.review_on or row.updated_at).timestamp()
    elif row.finish_by and row.step != "returned":
        row.sort_group, row.sort_key = RUNNING, row.finish_by.timestamp()
    else:
        row.sort_group, row.sort_key = WAITING, row.opened_at.timestamp()


BOARD = Projection(
    name="case_board",
    version=1,
    handles=(*OWN, ClockResumed, ProgrammePackActivated),
    ddl={"case_board": DDL, "board_pack": PACK_DDL},
    apply=apply,
    on_keys=on_keys,
)
