"""Events of intake about standing relations and what came of them: pairs, contact cards, activities and papers."""

from datetime import date
from typing import Literal

from pydantic import Field

from contracts.event import Code, Event, Note

PairedKind = Literal["subject", "person", "unit"]
"""What a target is: somebody of the register to be visited, an official, or a unit."""

Words = tuple[str, ...]


class PairingEstablished(Event, type="pairing-established", version=1, owner="intake", stream="pairing", key="book_id"):
    """结对: an owner answers for a target from a day on (SH-05, EB-03, EB-07, LT-34, LT-35).

    One stream is one owner's list of one kind, so that the most that the pack allows is never passed.
    """

    book_id: Code
    pairing_id: Code
    programme_id: Code
    kind: Code
    owner: Code
    """A person, or a unit where the pack says that units are paired."""
    owner_kind: Literal["person", "unit"]
    target: Code
    target_kind: PairedKind
    since: date
    basis: str = Field(default="", max_length=100)
    """On what it rests, as the pack words it (EB-05)."""
    rule_id: Code
    """The row of the pack that it was judged by."""


class PairingEnded(Event, type="pairing-ended", version=1, owner="intake", stream="pairing", key="book_id"):
    """A pair is one no more, from the day after `until`."""

    book_id: Code
    pairing_id: Code
    until: date
    reason: Note


class ContactCardIssued(Event, type="contact-card-issued", version=1, owner="intake", stream="pairing", key="book_id"):
    """联系卡 handed to those who are paired, with what shows that they got it (SH-27, EB-13)."""

    book_id: Code
    pairing_id: Code
    target: Code
    on: date
    receipt: str = Field(min_length=1, max_length=200)


class ActivityHeld(Event, type="activity-held", version=1, owner="intake", stream="activity", key="activity_id"):
    """Something that counts as done: a deed, or a paper with its title and number (EB-11 to EB-19, SH-06, SH-19)."""

    activity_id: Code
    programme_id: Code
    kind: Code
    on: date
    unit: Code
    persons: tuple[Code, ...] = Field(min_length=1)
    """Who took part, or wrote it; each has done it once."""
    subjects: tuple[Code, ...] = ()
    """At whose place or for whom: households, enterprises, contact points."""
    joint_with: tuple[Code, ...] = ()
    """Units that held it together with this one (EB-12)."""
    topic: Note = ""
    topic_class: str = Field(default="", max_length=100)
    services: Words = ()
    """What was brought along (EB-17, LT-37)."""
    participants: int = Field(default=0, ge=0, le=1_000_000)
    """How many came, besides those who held it."""
    document: str = Field(default="", max_length=200)
    """A paper's number or where it lies."""
    also_counts_for: Words = ()
    """Other programmes that it serves too, as the pack names them (EB-26)."""
    rule_id: Code


class ActivityWithdrawn(
    Event, type="activity-withdrawn", version=1, owner="intake", stream="activity", key="activity_id"
):
    """It was entered by mistake and counts no more."""

    activity_id: Code
    reason: Note
