"""Who asks: shown to those who must reach them, and every look is written down."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import StringConstraints
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from services import ui
from services.chassis.web import CurrentUser, User, require
from services.chassis.web.inputs import Rank
from services.intake.read import requests
from services.intake.web import roles
from services.intake.web.reads import Reads, reads
from services.reference.words import ROLE_NAMES
from services.ui.i18n import N_
from services.ui.i18n import gettext as _

router = APIRouter(prefix="/intake", include_in_schema=False)
Looker = Annotated[User, Depends(require(*roles.LOOKS))]
LOOKED = """
INSERT INTO look (at, person_id, unit_id, role, request_id, requester_ref, whole) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
Refs = Annotated[list[Annotated[str, StringConstraints(max_length=100)]], Query(max_length=100)]
UNKEPT = {"Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"}
PER_PAGE = 100
SHORTEST_MASKED = 8
"""Shorter numbers are extensions: nothing would be left of them."""

NOT_YOURS = N_("您的岗位不能查看诉求人。")
CONFIDENTIAL = N_("诉求人要求保密，只有受理和督查岗位可以查看。")
NOT_YOUR_CASE = N_("只有承办过此件的单位和登记此件的走访干部可以查看诉求人。")
NOT_YET = N_("此件刚刚登记，尚不能查看诉求人，请稍候再看。")
COMPLAINED = N_("此件反映的是您的单位或上级单位，不显示诉求人。")


@router.get("/_requester/{ref}")
async def masked(request: Request, user: CurrentUser, ref: str) -> Response:
    """A fragment for other services' pages: the name, and the phone with its middle hidden."""
    return await _show(request, user, ref, whole=False)


@router.get("/_requesters")
async def names(request: Request, user: CurrentUser, ref: Refs) -> Response:
    """Fragments for a list of another service: the name of each requester whom this user may know, one look each."""
    found = reads(request)
    rows = await found.pool.fetch("SELECT * FROM requester WHERE requester_ref = ANY ($1)", ref)
    shown = dict.fromkeys(ref, "")
    for row in rows:
        if not await _refusal(found, user, row["request_id"]):
            shown[row["requester_ref"]] = row["name"] or row["source_user"]
            await _written_down(found, user, row, whole=False)
    body = request.app.state.ui.html(request, "fragments/requesters.html", {"names": shown}, block=None)
    return HTMLResponse(body, headers=UNKEPT)


@router.post("/_requester/{ref}")
async def whole(request: Request, user: CurrentUser, ref: str) -> Response:
    """The same with the whole number."""
    return await _show(request, user, ref, whole=True)


@router.get("/looks")
async def looks(request: Request, user: Looker, before: Rank | None = None) -> Response:
    """Who saw whom, the latest first."""
    found = reads(request)
    rows = await found.pool.fetch(
        """SELECT l.*, t.title, t.state AS title_state, r.erased FROM look l
           LEFT JOIN request_row r USING (request_id) LEFT JOIN request_title t USING (request_id)
           WHERE $1::bigint IS NULL OR l.id < $1 ORDER BY l.id DESC LIMIT $2""",
        before,
        PER_PAGE + 1,
    )
    names = await found.directory.person_names(row["person_id"] for row in rows)
    units = await found.directory.unit_names()
    shown = [
        {
            "at": row["at"],
            "who": names.get(row["person_id"], row["person_id"]),
            "unit": units.get(row["unit_id"], row["unit_id"]),
            "role": _(ROLE_NAMES.get(row["role"], row["role"])),
            "request_id": row["request_id"],
            "whole": row["whole"],
        }
        for row in rows[:PER_PAGE]
    ]
    more = f"/intake/looks?before={rows[PER_PAGE - 1]['id']}" if len(rows) > PER_PAGE else None
    return ui.page(request, "looks.html", {"rows": shown, "next": more, "first": "/intake/looks" if before else None})


def mask(phone: str) -> str:
    """138****1234: enough to recognise a number one has, too little to call it."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= SHORTEST_MASKED else "****" if phone else ""


async def _show(request: Request, user: User, ref: str, *, whole: bool) -> Response:
    found = reads(request)
    row = await found.pool.fetchrow("SELECT * FROM requester WHERE requester_ref = $1", ref)
    refusal = _(NOT_YOURS) if not user.has(*roles.REQUESTER, *roles.CONFIDENTIAL) else ""
    if row is not None and not refusal and (refusal := await _refusal(found, user, row["request_id"])):
        # The order may just have been issued, the request just been registered.
        await found.caught_up("requests")
        await found.caught_up("case_steps")
        refusal = await _refusal(found, user, row["request_id"])
    if row is None or refusal:
        view = {"requester": None, "said": refusal or _("没有登记诉求人，或已依法删除。"), "ref": ref}
        return _fragment(request, view, 403 if refusal else 200)
    await _written_down(found, user, row, whole=whole)
    requester = {
        "name": row["name"],
        "phone": row["phone"] if whole else mask(row["phone"]),
        "user": row["source_user"],
        "said_at": row["said_at"],
        "masked": bool(row["phone"]) and not whole,
    }
    return _fragment(request, {"requester": requester, "said": "", "ref": ref}, 200)


async def _refusal(found: Reads, user: User, request_id: str) -> str:
    """Why this user may not know who asks; empty when they may. What is not known yet counts against showing."""
    if user.has(*roles.DECIDE):
        return ""
    about = await requests.one(found.pool, request_id)
    if about is None:
        return _(NOT_YET)
    if about["complained"] and not (await found.directory.above(user.unit_id)).isdisjoint(about["complained"]):
        return _(COMPLAINED)
    if about["confidential"]:
        return "" if user.has(*roles.CONFIDENTIAL) else _(CONFIDENTIAL)
    if user.has(*roles.REACH_ANY):
        return ""
    if not user.has(*roles.REQUESTER):
        return _(NOT_YOURS)
    if user.has("visitor") and about["registered_by"] == user.person_id:
        return ""
    if user.has(*roles.REACH_OF_UNIT) and await requests.held_by(found.pool, request_id, user.unit_id):
        return ""
    return _(NOT_YOUR_CASE)


async def _written_down(found: Reads, user: User, row: Any, *, whole: bool) -> None:
    role = roles.acting(user, (*roles.REQUESTER, *roles.CONFIDENTIAL))
    who = (user.person_id, user.unit_id, role, row["request_id"], row["requester_ref"])
    await found.pool.execute(LOOKED, found.now, *who, whole)


def _fragment(request: Request, view: dict[str, Any], status: int) -> Response:
    body = request.app.state.ui.html(request, "fragments/requester.html", view, block=None)
    return HTMLResponse(body, status, headers=UNKEPT)
