"""What a pack says of 通报: who issues them, how far they go, on which grounds, what proposes one (LT-28, LT-29)."""

import re
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contracts.pack.codes import MISCONDUCT
from contracts.pack.fields import AtLeastOne, Code, Flag, Table

_GROUND = r"^[^\s:\[\].]*[^\s:\[\].\d][^\s:\[\].]*$"
"""A code without a dot and not only of digits: both have a meaning in the names of form fields."""

LONGEST = 100
"""Characters of a ground's code, as of every code in an event."""

NoticeKind = Literal["commend", "criticise", "expose"]


class Notices(Table):
    """Who issues notices and how far they go."""

    issued_by: Annotated[tuple[Code, ...], Field(min_length=1)] = ("programme_office", "leading_group", "discipline")
    scopes: tuple[Annotated[str, StringConstraints(strict=True, min_length=1, max_length=100)], ...] = ()
    """Readerships to choose from, the usual one first; without any, the issuer writes it."""


class NoticeGround(Table):
    """A ground on which a notice praises, criticises or exposes, and what must stand behind it."""

    code: Annotated[str, StringConstraints(strict=True, max_length=LONGEST, pattern=_GROUND)]
    """A word of `taxonomy.merit` where a notice praises, of `taxonomy.misconduct` otherwise."""
    kind: NoticeKind
    needs: tuple[Literal["cases", "kpi"], ...] = ()
    kpi: Code | None = None
    """The indicator whose value is named, where one is needed."""
    rectify: Flag = False
    """The notice says until when it is put right."""
    proposed_on: Literal["slips", "misreports", "dissatisfied", "satisfied", "missed_slots"] | None = None
    """What proposes a notice on this ground; a person decides."""
    level: Code | None = None
    """With `slips`: from which step of the ladder on one counts."""
    at_least: AtLeastOne = 1
    within_days: AtLeastOne = 30
    """So many of one unit in so many days propose a notice."""


def grounds_by_words(kind: str, merit: Iterable[str], misconduct: Iterable[str]) -> tuple[NoticeGround, ...]:
    """The grounds of a pack that lists none: its words for merit and misconduct that can be codes."""
    words = merit if kind == "commend" else (*MISCONDUCT, *misconduct)
    return tuple(
        NoticeGround.model_validate({"code": word, "kind": kind})
        for word in dict.fromkeys(words)
        if re.fullmatch(_GROUND, word) and len(word) <= LONGEST
    )


def ground_name(code: str) -> str:
    """A ground in words; a pack writes its own out."""
    return MISCONDUCT.get(code, code)
