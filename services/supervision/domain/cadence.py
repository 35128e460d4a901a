"""One slot of one unit: fulfilled in time, missed, or made up late; each is recorded once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never

from contracts.event import Event
from contracts.supervision import CadenceFulfilled, CadenceMissed
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_


@dataclass(frozen=True, slots=True)
class CadenceSlot:
    """What is known of the slot."""

    fulfilled: bool = False
    missed: bool = False


@dataclass(frozen=True, slots=True)
class SlotOf:
    """Which slot: of whose programme and rhythm, which day, who owes it, and when it was due."""

    slot_id: str
    programme_id: str
    cadence_id: str
    slot: date
    owner: str
    due: datetime


@dataclass(frozen=True, slots=True)
class FulfilSlot:
    """What was owed came, by the recorded time `at`: nobody can backdate a meeting into its slot."""

    of: SlotOf
    ref: str
    at: datetime
    automatic: bool = False
    """A report that comes again changes nothing; a second meeting for the slot is refused."""


@dataclass(frozen=True, slots=True)
class JudgeSlot:
    """Is it missed? Everything up to `watermark` is known."""

    of: SlotOf
    watermark: datetime


Command = FulfilSlot | JudgeSlot


def evolve(slot: CadenceSlot, event: Event) -> CadenceSlot:
    match event:
        case CadenceFulfilled():
            return replace(slot, fulfilled=True)
        case CadenceMissed():
            return replace(slot, missed=True)
        case _:
            raise TypeError(f"{event.TYPE} is no event of a slot")


def decide(slot: CadenceSlot, command: Command) -> Sequence[Event]:
    match command:
        case FulfilSlot():
            return _fulfil(slot, command)
        case JudgeSlot():
            return _judge(slot, command)
        case _:
            assert_never(command)


def _fulfil(slot: CadenceSlot, c: FulfilSlot) -> Sequence[Event]:
    if slot.fulfilled and c.automatic:
        return []
    if slot.fulfilled:
        raise Rejected("slot-fulfilled", N_("这一期已经有会议记录，一次会议只能对应一期。"), "slot")
    return [
        CadenceFulfilled(
            slot_id=c.of.slot_id,
            programme_id=c.of.programme_id,
            cadence_id=c.of.cadence_id,
            slot=c.of.slot,
            owner=c.of.owner,
            ref=c.ref,
            late=c.at > c.of.due,
        )
    ]


def _judge(slot: CadenceSlot, c: JudgeSlot) -> Sequence[Event]:
    if slot.fulfilled or slot.missed or c.watermark <= c.of.due:
        return []
    return [
        CadenceMissed(
            slot_id=c.of.slot_id,
            programme_id=c.of.programme_id,
            cadence_id=c.of.cadence_id,
            slot=c.of.slot,
            owner=c.of.owner,
            due=c.of.due,
            watermark=c.watermark,
        )
    ]


CADENCE_SLOT: Decider[CadenceSlot, Command] = Decider("cadence-slot", CadenceSlot(), evolve, decide)


def stream(slot_id: str) -> str:
    """The stream of a slot."""
    return f"cadence-{slot_id}"
