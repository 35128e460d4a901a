"""节奏板: every rhythm and duty with the slots that were due, the next one, and what came of each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from contracts.pack import Cadence, Quota
from services.chassis.web import User
from services.reference.programmes import ActivePack
from services.supervision.domain.cadence import SlotOf
from services.supervision.read import duties, rhythms
from services.supervision.web import rhythm_acts as act
from services.supervision.web.reads import Reads
from services.supervision.web.rhythm_words import STATES, duty_every, duty_name, every_words, name_of, who_owes
from services.ui.formats import day
from services.ui.i18n import gettext as _

MEETING, RUN = "/supervision/cadence/meetings", "/reporting/runs"
PAGES = {"R12": "/supervision/bulletins", "R13": "/supervision/assessments"}
"""Where what kept a slot is read; other reports are runs of reporting."""

SHOWN = 6
"""Slots that were due, shown in a row; the next one stands behind them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One rhythm or duty on the board."""

    cadence: str
    name: str
    every: str
    owner: str
    to: str | None
    """Whom it is brought to."""
    services: str
    """What is brought along."""
    counted: str
    days: list[tuple[str, bool]]
    units: list[dict[str, Any]]
    record: str | None


async def lines_of(found: Reads, active: ActivePack, user: User) -> tuple[list[Line], dict[str, int]]:
    """The lines in the order of the pack, and how often each state occurs."""
    slots = await rhythms.slots_until(found.pool, found.programmes, active.programme_id, found.now + rhythms.AHEAD)
    held, known = await rhythms.holders(found.pool), await rhythms.outcomes(found.pool, active.programme_id)
    names = await found.directory.unit_names()
    totals: dict[str, int] = {}
    lines = []
    for row in active.pack.lists.cadence:
        own = rhythms.all_owed(active.programme_id, [slot for slot in slots if slot.cadence.id == row.id], held)
        states = {one.of.slot_id: state_of(one.of, known, found.now) for one in own}
        for state in states.values():
            totals[state] = totals.get(state, 0) + 1
        lines.append(_line(active, row, own, states, known, names, found.now, user))
    return lines + await _duty_lines(found, active, known, names, totals), totals


async def _duty_lines(
    found: Reads, active: ActivePack, known: dict[str, Any], names: dict[str, str], totals: dict[str, int]
) -> list[Line]:
    slots = await duties.slots_until(found.pool, found.programmes, active.programme_id, found.now + rhythms.AHEAD)
    if not slots:
        return []
    who, lines = await duties.people(found.pool), []
    for quota in (row for row in active.pack.lists.quota if row.slots):
        own = duties.all_owed(active.programme_id, [one for one in slots if one.quota.kind == quota.kind], who)
        states = {one.of.slot_id: state_of(one.of, known, found.now) for one in own}
        for state in states.values():
            totals[state] = totals.get(state, 0) + 1
        lines.append(_duty_line(active, quota, own, states, names, found.now))
    return lines


def state_of(of: SlotOf, known: dict[str, Any], now: datetime) -> str:
    """What came of a slot; `pending` until the timer has judged it."""
    row = known.get(of.slot_id)
    if row is None:
        return "open" if of.due >= now else "pending"
    if row["fulfilled_at"] is None:
        return "missed"
    return "late" if row["late"] else "kept"


def _days(own: Sequence[Any], now: datetime) -> tuple[list[date], list[date]]:
    past = sorted({one.of.slot for one in own if one.of.due < now})[-SHOWN:]
    return past, sorted({one.of.slot for one in own if one.of.due >= now})[:1]


def _line(
    active: ActivePack,
    row: Cadence,
    own: list[rhythms.Owed],
    states: dict[str, str],
    known: dict[str, Any],
    names: dict[str, str],
    now: datetime,
    user: User,
) -> Line:
    past, coming = _days(own, now)
    by_place = {(one.of.owner, one.of.slot): one.of.slot_id for one in own}
    units = []
    for owner in sorted({one.of.owner for one in own}):
        cells = [_cell(by_place.get((owner, slot)), states, known, row) for slot in (*past, *coming)]
        units.append({"name": names.get(owner, owner), "cells": cells})
    may = row.meeting is not None and act.may_record(user, row) is not None
    return Line(
        cadence=row.id,
        name=name_of(row, active.pack),
        every=every_words(row),
        owner=active.pack.role_name(row.owner or row.chair or ""),
        to=active.pack.role_name(row.to) if row.to else None,
        services="",
        counted=_counted(states),
        days=[(day(slot), slot in coming) for slot in (*past, *coming)],
        units=units,
        record=f"/supervision/cadence/meetings/new?programme={active.programme_id}&cadence={row.id}" if may else None,
    )


def _counted(states: dict[str, str]) -> str:
    due = [state for state in states.values() if state != "open"]
    return _("应办 %(due)s 次，按期 %(kept)s 次", due=len(due), kept=due.count("kept"))


def _cell(slot_id: str | None, states: dict[str, str], known: dict[str, Any], row: Cadence) -> dict[str, Any]:
    if slot_id is None:
        return {"word": "—", "tone": None, "href": None}
    word, tone = STATES[states[slot_id]]
    ref = known[slot_id]["ref"] if slot_id in known else None
    page = MEETING if row.meeting else PAGES.get(row.report or "", RUN)
    return {"word": _(word), "tone": tone, "href": f"{page}/{ref}" if ref else None}


def _duty_line(
    active: ActivePack,
    quota: Quota,
    own: list[duties.OwedDuty],
    states: dict[str, str],
    names: dict[str, str],
    now: datetime,
) -> Line:
    """A unit's cell counts its people: who kept the slot, of those who owed it; it opens their list."""
    past, coming = _days(own, now)
    by_place: dict[tuple[str, date], Counter[str]] = {}
    for one in own:
        by_place.setdefault((one.unit, one.of.slot), Counter())[states[one.of.slot_id]] += 1
    here = f"/supervision/cadence/duties/{quota.kind}?programme={active.programme_id}&day="
    units = [
        {
            "name": names.get(unit, unit),
            "cells": [
                _share_cell(by_place.get((unit, slot)), f"{here}{slot.isoformat()}") for slot in (*past, *coming)
            ],
        }
        for unit in sorted({one.unit for one in own})
    ]
    return Line(
        cadence=quota.kind,
        name=duty_name(quota),
        every=duty_every(quota),
        owner=who_owes(quota, active.pack),
        to=None,
        services="、".join(quota.services),
        counted=_counted(states),
        days=[(day(slot), slot in coming) for slot in (*past, *coming)],
        units=units,
        record=None,
    )


def _share_cell(counts: Counter[str] | None, href: str) -> dict[str, Any]:
    if counts is None:
        return {"word": "—", "tone": None, "href": None}
    tone = next((STATES[state][1] for state in ("missed", "pending", "late", "open") if counts[state]), "good")
    return {"word": f"{counts['kept'] + counts['late']}/{counts.total()}", "tone": tone, "href": href}
