"""What people of the demo's invented district asked for, and how far each matter comes."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FILE = Path(__file__).with_name("samples.toml")
UNDECIDED = Path(__file__).with_name("undecided.toml")
"""Leaves every docket of dispatch something to decide."""

Fate = Literal[
    "new", "rejected", "answered", "waiting", "issued", "returned", "signed", "working", "paused", "done", "closed",
    "reopened",
]  # fmt: skip
"""How far a story has come when the sample ends."""


@dataclass(frozen=True, slots=True)
class Story:
    """One thing that somebody asked for, and what became of it."""

    title: str
    text: str
    category: str
    territory: str
    lead: str
    fate: Fate
    day: int = 0
    """The day it came, counted from the first; told where time can be moved."""

    ago: int = 0
    """How many days ago it was received; told where time passes by itself."""

    plan: bool = False
    """Whether the unit files a plan before it begins."""

    consulted: bool = False
    """Whether the units meet about it."""

    extension: bool = False
    """Whether the unit asks for more time; nobody has decided yet."""

    disowned: str = ""
    """Why the unit gives a returned order back, and whose it says it is."""
    whose: str = ""

    example: str = ""
    """Why the office holds it up as an example (典型案例), once it is closed."""

    urgency: str = "real"
    scope: str = "individual"
    co: tuple[str, ...] = ()
    channel: str = "hotline"
    phone: str = ""
    """Of somebody who asks more than once; everybody else has a number of their own."""


def stories(file: Path = FILE) -> list[Story]:
    """All that a file tells."""
    rows = tomllib.loads(file.read_text("utf-8"))["stories"]
    return [Story(**{**row, "co": tuple(row.get("co", ()))}) for row in rows]
