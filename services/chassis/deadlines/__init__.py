"""When a time limit ends: the working-day calendar and the counting of all seven units; pure, reads no clock."""

from services.chassis.deadlines.cadence import Rhythm, slot_days
from services.chassis.deadlines.calendar import Calendar, UnknownCalendar, calendar_for
from services.chassis.deadlines.due import Due, DueInPast, UnknownSlot, due, reckon, resume
from services.chassis.deadlines.lights import Light, light, mark_at
from services.chassis.deadlines.working_time import add_working, elapsed_working, remaining

__all__ = [
    "Calendar",
    "Due",
    "DueInPast",
    "Light",
    "Rhythm",
    "UnknownCalendar",
    "UnknownSlot",
    "add_working",
    "calendar_for",
    "due",
    "elapsed_working",
    "light",
    "mark_at",
    "reckon",
    "remaining",
    "resume",
    "slot_days",
]
