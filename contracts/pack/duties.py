"""Rows about what people owe besides visits: whom they are paired with, what counts as done, and how much of it."""

from typing import Literal

from pydantic import Field, StrictInt

from contracts.intake import Mode
from contracts.pack.fields import AtLeastOne, Code, Count, Day, Flag, Share, Table, Text

Slot = StrictInt | Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Roll = Literal["forward", "back", "drop"]
Owing = Literal["person", "unit"]


class Pairing(Table):
    """Who is paired with whom, and with how many at least and at most (SH-05, EB-03, EB-07, LT-35)."""

    kind: Code
    name: Text | None = None
    from_: Code = Field(alias="from")
    """A roster, or a role: whose people owe it."""
    to: Code
    """A population, a roster, or a role."""
    to_units: Flag = False
    """Of a roster or role its units, not its people: 部门单位联系社区（村） (EB-01)."""
    per: Owing = "person"
    """领导班子联系企业: each of them, or the unit as one (EB-07)."""
    mode: Literal["one_to_one", "many_to_one"] = "many_to_one"
    """Whether a target may have one partner of this kind only, or several (EB-09)."""
    min: Count | None = None
    max: Count | None = None
    due: Day | None = None
    """By when everybody has the least number; absent: nobody is held to a day."""
    ratio: Share | None = None
    """How many of those who owe it must be within the bounds (SH-07: 0.95)."""
    card: Flag = False
    """Whether a 联系卡 is handed over with a receipt (SH-27, EB-13)."""
    basis: tuple[Text, ...] = ()
    """On what a pair may rest, as 网格责任 (EB-05); empty: nothing is asked."""
    rule: Text | None = None
    """How the programme draws up the pairs, shown to whoever enters them."""


class Activity(Table):
    """One kind of thing that counts as done: a deed, or a paper (EB-11 to EB-19)."""

    id: Code
    name: Text
    by: Owing = "person"
    """Whether each who took part has done it, or the unit as one."""
    counts: Literal["times", "days"] = "times"
    """Every one counts, or every day once, as 蹲点 (SH-06)."""
    document: Flag = False
    """A paper, known by its title and number: 调研报告, 长效机制 (EB-14, EB-19)."""
    joint: Flag = False
    """Held together with those who are paired (EB-12)."""
    topics: tuple[Text, ...] = ()
    """Classes of which one is named: 四类课题, 问政、问需、问计 (EB-13, EB-15)."""
    services: tuple[Text, ...] = ()
    """What may be brought along: 八送, 送健康、送温暖、送安全 (EB-17, LT-37)."""


class Quota(Table):
    """A duty of a person or unit: on named days, or so many of something in a period.

    With `slots` it is judged day by day from the visits recorded on it (LT-36). Without them `need` of what
    `activities` or `modes` name are owed each week or month, or once in the programme (SH-06, EB-11 to EB-19).
    """

    who: Code
    """A roster, or a role."""
    kind: Code
    name: Text | None = None
    per: Literal["week", "month", "programme"]
    owed_by: Owing = "person"
    slots: tuple[Slot, ...] = ()
    activities: tuple[Code, ...] = ()
    """Kinds of `lists.activity` that count."""
    modes: tuple[Mode, ...] = ()
    """Visits that keep a slot, or that count; with `slots` empty means of every mode."""
    paired: Flag = False
    """Only visits to those whom one is paired with count."""
    need: AtLeastOne
    """With named days as many as there are: said twice, so that a day left out by mistake is found."""
    max: Count | None = None
    """More than this is told, but never counts for more (解决 3—5 件, SH-19)."""
    due: Day | None = None
    """Of a duty of the whole programme: its last day; what comes later is late (七一前夕, EB-12)."""
    grace_days: Count = 2
    """So many days after the period what was done in it may still be entered; later it counts as late."""
    holiday: Roll | None = None
    services: tuple[Text, ...] = ()
    """What is brought along on such a day, shown with the duty (LT-37)."""

    @property
    def title(self) -> str:
        return self.name or self.kind
