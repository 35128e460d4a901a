"""What becomes of each message, drawn from the seed: how long things take and where they go wrong."""

import random
from dataclasses import dataclass

ACCEPTING_SHARE = 0.78
"""The messages are taken in over this part of the programme's time; the rest is left to handle what is open."""

TAKING = (("accept", 0.945), ("answer", 0.03), ("reject", 0.025))

ENDINGS = (
    ("solved", 0.525),
    ("late", 0.045),
    ("partly", 0.025),
    ("planned", 0.025),
    ("explained", 0.070),
    ("unsolvable", 0.010),
    ("returned", 0.045),
    ("return-refused", 0.030),
    ("suspended", 0.050),
    ("resumed", 0.025),
    ("unsigned", 0.030),
    ("stuck", 0.080),
    ("not-struck-off", 0.010),
    ("undispatched", 0.030),
)

MISTAKES = ("no-reply", "too-early", "other-unit", "no-reason")
MISTAKE_SHARE = 0.03
SPOT_CHECK_SHARE = 0.006


@dataclass(frozen=True, slots=True)
class Fate:
    """The script of one message."""

    taking: str
    ending: str
    accepted_after: int
    """Half days from the beginning."""
    mistake: str | None
    spot_check: bool
    turn: int
    """Who of several colleagues acts."""


def draw(seed: int, ref: str, half_days: int) -> Fate:
    """The same seed and number always draw the same fate."""
    dice = dice_for(seed, ref)
    return Fate(
        taking=_one_of(dice, TAKING),
        ending=_one_of(dice, ENDINGS),
        accepted_after=1 + int(dice.random() * half_days * ACCEPTING_SHARE),
        mistake=dice.choice(MISTAKES) if dice.random() < MISTAKE_SHARE else None,
        spot_check=dice.random() < SPOT_CHECK_SHARE,
        turn=dice.randrange(1000),
    )


def dice_for(seed: int, what: str) -> random.Random:
    """Dice of its own for everything that is drawn."""
    return random.Random(f"{seed}:{what}")  # noqa: S311 - a script, not a secret


def half_days_to_finish(dice: random.Random, urgency: str, ending: str) -> int:
    """From signing to done. Seven days hold about ten half days of work."""
    if ending == "late" and urgency != "hard":
        return dice.randint(12, 24)
    match urgency:
        case "good":
            return 1
        case "real":
            return dice.randint(2, 7)
        case _:
            return dice.randint(8, 50)


def _one_of(dice: random.Random, shares: tuple[tuple[str, float], ...]) -> str:
    names, weights = zip(*shares, strict=True)
    found: str = dice.choices(names, weights)[0]
    return found
