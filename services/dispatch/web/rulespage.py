"""The rules that make the desk's suggestions: limits, routes, directory and redirects of the pack, and the history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from contracts.pack import CaseFacts, Pack, Percent, Route
from services.chassis.clock import LOCAL
from services.chassis.web import User, require
from services.dispatch.domain.routing import RouteFacts, suggest_route
from services.dispatch.read import led
from services.dispatch.web import labels, wording
from services.dispatch.web.calendarview import days_of
from services.dispatch.web.reads import Reads, listed, reads
from services.dispatch.web.roles import SEEING
from services.dispatch.web.views import Options
from services.reference.directory import Unit
from services.reference.fixture_marks import marked, marked_rows
from services.reference.limits import limit_words
from services.reference.programmes import ActivePack
from services.reference.words import SCOPES
from services.ui.i18n import gettext as _
from services.ui.i18n import language, ngettext
from services.ui.render import page

router = APIRouter(prefix="/dispatch", include_in_schema=False)
SEEING_USER = Annotated[User, Depends(require(*SEEING))]
INVENTED = ("lists.directory", "lists.redirect", "taxonomy.categories", "calendar.office")
TERRITORIES = ("town", "community", "village")


@dataclass(frozen=True, slots=True)
class RouteRow:
    """One route of the pack; `anchor` is where the desk's rule id leads."""

    anchor: str
    rule_id: str
    when: str
    lead: str
    more: Sequence[str]


@dataclass(frozen=True, slots=True)
class SuggestionRow:
    """What would be suggested for a category here, by which rule, and what the history says."""

    category: str
    lead: str
    rule_id: str
    anchor: str
    reason: str
    history: str


@dataclass(frozen=True, slots=True)
class RulesView:
    """规则."""

    programme: str
    programme_id: str
    programmes: Options
    version: str
    since: str
    calendar: str
    year: int
    days: Sequence[tuple[str, str]]
    """The year's days off and worked weekends; none: not published yet, and then weekends tell."""

    limits: Sequence[Sequence[str]]
    routes: Sequence[RouteRow]
    redirects: Sequence[Sequence[str]]
    policies: Sequence[tuple[str, str]]
    invented: frozenset[str]
    """Which whole parts of the pack are invented for trials."""

    versions: Sequence[Sequence[str]]
    suggestions: Sequence[SuggestionRow]
    scope: str
    territory: str
    territories: Options


def anchor(rule_id: str) -> str:
    """`route[3]` as a part of an address."""
    return rule_id.replace("[", "-").replace("]", "")


@router.get("/rules")
async def rules(
    request: Request, user: SEEING_USER, programme: str = "", scope: str = "individual", territory: str = ""
) -> Response:
    found = reads(request)
    active = await found.programme(programme)
    if active is None:
        return page(request, "no_programme.html", {})
    pack, units = active.pack, await found.directory.units()
    areas = [unit for unit in units if unit.level in TERRITORIES]
    known = {unit.unit_id for unit in areas}
    first = next((unit for unit in areas if unit.level == "town"), areas[0] if areas else None)
    where = territory if territory in known else first.unit_id if first else ""
    scope = scope if scope in SCOPES else "individual"
    view = RulesView(
        programme=active.name,
        programme_id=active.programme_id,
        programmes=[(one.programme_id, one.name) for one in await found.programmes.all()],
        version=pack.version_id,
        since=wording.local_moment(active.effective_from).partition(" ")[0],
        calendar=active.calendar.id,
        year=found.now.astimezone(LOCAL).year,
        days=days_of(active.calendar, found.now.astimezone(LOCAL).year),
        limits=marked_rows(
            [
                [
                    pack.urgency_name(row.code),
                    _mode(pack, row.code),
                    *map(limit_words, (row.sign, row.contact, row.plan, row.finish)),
                ]
                for row in pack.lists.urgency
            ],
            active,
            "lists.urgency",
        ),
        routes=[_route(pack, number, row) for number, row in enumerate(pack.lists.route, start=1)],
        redirects=[[row.name, row.channel, listed(row.words) or "—"] for row in pack.lists.redirect],
        policies=_policies(active),
        invented=frozenset(name for name in INVENTED if active.fixtures.has(name)),
        versions=[
            [_("第 %(n)s 版", n=one.pack_version), wording.local_moment(one.effective_from), one.sha256[:16]]
            for one in await found.programmes.history(active.programme_id)
        ],
        suggestions=await _suggestions(found, active, units, scope, where or None),
        scope=scope,
        territory=where,
        territories=[(unit.unit_id, unit.name) for unit in areas],
    )
    return page(request, "rules.html", view)


def _mode(pack: Pack, code: str) -> str:
    """即办、快办、联办, where the pack's class is one of difficulty (JW-20)."""
    mode = next((row.mode for row in pack.taxonomy.difficulty if row.code == code), None)
    return _(labels.MODES[mode]) if mode else "—"


def _route(pack: Pack, number: int, row: Route) -> RouteRow:
    more = [
        _(labels.ORDER_KINDS.get(row.order_kind, row.order_kind)),
        _("同时派%(role)s", role=pack.role_name(row.territory)) if row.territory else "",
        _("由%(role)s督办", role=pack.role_name(row.supervised_by)) if row.supervised_by else "",
        _("由%(role)s梳理", role=pack.role_name(row.prepared_by)) if row.prepared_by else "",
    ]
    role = row.lead.removeprefix("designated_by:")
    named = pack.role_name(role)
    lead = named if role == row.lead else _("由%(role)s指定", role=named)
    return RouteRow(
        anchor(f"route[{number}]"), f"route[{number}]", _when(pack, row), lead, [one for one in more if one]
    )


def _when(pack: Pack, row: Route) -> str:
    """The conditions of one route, in the pack's words."""
    when = row.when
    groups = {group.code: group.name for group in pack.categories}
    leaves = {code: name for code, (_group, name) in pack.category_names().items()}
    parts = [
        _(SCOPES[when.scope]) if when.scope in SCOPES else when.scope,
        pack.urgency_name(when.urgency) if when.urgency else None,
        pack.urgency_name(when.difficulty) if when.difficulty else None,
        _("区级层面") if when.level == "district" else _("镇级层面") if when.level else None,
        _("适合专席直接办理") if when.desk_suitable else None,
        _("重点关注") if when.focus else None,
        _(labels.SITES[when.site_scope]) if when.site_scope else None,
        _("涉及 %(n)s 个以上部门", n=when.departments_min) if when.departments_min else None,
        leaves.get(when.category) or groups.get(when.category) or when.category if when.category else None,
        when.channel,
    ]
    return " ".join(part for part in parts if part) or _("其余问题")


def _policies(active: ActivePack) -> list[tuple[str, str]]:
    """What the desk and the units are held to; figures that are invented for trials are marked (F)."""
    return [(label, marked(value, active, *paths)) for label, value, *paths in _figures(active.pack)]


def _figures(pack: Pack) -> list[tuple[str, ...]]:
    """Label, value, and where it stands in the pack."""
    order, closure, detector = pack.order, pack.closure, pack.detector
    return [
        (_("派单席定签收期限"), _("可提前，不可推后") if order.desk_sets_sign else _("按分级"), "order.desk_sets_sign"),
        (_("退单时限"), limit_words(order.return_by), "order.return_by"),
        (_("退单次数"), ngettext("最多 %(num)s 次", "最多 %(num)s 次", order.max_returns), "order.max_returns"),
        (_("退单须建议单位"), wording.naming_returns(pack) or _("不要求"), "order.return_names_unit"),
        (_("领导小组裁定退单"), _("自第 %(n)s 次起", n=order.group_rules_from), "order.group_rules_from"),
        (_("延期次数"), ngettext("最多 %(num)s 次", "最多 %(num)s 次", order.max_extensions), "order.max_extensions"),
        (_("领导审批延期"), _("自第 %(n)s 次起", n=order.leader_extends_from), "order.leader_extends_from"),
        (
            _("列入计划"),
            _("须先报办理方案，限期完成") if order.planned_needs_plan else _("不另作要求"),
            "order.planned_needs_plan",
        ),
        (
            _("兜底"),
            _(
                "无规则适用时由%(role)s在%(limit)s内确定",
                role=pack.role_name(order.fallback_role),
                limit=limit_words(order.fallback_by),
            ),
            "order.fallback_by",
        ),
        (_("销号"), _(labels.BASES[closure.by]), "closure.by"),
        (_("上报销号"), limit_words(closure.report_up_within), "closure.report_up_within"),
        (_("问题复发认定"), ngettext("%(num)s 日", "%(num)s 日", closure.relapse_days), "closure.relapse_days"),
        (_("黄灯"), _near(pack), "escalation.yellow"),
        (_("红灯"), _("期限一过即亮，只表示逾期"), "lights"),
        (_("工作时间"), _office(pack), "calendar.office"),
        (
            _("共性问题提示"),
            _(
                "%(days)s 日内 %(cases)s 件、相似 %(likeness)s%% 以上",
                days=detector.days,
                cases=detector.cases,
                likeness=detector.likeness,
            ),
            "detector",
        ),
    ]


def _near(pack: Pack) -> str:
    """When the yellow light comes."""
    mark = pack.escalation.yellow
    if isinstance(mark, Percent):
        return _("用去期限的 %(share)s%% 起", share=mark.percent)
    return _("到期前 %(time)s起", time=limit_words(mark))


def _office(pack: Pack) -> str:
    return " ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in pack.calendar.office)


async def _suggestions(
    found: Reads, active: ActivePack, units: Sequence[Unit], scope: str, territory: str | None
) -> list[SuggestionRow]:
    """Per category what the desk would be shown for a new case of this place."""
    names = {unit.unit_id: unit.name for unit in units}
    history = await led.by_category(found.pool, active.programme_id)
    rows = []
    for code, (group, name) in active.pack.category_names().items():
        facts = RouteFacts(case=CaseFacts(scope=scope, category=code), territory=territory)
        said = suggest_route(active.pack, facts, units)
        rows.append(
            SuggestionRow(
                f"{group} / {name}",
                names.get(said.lead, said.lead) if said.lead else "—",
                said.rule_id,
                anchor(said.rule_id),
                said.reason(language()).removeprefix(said.rule_id).strip(),
                _history(history.get(code), names),
            )
        )
    return rows


def _history(row: asyncpg.Record | None, names: Mapping[str, str]) -> str:
    if row is None:
        return "—"
    return _(
        "%(unit)s %(share)s%%（%(n)s / %(whole)s 件）",
        unit=names.get(row["lead_unit"], row["lead_unit"]),
        share=row["n"] * 100 // row["whole"],
        n=row["n"],
        whole=row["whole"],
    )
