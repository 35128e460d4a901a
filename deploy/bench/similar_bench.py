"""Similar cases among 200,000: how long a search takes and what it finds, against trigrams on the same titles."""

import asyncio
import gc
import os
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import uvloop

from deploy.bench.row import Row
from deploy.bench.server import temporary_postgres
from deploy.bench.similar_cases import Told, Town
from services.dispatch.read.board import BOARD
from services.dispatch.read.board_row import BoardRow
from services.dispatch.read.numbers import NUMBERS
from services.dispatch.read.similar import COUNTS, LIKENESS, VIEW, LikenessRow
from services.dispatch.read.similar_search import Matter, similar
from services.dispatch.read.similar_shingles import TOTAL, of_request

CASES = int(os.environ.get("HUIYIN_BENCH_SIMILAR", "200000"))
SEARCHES = int(os.environ.get("HUIYIN_BENCH_SEARCHES", "300"))
RIVAL_SEARCHES = int(os.environ.get("HUIYIN_BENCH_RIVAL_SEARCHES", "100"))
"""The rival takes many times as long."""

CHUNK = 10_000
TOWNS = 30
AT = datetime(2019, 1, 1, tzinfo=UTC)
DDL = {**{view: ddl for model in (LIKENESS, BOARD, NUMBERS) for view, ddl in model.ddl.items()}}
TRIGRAMS = """
CREATE EXTENSION pg_trgm;
CREATE TABLE trigram (case_id text PRIMARY KEY, title text NOT NULL);
"""
TRIGRAM_SEARCH = (
    "SELECT case_id FROM trigram WHERE title % $1 AND case_id <> $2 ORDER BY similarity(title, $1) DESC LIMIT 10"
)


async def run() -> list[Row]:
    return await asyncio.to_thread(uvloop.run, _run())


async def _run() -> list[Row]:
    with temporary_postgres() as server:
        connection = await asyncpg.connect(server.dsn())
        # pg_trgm asks the C library what a letter is: with LC_CTYPE C it finds no trigram in Chinese, and says nothing.
        await connection.execute(
            "CREATE DATABASE bench_similar TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C.UTF-8'"
        )
        await connection.close()
        async with _filled(server.dsn("bench_similar")) as (pool, town, told):
            chosen = [(f"c{n}", town.again(told[n])) for n in range(0, CASES, max(1, CASES // SEARCHES))][:SEARCHES]
            return await _measured(pool, chosen)


@asynccontextmanager
async def _filled(dsn: str) -> AsyncIterator[tuple[asyncpg.Pool, Town, Sequence[Told]]]:
    """The read models as a running service has them: rows first, then their indexes."""
    town = Town()
    told = [town.request() for _ in range(CASES)]
    async with asyncpg.create_pool(dsn, min_size=1, max_size=2) as pool:
        later = []
        for view, ddl in DDL.items():
            first, *indexes = ddl.replace("{t}", view).split(";")
            await pool.execute(first)
            later += indexes
        await pool.execute(TRIGRAMS)
        assert await pool.fetchval("SELECT cardinality(show_trgm('搅拌站')) > 0"), "trigrams do not see Chinese here"
        await _copy(pool, told)
        for index in (*later, "CREATE INDEX ON trigram USING gin (title gin_trgm_ops)"):
            if index.strip():
                await pool.execute(index)
        await pool.execute("VACUUM ANALYZE")
        yield pool, town, told


async def _copy(pool: asyncpg.Pool, told: Sequence[Told]) -> None:
    counts: Counter[int] = Counter()
    for begin in range(0, len(told), CHUNK):
        likeness, board, plain = [], [], []
        for number, one in enumerate(told[begin : begin + CHUNK], start=begin):
            case_id, at = f"c{number}", AT + timedelta(minutes=number)
            title, body = of_request(one.title, one.text)
            counts.update((*title, *body, TOTAL))
            likeness.append(
                LikenessRow(case_id, "jw", at, one.category, area(one), [], [], sorted(title), sorted(body))
            )
            board.append(
                BoardRow(
                    case_id, "jw", "web", at, at, at, "{}", "k", one.title, "open",
                    territory=area(one), category=one.category, classified=True,
                    lead_unit=f"u-{one.category}", step="handling",
                )
            )  # fmt: skip
            plain.append((case_id, one.title))
        for view, rows in ((VIEW, likeness), ("case_board", board)):
            names = list(rows[0].__dataclass_fields__)
            records = [tuple(getattr(row, name) for name in names) for row in rows]
            await pool.copy_records_to_table(view, records=records, columns=names)
        await pool.copy_records_to_table("trigram", records=plain)
    await pool.copy_records_to_table(COUNTS, records=sorted(counts.items()))


def area(told: Told) -> str:
    """The town of its place."""
    return f"t-{told.place % TOWNS}"


async def _measured(pool: asyncpg.Pool, chosen: Sequence[tuple[str, Told]]) -> list[Row]:
    gc.collect()
    gc.freeze()  # as a service does after its start: the made-up cases must not be looked through meanwhile
    for case_id, told in chosen[:20]:
        await _ours(pool, case_id, told)  # the first ones fill the database's cache for both
        await _theirs(pool, case_id, told)
    within, across, here, theirs = [], [], [], []
    for number, (case_id, told) in enumerate(chosen):
        within.append(await _ours(pool, case_id, told, told.category))
        across.append(await _ours(pool, case_id, told))
        here.append(await _ours(pool, case_id, told, where=area(told)))
        if number < RIVAL_SEARCHES:
            theirs.append(await _theirs(pool, case_id, told))
    p50, rival = statistics.median(s for s, _ in across), statistics.median(s for s, _ in theirs)
    recall, rivals_recall = _recall(across), _recall(theirs)
    detail = f"{p50 * 1000:.1f} ms against {rival * 1000:.1f} ms of pg_trgm at 0.3 on the titles, {CASES:,} cases"
    return [
        Row("similar cases in a category, p95", _p95(within), 30, "at most", "ms", f"recall@10 {_recall(within):.3f}"),
        Row("similar cases across all, p95", _p95(across), 100, "at most", "ms", f"{SEARCHES} re-worded repeats"),
        Row("similar cases, p50 against trigrams", p50 / rival, 0.25, "at most", detail=detail),
        Row(
            "similar cases, recall@10 of re-worded repeats", recall, 0.9, "at least", "",
            f"{_recall(here):.3f} where the town is known; trigrams {rivals_recall:.3f}",
        ),
    ]  # fmt: skip


async def _ours(
    pool: asyncpg.Pool, case_id: str, told: Told, category: str | None = None, where: str | None = None
) -> tuple[float, bool]:
    """Seconds, and whether the case that was told again is among the ten."""
    begun = time.perf_counter()
    hits = await similar(pool, Matter(told.title, told.text, area=where), category=category, limit=10)
    return time.perf_counter() - begun, case_id in {hit.case_id for hit in hits}


async def _theirs(pool: asyncpg.Pool, case_id: str, told: Told) -> tuple[float, bool]:
    begun = time.perf_counter()
    rows = await pool.fetch(TRIGRAM_SEARCH, told.title, "")
    return time.perf_counter() - begun, case_id in {row["case_id"] for row in rows}


def _p95(timed: Sequence[tuple[float, bool]]) -> float:
    return statistics.quantiles([seconds for seconds, _ in timed], n=20)[18] * 1000


def _recall(timed: Sequence[tuple[float, bool]]) -> float:
    return sum(found for _, found in timed) / len(timed)
