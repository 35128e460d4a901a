"""What cases are about, as hashed shingles: for finding the same matter again. Erased with the text's key."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from contracts.codec import event_of
from contracts.dispatch import CaseClassified, CaseOpened, CaseRouted, RequestJoined
from contracts.event import Event
from contracts.sealed import Sealed
from services.chassis.facts import Fact
from services.chassis.keys import Arrival, Unopened
from services.chassis.read_model import Connection, Context, Projection, Tables
from services.dispatch.read.rows import Shape, columns
from services.dispatch.read.similar_shingles import TOTAL, of_request

VIEW, COUNTS = "case_shingle", "shingle_count"


@dataclass(slots=True)
class LikenessRow:
    """One case; `seqs` are the records whose sealed texts it was told in, `keys` the keys that open them."""

    case_id: str
    programme: str
    opened_at: datetime
    category: str | None = None
    area: str | None = None
    keys: list[str] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)
    title: list[int] = field(default_factory=list)
    body: list[int] = field(default_factory=list)


# The GIN indexes have no pending list: a page that asks must not first read through what was inserted lately.
DDL = f"""
CREATE TABLE {{t}} (
    {
    columns(
        LikenessRow,
        {
            "case_id": "text PRIMARY KEY",
            "programme": "text NOT NULL",
            "opened_at": "timestamptz NOT NULL",
            **dict.fromkeys(("category", "area"), "text"),
            "keys": "text[] NOT NULL",
            "seqs": "bigint[] NOT NULL",
            "title": "int[] NOT NULL",
            "body": "int[] NOT NULL",
        },
    )
}
);
CREATE INDEX ON {{t}} USING gin (title) WITH (fastupdate = off);
CREATE INDEX ON {{t}} USING gin (body) WITH (fastupdate = off);
CREATE INDEX ON {{t}} USING gin (keys);
CREATE INDEX ON {{t}} (category, opened_at);
"""
COUNTS_DDL = "CREATE TABLE {t} (shingle int PRIMARY KEY, n int NOT NULL)"
SHAPE: Shape[LikenessRow] = Shape(VIEW, LikenessRow, LikenessRow)
NAMES = ", ".join(one.name for one in fields(LikenessRow))

ADD = """
INSERT INTO {t} AS held (shingle, n) SELECT * FROM unnest($1::int[], $2::int[])
ON CONFLICT (shingle) DO UPDATE SET n = held.n + excluded.n
"""
FORGET = "DELETE FROM {t} WHERE shingle = ANY ($1) AND n <= 0"

Told = CaseOpened | RequestJoined
Texts = tuple[Sealed, Sealed]


async def apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    """Fold the batch per case; all texts of a batch are opened together."""
    keys = {case_id for fact in batch if (case_id := getattr(fact.event, "case_id", None))}
    held = await SHAPE.hold(db, t[VIEW], keys, ctx)
    told: list[tuple[LikenessRow, Texts]] = []
    for fact in batch:
        match fact.event:
            case CaseOpened() as event:
                programme = fact.envelope.meta.programme or ""
                row = LikenessRow(event.case_id, programme, fact.time, event.category_hint, event.territory_unit)
                held.put(row.case_id, row)
                told.append((_tell(row, fact.seq, event), (event.title, event.text)))
            case RequestJoined() as event:
                told.append((_tell(held.change(event.case_id), fact.seq, event), (event.title, event.text)))
            case CaseClassified() as event:
                held.change(event.case_id).category = event.category
            case CaseRouted() as event if event.territory:
                held.change(event.case_id).area = event.territory
            case _:
                pass  # routed without naming a place
    changed: Counter[int] = Counter()
    for (row, _), (named, more) in zip(told, await _opened([texts for _, texts in told], ctx), strict=True):
        _write(row, set(row.title) | named, set(row.body) | more, changed)
    await _count(db, t[COUNTS], changed, ctx)
    await SHAPE.keep(db, t[VIEW], held, ctx)


def _tell(row: LikenessRow, seq: int, event: Told) -> LikenessRow:
    row.seqs = [*row.seqs, seq]
    row.keys = sorted({*row.keys, event.title.key_id, event.text.key_id})
    return row


async def _opened(told: Sequence[Texts], ctx: Context) -> list[tuple[frozenset[int], frozenset[int]]]:
    """Each one's shingles; none while its key is away, and none for ever once it is erased."""
    if ctx.keys is None or not told:
        return [(frozenset(), frozenset())] * len(told)
    texts: list[str | Unopened] = await ctx.keys.opened_many([sealed for pair in told for sealed in pair])
    plain = [text if isinstance(text, str) else "" for text in texts]
    return [of_request(title, text) for title, text in zip(plain[::2], plain[1::2], strict=True)]


def _write(row: LikenessRow, title: Iterable[int], body: Iterable[int], changed: Counter[int]) -> None:
    """New shingles into the row, and the difference into the counts. A shingle of the title is not the body's too."""
    before = {*row.title, *row.body}
    named = set(title)
    row.title, row.body = sorted(named), sorted(set(body) - named)
    after = {*row.title, *row.body}
    changed.update(dict.fromkeys(after - before, 1))
    changed.subtract(dict.fromkeys(before - after, 1))
    changed[TOTAL] += bool(after) - bool(before)


async def _count(db: Connection, table: str, changed: Counter[int], ctx: Context) -> None:
    """How many cases have each shingle; while a build is filled that is written at its flushes."""
    if ctx.bulk is None:
        await _add(db, table, changed)
        return
    waiting: Counter[int] = ctx.bulk.memory.setdefault(COUNTS, Counter())
    waiting.update(changed)
    if COUNTS not in ctx.bulk.flushes:

        async def flush(connection: Connection) -> None:
            await _add(connection, table, waiting)
            waiting.clear()

        ctx.bulk.flushes[COUNTS] = flush


async def _add(db: Connection, table: str, changed: Counter[int]) -> None:
    moved = sorted((shingle, n) for shingle, n in changed.items() if n)
    if not moved:
        return
    await db.execute(ADD.format(t=table), [shingle for shingle, _ in moved], [n for _, n in moved])
    if fewer := [shingle for shingle, n in moved if n < 0]:
        await db.execute(FORGET.format(t=table), fewer)


async def on_keys(db: Connection, arrivals: Sequence[Arrival], t: Tables, ctx: Context) -> None:
    """Read again every text of the cases whose keys came or went: what is erased leaves no shingle behind."""
    rows = await db.fetch(
        f"SELECT {NAMES} FROM {t[VIEW]} WHERE keys && $1",  # noqa: S608
        [one.key_id for one in arrivals],
    )
    if not rows:
        return
    texts = await _recorded(db, [seq for row in rows for seq in row["seqs"]])
    told = [(row, texts[seq]) for row in rows for seq in row["seqs"] if seq in texts]
    found: dict[str, tuple[set[int], set[int]]] = {row["case_id"]: (set(), set()) for row in rows}
    for (row, _), (named, more) in zip(told, await _opened([pair for _, pair in told], ctx), strict=True):
        found[row["case_id"]][0].update(named)
        found[row["case_id"]][1].update(more)
    changed: Counter[int] = Counter()
    written: list[tuple[Any, ...]] = []
    for record in rows:
        case = LikenessRow(*record)
        _write(case, *found[case.case_id], changed)
        if (case.title, case.body) != (record["title"], record["body"]):
            written.append((case.case_id, case.title, case.body))
    await db.executemany(f"UPDATE {t[VIEW]} SET title = $2, body = $3 WHERE case_id = $1", written)  # noqa: S608
    await _add(db, t[COUNTS], changed)


async def _recorded(db: Connection, seqs: Sequence[int]) -> dict[int, Texts]:
    """The sealed texts as they stand in the log; they are kept in no table."""
    found: dict[int, Texts] = {}
    for row in await db.fetch("SELECT seq, payload FROM event WHERE seq = ANY ($1)", list(seqs)):
        event: Event = event_of(row["payload"])
        if isinstance(event, CaseOpened | RequestJoined):
            found[row["seq"]] = (event.title, event.text)
    return found


LIKENESS = Projection(
    name=VIEW,
    version=1,
    handles=(CaseOpened, CaseClassified, CaseRouted, RequestJoined),
    ddl={VIEW: DDL, COUNTS: COUNTS_DDL},
    apply=apply,
    on_keys=on_keys,
)
