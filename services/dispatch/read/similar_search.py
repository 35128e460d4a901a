"""Finds cases about the same matter, and says of each why: words in common, place, time, how it stands."""

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

import asyncpg

from services.dispatch.read.similar_shingles import TEXT_BEGINS, TOTAL, hashed, joined, words
from services.dispatch.read.similar_weights import Bag, Phrase, Weighed, dice, overlap, weigher

PICKS = 12
"""Rarest shingles of a title that are looked for. With 8 a tenth fewer of real same-matter messages were found,
with 16 no more."""

BUDGET = 300
"""Cases that the looked-for shingles may stand in, together: bounds every search, however common the words."""

TELLING = 3
"""A title with fewer shingles that stand anywhere says nothing: then the text's are looked for too."""

TEXT_PICKS, TEXT_BUDGET = 4, 40
"""Rarest shingles of the text that are looked for beside a telling title, and the cases that they may stand in: one
matter under several titles. A text whose every word is common finds nothing by itself."""

BY_TEXT = 0.5
"""Share of title and text together, by weight, from which that alone makes two cases alike. Below it they share phrases
that everybody writes: of 42,000 pairs of messages made of nine such phrases 1,312 reach 0.4, and 41 reach this."""

TEXT_SHORTLIST = 20
"""The best by looked-for shingles of the text, which are compared whatever their titles say."""

SHORTLIST = 40
"""The best by title, whose texts are then compared too."""

NAMED, TOLD = 0.7, 0.3
"""What likeness of the titles counts, and of title and text together."""

HERE = 1.15
"""The same place is that much more alike: enough to go before an equal elsewhere, too little to hide a better one."""

LIMIT, MOST = 10, 50

Counts = Mapping[int, int]

_BY_TITLE = "SELECT case_id, title, body, area, false AS told FROM case_shingle WHERE title && $1::int[]"
_BY_BOTH = """
SELECT case_id, title, body, area, body && $2::int[] AS told FROM case_shingle
 WHERE (title && $1::int[] OR body && $2::int[])"""
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

    @property
    def name(self) -> str:
        """What the order of words is taken from: the title, else how the text begins."""
        return self.title or self.text[:TEXT_BEGINS]


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
class Ranked:
    """A case among those alike. `score` orders them; `likeness` is the share that both have in common, from 0 to 1, of
    the titles' shingles or of title and text together by weight, whichever is more: what people are told and rules are
    written in."""

    case_id: str
    score: float
    likeness: float
    shared: frozenset[int]


async def similar(
    pool: asyncpg.Pool,
    matter: Matter,
    *,
    category: str | None = None,
    since: datetime | None = None,
    limit: int = LIMIT,
) -> list[Hit]:
    """The cases most alike, the best first; within a category when one is given."""
    ranked = (await ranking(pool, matter, category=category, since=since))[: min(limit, MOST)]
    if not ranked:
        return []
    rows = {row["case_id"]: row for row in await pool.fetch(_ABOUT, [one.case_id for one in ranked])}
    seen = {hashed(word): word for word in words(matter.name)}
    return [_hit(rows[one.case_id], one, matter, seen) for one in ranked if one.case_id in rows]


async def ranking(
    pool: asyncpg.Pool, matter: Matter, *, category: str | None = None, since: datetime | None = None
) -> list[Ranked]:
    """Those that have some of the rarest shingles, the most alike first."""
    body = await _body(pool, matter)
    named = Phrase.of(matter.name)
    counts = await counted(pool, named.shingles | body)
    own = bool(matter.case_id)
    looked = _rarest(named.shingles, counts, own=own)
    telling = len(looked) >= TELLING
    if telling:
        more = _rarest(body - named.shingles, counts, own=own, picks=TEXT_PICKS, budget=TEXT_BUDGET, least=0)
    else:
        more = _rarest(body - named.shingles, counts, own=own)
    if not looked and not more:
        return []
    rows = await _candidates(pool, looked, more, category, since, matter.case_id)
    weigh = weigher(counts)
    asked, whole = named.weighed(weigh), Bag.of(named.shingles | body, weigh)
    ranked = []
    for score, row in _shortlist(asked, frozenset(more), rows, matter):
        told, shared = whole.likeness((*row["title"], *row["body"]))
        if telling and told < BY_TEXT and not named.shingles.intersection(row["title"]):
            continue
        alike = _alike(dice(named.shingles, row["title"]), told)
        told *= _place(matter, row["area"])
        ranked.append(Ranked(row["case_id"], max(NAMED * score + TOLD * told, told), alike, shared))
    return sorted(ranked, key=lambda one: (-one.score, one.case_id))


def _shortlist(
    asked: Weighed, more: frozenset[int], rows: Sequence[asyncpg.Record], matter: Matter
) -> list[tuple[float, asyncpg.Record]]:
    """The best by title, each with how alike the titles are, and the best by what was looked for of the text."""
    by_title = [(-overlap(asked, row["title"]) * _place(matter, row["area"]), row["case_id"], row) for row in rows]
    chosen = {case_id: (-score, row) for score, case_id, row in heapq.nsmallest(SHORTLIST, by_title)}
    by_text = [
        (-len(more.intersection(row["body"])), case_id, score, row) for score, case_id, row in by_title if row["told"]
    ]
    for _common, case_id, score, row in heapq.nsmallest(TEXT_SHORTLIST, by_text):
        chosen.setdefault(case_id, (-score, row))
    return list(chosen.values())


async def counted(pool: asyncpg.Pool, wanted: Collection[int]) -> dict[int, int]:
    """In how many cases each shingle stands; `TOTAL` is how many there are."""
    rows = await pool.fetch("SELECT shingle, n FROM shingle_count WHERE shingle = ANY ($1)", [TOTAL, *wanted])
    return {row["shingle"]: row["n"] for row in rows}


async def _body(pool: asyncpg.Pool, matter: Matter) -> frozenset[int]:
    """The text's shingles: a case's are kept, its text is not."""
    if not matter.case_id:
        return frozenset(map(hashed, words(matter.text[:TEXT_BEGINS])))
    kept = await pool.fetchval("SELECT body FROM case_shingle WHERE case_id = $1", matter.case_id)
    return frozenset(kept or ())


def _rarest(
    wanted: Collection[int],
    counts: Counts,
    *,
    own: bool,
    picks: int = PICKS,
    budget: int = BUDGET,
    least: int = 1,
) -> list[int]:
    """The rarest that stand in some other case too, as far as the budget reaches; `least` at least."""
    found: list[int] = []
    left = budget
    for count, shingle in sorted((counts.get(shingle, 0), shingle) for shingle in wanted):
        if count <= own:
            continue
        left -= count
        if len(found) == picks or (len(found) >= least and left < 0):
            break
        found.append(shingle)
    return found


async def _candidates(
    pool: asyncpg.Pool,
    looked: Sequence[int],
    more: Sequence[int],
    category: str | None,
    since: datetime | None,
    without: str,
) -> list[asyncpg.Record]:
    question, values = (_BY_BOTH, [looked, more]) if more else (_BY_TITLE, [looked])
    given: list[object] = [*values]
    for condition, value in (("category =", category), ("opened_at >=", since), ("case_id <>", without)):
        if value:
            given.append(value)
            question += f" AND {condition} ${len(given)}"
    return list(await pool.fetch(question, *given))


def _place(matter: Matter, area: str | None) -> float:
    return HERE if matter.area is not None and matter.area == area else 1.0


def _hit(row: asyncpg.Record, one: Ranked, matter: Matter, seen: Mapping[int, str]) -> Hit:
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
        likeness=round(one.likeness * 100),
        shared=len(one.shared),
        words=tuple(joined({seen[shingle] for shingle in one.shared if shingle in seen}, matter.name)),
        same_area=matter.area is not None and row["territory"] == matter.area,
        days_apart=abs((matter.at - row["opened_at"]).days) if matter.at else None,
        closed=row["completed_at"] is not None or row["struck_off_at"] is not None,
    )


async def least_likeness(pool: asyncpg.Pool, case_ids: Sequence[str]) -> int:
    """The likeness of the two that are least alike among these cases, in percent, measured as in `Ranked`."""
    rows = await pool.fetch("SELECT title, body FROM case_shingle WHERE case_id = ANY ($1)", list(case_ids))
    told = [(frozenset(row["title"]), frozenset((*row["title"], *row["body"]))) for row in rows]
    weigh = weigher(await counted(pool, frozenset().union(*(whole for _, whole in told))))
    bags = [(title, whole, Bag.of(whole, weigh)) for title, whole in told]
    pairs = combinations(bags, 2)
    return round(min((_alike(dice(a[0], b[0]), a[2].likeness(b[1])[0]) for a, b in pairs), default=0.0) * 100)


def _alike(titles: float, told: float) -> float:
    """The titles' share, or that of title and text where it says enough by itself."""
    return max(titles, told) if told >= BY_TEXT else titles
