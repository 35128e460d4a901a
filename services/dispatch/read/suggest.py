"""What the history suggests for a case: a category from alike cases, a lead unit from who led such cases before."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import asyncpg

from services.dispatch.read.similar_search import Hit

LOOKED_AT = 20
"""Alike cases that are asked: more are hardly alike any more."""

ALIKE = 30
"""Percent of likeness from which a case says anything: unrelated ones seldom reach it."""

ENOUGH = 2
"""One earlier case is an anecdote."""

CLEAR = 60
"""Percent of the alike cases that one unit must have led to go before the whole category's habit."""

By = Literal["similar", "history", "duty"]

_LED = """
SELECT lead_unit, count(*) AS n FROM case_board
 WHERE category = $1 AND lead_unit IS NOT NULL AND (completed_at IS NOT NULL OR NOT $2) AND case_id <> $3
 GROUP BY lead_unit ORDER BY n DESC, lead_unit
"""


@dataclass(frozen=True, slots=True)
class Suggested:
    """A person decides; `matching` of the `looked_at` earlier cases speak for it."""

    what: Literal["category", "lead"]
    code: str
    by: By
    matching: int
    looked_at: int

    @property
    def share(self) -> int:
        """In percent, rounded down: 91 % is never less than that."""
        return self.matching * 100 // self.looked_at


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What is suggested for one case, if anything."""

    category: Suggested | None = None
    lead: Suggested | None = None


async def suggest(
    pool: asyncpg.Pool,
    hits: Sequence[Hit],
    category: str | None,
    *,
    categories: Collection[str] = (),
    excluded: Collection[str] = (),
    case_id: str = "",
) -> Suggestions:
    """From the alike cases and the category's history. `categories`: those of the programme, when it has a list."""
    alike = [hit for hit in hits if hit.likeness >= ALIKE][:LOOKED_AT]
    said = category_of(alike, categories)
    wanted = category or (said.code if said else None)
    return Suggestions(said, await lead_of(pool, alike, wanted, excluded, case_id))


def category_of(hits: Iterable[Hit], categories: Collection[str] = ()) -> Suggested | None:
    """What people classified alike cases as; the more alike, the more a case's voice counts."""
    weight: dict[str, int] = defaultdict(int)
    count: Counter[str] = Counter()
    for hit in hits:
        if hit.classified and hit.category and (not categories or hit.category in categories):
            weight[hit.category] += hit.likeness
            count[hit.category] += 1
    if not weight:
        return None
    best = min(weight, key=lambda code: (-weight[code], code))
    if count[best] < ENOUGH:
        return None
    return Suggested("category", best, "similar", count[best], count.total())


async def lead_of(
    pool: asyncpg.Pool, hits: Iterable[Hit], category: str | None, excluded: Collection[str] = (), case_id: str = ""
) -> Suggested | None:
    """Who led alike cases, if that is clear; else who led the category; else whose duty it is. Never a unit
    complained of."""
    led = Counter(hit.lead_unit for hit in hits if hit.lead_unit)
    clear = _best([(unit, n) for unit, n in led.items() if unit], "similar", excluded)
    if clear and clear.matching >= ENOUGH and clear.share >= CLEAR:
        return clear
    if category is None:
        return None
    for closed in (True, False):
        rows = await pool.fetch(_LED, category, closed, case_id)
        if found := _best([(row["lead_unit"], row["n"]) for row in rows], "history", excluded):
            return found
    duty = await pool.fetchval(
        "SELECT unit_id FROM unit WHERE $1 = ANY (duties) AND unit_id <> ALL ($2::text[]) ORDER BY unit_id LIMIT 1",
        category,
        list(excluded),
    )
    return None if duty is None else Suggested("lead", duty, "duty", 1, 1)


def _best(led: Sequence[tuple[str, int]], by: By, excluded: Collection[str]) -> Suggested | None:
    """The unit that led most often, with its share of all, the excluded ones' included."""
    free = [(n, unit) for unit, n in led if unit not in excluded]
    if not free:
        return None
    n, unit = min(free, key=lambda one: (-one[0], one[1]))
    return Suggested("lead", unit, by, n, sum(number for _, number in led))
