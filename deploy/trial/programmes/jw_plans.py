"""贾汪's matters: what each is and what becomes of it, so that their sums are the programme's published figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from deploy.trial import district
from deploy.trial.fate import dice_for
from deploy.trial.programmes.matter import Plan
from deploy.trial.synthetic import MATTERS, PLACES

TOWN, DESK, COMMON = "town", "desk", "common"
LISTS_ON, HANDED_ON = 10, 11
"""Half days on which the pooled lists are made and the common matters go out."""

BUSY = (
    *(
        "returned",
        "return-refused",
        "extended",
        "extension-refused",
        "suspended",
        "rework",
        "helper",
        "helper-cancelled",
    ),
    *("hard", "hard-decided", "relapse", "complained"),
)
"""What may happen on the way to being solved, besides nothing."""

BUSY_SHARE = 0.3
OPEN = ("unsigned", "handling", "paused", "return-pending", "extension-pending", "hard-open")
"""Where matters stand that are not done at the end."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many of what; a fixture (F) whose sums are the programme's published figures."""

    town: int
    desk: int
    common: int
    lists: int
    solved: tuple[int, int, int]
    """Of town, desk and common."""
    merged: int
    undone: int
    splits: int
    closed: int

    @property
    def cases(self) -> int:
        return self.town + self.desk + self.common

    @property
    def struck_off(self) -> int:
        return sum(self.solved)


WHOLE = Size(town=880, desk=210, common=160, lists=12, solved=(600, 170, 20), merged=5, undone=2, splits=3, closed=4)
SMALL = Size(town=28, desk=7, common=5, lists=2, solved=(18, 6, 1), merged=1, undone=1, splits=1, closed=1)


def plans(size: Size, seed: int, half_days: int) -> list[Plan]:
    """Every matter with its fate. What was split or merged in or closed comes on top of the cases that count."""
    dice = dice_for(seed, "jw-plans")
    found: list[Plan] = []
    for kind, number, solved in zip(
        (TOWN, DESK, COMMON), (size.town, size.desk, size.common), size.solved, strict=True
    ):
        fates = [*_solved(kind, solved, dice), *_open(kind, number - solved)]
        found += [_plan(f"{kind}-{n:04}", kind, fate, dice, half_days) for n, fate in enumerate(fates)]
    towns = [plan for plan in found if plan.kind == TOWN]
    plain = [plan for plan in towns if plan.fate == "plain"]
    # parts of a split and undone merges are cases that count: they take the place of plain ones
    for n in range(size.splits):
        parts = plain[2 * n : 2 * n + 2]
        found = [plan for plan in found if plan not in parts]
        found.append(_plan(f"split-{n:04}", TOWN, "split", dice, half_days))
    taken = 2 * size.splits
    for n in range(size.undone):
        old = plain[taken + n]
        found[found.index(old)] = _plan(old.ref, TOWN, "merge-undone", dice, half_days, join=plain[-1 - n].ref)
    targets = [plan for plan in towns if plan.fate in ("handling", "unsigned")]
    for n in range(size.merged):
        found.append(_plan(f"merged-{n:04}", TOWN, "merged", dice, half_days, join=targets[n % len(targets)].ref))
    found += [_plan(f"closed-{n:04}", TOWN, "closed", dice, half_days) for n in range(size.closed)]
    return found


def _solved(kind: str, number: int, dice: Random) -> Iterator[str]:
    """Everything that may happen happens at least once to the towns; most matters go their plain way."""
    first = BUSY if kind == TOWN else ("hard",) if kind == COMMON else ()
    for n in range(number):
        if n < len(first):
            yield first[n]
        elif kind == TOWN and n >= len(first) + 8 and dice.random() < BUSY_SHARE:
            yield dice.choice(BUSY)
        else:
            yield "plain"


def _open(kind: str, number: int) -> Iterator[str]:
    for n in range(number):
        fate = OPEN[n % len(OPEN)]
        yield "handling" if kind != TOWN and fate in ("return-pending", "hard-open") else fate


def _plan(ref: str, kind: str, fate: str, dice: Random, half_days: int, join: str | None = None) -> Plan:
    urgency = "hard" if fate.startswith("hard") else "good" if kind == DESK and fate == "plain" else "real"
    towns = sorted(district.towns())
    category = dice.choice(
        sorted(c for _, duties in district.DEPARTMENTS.values() for c in duties if c != "order-wage")
    )
    needed = 16 if fate in ("plain", "helper") else 30 if fate in BUSY else 6
    latest = max(half_days - needed, 3)
    begins = (
        dice.randrange(2, 8) if kind == COMMON or join or fate in ("split", "closed") else dice.randrange(1, latest)
    )
    territory = dice.choice(towns)
    lead = {TOWN: territory, DESK: district.DESK}.get(kind) or district.department_for(category)
    return Plan(
        ref=ref,
        kind=kind,
        fate=fate,
        title=f"{dice.choice(PLACES)}{dice.choice(MATTERS)}",
        category=category,
        urgency=urgency,
        scope="common" if kind == COMMON else "individual",
        lead=lead,
        territory=territory,
        begins=begins,
        join=join,
    )
