"""Forms: the same acts as the API's, answered with the page that shows the effect, or with the form again."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, Refusal, User, command_id, expected_version, read_form, see_other
from services.dispatch.web.casepage import case_view, changed_since
from services.dispatch.web.context import case_context
from services.dispatch.web.evidence import keeping
from services.dispatch.web.pages import render_case, render_desk, render_returns
from services.dispatch.web.roles import CASE_ACTS, ORDER_ACTS, Act, OrderAct
from services.ui.forms import Form, new_command_id
from services.ui.i18n import gettext as _

router = APIRouter(prefix="/dispatch", include_in_schema=False)
FORM_FIELDS = {"finish_by": "finish_on"}
"""Where a refusal's field stands under another name in the form."""


async def _refused(request: Request, user: User, case_id: str, refusal: Refusal, values: Mapping[str, Any]) -> Form:
    """Everything that was typed, what is wrong with it, and, after a 409, what others changed meanwhile."""
    errors = {FORM_FIELDS.get(name, name): text for name, text in refusal.errors.items()}
    changed: list[str] = []
    expected: int | None = expected_version(request)
    if refusal.stale:
        view = await case_view(request, user, case_id)
        changed = changed_since(view, expected or view.version) or [_("此件刚被他人更新。")]
        expected = view.version
    general = [] if errors or changed else [refusal.problem.detail]
    # A refused command took no effect, but its id may be remembered with the old content; a 409 decides anew.
    again = new_command_id() if refusal.problem.status != 503 else command_id(request)
    return Form(values, errors, general, changed, expected, again)


def _again_on_case(request: Request, user: User, case_id: str, name: str) -> Callable[[Refusal], Awaitable[Response]]:
    async def again(refusal: Refusal) -> Response:
        form = await _refused(request, user, case_id, refusal, refusal.values)
        return await render_case(request, user, case_id, forms={name: form})

    return again


@router.post("/desk/{case_id}")
async def hand_over(request: Request, user: CurrentUser, case_id: str) -> Response:
    """Issue and show the next case that waits."""
    act = CASE_ACTS["dispatch"]
    role = act.role_of(user)

    async def again(refusal: Refusal) -> Response:
        form = await _refused(request, user, case_id, refusal, refusal.values)
        return await render_desk(request, user, case_id, form=form)

    data = await read_form(request, act.model, again)
    context = await case_context(request, user, case_id, role)
    outcome = await act.run(context, data)
    return see_other(outcome, f"/dispatch/desk?programme={context.row['programme']}")


@router.post("/returns/{case_id}/{order_id}")
async def rule(request: Request, user: CurrentUser, case_id: str, order_id: str) -> Response:
    """Rule on a return from the docket."""
    act = ORDER_ACTS["rule"]
    role = await act.role_of(request, user)

    async def again(refusal: Refusal) -> Response:
        form = await _refused(request, user, case_id, refusal, refusal.values)
        return await render_returns(request, {order_id: form})

    data = await read_form(request, act.model, again)
    outcome = await act.run(await case_context(request, user, case_id, role), order_id, data)
    return see_other(outcome, "/dispatch/returns")


def _case_form(act: Act) -> Any:
    async def endpoint(request: Request, user: CurrentUser, case_id: str) -> Response:
        role = act.role_of(user)
        data = await read_form(
            request, act.model, _again_on_case(request, user, case_id, act.name), keeping(request, user)
        )
        outcome = await act.run(await case_context(request, user, case_id, role), data)
        return see_other(outcome, f"/dispatch/cases/{case_id}")

    return endpoint


def _order_form(act: OrderAct) -> Any:
    async def endpoint(request: Request, user: CurrentUser, case_id: str, order_id: str) -> Response:
        role = await act.role_of(request, user)
        name = f"{order_id}/{act.name}"
        data = await read_form(request, act.model, _again_on_case(request, user, case_id, name), keeping(request, user))
        outcome = await act.run(await case_context(request, user, case_id, role), order_id, data)
        return see_other(outcome, f"/dispatch/cases/{case_id}")

    return endpoint


for _act in CASE_ACTS.values():
    router.add_api_route(f"/cases/{{case_id}}/{_act.name}", _case_form(_act), methods=["POST"])
for _order_act in ORDER_ACTS.values():
    router.add_api_route(
        f"/cases/{{case_id}}/orders/{{order_id}}/{_order_act.name}", _order_form(_order_act), methods=["POST"]
    )
