"""Finds cases about the same matter, and says of each why: words in common, place, time, how it stands."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from services.dispatch.read.similar_shingles import TEXT_BEGINS, TOTAL, hashed, joined, words

PICKS = 12
"""Rarest shingles of a title that are looked for. With 8 a fifth fewer of real same-matter messages were found,
with 16 no more."""

MORE_PICKS = 6
"""Rarest shingles that only the text has: for a title that says nothing."""

BUDGET = 800
"""Cases that the looked-for shingles may stand in, together: bounds every search, however common the words."""

NAMED, TOLD = 0.7, 0.3
"""What likeness of the titles counts, and of title and text together."""

HERE = 1.1
"""The same place is a tenth more alike: enough to go before an equal elsewhere, too little to hide a better one."""

LIMIT, MOST = 10, 50

_SELECT = "SELECT case_id, title, body FROM case_shingle WHERE (title && $1::int[] OR body && $2::int[])"
_ABOUT = """
SELECT b.case_id, n.case_no, b.programme, b.title, b.title_state, b.category, b.classified, b.territory, b.opened_at,
       b.step, b.result, b.lead_unit, b.completed_at, b.struck_off_at
  FROM case_board b LEFT JOIN case_number n USING (case_id) WHERE b.case_id = ANY ($1)
"""


@dataclass(frozen=True, slots=True)
class Matter:
    """What is looked for. A case leaves itself out."""

    title: str
    text: str = ""
    case_id: str = ""
    area: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that is alike, and why. `likeness` is in percent."""

    case_id: str
    case_no: int | None
    programme: str
    title: str
    title_state: str
    category: str | None
    classified: bool
    territory: str | None
    opened_at: datetime
    step: str
    result: str | None
    lead_unit: str | None
    likeness: int
    shared: int
    """How many shingles both have."""
    words: tuple[str, ...]
    """What the asked-for title and this case have in common, as a person reads it."""
    same_area: bool
    days_apart: int | None
    closed: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """The looked-for shingles with what each weighs."""

    title: frozenset[int]
    body: frozenset[int]
    weights: Mapping[int, float]
    named: tuple[float, float]
    whole: tuple[float, float]

    @property
    def all(self) -> frozenset[int]:
        return self.title | self.body


async def similar(
    pool: asyncpg.Pool,
    matter: Matter,
    *,
    category: str | None = None,
    since: datetime | None = None,
    limit: int = LIMIT,
) -> list[Hit]:
    """The cases most alike, the best first; within a category when one is given."""
    ranked = await ranking(pool, matter, category=category, since=since)
    if not ranked:
        return []
    best = {case_id: (score, shared) for score, case_id, shared in ranked[: min(limit, MOST) * 2]}
    rows = await pool.fetch(_ABOUT, list(best))
    seen = {hashed(word): word for word in words(matter.title or matter.text)}
    hits = [_hit(row, *best[row["case_id"]], matter, seen) for row in rows]
    hits.sort(key=lambda hit: (-hit.likeness, hit.case_id))
    return hits[: min(limit, MOST)]


async def ranking(
    pool: asyncpg.Pool, matter: Matter, *, category: str | None = None, since: datetime | None = None
) -> list[tuple[float, str, frozenset[int]]]:
    """Likeness (0 to 1), case and shared shingles of every case that has some of the rarest ones."""
    title, body = await _shingles_of(pool, matter)
    if not title:
        title, body = body, frozenset()
    counts = await counted(pool, title | body)
    own = 1 if matter.case_id else 0
    looked, more = _rarest(title, counts, PICKS, own), _rarest(body, counts, MORE_PICKS, own)
    if not looked and not more:
        return []
    values: list[object] = [looked, more]
    where = ""
    for condition, value in (
        ("category = {}", category),
        ("opened_at >= {}", since),
        ("case_id <> {}", matter.case_id),
    ):
        if value:
            values.append(value)
            where += " AND " + condition.format(f"${len(values)}")
    rows = await pool.fetch(_SELECT + where, *values)
    asked = _asked(title, body, counts)
    return sorted((_likeness(asked, row) for row in rows), key=lambda one: (-one[0], one[1]))


async def counted(pool: asyncpg.Pool, wanted: Collection[int]) -> dict[int, int]:
    """In how many cases each shingle stands; `TOTAL` is how many there are."""
    rows = await pool.fetch("SELECT shingle, n FROM shingle_count WHERE shingle = ANY ($1)", [TOTAL, *wanted])
    return {row["shingle"]: row["n"] for row in rows}


async def _shingles_of(pool: asyncpg.Pool, matter: Matter) -> tuple[frozenset[int], frozenset[int]]:
    title = frozenset(map(hashed, words(matter.title)))
    body = frozenset(map(hashed, words(matter.text[:TEXT_BEGINS]))) - title
    if not matter.case_id:
        return title, body
    row = await pool.fetchrow("SELECT title, body FROM case_shingle WHERE case_id = $1", matter.case_id)
    return (frozenset(row["title"]), frozenset(row["body"])) if row else (title, body)


def _rarest(wanted: Collection[int], counts: Mapping[int, int], picks: int, own: int) -> list[int]:
    """The rarest that stand in some other case too, as far as the budget reaches; one at least."""
    found: list[int] = []
    left = BUDGET
    for count, shingle in sorted((counts.get(shingle, 0), shingle) for shingle in wanted):
        if count <= own:
            continue
        left -= count
        if len(found) == picks or (found and left < 0):
            break
        found.append(shingle)
    return found


def weigher(counts: Mapping[int, int]) -> Callable[[int], float]:
    """What a shingle weighs: the rarer, the more; one that nobody wrote yet as much as one that somebody did."""
    total = counts.get(TOTAL, 0)
    return lambda shingle: math.log1p(total / max(1, counts.get(shingle, 0)))


def _asked(title: frozenset[int], body: frozenset[int], counts: Mapping[int, int]) -> _Asked:
    weigh = weigher(counts)
    weights = {shingle: weigh(shingle) for shingle in title | body}
    return _Asked(title, body, weights, _sum_and_mean(title, weights), _sum_and_mean(title | body, weights))


def _sum_and_mean(some: Collection[int], weights: Mapping[int, float]) -> tuple[float, float]:
    whole = sum(weights[shingle] for shingle in some)
    return whole, whole / max(1, len(some))


def _likeness(asked: _Asked, row: asyncpg.Record) -> tuple[float, str, frozenset[int]]:
    """Shared weight over the mean weight of both (Dice); what the other case has besides is taken to weigh what the
    asked-for weighs on average, so that nobody has to look up how rare every word of every candidate is."""
    title, whole = set(row["title"]), {*row["title"], *row["body"]}
    shared = asked.all & whole
    named = _dice(asked.title & title, len(title), asked.named, asked.weights)
    told = _dice(shared, len(whole), asked.whole, asked.weights)
    return NAMED * named + TOLD * told, row["case_id"], shared


def _dice(shared: Collection[int], size: int, asked: tuple[float, float], weights: Mapping[int, float]) -> float:
    either = asked[0] + asked[1] * size
    return min(1.0, 2 * sum(weights[shingle] for shingle in shared) / either) if either > 0 else 0.0


def _hit(row: asyncpg.Record, score: float, shared: frozenset[int], matter: Matter, seen: Mapping[int, str]) -> Hit:
    here = matter.area is not None and row["territory"] == matter.area
    apart = abs((matter.at - row["opened_at"]).days) if matter.at else None
    common = joined([seen[shingle] for shingle in shared if shingle in seen], matter.title or matter.text)
    return Hit(
        case_id=row["case_id"],
        case_no=row["case_no"],
        programme=row["programme"],
        title=row["title"],
        title_state=row["title_state"],
        category=row["category"],
        classified=row["classified"],
        territory=row["territory"],
        opened_at=row["opened_at"],
        step=row["step"],
        result=row["result"],
        lead_unit=row["lead_unit"],
        likeness=min(100, round(score * (HERE if here else 1) * 100)),
        shared=len(shared),
        words=tuple(common),
        same_area=here,
        days_apart=apart,
        closed=row["completed_at"] is not None or row["struck_off_at"] is not None,
    )


def least_likeness(members: Sequence[asyncpg.Record], counts: Mapping[int, int]) -> int:
    """The likeness of the two members that are least alike, in percent; each has `case_id`, `title` and `body`."""
    least = 1.0
    for at, one in enumerate(members):
        asked = _asked(frozenset(one["title"]), frozenset(one["body"]), counts)
        least = min([least, *(_likeness(asked, other)[0] for other in members[at + 1 :])])
    return round(least * 100)
