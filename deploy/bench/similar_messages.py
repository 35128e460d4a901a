"""`python -m deploy.bench.similar_messages FILE`: what similarity finds in real messages. Prints numbers, never a text.

FILE is a table as `huiyin import messages` takes it. It has neither areas nor categories, so what a service would know
of both does not help here. Groups are told by words that everybody uses for such a matter.
"""

import argparse
import asyncio
import statistics
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg

from contracts.pack.tables import Detector
from deploy.bench.server import temporary_postgres
from deploy.bench.similar_bench import DDL
from deploy.cli.message_files import BadRow, Message, columns, message, rows
from services.dispatch.read.board_row import BoardRow
from services.dispatch.read.similar import COUNTS, VIEW, LikenessRow
from services.dispatch.read.similar_search import LIMIT, Matter, ranking
from services.dispatch.read.similar_shingles import TOTAL, of_request

GROUPS: Mapping[str, Callable[[str], bool]] = {
    "concrete plant": lambda title: "搅拌" in title,
    "compulsory parking sales": lambda title: "捆绑" in title and "车位" in title,
    "housing subsidy": lambda title: "补贴" in title and ("购房" in title or "住房" in title),
}
LIKENESSES = (30, 40, 50)


@dataclass(frozen=True, slots=True)
class Found:
    """What the ten best hits of a group's messages are."""

    messages: int
    with_another: int
    of_the_group: int
    possible: int


def read(file: Path) -> list[Message]:
    """Every row that can be read, in the order of time."""
    found: list[Message] = []
    named = columns(None)
    for row in rows(file, named):
        try:
            found.append(message(row, str(row.number)))
        except BadRow:
            continue  # the import reports these; here they only would not be found
    return sorted(found, key=lambda one: one.said_at)


@asynccontextmanager
async def stored(messages: Sequence[Message]) -> AsyncIterator[asyncpg.Pool]:
    """The read models as they would be with a case for every message."""
    with temporary_postgres() as server:
        async with asyncpg.create_pool(server.dsn(), min_size=1, max_size=2) as pool:
            for view, ddl in DDL.items():
                await pool.execute(ddl.replace("{t}", view))
            counts: Counter[int] = Counter()
            likeness, board = [], []
            for number, one in enumerate(messages):
                title, body = of_request(one.title, one.text)
                counts.update((*title, *body, TOTAL))
                at = one.said_at
                likeness.append(LikenessRow(f"m{number}", "real", at, None, None, [], [], sorted(title), sorted(body)))
                board.append(BoardRow(f"m{number}", "real", "web", at, at, at, "{}", "k", one.title, "open"))
            for view, kept in ((VIEW, likeness), ("case_board", board)):
                names = list(kept[0].__dataclass_fields__)
                records = [tuple(getattr(row, name) for name in names) for row in kept]
                await pool.copy_records_to_table(view, records=records, columns=names)
            await pool.copy_records_to_table(COUNTS, records=sorted(counts.items()))
            await pool.execute("VACUUM ANALYZE")
            yield pool


async def searched(pool: asyncpg.Pool, messages: Sequence[Message], group: set[int]) -> Found:
    """Each message of a group as somebody types it."""
    with_another = of_group = 0
    for number in group:
        one = messages[number]
        best = await ranking(pool, Matter(one.title, one.text, case_id=f"m{number}"))
        hits = sum(int(hit.case_id[1:]) in group for hit in best[:LIMIT])
        with_another += hits > 0
        of_group += hits
    return Found(len(group), with_another, of_group, len(group) * min(LIMIT, len(group) - 1))


async def proposed(pool: asyncpg.Pool, messages: Sequence[Message], detector: Detector) -> dict[int, list[set[int]]]:
    """The detector over all messages in order of time, for several likenesses: the sets it would propose."""
    sets: dict[int, list[set[int]]] = {likeness: [] for likeness in LIKENESSES}
    for number, one in enumerate(messages):
        since = one.said_at - timedelta(days=detector.days)
        ranked = await ranking(pool, Matter(one.title, case_id=f"m{number}"), since=since)
        earlier = [(int(hit.case_id[1:]), hit.likeness * 100) for hit in ranked if int(hit.case_id[1:]) < number]
        for likeness, done in sets.items():
            alike = {other for other, share in earlier if share >= likeness} | {number}
            if any(known & alike for known in done):
                continue  # it would be shown beside the open proposal
            if len(alike) >= detector.cases:
                done.append(alike)
    return sets


def densest(moments: Sequence[datetime], within: timedelta) -> int:
    """The most of them within so long a time."""
    return max(sum(first <= one <= first + within for one in moments) for first in moments)


async def measure(file: Path) -> None:
    messages = read(file)
    groups = {name: {n for n, one in enumerate(messages) if tells(one.title)} for name, tells in GROUPS.items()}
    print(f"{len(messages):,} messages")
    async with stored(messages) as pool:
        for name, group in groups.items():
            found = await searched(pool, messages, group)
            most = densest([messages[number].said_at for number in group], timedelta(days=Detector().days))
            print(
                f"  {name}: {found.messages} messages, {most} within {Detector().days} days at most;"
                f" {found.with_another} find another of the group among the ten best;"
                f" {found.of_the_group * 100 // max(1, found.possible)} % of the possible places are the group's"
            )
        detector = Detector()
        for likeness, sets in (await proposed(pool, messages, detector)).items():
            hit = [name for name, group in groups.items() if any(len(one & group) >= detector.cases for one in sets)]
            size = statistics.median(map(len, sets)) if sets else 0
            print(
                f"  detector, {detector.cases} in {detector.days} days, likeness {likeness}: {len(sets)} proposals"
                f" (median {size:.0f} messages); known groups among them: {', '.join(hit) or 'none'}"
            )
    print("  categories and lead units: the file has none, so their suggestion cannot be measured on it")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    chosen = parser.parse_args()
    if not chosen.file.is_file():
        print(f"{chosen.file} is not there", file=sys.stderr)
        return 1
    asyncio.run(measure(chosen.file))
    return 0


if __name__ == "__main__":
    sys.exit(main())
