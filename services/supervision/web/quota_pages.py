"""干部任务 as page and JSON: each duty's honest fraction, pairs against their bounds, and what was missed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from contracts.pack import Pack
from services.chassis.clock import LOCAL
from services.chassis.web import CurrentUser, User, fresh
from services.chassis.web.inputs import Count
from services.reference.programmes import ActivePack
from services.supervision.read import owed
from services.supervision.web.acts import SEEING
from services.supervision.web.answers import permitted
from services.supervision.web.quota_tables import (
    PERS,
    Given,
    Table,
    pair_rows,
    pair_table,
    period_named,
    quotas_of,
    table,
    tallies,
)
from services.supervision.web.reads import reads
from services.ui.i18n import gettext as _
from services.ui.render import page

api = APIRouter(prefix="/supervision/api", tags=["supervision"])
router = APIRouter(prefix="/supervision", include_in_schema=False)

LOOKING = (*SEEING, "visitor")
OF_ALL = ("programme_office", "supervisor", "discipline", "leading_group", "auditor", "admin")
OF_UNIT = ("unit_leader", "unit_clerk", "work_group_lead")
SHOWN = 100
"""Rows of one table on one page."""

READ = (*owed.READS, "duties_missed")
Asked = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class QuotasView:
    programme: str
    programmes: list[tuple[str, str]]
    views: list[tuple[str, str]]
    view: str
    period: str
    periods: list[tuple[str, str]]
    units: list[tuple[str, str]]
    unit: str
    tables: Sequence[tuple[str, Table]]
    hint: str
    services: str
    record: bool


def views_of(pack: Pack) -> list[tuple[str, str]]:
    """The parts that this programme has."""
    pers = [per for per in PERS if quotas_of(pack, per, "person") or quotas_of(pack, per, "unit")]
    found = [(per, _(PERS[per])) for per in pers]
    return [*found, ("pairs", _("结对"))] if pack.lists.pairing else found


async def given(request: Request, user: User, active: ActivePack, unit: str) -> Given:
    """What this person may see of a programme."""
    found = reads(request)
    today = found.now.astimezone(LOCAL).date()
    ledger = await owed.ledger(found.pool, active.programme_id)
    start, end = active.pack.programme.start, active.pack.programme.end
    names = await found.directory.person_names({one.person for one in ledger.members})
    units = await found.directory.unit_names()
    missed = await owed.missed(found.pool, active.programme_id, start, max(end, today))
    return Given(active.pack, ledger, missed, names, units, today, _mine(user, unit))


def _mine(user: User, unit: str) -> frozenset[str] | None:
    if user.has(*OF_ALL):
        return frozenset({unit}) if unit else None
    return frozenset({user.unit_id}) if user.has(*OF_UNIT) else frozenset({user.person_id})


@router.get("/quotas")
async def quotas(
    request: Request,
    user: CurrentUser,
    programme: Asked = "",
    view: Asked = "",
    period: Asked = "",
    unit: Asked = "",
    offset: Count = 0,
) -> Response:
    permitted(user, LOOKING)
    is_fresh = await fresh(request, *READ)
    found = reads(request)
    known = [one for one in await found.programmes.all() if views_of(one.pack)]
    active = next((one for one in known if one.programme_id == programme), known[0] if known else None)
    shown = QuotasView("", [], [], "", "", [], [], "", [], "", "", record=False)
    if active is not None:
        shown = await _shown(request, user, active, view, period, unit, offset)
        shown = replace(shown, programmes=[(one.programme_id, one.name) for one in known])
    return page(request, "quotas.html", shown, fresh=is_fresh)


async def _shown(
    request: Request, user: User, active: ActivePack, view: str, period: str, unit: str, offset: int
) -> QuotasView:
    what = await given(request, user, active, unit)
    views = views_of(active.pack)
    chosen = view if view in dict(views) else views[0][0]
    same = {"programme": active.programme_id, "view": chosen, "unit": unit}
    members = {one.unit for one in what.ledger.members}
    listed: list[tuple[str, str]] = []
    units = sorted((code, name) for code, name in what.units.items() if code in members)
    if chosen == "pairs":
        since, made = "", _pair_tables(what, offset)
    else:
        since, listed = period_named(active.pack, chosen, period, what.today)
        made = _quota_tables(what, chosen, since, offset)
    same["period"] = since
    services = [
        f"{row.title}：{'、'.join(row.services)}" for row in active.pack.lists.quota if row.services and not row.slots
    ]
    return QuotasView(
        programme=active.programme_id,
        programmes=[],
        views=views,
        view=chosen,
        period=since,
        periods=listed,
        units=[("", _("全部单位")), *units] if user.has(*OF_ALL) else [],
        unit=unit,
        tables=[(name, _paged(one, same, offset)) for name, one in made],
        hint=_hint(active.pack, chosen),
        services="；".join(services),
        record=user.has("visitor", "unit_leader", "unit_clerk", "programme_office"),
    )


def _quota_tables(what: Given, per: str, since: str, offset: int) -> list[tuple[str, Table]]:
    made = []
    for owned_by, name in (("unit", _("单位")), ("person", _("干部"))):
        rows = tallies(what, per, owned_by, since)
        if rows:
            made.append((name, table(what, per, owned_by, rows, offset, SHOWN)))
    return made


def _pair_tables(what: Given, offset: int) -> list[tuple[str, Table]]:
    found = pair_rows(what, what.today)
    return [
        (row.name or row.kind, pair_table(what, found[row.kind], offset, SHOWN))
        for row in what.pack.lists.pairing
        if found[row.kind]
    ]


def _paged(one: Table, same: dict[str, str], offset: int) -> Table:
    here = f"/supervision/quotas?{urlencode(same)}&offset="
    before = f"{here}{max(0, offset - SHOWN)}" if offset else None
    return replace(one, previous=before, next=f"{here}{offset + SHOWN}" if offset + SHOWN < one.total else None)


def _hint(pack: Pack, view: str) -> str:
    if view == "pairs":
        shares = [
            _("%(name)s：应有 %(share)s 达标", name=row.name or row.kind, share=f"{float(row.ratio) * 100:g}%")
            for row in pack.lists.pairing
            if row.ratio is not None
        ]
        return "；".join(shares)
    grace = sorted({row.grace_days for row in pack.lists.quota if row.per == view and not row.slots})
    if not grace:
        return ""
    days = "、".join(map(str, grace))
    return _("按完成之日计入当期；期满 %(days)s 天后才登记的计为迟报，不补足当期。完成率逐项封顶 100%%。", days=days)


@api.get("/quotas")
async def quotas_api(
    request: Request,
    user: CurrentUser,
    programme: Asked,
    per: Literal["month", "week", "programme"] = "month",
    period: date | None = None,
) -> dict[str, Any]:
    """Everybody's fractions of one period, by its first day; without one, of the period that runs."""
    active, what = await _asked(request, user, programme)
    if active is None or what is None:
        return {"items": []}
    since, _all = period_named(active.pack, per, period.isoformat() if period else "", what.today)
    rows = [row for owned_by in ("unit", "person") for row in tallies(what, per, owned_by, since)]
    items = [
        {
            "owner": one.owner.id,
            "owner_kind": one.owner.kind,
            "unit": one.owner.unit,
            "duty": one.quota.kind,
            "need": one.quota.need,
            "done": one.done,
            "late": one.late,
            "due": one.period.due,
            "met": one.met,
            "missed": (one.quota.kind, one.owner.id, one.period.due) in what.missed,
        }
        for row in rows
        for one in row.tallies.values()
    ]  # fmt: skip
    return {"period": since, "items": items}


@api.get("/quotas/pairs")
async def pairs_api(request: Request, user: CurrentUser, programme: Asked) -> dict[str, Any]:
    """Everybody's pairs as they stand today."""
    active, what = await _asked(request, user, programme)
    if active is None or what is None:
        return {"items": []}
    items = [
        {
            "kind": kind,
            "owner": one.owner.id,
            "unit": one.owner.unit,
            "n": one.n,
            "cards": one.cards,
            "least": one.row.min,
            "most": one.row.max,
            "within": one.within,
        }
        for kind, found in pair_rows(what, what.today).items()
        for one in found
    ]
    return {"items": items}


async def _asked(request: Request, user: User, programme: str) -> tuple[ActivePack | None, Given | None]:
    permitted(user, LOOKING)
    await fresh(request, *READ)
    active = await reads(request).programmes.active(programme)
    return (active, await given(request, user, active, "")) if active else (None, None)
