"""Forms: the same acts as the API's, answered with the page that shows the effect, or with the form again."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, Refusal, User, read_form, see_other
from services.chassis.web.forms import Prepare, nested
from services.dispatch.web.again import refused_form
from services.dispatch.web.context import case_context
from services.dispatch.web.pages import render_case
from services.dispatch.web.roles import CASE_ACTS, ORDER_ACTS, Act, OrderAct
from services.reference.attachments.web import keeping
from services.ui.forms import Form

FILES = ("evidence", "photos_before", "photos_after")
"""Fields of the forms that hold files."""

router = APIRouter(prefix="/dispatch", include_in_schema=False)


def _again_on_case(request: Request, user: User, case_id: str, name: str) -> Callable[[Refusal], Awaitable[Response]]:
    async def again(refusal: Refusal) -> Response:
        form = await refused_form(request, user, case_id, refusal)
        return await render_case(request, user, case_id, forms={name: form})

    return again


def _files(request: Request, user: User) -> Prepare:
    return keeping(request, user, *FILES)


def _case_form(act: Act) -> Any:
    async def endpoint(request: Request, user: CurrentUser, case_id: str) -> Response:
        role = act.role_of(user)
        data = await read_form(
            request, act.model, _again_on_case(request, user, case_id, act.name), _files(request, user)
        )
        outcome = await act.run(await case_context(request, user, case_id, role), data)
        return see_other(outcome, f"/dispatch/cases/{case_id}")

    return endpoint


def _order_form(act: OrderAct) -> Any:
    async def endpoint(request: Request, user: CurrentUser, case_id: str, order_id: str) -> Response:
        role = await act.role_of(request, user)
        name = f"{order_id}/{act.name}"
        if (form := await request.form()).get("more"):
            # Nothing is decided: the same form with what was typed, and more lines of its timetable.
            asked = Form(nested(form), expected=str(form.get("expected", "")) or None)
            return await render_case(request, user, case_id, forms={name: asked})
        data = await read_form(request, act.model, _again_on_case(request, user, case_id, name), _files(request, user))
        outcome = await act.run(await case_context(request, user, case_id, role), order_id, data)
        return see_other(outcome, f"/dispatch/cases/{case_id}")

    return endpoint


for _act in CASE_ACTS.values():
    router.add_api_route(f"/cases/{{case_id}}/{_act.name}", _case_form(_act), methods=["POST"])
for _order_act in ORDER_ACTS.values():
    router.add_api_route(
        f"/cases/{{case_id}}/orders/{{order_id}}/{_order_act.name}", _order_form(_order_act), methods=["POST"]
    )
