"""The pages of common issues: candidates and declared ones, one of them with its forms, the pooled lists (R20)."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.decider import Rejected
from services.chassis.identity import effect_id
from services.chassis.web import CurrentUser, Refusal, User, command_id, fresh, read_form, require, see_other
from services.dispatch.read import common_issues_found as issues
from services.dispatch.web.grouping import COMMON_ACTS, CommonAct, by_hand, issue_context
from services.dispatch.web.grouping_views import issues_view, lists_view, one_view
from services.dispatch.web.inputs_of_common import DeclareInput
from services.dispatch.web.reads import reads
from services.dispatch.web.roles import DESK, SEEING, permitted
from services.ui.forms import BLANK, Form
from services.ui.i18n import N_
from services.ui.render import page

router = APIRouter(prefix="/dispatch", include_in_schema=False)
SEEING_USER = Annotated[User, Depends(require(*SEEING))]
READ = ("common_issues", "case_board", "case_number")
NO_NUMBER = N_("没有这个编号的问题：{number}")


@router.get("/common")
async def common(request: Request, user: SEEING_USER, programme: str | None = None) -> Response:
    ready = await fresh(request, *READ)
    return await _common(request, user, programme, BLANK, shown=ready)


async def _common(request: Request, user: User, programme: str | None, form: Form, *, shown: bool = True) -> Response:
    found = reads(request)
    active = await found.programme(programme)
    if active is None:
        return page(request, "no_programme.html", {})
    return page(request, "common.html", await issues_view(found, user, active, form), fresh=shown)


@router.get("/common/lists")
async def lists(request: Request, user: SEEING_USER, programme: str | None = None) -> Response:
    ready = await fresh(request, *READ)
    found = reads(request)
    active = await found.programme(programme)
    if active is None:
        return page(request, "no_programme.html", {})
    return page(request, "common_lists.html", await lists_view(found, active), fresh=ready)


@router.get("/common/{common_id}")
async def one(request: Request, user: SEEING_USER, common_id: str) -> Response:
    ready = await fresh(request, *READ)
    return await _one(request, user, common_id, {}, shown=ready)


async def _one(
    request: Request, user: User, common_id: str, forms: Mapping[str, Form], *, shown: bool = True
) -> Response:
    found = reads(request)
    row = await issues.one(found.pool, common_id)
    active = await found.programmes.active(row["programme"]) if row else None
    if row is None or active is None:
        raise HTTPException(404)
    return page(request, "common_issue.html", await one_view(found, user, row, active, forms), fresh=shown)


@router.post("/common")
async def declare(request: Request, user: CurrentUser) -> Response:
    """By hand: the cases are named by their numbers."""
    permitted(user, DESK)
    programme: str | None = None

    async def again(refusal: Refusal) -> Response:
        return await _common(request, user, programme, Form.again(refusal))

    async def prepare(typed: dict[str, Any]) -> None:
        nonlocal programme
        programme = str(typed.get("programme") or "")
        await _named(request, typed, programme)

    data = await read_form(request, DeclareInput, again, prepare)
    outcome = await by_hand(request, user, data)
    return see_other(outcome, f"/dispatch/common/{effect_id(command_id(request), 'common-issue')}")


async def _named(request: Request, typed: dict[str, Any], programme: str) -> None:
    """Numbers as people know them become cases."""
    given = str(typed.pop("numbers", "") or "")
    for separator in "，、,；;":
        given = given.replace(separator, " ")
    chosen = []
    for number in given.split():
        last = number.rpartition("-")[2]
        case_id = await reads(request).pool.fetchval(
            "SELECT case_id FROM case_number WHERE programme = $1 AND case_no = $2",
            programme,
            int(last) if last.isascii() and last.isdigit() and len(last) < 9 else 0,
        )
        if case_id is None:
            raise Rejected("no-such-number", NO_NUMBER, "numbers", number=number)
        chosen.append(case_id)
    if chosen:
        typed["case_ids"] = chosen


def _form(act: CommonAct) -> Any:
    async def endpoint(request: Request, user: CurrentUser, common_id: str) -> Response:
        async def again(refusal: Refusal) -> Response:
            return await _one(request, user, common_id, {act.name: Form.again(refusal).named(act.name)})

        context = await issue_context(request, user, act, common_id)
        data = await read_form(request, act.model, again)
        outcome = await act.run(context, data)
        return see_other(outcome, f"/dispatch/common/{common_id}")

    return endpoint


for _act in COMMON_ACTS.values():
    router.add_api_route(f"/common/{{common_id}}/{_act.name}", _form(_act), methods=["POST"])
