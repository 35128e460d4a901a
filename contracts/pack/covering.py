"""What a pack says of coverage: whose part in visiting is obligatory, who must be visited, how much of it, by when."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator

from contracts.intake import Channel, Mode
from contracts.pack.fields import AtLeastOne, Code, Count, Day, OneOrMore, Share, Table, Text, refuse, several
from contracts.pack.tables import Level

Duty = Literal["visit", "collect_requests", "residents_meeting"]
"""Ways of taking part (LT-32)."""


class Roster(Table):
    """A group of people with duties."""

    id: Code
    name: Text
    levels: tuple[Level, ...] = ()
    """Whose people these are: everybody of the units of these levels."""
    ranks: tuple[Text, ...] = ()
    """Only those of these ranks, as the directory words them (HA-04: 科级 and above)."""
    obliged: tuple[Duty, ...] = ()
    """What each of them does at least once; who visited took part (K08)."""
    participation: Share | None = None
    """The share that must take part; 1.0 is everybody."""
    due: Day | None = None
    """By when; absent, by the programme's last day."""
    total: Count | None = None
    """How many they should be by the plan; the directory says who they are."""
    parts: dict[str, Count] = Field(default_factory=dict)


class RepeatCaller(Table):
    """Who counts as calling again and again."""

    calls: AtLeastOne
    days: AtLeastOne
    channels: tuple[Channel, ...] = Field(default=("hotline",), min_length=1)
    """By which a request is a call: LT-33 speaks of the hotline."""


PopulationKind = Literal["household", "enterprise", "village", "community", "unit", "person", "case", "grid"]
Kinds = Annotated[tuple[PopulationKind, ...], BeforeValidator(several), Field(min_length=1)]


class Population(Table):
    """What is to be visited; `parts` must add up to `total`."""

    id: Code
    kind: Kinds
    """`person`: subjects of whatever kind that bear one of the tags, and repeat callers; `case`: matters in focus."""
    name: Text | None = None
    snapshot: Day | None = None
    """Of which day's register it is: what was listed later is not asked for."""
    layer: Text | None = None
    tags: tuple[Text, ...] = ()
    """Only those that bear one of these."""
    repeat_caller: RepeatCaller | None = None
    total: Count | None = None
    """How many they should be by the plan (HA-05: 42 places); a register with another number is pointed out."""
    parts: dict[str, Count] = Field(default_factory=dict)


def _parts_of(value: object) -> Fraction:
    if isinstance(value, Fraction):
        return value
    numbers = value if isinstance(value, list | tuple) else ()
    if len(numbers) != 2 or not all(isinstance(n, int) and not isinstance(n, bool) for n in numbers):
        raise refuse("应写作 [1, 3]，即三分之一", "write [1, 3] for a third")
    part, whole = numbers
    if not 0 < part <= whole:
        raise refuse("应大于零且不超过全部", "must be more than nothing and not more than all")
    return Fraction(part, whole)


PartOf = Annotated[
    Fraction, PlainValidator(_parts_of), PlainSerializer(lambda f: [f.numerator, f.denominator], return_type=list[int])
]
"""A part of a whole number, exactly: `[1, 3]`."""


class Coverage(Table):
    """How much of which populations must be visited by when."""

    population: OneOrMore
    ratio: Share | None = None
    by_size: dict[Code, PartOf] = Field(default_factory=dict)
    """Instead of one ratio: per town by its size, each rounded up (SH-18)."""
    due: Day
    modes: tuple[Mode, ...] = ()
    """Visits that count, the required depth; empty: of every mode."""
    phrase: Text | None = None
    """What may be declared when all of it is reached, as 一户不漏."""

    def part(self, size_class: str | None) -> Fraction:
        """Of a town: what its size asks for, all of it where its size is not known."""
        if self.by_size:
            return self.by_size.get(size_class or "", Fraction(1))
        return Fraction(self.ratio if self.ratio is not None else Decimal(1))
