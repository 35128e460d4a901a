"""去向留言: when somebody is away and who stands in meanwhile (AB岗, SH-39)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.event import Event
from contracts.intake import AbsenceDeclared, AbsenceEnded
from services.chassis.decider import Rejected
from services.chassis.words import N_

LONGEST = timedelta(days=366)
"""Whoever is away for longer has another post; the directory says so instead."""


@dataclass(frozen=True, slots=True)
class DeclareAbsence:
    """Away from when until when, and who stands in; without one named it is the B角 of the directory."""

    person_id: str
    absence_id: str
    starts_at: datetime
    ends_at: datetime | None
    at: datetime
    note: str = ""
    backup_id: str | None = None


@dataclass(frozen=True, slots=True)
class EndAbsence:
    """Back before the announced end."""

    person_id: str
    absence_id: str
    at: datetime


def declare(known: Sequence[AbsenceDeclared], registered_backup: str | None, c: DeclareAbsence) -> Sequence[Event]:
    """One stand-in at a time: two absences of one person do not overlap."""
    if any(one.absence_id == c.absence_id for one in known):
        return []
    if c.ends_at is None:
        raise Rejected("no-end", N_("请填写离岗的结束时间。"), "ends_at")
    if c.ends_at <= max(c.starts_at, c.at):
        raise Rejected("end-in-past", N_("结束时间须晚于开始时间和现在。"), "ends_at")
    if c.ends_at - c.starts_at > LONGEST:
        raise Rejected("too-long", N_("离岗不能超过一年；长期离岗请在名册中调整岗位。"), "ends_at")
    backup = c.backup_id or registered_backup
    if not backup:
        raise Rejected("no-backup", N_("请选定代岗人；名册中没有 B 角。"), "backup_id")
    if backup == c.person_id:
        raise Rejected("own-backup", N_("B 角不能是本人。"), "backup_id")
    if any(one.starts_at < c.ends_at and c.starts_at < one.ends_at for one in known):
        raise Rejected("absence-overlaps", N_("这段时间已有离岗登记；请先结束那一次。"), "starts_at")
    return [
        AbsenceDeclared(
            person_id=c.person_id,
            absence_id=c.absence_id,
            starts_at=c.starts_at,
            ends_at=c.ends_at,
            note=c.note,
            backup_id=backup,
        )
    ]


def end(known: Sequence[AbsenceDeclared], c: EndAbsence) -> Sequence[Event]:
    """What is over by itself, or was ended before, needs no word."""
    going = next((one for one in known if one.absence_id == c.absence_id), None)
    if going is None or going.ends_at <= c.at:
        return []
    return [AbsenceEnded(person_id=c.person_id, absence_id=c.absence_id)]
