"""活动与成果: what was done and what came of it; made for a phone: choose the kind, choose whom, save."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts.pack import Activity
from services import ui
from services.chassis.web import Refusal, User, fresh, read_form, require, see_other
from services.chassis.web.inputs import Count
from services.intake.read import outreach
from services.intake.web import activity_acts as act
from services.intake.web import roles
from services.intake.web.outreach_inputs import ActivityInput, WithdrawnInput
from services.intake.web.pairing_acts import today
from services.intake.web.pairing_pages import paging
from services.intake.web.reads import Reads, reads
from services.reference.programmes import ActivePack
from services.ui.i18n import gettext as _

router = APIRouter(prefix="/intake", include_in_schema=False)
Looker = Annotated[User, Depends(require(*roles.OUTREACH))]
Doer = Annotated[User, Depends(require(*roles.VISIT))]
Asked = Annotated[str, Query(max_length=100)]
READ = ("activities", "pairings", "subjects", "persons", "units", "programmes")
SHOWN = 100
"""Activities on one page."""

SIGNS = {True: "file-text", False: "activity"}
"""Of papers, and of deeds."""


@router.get("/activities")
async def activities(
    request: Request,
    user: Looker,
    programme: Asked = "",
    kind: Asked = "",
    whose: Asked = "",
    other: Asked = "",
    offset: Count = 0,
) -> Response:
    """One's own first; those of the unit or of all for who looks after it."""
    shown = await fresh(request, *READ)
    found = reads(request)
    active = await found.programme(programme or None)
    known = active.pack.lists.activity if active else ()
    over = user.has(*roles.OUTREACH_ALL)
    scopes = _scopes(user)
    scope = whose if whose in dict(scopes) else scopes[0][0]
    rows: Sequence[Any] = ()
    total = 0
    if active is not None and known:
        which = outreach.Which(
            active.programme_id,
            kind=kind or None,
            person=user.person_id if scope == "mine" else None,
            unit=user.unit_id if scope == "unit" else None,
            other=other or None,
        )
        rows, total = await outreach.activities(found.pool, which, SHOWN, offset)
    names = await _names(found, rows, meets=user.has(*roles.MEETS))
    same = {"programme": active.programme_id if active else "", "kind": kind, "whose": scope, "other": other}
    view = {
        **paging(f"/intake/activities?{urlencode(same)}", offset, SHOWN, total),
        "total": total,
        "programme": same["programme"],
        "kinds": [(one.id, one.name, SIGNS[one.document]) for one in known],
        "kind": kind,
        "scopes": scopes,
        "scope": scope,
        "others": list(active.pack.programme.also_counts_for) if active else [],
        "other": other,
        "may_record": bool(known) and user.has(*roles.VISIT),
        "rows": [_row(one, {row.id: row for row in known}, names, mine=scope == "mine" and not over) for one in rows],
    }
    return ui.page(request, "activities.html", view, fresh=shown)


def _scopes(user: User) -> list[tuple[str, str]]:
    found = [("mine", _("我的"))] if user.has(*roles.VISIT) else []
    if user.has(*roles.PAIR_UNIT, "unit_clerk"):
        found.append(("unit", _("本单位")))
    if user.has(*roles.OUTREACH_ALL):
        found.append(("all", _("全部")))
    return found


def _row(one: Any, known: Mapping[str, Activity], names: Mapping[str, str], *, mine: bool) -> dict[str, Any]:
    kind = known.get(one["kind"])
    chips = [(_("已撤销"), "bad")] if one["withdrawn"] is not None else []
    who = "" if mine else "、".join(names.get(person, person) for person in one["persons"][:3])
    where = "、".join(names.get(subject, "") for subject in one["subjects"][:3])
    return {
        "href": f"/intake/activities/{one['activity_id']}",
        "sign": SIGNS[bool(one["document"])],
        "tone": "plain" if one["withdrawn"] is not None else "info",
        "title": one["topic"] or (kind.name if kind else one["kind"]),
        "chips": chips,
        "meta": [one["held_on"].isoformat(), kind.name if kind else one["kind"], who, where],
    }


async def _names(found: Reads, rows: Sequence[Any], *, meets: bool) -> dict[str, str]:
    """Of persons and units that these rows name, and of subjects for those who meet them."""
    people = {person for row in rows for person in row["persons"]}
    subjects = {subject for row in rows for subject in row["subjects"]} if meets else set()
    return {
        **await found.directory.unit_names(),
        **await found.directory.person_names(people),
        **await outreach.subject_names(found.pool, sorted(subjects)),
    }


@router.get("/activities/new")
async def activity_form(
    request: Request, user: Doer, kind: Asked, programme: Asked = "", subject: Asked = ""
) -> Response:
    """The form of one kind, with what that kind asks for."""
    await fresh(request, *READ)
    return await _form(request, user, programme, kind, ui.Form({"subjects": subject} if subject else {}))


@router.post("/activities/new")
async def record(request: Request, user: Doer) -> Response:
    typed = await request.form()

    async def again(refusal: Refusal) -> Response:
        return await _form(
            request, user, str(typed.get("programme", "")), str(typed.get("kind", "")), ui.Form.again(refusal)
        )

    data = await read_form(request, ActivityInput, again)
    activity_id, outcome = await act.record(request, user, data)
    return see_other(outcome, f"/intake/activities/{activity_id}?saved=yes")


async def _form(request: Request, user: User, programme: str, kind: str, form: ui.Form) -> Response:
    found = reads(request)
    active = await found.programme(programme or None)
    row = next((one for one in active.pack.lists.activity if one.id == kind), None) if active else None
    if active is None or row is None:
        raise HTTPException(404)
    day = today(found)
    colleagues = await found.directory.persons_of(user.unit_id)
    units = await found.directory.unit_names()
    view = {
        "form": form,
        "programme": active.programme_id,
        "row": row,
        "paper": row.document,
        "persons": [(one.person_id, one.name) for one in colleagues],
        "me": user.person_id,
        "subjects": await _own_subjects(found, active, user, form),
        "units": [(unit, name) for unit, name in units.items() if unit != user.unit_id] if row.joint else [],
        "topics": [(word, word) for word in row.topics],
        "services": [(word, word) for word in row.services],
        "others": [(word, word) for word in active.pack.programme.also_counts_for],
        "today": day.isoformat(),
        "earliest": active.pack.programme.start.isoformat(),
    }
    return ui.page(request, "activity_new.html", view)


async def _own_subjects(found: Reads, active: ActivePack, user: User, form: ui.Form) -> list[tuple[str, str]]:
    """Whom one is paired with; and whom the address or the form already names."""
    pairs = await outreach.pairs(found.pool, active.programme_id, None, user.person_id, today(found))
    listed = {one["target"]: one["name"] or one["target"] for one in pairs if one["target_kind"] == "subject"}
    named = form.values.get("subjects")
    extra = [str(one) for one in named] if isinstance(named, list) else [str(named)] if named else []
    names = await outreach.subject_names(found.pool, extra)
    return [*listed.items(), *((one, names.get(one, one)) for one in extra if one not in listed)]


@router.get("/activities/{activity_id}")
async def activity(request: Request, user: Looker, activity_id: str, saved: Asked = "") -> Response:
    shown = await fresh(request, *READ)
    return await _page(request, user, activity_id, ui.Form(), shown=shown, saved=bool(saved))


@router.post("/activities/{activity_id}/withdraw")
async def withdraw(request: Request, user: Doer, activity_id: str) -> Response:
    async def again(refusal: Refusal) -> Response:
        return await _page(request, user, activity_id, ui.Form.again(refusal))

    data = await read_form(request, WithdrawnInput, again)
    return see_other(await act.withdraw(request, user, activity_id, data), f"/intake/activities/{activity_id}")


def may_see(user: User, row: Any) -> bool:
    """One's own, one's unit's, or all for who looks after it."""
    own = user.person_id in row["persons"] or row["recorded_by"] == user.person_id or row["unit"] == user.unit_id
    return own or user.has(*roles.OUTREACH_ALL)


async def _page(
    request: Request, user: User, activity_id: str, form: ui.Form, *, shown: bool = True, saved: bool = False
) -> Response:
    found = reads(request)
    one = await outreach.activity(found.pool, activity_id)
    if one is None or not may_see(user, one):
        raise HTTPException(404)
    active = await found.active(one["programme"])
    kind = next((row for row in active.pack.lists.activity if row.id == one["kind"]), None)
    names = await _names(found, [one], meets=user.has(*roles.MEETS))
    name = kind.name if kind else one["kind"]
    listed = {
        _("日期"): one["held_on"].isoformat(),
        _("参加人") if not one["document"] else _("撰写人"): "、".join(names.get(p, p) for p in one["persons"]),
        _("单位"): names.get(one["unit"], one["unit"]),
        _("对象"): "、".join(names.get(s, s) for s in one["subjects"]),
        _("共同开展单位"): "、".join(names.get(u, u) for u in one["joint_with"]),
        _("类别"): one["topic_class"],
        _("送去的服务"): "、".join(one["services"]),
        _("参加群众"): one["participants"] or "",
        _("文号或存放处"): one["document"],
        _("同时计入"): "、".join(one["also_counts_for"]),
    }
    view = {
        "form": form,
        "one": one,
        "name": name,
        "facts": [(word, value) for word, value in listed.items() if value],
        "saved": saved,
        "again": f"/intake/activities/new?programme={one['programme']}&kind={one['kind']}",
        "may_withdraw": one["withdrawn"] is None and act.may_withdraw(user, one, found.now),
    }
    return ui.page(request, "activity.html", view, fresh=shown)
