"""What the desk's form starts from: what somebody said of the case before, else the rules, else the history."""

from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from contracts.dispatch import Durations
from services.chassis.clock import LOCAL
from services.dispatch.domain import limits
from services.dispatch.domain.routing import RouteSuggestion
from services.dispatch.read.first_facts import FIRST_SCOPE, first_facts, first_urgency
from services.dispatch.read.said import Said
from services.dispatch.read.suggest import Suggestions
from services.dispatch.web.routing import RouteQuestion
from services.reference.programmes import ActivePack
from services.ui.forms import Form

FLAGS = ("must_solve", "desk_suitable", "focus", "sensitive", "secret")
"""Boxes of the form: what was ticked for a case stays so until a person takes it away."""

ROUTED_BY = ("desk_suitable", "focus", "secret")
"""Boxes that the rules look at."""

FIXED = "date:"
"""How limits word a day (`contracts.duration`)."""


@dataclass(frozen=True, slots=True)
class Start:
    """What is known of a case when its form is shown for the first time."""

    way: RouteSuggestion | None
    suggested: Suggestions
    said: Said
    now: datetime


def question(row: asyncpg.Record, active: ActivePack, said: Said, form: Form | None) -> RouteQuestion:
    """What the form says: what was typed, else what it starts from."""
    if form is not None:
        words = ("category", "scope", "urgency", "level", "territory", "site_scope", "difficulty")
        given: dict[str, object] = {name: form.value(name) or None for name in words}
        flags = {name: form.chosen(name, "yes") for name in ROUTED_BY}
        return RouteQuestion.model_validate({**given, **flags, "redirect_class": form.value("redirect") or None})
    first, before = first_facts(row, active.pack), said.classified
    asked = RouteQuestion(scope=first.scope, urgency=first.urgency, level=first.level, focus=first.focus)
    if before is None:
        return asked
    flags = {name: getattr(before, name) for name in ROUTED_BY}
    kept = {"difficulty": before.difficulty, "site_scope": before.site_scope, "redirect_class": before.redirect}
    return asked.model_copy(update={**flags, **kept})


def first_form(row: asyncpg.Record | None, active: ActivePack, start: Start) -> Form:
    """A person changes or confirms it; nothing that was said before is lost by confirming."""
    if row is None:
        return Form()
    way, suggested, said = start.way, start.suggested, start.said
    lead = row["prepared_lead"] or (way.lead if way else None) or (suggested.lead.code if suggested.lead else "")
    territory = (said.prepared.territory if said.prepared else None) or (way.territory if way else None)
    values: dict[str, object] = {
        "category": row["category"] or "",
        "scope": row["scope"] or FIRST_SCOPE,
        "urgency": first_urgency(row, active.pack),
        "level": row["level"] or "",
        "lead": lead,
        "co": list(row["prepared_co"] if row["prepared_lead"] else way.co if way else ()),
        "territory": territory or row["territory"] or "",
        "interested": list(row["interested"]),
        "route_reason": said.prepared.reason if said.prepared else "",
        **_classified(row, said, active, start.now),
    }
    # What was never said leaves the template's own words standing; a department that is the lead itself is no word.
    values |= {name: text for name, text in said.draft(lead or "").model_dump().items() if text and text != lead}
    return Form(values, expected=row["version"])


def _classified(row: asyncpg.Record, said: Said, active: ActivePack, now: datetime) -> dict[str, object]:
    before = said.classified
    if before is None:
        return {"focus": "yes" if active.pack.in_focus(row["category"]) else ""}
    flags = {name: "yes" if getattr(before, name) else "" for name in FLAGS}
    chosen = {name: getattr(before, name) or "" for name in ("redirect", "site_scope", "difficulty", "service_line")}
    return {**flags, **chosen, **_days(said, before.durations, before.urgency, active, now)}


def _days(said: Said, set_: Durations, urgency: str, active: ActivePack, now: datetime) -> dict[str, object]:
    """Days that were set by hand and are still to come. The day for signing was the first unit's."""
    if not said.of_this_round or urgency not in {row.code for row in active.pack.lists.urgency}:
        return {}
    ruled = limits.durations(active.pack, urgency)
    days: dict[str, object] = {}
    if finish := _day(set_.finish, ruled.finish, now):
        days["finish_on"] = finish
    if said.prepared is not None and (sign := _day(set_.sign, ruled.sign, now)):
        days["sign_on"] = sign
    return days


def _day(limit: str | None, ruled: str | None, now: datetime) -> date | None:
    if limit is None or limit == ruled or not limit.startswith(FIXED):
        return None
    day = date.fromisoformat(limit.removeprefix(FIXED))
    return day if day >= now.astimezone(LOCAL).date() else None
