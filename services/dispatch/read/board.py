"""The list of cases: where each stands, its deadline, and from when its light is yellow; lights are told at reading."""

from collections.abc import Sequence

from contracts.dispatch import CaseOpened, CaseResumed, DeadlinesRecomputed, ExtensionDecided, OrderIssued
from contracts.sealed import Sealed
from contracts.supervision import ClockResumed, FollowUpConducted, ProgrammePackActivated
from services.chassis.facts import Fact
from services.chassis.keys import Arrival, Unopened
from services.chassis.read_model import Connection, Context, Projection, Tables
from services.dispatch.read.board_fold import judged, opened, place, project, set_due
from services.dispatch.read.board_row import DDL, ERASED, OPEN, PENDING, SHAPE, BoardRow
from services.dispatch.read.history import OWN
from services.dispatch.read.packs import PACK_DDL, Packs, keep_pack, load_packs
from services.dispatch.read.rows import Held


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
        elif isinstance(fact.event, FollowUpConducted):
            if fact.event.case_id in held.rows:
                judged(held.change(fact.event.case_id), fact.event)
        elif not isinstance(fact.event, ProgrammePackActivated):
            project(held.change(fact.event.case_id), fact, packs)  # type: ignore[attr-defined]
    await _open_titles(new, ctx)
    await SHAPE.keep(db, t["case_board"], held, ctx)


MOVES_DUE = (OrderIssued, CaseResumed, ClockResumed, ExtensionDecided, DeadlinesRecomputed)


def _counts(batch: Sequence[Fact]) -> bool:
    return any(isinstance(fact.event, MOVES_DUE) for fact in batch)


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


def _clock(held: Held[BoardRow], event: ClockResumed, packs: Packs) -> None:
    """After a refused return supervision's clock has the time that was left."""
    if event.case_id is None or event.kind != "finish":
        return
    row = held.rows.get(event.case_id)
    if row is None or event.clock_id != f"{row.lead_order}-finish":
        return
    set_due(held.change(event.case_id), event.due, packs)
    place(row)


BOARD = Projection(
    name="case_board",
    version=9,
    handles=(*OWN, ClockResumed, FollowUpConducted, ProgrammePackActivated),
    ddl={"case_board": DDL, "board_pack": PACK_DDL},
    apply=apply,
    on_keys=on_keys,
)
