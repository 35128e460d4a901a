"""Logging in and out, where each role's day begins, and one's own page."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services import ui
from services.chassis.clock import LOCAL
from services.chassis.web import (
    CurrentUser,
    Refusal,
    User,
    clear_session,
    fresh,
    maybe_user,
    read_form,
    see_other,
    set_session,
)
from services.intake import accounts
from services.intake.web import absences, roles
from services.intake.web.inputs import AbsenceInput
from services.intake.web.reads import Reads, reads
from services.intake.web.signing_in import Refused, sign_in
from services.reference.absences import of_person, stood_in_for
from services.reference.words import ROLE_NAMES
from services.ui.i18n import gettext as _

router = APIRouter(include_in_schema=False)


@router.get("/")
async def front(request: Request) -> Response:
    """To the page where this person's day begins."""
    user = maybe_user(request)
    return RedirectResponse(roles.home(user) if user else "/login", 303)


@router.get("/intake")
@router.get("/intake/")
async def intake_front(request: Request, user: CurrentUser) -> Response:
    """The visits of those who visit, else the requests."""
    if user.has("visitor") and not user.has(*roles.DECIDE):
        return RedirectResponse("/intake/visits", 303)
    return RedirectResponse("/intake/requests" if user.has(*roles.SEE) else "/intake/me", 303)


@router.get("/login")
async def login_page(request: Request, next: Annotated[str, Query()] = "") -> Response:
    """The form; on a demo also one button per account."""
    return await _login(request, ui.Form(), next)


@router.post("/login")
async def login(request: Request) -> Response:
    """A wrong password shows the form again, with what was typed but the password."""
    form = await request.form()
    typed = {name: str(form.get(name, "")) for name in ("account", "password", "next")}
    try:
        user = await sign_in(reads(request), typed["account"], typed["password"])
    except Refused as refused:
        again = ui.Form({"account": typed["account"]}, general=(str(refused),))
        return await _login(request, again, typed["next"], status=401)
    response = RedirectResponse(_inside(typed["next"]) or roles.home(user), 303)
    set_session(request, response, user)
    return response


@router.post("/logout")
@router.post("/intake/logout")
async def logout(request: Request) -> Response:
    """Out, and back to the login page."""
    response = RedirectResponse("/login", 303)
    clear_session(request, response)
    return response


@router.get("/intake/me")
async def me(request: Request, user: CurrentUser) -> Response:
    """Unit, roles, absences and stand-in, language, text size, shortcuts."""
    await fresh(request, "persons")
    return await _me(request, user, ui.Form())


@router.post("/intake/me/absences")
async def be_away(request: Request, user: CurrentUser) -> Response:
    """去向留言 with the stand-in (AB岗)."""

    async def again(refusal: Refusal) -> Response:
        general = [] if refusal.errors else [refusal.problem.detail]
        return await _me(request, user, ui.Form(refusal.values, refusal.errors, general))

    data = await read_form(request, AbsenceInput, again)
    return see_other(await absences.declare(request, user, user.person_id, data), "/intake/me")


@router.post("/intake/me/absences/{absence_id}/end")
async def be_back(request: Request, user: CurrentUser, absence_id: str) -> Response:
    """Back before the announced end."""
    return see_other(await absences.end(request, user, user.person_id, absence_id), "/intake/me")


async def _me(request: Request, user: User, form: ui.Form) -> Response:
    found = reads(request)
    mine = await of_person(found.pool, user.person_id, found.now)
    others = await stood_in_for(found.pool, user.person_id, found.now)
    colleagues = [one for one in await found.directory.persons_of(user.unit_id) if one.person_id != user.person_id]
    known = await found.directory.person(user.person_id)
    names = await found.directory.person_names([one.backup_id for one in mine] + [one.person_id for one in others])
    view = {
        "user": user,
        "role_names": [_(name) for name in roles.role_names(user)],
        "form": form,
        "absences": mine,
        "stands_in": others,
        "names": names,
        "colleagues": [("", ""), *((one.person_id, one.name) for one in colleagues)],
        "backup": known.backup_id if known else None,
        "now": found.now.astimezone(LOCAL).strftime("%Y-%m-%dT%H:%M"),
        "in_directory": known is not None,
    }
    return ui.page(request, "me.html", view)


async def _login(request: Request, form: ui.Form, next: str, *, status: int = 200) -> Response:
    view = {"form": form, "next": _inside(next) or "", "demo": await _demo(reads(request))}
    return ui.page(request, "login.html", view, status=status)


async def _demo(found: Reads) -> list[dict[str, Any]]:
    """The demo's accounts by role; none on an installation for real work."""
    known = await accounts.demo_accounts(found.pool) if found.service.settings.shows_passwords else []
    if not known:
        return []
    names = await found.directory.person_names(account.person_id for account in known)
    rows = await found.pool.fetch(
        """SELECT p.person_id, u.name AS unit, array_agg(r.role ORDER BY r.role) AS roles FROM person p
           JOIN unit u USING (unit_id) JOIN person_role r ON r.person_id = p.person_id AND r.unit_id = p.unit_id
           WHERE p.person_id = ANY ($1) GROUP BY 1, 2""",
        [account.person_id for account in known],
    )
    places = {row["person_id"]: row for row in rows}
    order = list(ROLE_NAMES)
    shown = [
        {
            "login": account.login,
            "password": account.password,
            "name": names.get(account.person_id, account.login),
            "unit": places[account.person_id]["unit"],
            "roles": [_(ROLE_NAMES.get(role, role)) for role in places[account.person_id]["roles"]],
            "rank": min(
                (order.index(role) for role in places[account.person_id]["roles"] if role in order), default=99
            ),
        }
        for account in known
        if account.person_id in places
    ]
    return sorted(shown, key=lambda one: (one["rank"], one["login"]))


def _inside(address: str) -> str | None:
    """A path of this site; anything that a browser could read as another site is dropped."""
    parts = urlsplit(address)
    inside = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc
    return address if inside and not parts.scheme and "\\" not in address else None
