"""Builds the desk: what waits on the left, the form for one case on the right, and why it is filled in as it is."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time

import asyncpg

from contracts.dispatch import CaseSentBack, CaseSupplemented
from contracts.pack import Urgency
from contracts.sealed import Sealed
from services.chassis.clock import LOCAL
from services.chassis.deadlines import DueInPast, reckon
from services.chassis.web import User
from services.dispatch.domain.routing import RouteSuggestion
from services.dispatch.read import cases, waiting
from services.dispatch.read.said import Said, said_of
from services.dispatch.read.suggest import Suggestions
from services.dispatch.web import labels, similar, wording
from services.dispatch.web.answering_choices import persons_by_unit, required_of
from services.dispatch.web.deskform import Start, first_form, question
from services.dispatch.web.packroles import acts_as
from services.dispatch.web.reads import Reads, title_of
from services.dispatch.web.recusal import barred, recused
from services.dispatch.web.routing import proposal
from services.dispatch.web.views import DeskCase, DeskView, Item, Level, Options, RouteView
from services.reference.limits import limit_words
from services.reference.programmes import ActivePack
from services.reference.words import CHANNELS, case_number
from services.ui.forms import Form
from services.ui.i18n import gettext as _
from services.ui.i18n import language

DEPARTMENTS = ("department", "desk")
AREAS = ("town", "community", "village")
CO_UNITS = 12
"""Departments offered as helpers at a glance."""


async def desk_view(
    found: Reads,
    user: User,
    active: ActivePack | None,
    wanted: str | None,
    form: Form | None = None,
    back: Form | None = None,
) -> DeskView | None:
    """The desk of one programme; None while no programme was activated."""
    if active is None:
        return None
    queue = await cases.queue(found.pool, active.programme_id)
    row = await _current(found, queue, wanted)
    units = await found.directory.units()
    names = {unit.unit_id: unit.name for unit in units}
    categories = wording.category_words(active)
    said = await said_of(found.pool, row["case_id"]) if row else Said()
    way = await proposal(found, active, row, question(row, active, said, form)) if row else None
    excluded = {*(await barred(found, row["complained"]) if row else ()), *(way.excluded if way else ())}
    hits, suggested = await similar.of_case(found, row, active) if row else ([], Suggestions())
    levels, provisional = levels_of(active, found.now)
    required = required_of(active)
    return DeskView(
        programme=active.name,
        programme_id=active.programme_id,
        programmes=[(one.programme_id, one.name) for one in await found.programmes.all()],
        items=[_item(one, names, categories, row) for one in queue],
        waiting=await cases.waiting(found.pool, active.programme_id),
        to_review=await cases.to_review(found.pool, found.now, active.programme_id),
        today=await cases.handed_over_since(found.pool, active.programme_id, _midnight(found.now)),
        bulk=await waiting.most_of_one_category(found.pool, active.programme_id),
        case=await _case(found, row, names, categories, user) if row else None,
        route=route_view(way, names, row, active, user) if way and row else None,
        hits=[similar.shown(hit, names) for hit in hits[: similar.SHOWN] if hit.likeness >= similar.SHOWN_FROM],
        suggested=similar.suggested_views(suggested, names, categories),
        levels=levels,
        categories=[(group.name, [(leaf.code, leaf.name) for leaf in group.items]) for group in active.pack.categories],
        units=wording.leading(active, units, excluded),
        co_units=[(u.unit_id, u.name) for u in units if u.level in DEPARTMENTS and u.unit_id not in excluded][
            :CO_UNITS
        ],
        territories=[(u.unit_id, u.name) for u in units if u.level in AREAS and u.unit_id not in excluded],
        persons=await persons_by_unit(found, units, required),
        asks_level=any(route.when.level for route in active.pack.lists.route),
        asks_site=any(route.when.site_scope for route in active.pack.lists.route),
        difficulties=difficulties(active),
        has_desk=any(unit.level == "desk" for unit in units),
        redirects=[(one.code, f"{one.name} → {one.channel}") for one in active.pack.lists.redirect],
        sites=[(code, _(word)) for code, word in labels.SITES.items()],
        service_lines=[(code, _(word)) for code, word in labels.SERVICE_LINES.items()],
        may_only_prepare=any(one.issued_by and not acts_as(user, one.issued_by) for one in active.pack.lists.route),
        required=required,
        sets_sign=active.pack.order.desk_sets_sign,
        provisional=provisional,
        form=form or first_form(row, active, Start(way, suggested, said, found.now)),
        back=(back or Form(expected=row["version"] if row else None)).named("send-back"),
    )


def difficulties(active: ActivePack) -> Options:
    """To be chosen where the pack sorts by difficulty and by urgency; where one choice says both, nothing is asked."""
    pack = active.pack
    classes = {row.code for row in pack.lists.urgency}
    if all(row.code in classes for row in pack.taxonomy.difficulty):
        return []
    return [(row.code, f"{row.name}（{_(labels.MODES[row.mode])}）") for row in pack.taxonomy.difficulty]


def route_view(
    way: RouteSuggestion, names: Mapping[str, str], row: asyncpg.Record, active: ActivePack, user: User
) -> RouteView:
    """What the pack's rules say, in the language of the screen, and whose turn it is by them."""
    pack = active.pack
    issuer = row["fallback"] or way.issued_by
    naming = way.designate_by if way.designate_by and not acts_as(user, way.designate_by) else None
    return RouteView(
        rule_id=way.rule_id,
        reason=way.reason(language()),
        lead=names.get(way.lead, way.lead) if way.lead else None,
        co=[names.get(unit, unit) for unit in way.co],
        territory=names.get(way.territory, way.territory) if way.territory else None,
        redirect=way.redirect.channel if way.redirect else None,
        designate=pack.role_name(naming) if naming else None,
        decide_within=limit_words(way.decide_within) if way.decide_within else None,
        fallback=pack.role_name(row["fallback"]) if row["fallback"] else None,
        issuer=pack.role_name(issuer) if issuer and not acts_as(user, issuer) else None,
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
    if one["fallback"]:
        chips.append((_("兜底"), "bad"))
    if one["prepared_rule"]:
        chips.append((_("待签发"), "info"))
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
    for n, row in enumerate(active.pack.lists.urgency):
        invented = active.fixtures.has(f"lists.urgency[{n}]")
        try:
            due = reckon(now, row.finish, active.calendar)
        except DueInPast:
            levels.append(_level(active, row, None, now, invented=invented))
            continue
        provisional = provisional or due.provisional
        levels.append(_level(active, row, due.at, now, invented=invented))
    return levels, provisional


def _level(active: ActivePack, row: Urgency, due: datetime | None, now: datetime, *, invented: bool) -> Level:
    name = active.pack.urgency_name(row.code)
    try:
        sign_due = reckon(now, row.sign, active.calendar).at if row.sign else None
    except DueInPast:
        sign_due = None
    return Level(row.code, name, limit_words(row.finish), due, limit_words(row.sign), sign_due, invented)


async def _case(
    found: Reads,
    row: asyncpg.Record,
    names: Mapping[str, str],
    categories: Mapping[str, str],
    user: User,
) -> DeskCase:
    said, *added = await _texts(found, row["case_id"])
    return DeskCase(
        case_id=row["case_id"],
        number=case_number(row["programme"], row["case_no"]),
        title=title_of(row),
        text=said,
        supplements=added,
        missing=await _missing(found, row),
        meta=[
            names.get(row["territory"], row["territory"] or ""),
            categories.get(row["category"], row["category"] or ""),
            _(CHANNELS.get(row["channel"], row["channel"])),
            f"{row['received_at'].astimezone(LOCAL):%m-%d %H:%M}",
        ],
        requester_ref=None if await recused(found, user, row["complained"]) else row["requester_ref"],
        came_back=await _came_back(found, row, names),
        territory_hint=_("按登记的属地：%(unit)s", unit=names.get(row["territory"], row["territory"]))
        if row["territory"]
        else None,
        complained=[names.get(unit, unit) for unit in row["complained"]],
    )


async def _texts(found: Reads, case_id: str) -> list[str]:
    """The opening's sealed text and what was added to it; they are kept in no table."""
    rows = await found.pool.fetch(
        "SELECT convert_from(payload, 'UTF8')::json -> 'data' ->> 'text' AS sealed FROM event"
        " WHERE stream = $1 AND (version = 1 OR type = $2) ORDER BY version",
        f"case-{case_id}",
        CaseSupplemented.TYPE,
    )
    return [await found.text(Sealed.model_validate_json(row["sealed"])) for row in rows]


async def _missing(found: Reads, row: asyncpg.Record) -> str:
    """What the case was sent back for, while it is still asked for."""
    if row["step"] != "sent_back":
        return ""
    said: str = await found.pool.fetchval(
        "SELECT convert_from(payload, 'UTF8')::json -> 'data' ->> 'missing' FROM event"
        " WHERE stream = $1 AND type = $2 ORDER BY version DESC LIMIT 1",
        f"case-{row['case_id']}",
        CaseSentBack.TYPE,
    )
    return said


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
