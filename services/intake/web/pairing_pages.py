"""结对联系: whom one is paired with, and everybody's numbers for those who look after it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts.pack import Pairing
from services import ui
from services.chassis.clock import LOCAL
from services.chassis.web import User, fresh, require
from services.chassis.web.inputs import Count
from services.intake.read import outreach
from services.intake.web import pairing_acts as act
from services.intake.web import roles
from services.intake.web.reads import Reads, reads
from services.reference.ledger import Owner, midnight
from services.reference.members import members
from services.reference.owed import owners
from services.reference.programmes import ActivePack
from services.ui.i18n import gettext as _

router = APIRouter(prefix="/intake", include_in_schema=False)
Looker = Annotated[User, Depends(require(*roles.OUTREACH))]
Asked = Annotated[str, Query(max_length=100)]
SHOWN = 100
"""Owners, or pairs of one of them, on one page."""

READ = ("pairings", "subjects", "persons", "units", "programmes")


@router.get("/pairings")
async def pairings(
    request: Request,
    user: Looker,
    programme: Asked = "",
    kind: Asked = "",
    unit: Asked = "",
    owner: Asked = "",
    offset: Count = 0,
) -> Response:
    """One's own pairs; the numbers of all, or the pairs of one of them, for who looks after it."""
    shown = await fresh(request, *READ)
    found = reads(request)
    active = await found.programme(programme or None)
    rows = act.rows(active.pack) if active else []
    if active is None or not rows:
        return ui.page(request, "pairings.html", _empty(user), fresh=shown)
    row = next((one.row for one in rows if one.row.kind == kind), rows[0].row)
    over = overseen(user)
    wanted = owner if over is not None and owner else "" if over is not None else user.person_id
    if over and wanted and wanted != user.person_id and await act.unit_of(found, row.per, wanted) != over:
        raise HTTPException(404)
    view = _empty(user) | {
        "programme": active.programme_id,
        "kinds": [(one.row.kind, one.row.name or one.row.kind) for one in rows],
        "kind": row.kind,
        "bounds": bounds(row),
        "rule": row.rule or "",
        "may_pair": user.has(*roles.PAIR_ALL, *roles.PAIR_UNIT),
        "overseeing": over is not None,
    }
    if wanted:
        names = await names_of(found, [wanted])
        about = (active.programme_id, row.kind, wanted, act.today(found))
        pairs = await outreach.pairs(found.pool, *about, SHOWN, offset)
        total = await outreach.pairs_count(found.pool, *about)
        meets = user.has(*roles.MEETS)
        targets = await target_names(found, pairs, meets=meets)
        shown_rows = [_pair(one, row, targets, meets=meets) for one in pairs]
        view |= {"owner": wanted, "owner_name": names[wanted], "rows": shown_rows}
        here = f"/intake/pairings?programme={active.programme_id}&kind={row.kind}&owner={wanted}"
        view |= {"n": total, **paging(here, offset, SHOWN, total)}
    elif over is not None:
        view |= await _owners(found, active, row, over, unit, offset)
    return ui.page(request, "pairings.html", view, fresh=shown)


def _empty(user: User) -> dict[str, Any]:
    return {
        "programme": "",
        "kinds": [],
        "kind": "",
        "bounds": "",
        "rule": "",
        "may_pair": False,
        "overseeing": False,
        "owner": "",
        "owner_name": "",
        "rows": [],
        "n": 0,
        "units": [],
        "unit": "",
        "total": 0,
        "within": 0,
        "previous": None,
        "next": None,
    }


def overseen(user: User) -> str | None:
    """Whose pairs somebody looks after: all ("") or a unit's; None for those who have only their own."""
    if user.has(*roles.OUTREACH_ALL):
        return ""
    return user.unit_id if user.has(*roles.PAIR_UNIT) else None


async def _owners(found: Reads, active: ActivePack, row: Pairing, over: str, unit: str, offset: int) -> dict[str, Any]:
    """Everybody who owes pairs of this kind with how many there are."""
    asked = await owing(found, active, row)
    units = sorted({one.unit for one in asked})
    wanted = over or unit
    listed = [one for one in asked if not wanted or one.unit == wanted]
    counts = await outreach.counts(found.pool, active.programme_id, act.today(found))
    numbers = {one: counts.get((row.kind, one.id), (0, 0)) for one in listed}
    page = listed[offset : offset + SHOWN]
    names = await names_of(found, [one.id for one in page])
    unit_names = await found.directory.unit_names()
    here = f"/intake/pairings?programme={active.programme_id}&kind={row.kind}&unit={wanted}"
    return {
        "rows": [_owner(one, row, numbers[one], names, unit_names, active.programme_id) for one in page],
        "units": [] if over else [("", _("全部单位")), *((one, unit_names.get(one, one)) for one in units)],
        "unit": wanted,
        "total": len(listed),
        "within": sum(within(row, n) for n, _cards in numbers.values()),
        **paging(here, offset, SHOWN, len(listed)),
    }


def paging(here: str, offset: int, shown: int, total: int) -> dict[str, str | None]:
    """The addresses of the pages before and after; none where there is none."""
    return {
        "previous": f"{here}&offset={max(0, offset - shown)}" if offset else None,
        "next": f"{here}&offset={offset + shown}" if offset + shown < total else None,
    }


async def owing(found: Reads, active: ActivePack, row: Pairing) -> list[Owner]:
    """Who owes pairs of this kind today."""
    at = midnight(act.today(found) + timedelta(days=1))
    return owners(active.pack, row.from_, row.per, await members(found.pool), at)


def within(row: Pairing, n: int) -> bool:
    return (row.min or 0) <= n and (row.max is None or n <= row.max)


def _tone(row: Pairing, n: int) -> str:
    return "good" if within(row, n) else "warn"


def bounds(row: Pairing) -> str:
    """How many are owed, in words."""
    match row.min, row.max:
        case None | 0, None:
            return ""
        case least, None:
            return _("至少 %(least)s 个", least=least)
        case None | 0, most:
            return _("至多 %(most)s 个", most=most)
        case least, most:
            return _("%(least)s 至 %(most)s 个", least=least, most=most)


def _owner(
    one: Owner,
    row: Pairing,
    counted: tuple[int, int],
    names: Mapping[str, str],
    units: Mapping[str, str],
    programme: str,
) -> dict[str, Any]:
    n, cards = counted
    return {
        "href": f"/intake/pairings?programme={programme}&kind={row.kind}&owner={one.id}",
        "sign": "user" if one.kind == "person" else "building",
        "tone": _tone(row, n),
        "title": names[one.id],
        "chips": [(_("已结对 %(n)s 个", n=n), _tone(row, n))],
        "meta": [units.get(one.unit, one.unit), _("联系卡 %(n)s 张", n=cards) if row.card else ""],
    }


def _pair(one: Any, row: Pairing, targets: Mapping[str, str], *, meets: bool) -> dict[str, Any]:
    chips = []
    if row.card:
        chips = [(_("已发联系卡"), "good") if one["card_on"] else (_("未发联系卡"), "warn")]
    visited = one["visited_at"]
    return {
        "href": f"/intake/pairings/{one['pairing_id']}",
        "sign": "home-heart" if one["target_kind"] == "subject" else "users",
        "tone": "info",
        "title": targets[one["target"]],
        "chips": chips,
        "meta": [
            _("自 %(day)s", day=one["since"].isoformat()),
            (one["address"] or "") if meets else "",
            _("上次 %(day)s", day=visited.astimezone(LOCAL).strftime("%m-%d")) if visited else "",
        ],
    }


async def names_of(found: Reads, ids: Sequence[str]) -> dict[str, str]:
    """Persons' and units' names; who is unknown stands under their id."""
    known = {**await found.directory.unit_names(), **await found.directory.person_names(ids)}
    return {one: known.get(one, one) for one in ids}


async def target_names(found: Reads, pairs: Sequence[Any], *, meets: bool) -> dict[str, str]:
    """Officials and units by name; households only for those who meet them."""
    names = await names_of(found, [one["target"] for one in pairs])
    return names | {one["target"]: one["name"] for one in pairs if one["name"] and meets}
