"""Builds the desk: what waits on the left, the form for one case on the right, and why it is filled in as it is."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time

import asyncpg

from contracts.pack import Urgency
from contracts.sealed import Sealed
from services.chassis.clock import LOCAL
from services.chassis.deadlines import DueInPast, reckon
from services.chassis.web import User
from services.dispatch.domain.routing import RouteSuggestion
from services.dispatch.read import cases, waiting
from services.dispatch.read.suggest import Suggestions
from services.dispatch.web import similar, wording
from services.dispatch.web.reads import Reads, title_of
from services.dispatch.web.routing import RouteQuestion, proposal
from services.dispatch.web.views import DeskCase, DeskView, Item, Level, RouteView
from services.reference.directory import Unit
from services.reference.limits import limit_words
from services.reference.programmes import ActivePack
from services.reference.words import CHANNELS, case_number
from services.ui.forms import Form
from services.ui.i18n import gettext as _
from services.ui.i18n import language

DEPARTMENTS = ("department", "desk")
AREAS = ("town", "community", "village")
FIRST_SCOPE = "individual"
"""Most matters are one household's."""

CO_UNITS = 12
"""Departments offered as helpers at a glance."""


async def desk_view(
    found: Reads, user: User, active: ActivePack | None, wanted: str | None, form: Form | None = None
) -> DeskView | None:
    """The desk of one programme; None while no programme was activated."""
    if active is None:
        return None
    queue = await cases.queue(found.pool, active.programme_id)
    row = await _current(found, queue, wanted)
    units = await found.directory.units()
    names = {unit.unit_id: unit.name for unit in units}
    categories = wording.category_words(active)
    way = await proposal(found, active, row, _question(row, active, form)) if row else None
    excluded = {*(row["complained"] if row else ()), *(way.excluded if way else ())}
    hits, suggested = await similar.of_case(found, row, active) if row else ([], Suggestions())
    levels, provisional = levels_of(active, found.now)
    return DeskView(
        programme=active.name,
        programme_id=active.programme_id,
        programmes=[(one.programme_id, one.name) for one in await found.programmes.all()],
        items=[_item(one, names, categories, row) for one in queue],
        waiting=await cases.waiting(found.pool, active.programme_id),
        today=await cases.handed_over_since(found.pool, active.programme_id, _midnight(found.now)),
        bulk=await waiting.most_of_one_category(found.pool, active.programme_id),
        case=await _case(found, row, names, categories, user) if row else None,
        route=route_view(way, names) if way else None,
        hits=[similar.shown(hit, names) for hit in hits[: similar.SHOWN] if hit.likeness >= similar.SHOWN_FROM],
        suggested=similar.suggested_views(suggested, names, categories),
        levels=levels,
        categories=[(group.name, [(leaf.code, leaf.name) for leaf in group.items]) for group in active.pack.categories],
        units=wording.unit_groups(units, excluded),
        co_units=[(u.unit_id, u.name) for u in units if u.level in DEPARTMENTS and u.unit_id not in excluded][
            :CO_UNITS
        ],
        territories=[(u.unit_id, u.name) for u in units if u.level in AREAS and u.unit_id not in excluded],
        persons=await _persons(found, units) if "responsible_person_id" in active.pack.order.required else [],
        asks_level=any(route.when.level for route in active.pack.lists.route),
        has_desk=any(unit.level == "desk" for unit in units),
        required=frozenset(name.removesuffix("_id") for name in active.pack.order.required),
        provisional=provisional,
        form=form or _blank(row, active, way, suggested),
    )


def route_view(way: RouteSuggestion, names: Mapping[str, str]) -> RouteView:
    """What the pack's rules say, in the language of the screen."""
    return RouteView(
        rule_id=way.rule_id,
        reason=way.reason(language()),
        lead=names.get(way.lead, way.lead) if way.lead else None,
        co=[names.get(unit, unit) for unit in way.co],
        territory=names.get(way.territory, way.territory) if way.territory else None,
        redirect=way.redirect.channel if way.redirect else None,
        designate=way.designate_by is not None,
        decide_within=limit_words(way.decide_within) if way.decide_within else None,
    )


async def _current(found: Reads, queue: Sequence[asyncpg.Record], wanted: str | None) -> asyncpg.Record | None:
    if wanted and (row := await cases.one(found.pool, wanted)):
        return row
    return queue[0] if queue else None


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(LOCAL).date(), time(), LOCAL)


def _item(
    one: asyncpg.Record, names: Mapping[str, str], categories: Mapping[str, str], row: asyncpg.Record | None
) -> Item:
    chips = []
    if one["returns"]:
        chips.append((_("退单"), "bad"))
    if one["round"] > 1:
        chips.append((_("重办"), "warn"))
    return Item(
        href=f"/dispatch/desk?case={one['case_id']}",
        title=title_of(one),
        meta=[
            names.get(one["territory"], one["territory"] or ""),
            categories.get(one["category"], one["category"] or ""),
        ],
        chips=chips,
        current=row is not None and one["case_id"] == row["case_id"],
    )


def levels_of(active: ActivePack, now: datetime) -> tuple[list[Level], bool]:
    """Each class with the day it would end if handed over now, counted on the programme's calendar."""
    levels, provisional = [], False
    for row in active.pack.lists.urgency:
        try:
            due = reckon(now, row.finish, active.calendar)
        except DueInPast:
            levels.append(_level(active, row, None))
            continue
        provisional = provisional or due.provisional
        levels.append(_level(active, row, due.at))
    return levels, provisional


def _level(active: ActivePack, row: Urgency, due: datetime | None) -> Level:
    return Level(row.code, active.pack.urgency_name(row.code), limit_words(row.finish), due, limit_words(row.sign))


def _question(row: asyncpg.Record, active: ActivePack, form: Form | None) -> RouteQuestion:
    """What the form says: what was typed, else what it starts from."""
    if form is not None:
        given = {name: form.value(name) or None for name in ("category", "scope", "urgency", "level", "territory")}
        return RouteQuestion.model_validate({**given, "desk_suitable": form.chosen("desk_suitable", "yes")})
    return RouteQuestion(scope=row["scope"] or FIRST_SCOPE, urgency=_urgency(row, active), level=row["level"])


def _urgency(row: asyncpg.Record, active: ActivePack) -> str:
    """The case's own class, else the middle one."""
    codes = [level.code for level in active.pack.lists.urgency]
    return str(row["urgency"]) if row["urgency"] in codes else codes[min(1, len(codes) - 1)]


def _blank(row: asyncpg.Record | None, active: ActivePack, way: RouteSuggestion | None, suggested: Suggestions) -> Form:
    """What is known stands in the form: the rule's lead, else the history's; a person changes or confirms it."""
    if row is None:
        return Form()
    lead = (way.lead if way else None) or (suggested.lead.code if suggested.lead else "")
    territory = (way.territory if way and way.territory else row["territory"]) or ""
    values: dict[str, object] = {
        "category": row["category"] or "",
        "scope": row["scope"] or FIRST_SCOPE,
        "urgency": _urgency(row, active),
        "level": row["level"] or "",
        "lead": lead,
        "co": list(way.co) if way else [],
        "territory": territory,
    }
    return Form(values, expected=row["version"])


async def _case(
    found: Reads,
    row: asyncpg.Record,
    names: Mapping[str, str],
    categories: Mapping[str, str],
    user: User,
) -> DeskCase:
    return DeskCase(
        case_id=row["case_id"],
        number=case_number(row["programme"], row["case_no"]),
        title=title_of(row),
        text=await _text(found, row["case_id"]),
        meta=[
            names.get(row["territory"], row["territory"] or ""),
            categories.get(row["category"], row["category"] or ""),
            _(CHANNELS.get(row["channel"], row["channel"])),
            f"{row['received_at'].astimezone(LOCAL):%m-%d %H:%M}",
        ],
        requester_ref=None if user.unit_id in row["complained"] else row["requester_ref"],
        came_back=await _came_back(found, row, names),
        territory_hint=_("按登记的属地：%(unit)s", unit=names.get(row["territory"], row["territory"]))
        if row["territory"]
        else None,
        complained=[names.get(unit, unit) for unit in row["complained"]],
    )


async def _text(found: Reads, case_id: str) -> str:
    """The opening's sealed text; it is kept in no table."""
    sealed: str | None = await found.pool.fetchval(
        "SELECT convert_from(payload, 'UTF8')::json -> 'data' ->> 'text' FROM event WHERE stream = $1 AND version = 1",
        f"case-{case_id}",
    )
    return await found.text(Sealed.model_validate_json(sealed)) if sealed else ""


async def _came_back(found: Reads, row: asyncpg.Record, names: Mapping[str, str]) -> str | None:
    if not row["returns"]:
        return None
    last = await found.pool.fetchrow(
        "SELECT unit, return_reason, proposed_unit FROM case_order WHERE case_id = $1 AND return_n > 0"
        " ORDER BY returned_at DESC LIMIT 1",
        row["case_id"],
    )
    if last is None:
        return None
    said = _("%(unit)s退单：%(reason)s", unit=names.get(last["unit"], last["unit"]), reason=last["return_reason"])
    if last["proposed_unit"]:
        said += _("（建议：%(unit)s）", unit=names.get(last["proposed_unit"], last["proposed_unit"]))
    return said


async def _persons(found: Reads, units: Sequence[Unit]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Everybody who may be named responsible, by unit."""
    rows = await found.pool.fetch("SELECT DISTINCT unit_id, person_id FROM person ORDER BY unit_id, person_id")
    names = await found.directory.person_names(row["person_id"] for row in rows)
    of_unit: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        of_unit.setdefault(row["unit_id"], []).append((row["person_id"], names[row["person_id"]]))
    return [(unit.name, of_unit[unit.unit_id]) for unit in units if unit.unit_id in of_unit]
