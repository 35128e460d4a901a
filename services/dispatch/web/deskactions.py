"""Forms of the desk and its dockets: hand over and show the next, rule on returns, decide on extensions."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.web import CurrentUser, Refusal, User, read_form, require, see_other, show_again
from services.dispatch.read import cases
from services.dispatch.web.again import FORM_FIELDS, refused_form
from services.dispatch.web.context import CaseContext, case_context
from services.dispatch.web.deskpage import route_view
from services.dispatch.web.dockets import render_extensions, render_returns
from services.dispatch.web.inputs import ClassifyInput, PrepareInput
from services.dispatch.web.inputs_of_case import Shown, SuggestionInput
from services.dispatch.web.pages import render_desk
from services.dispatch.web.parts import part_of
from services.dispatch.web.reads import reads
from services.dispatch.web.roles import CASE_ACTS, DESK, ORDER_ACTS
from services.dispatch.web.routing import RouteQuestion, proposal
from services.ui.forms import Form
from services.ui.i18n import N_

router = APIRouter(prefix="/dispatch", include_in_schema=False)
Again = Callable[[Refusal], Awaitable[Response]]
AT_DESK = Annotated[User, Depends(require(*DESK))]
BAD_SUGGESTION = N_("表单中的建议记录有误，本次未办理；请核对后再提交。")
NOT_ELSEWHERE = N_("请先选定应转的渠道，或勾选涉密、涉个人隐私。")
NO_DESK = N_("名册中没有专席单位，不能转专席办理。")


@router.post("/desk/{case_id}")
async def hand_over(request: Request, user: CurrentUser, case_id: str) -> Response:
    """Issue, or prepare for whoever issues, and show the next case that waits.

    What became of the history's suggestions is recorded with it.
    """
    act = CASE_ACTS["dispatch"]
    role = act.role_of(user)
    shown: list[Shown] = []
    only_prepare = False

    async def again(refusal: Refusal) -> Response:
        form = await refused_form(request, user, case_id, refusal, fields=FORM_FIELDS)
        return await render_desk(request, user, case_id, form=form)

    async def prepare(typed: dict[str, Any]) -> None:
        nonlocal only_prepare
        only_prepare = bool(typed.pop("prepare", None))
        given = typed.pop("suggested", [])
        shown.extend(_shown(one) for one in (given if isinstance(given, list) else [given]))
        if typed.pop("to_desk", None):
            typed |= {"desk_suitable": "yes", "lead": await _desk_unit(request), "territory": None}
            typed["co"] = []

    if (await request.form()).get("away"):
        return await _ordered_nobody(request, user, case_id, again)
    data = await read_form(request, act.model, again, prepare)
    x = await case_context(request, user, case_id, role)
    if only_prepare:
        outcome = await CASE_ACTS["prepare"].run(x, PrepareInput.model_validate(data.model_dump()))
    else:
        outcome = await act.run(x, data)
    outcome = await _record_choices(x, shown, data) or outcome
    return see_other(outcome, f"/dispatch/desk?programme={x.row['programme']}")


async def _ordered_nobody(request: Request, user: User, case_id: str, again: Again) -> Response:
    """Record what it is found to be, and stay with it: its page ends it. Of the form the classification is taken."""
    act = CASE_ACTS["classify"]
    role = act.role_of(user)

    async def prepare(typed: dict[str, Any]) -> None:
        show_again(request, again, dict(typed))
        if not typed.get("redirect") and not typed.get("secret"):
            raise Rejected("not-elsewhere", NOT_ELSEWHERE, "redirect")
        for name in typed.keys() - ClassifyInput.model_fields.keys():
            del typed[name]

    data = await read_form(request, ClassifyInput, again, prepare)
    outcome = await act.run(await case_context(request, user, case_id, role), data)
    return see_other(outcome, f"/dispatch/desk?case={case_id}")


@router.post("/desk/{case_id}/send-back")
async def send_back(request: Request, user: CurrentUser, case_id: str) -> Response:
    """退回补充, and show the next case that waits."""
    act = CASE_ACTS["send-back"]
    role = act.role_of(user)

    async def again(refusal: Refusal) -> Response:
        return await render_desk(request, user, case_id, back=await refused_form(request, user, case_id, refusal))

    data = await read_form(request, act.model, again)
    x = await case_context(request, user, case_id, role)
    return see_other(await act.run(x, data), f"/dispatch/desk?programme={x.row['programme']}")


async def _desk_unit(request: Request) -> str:
    found = await reads(request).directory.units("desk")
    if not found:
        raise Rejected("no-desk", NO_DESK, "lead")
    return found[0].unit_id


def _shown(text: object) -> Shown:
    """What a hidden field of the form says; read before anything is decided, so that nonsense stops the whole form."""
    try:
        what, suggested, matching, looked_at = str(text).split(" ")
        one = Shown.model_validate(
            {"what": what, "suggested": suggested, "matching": matching, "looked_at": looked_at},
        )
    except ValueError as error:
        raise Rejected("bad-suggestion", BAD_SUGGESTION) from error
    if one.matching > one.looked_at:
        raise Rejected("bad-suggestion", BAD_SUGGESTION)
    return one


async def _record_choices(x: CaseContext, shown: Sequence[Shown], data: Any) -> Outcome | None:
    """Each suggestion that the form showed, with its grounds, and what was chosen instead."""
    outcome: Outcome | None = None
    for one in shown:
        said = SuggestionInput(**one.model_dump(), chosen=getattr(data, one.what))
        part = replace(x, request=part_of(x.request, f"suggested-{one.what}"))
        outcome = await CASE_ACTS["decide-suggestion"].run(part, said)
    return outcome


@router.get("/desk/{case_id}/_route")
async def route_now(
    request: Request,
    user: AT_DESK,
    case_id: str,
    category: str = "",
    scope: str = "",
    urgency: str = "",
    level: str = "",
    territory: str = "",
    desk_suitable: str = "",
    focus: str = "",
    site_scope: str = "",
    difficulty: str = "",
    redirect: str = "",
    secret: str = "",
    co: Annotated[list[str], Query()] = [],  # noqa: B006 - FastAPI copies it
    lead: str = "",
    interested: Annotated[list[str], Query()] = [],  # noqa: B006 - as above
) -> Response:
    """What the rules say to the form as it stands, as a fragment."""
    found = reads(request)
    row = await cases.one(found.pool, case_id)
    active = await found.programmes.active(row["programme"]) if row else None
    if row is None or active is None:
        raise HTTPException(404)
    asked = RouteQuestion(
        category=category or None,
        scope=scope or None,
        urgency=urgency or None,
        level=level or None,
        territory=territory or None,
        desk_suitable=bool(desk_suitable),
        focus=bool(focus),
        site_scope=site_scope or None,
        difficulty=difficulty or None,
        redirect_class=redirect or None,
        secret=bool(secret),
        departments=[lead, *co] if co and lead else [],
        interested=interested,
    )
    names = await found.directory.unit_names()
    view = {"route": route_view(await proposal(found, active, row, asked), names, row, active, user)}
    body = request.app.state.ui.html(request, "desk_route.html", view, block=None)
    return HTMLResponse(body, headers={"Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"})


@router.post("/returns/{case_id}/{order_id}")
async def rule(request: Request, user: CurrentUser, case_id: str, order_id: str) -> Response:
    """Rule on a return from the docket."""
    return await _decide(request, user, case_id, order_id, "rule", "/dispatch/returns", render_returns)


@router.post("/extensions/{case_id}/{order_id}")
async def extend(request: Request, user: CurrentUser, case_id: str, order_id: str) -> Response:
    """Decide on an extension from the docket."""
    where = "/dispatch/extensions"
    return await _decide(request, user, case_id, order_id, "decide-extension", where, render_extensions)


async def _decide(
    request: Request,
    user: User,
    case_id: str,
    order_id: str,
    name: str,
    where: str,
    render: Callable[[Request, dict[str, Form]], Awaitable[Response]],
) -> Response:
    """One order's form of a docket; after a refusal the docket with what was typed."""
    act = ORDER_ACTS[name]
    role = await act.role_of(request, user)

    async def again(refusal: Refusal) -> Response:
        return await render(request, {order_id: await refused_form(request, user, case_id, refusal)})

    data = await read_form(request, act.model, again)
    outcome = await act.run(await case_context(request, user, case_id, role), order_id, data)
    return see_other(outcome, where)
