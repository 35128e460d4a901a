"""The JSON API of intake: sessions, the directory, visits, requests, imports."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.web import CurrentUser, User, accepted, command_id, fresh, require
from services.chassis.web.auth import Forbidden
from services.chassis.web.commands import POSITION_HEADER
from services.chassis.web.session import sessions
from services.chassis.words import N_
from services.intake import accounts
from services.intake.read import requests, subjects
from services.intake.web import absences, erasing, filing, importing, registering, roles
from services.intake.web.inputs import (
    AbsenceInput,
    AcceptInput,
    AccountInput,
    AnswerInput,
    BatchInput,
    DirectoryInput,
    EraseInput,
    RedirectInput,
    RejectInput,
    RequestInput,
    SessionInput,
    SupplementInput,
    VisitInput,
    WithdrawInput,
)
from services.intake.web.reads import reads, title_of
from services.intake.web.signing_in import Refused, sign_in

router = APIRouter(prefix="/intake/api", tags=["intake"])
MOST_LISTED = 500
NOT_A_DEMO = N_("演示账号的密码人人可见，正式系统不能建立；请去掉 demo，另设密码。")

Visitor = Annotated[User, Depends(require(*roles.VISIT))]
Registrar = Annotated[User, Depends(require(*roles.REGISTER))]
Supplementer = Annotated[User, Depends(require(*roles.SUPPLEMENT))]
Clerk = Annotated[User, Depends(require(*roles.DECIDE))]
Reader = Annotated[User, Depends(require(*roles.SEE))]
Eraser = Annotated[User, Depends(require(*roles.ERASE))]
Admin = Annotated[User, Depends(require(*roles.DIRECTORY))]


@router.post("/session")
async def session(request: Request, data: SessionInput) -> Response:
    """A token for programs: send it as `Authorization: Bearer`."""
    try:
        user = await sign_in(reads(request), data.login, data.password)
    except Refused as refused:
        raise HTTPException(401, str(refused)) from refused
    return JSONResponse({"token": sessions(request).issue(user), "user": _user(user)})


@router.get("/me")
async def me(user: CurrentUser) -> dict[str, Any]:
    """Who the token stands for."""
    return _user(user)


@router.post("/visits")
async def post_visit(request: Request, user: Visitor, data: VisitInput) -> Response:
    """A visit with all its requests, whole or not at all."""
    if any(said.accept for said in data.requests) and not user.has(*roles.DECIDE):
        raise Forbidden(roles.DECIDE)
    visit_id, outcome = await filing.record_visit(request, user, data)
    ids = [event.request_id for event in outcome.events if event.TYPE == "request-registered"]  # type: ignore[attr-defined]
    return answered(outcome, {"visit_id": visit_id, "request_ids": ids})


@router.post("/requests")
async def post_request(request: Request, user: Registrar, data: RequestInput) -> Response:
    """A request by another way than a visit."""
    if data.accept and not user.has(*roles.DECIDE):
        raise Forbidden(roles.DECIDE)
    request_id, outcome = await filing.register(request, user, data)
    return answered(outcome, {"request_id": request_id})


@router.post("/requests:batch")
async def post_batch(request: Request, user: Registrar, data: BatchInput) -> Response:
    """Up to a hundred messages of another system; each is answered for, and a repeat changes nothing."""
    if data.accept and not user.has(*roles.DECIDE):
        raise Forbidden(roles.DECIDE)
    results = await importing.take(request, user, data)
    positions = [result["position"] for result in results if result["position"]]
    last = max(positions, key=lambda token: int(token.rpartition(":")[2]), default=None)
    return JSONResponse({"results": results}, headers={POSITION_HEADER: last} if last else None)


@router.post("/requests/{request_id}/accept")
async def post_accept(request: Request, user: Clerk, request_id: str, data: AcceptInput) -> Response:
    """Take it in; dispatch opens a case."""
    return answered(await filing.accept(request, user, request_id, data), {"request_id": request_id})


@router.post("/requests/{request_id}/answer")
async def post_answer(request: Request, user: Clerk, request_id: str, data: AnswerInput) -> Response:
    """Settled on the spot; no case follows."""
    return answered(await filing.answer(request, user, request_id, data), {"request_id": request_id})


@router.post("/requests/{request_id}/reject")
async def post_reject(request: Request, user: Clerk, request_id: str, data: RejectInput) -> Response:
    """Turned down, with the reason that was told."""
    return answered(await filing.reject(request, user, request_id, data), {"request_id": request_id})


@router.post("/requests/{request_id}/redirect")
async def post_redirect(request: Request, user: Clerk, request_id: str, data: RedirectInput) -> Response:
    """For another channel; the requester was told which."""
    return answered(await filing.redirect(request, user, request_id, data), {"request_id": request_id})


@router.post("/requests/{request_id}/withdraw")
async def post_withdraw(request: Request, user: Clerk, request_id: str, data: WithdrawInput) -> Response:
    """Taken back by the requester before a case followed."""
    return answered(await filing.withdraw(request, user, request_id, data), {"request_id": request_id})


@router.post("/requests/{request_id}/supplement")
async def post_supplement(request: Request, user: Supplementer, request_id: str, data: SupplementInput) -> Response:
    """More about a request that was taken in, as the desk asked for it; its case tells it."""
    row = await requests.one(reads(request).pool, request_id)
    if row is None or not may_see(user, row):
        raise HTTPException(404)
    return answered(await filing.supplement(request, user, request_id, data), {"request_id": request_id})


@router.post("/persons/{person_id}/absences")
async def post_absence(request: Request, user: CurrentUser, person_id: str, data: AbsenceInput) -> Response:
    """去向留言: one's own, or an administrator's for somebody; the stand-in may sign meanwhile."""
    outcome = await absences.declare(request, user, person_id, data)
    return answered(outcome, {"absence_id": absences.declared_id(request, data)})


@router.post("/persons/{person_id}/absences/{absence_id}/end")
async def post_absence_end(request: Request, user: CurrentUser, person_id: str, absence_id: str) -> Response:
    """Back before the announced end."""
    return answered(await absences.end(request, user, person_id, absence_id), {"absence_id": absence_id})


@router.post("/requests/{request_id}/erase")
async def post_erase(request: Request, user: Eraser, request_id: str, data: EraseInput) -> Response:
    """Erase the personal data of a request for good."""
    return answered(await erasing.erase(request, user, request_id, data), {"request_id": request_id})


@router.post("/subjects/{subject_id}/erase")
async def post_erase_subject(request: Request, user: Eraser, subject_id: str, data: EraseInput) -> Response:
    """Erase the particulars of a subject, what was noted on visits there and every request heard there, for good."""
    return answered(await erasing.erase_subject(request, user, subject_id, data), {"subject_id": subject_id})


@router.post("/persons/{person_id}/erase")
async def post_erase_person(request: Request, user: Eraser, person_id: str, data: EraseInput) -> Response:
    """Erase an official's name for good and end their roles and login; what they did stays under their id."""
    return answered(await erasing.erase_person(request, user, person_id, data), {"person_id": person_id})


@router.get("/requests")
async def get_requests(
    request: Request,
    user: Reader,
    status: str = "",
    channel: str = "",
    territory: str = "",
    q: str = "",
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50,
) -> dict[str, Any]:
    """Requests, the latest first; `next` is the cursor of the following page."""
    await fresh(request, "requests", "case_steps")
    wanted = requests.Filter(status, channel, territory, q, mine_of(user))
    rows, after = await requests.page_of(reads(request).pool, wanted, requests.Cursor.read(cursor), limit)
    return {"items": [_row(row) for row in rows], "next": str(after) if after else None}


@router.get("/requests/{request_id}")
async def get_request(request: Request, user: Reader, request_id: str) -> dict[str, Any]:
    """One request; what was said is read on its page only."""
    await fresh(request, "requests", "case_steps")
    row = await requests.one(reads(request).pool, request_id)
    if row is None or not may_see(user, row):
        raise HTTPException(404)
    return _row(row)


@router.get("/subjects")
async def get_subjects(request: Request, user: Visitor, place: str | None = None, q: str = "") -> dict[str, Any]:
    """Whom to visit in a town or village."""
    await fresh(request, "subjects")
    found = reads(request)
    rows = await subjects.route(found.pool, place, q, found.today)
    shown = (
        "subject_id",
        "kind",
        "territory_unit",
        "community_unit",
        "tags",
        "visits",
        "visited_at",
        "name",
        "address",
    )
    return {"items": [{name: row[name] for name in shown} for row in rows]}


@router.get("/programmes")
async def get_programmes(request: Request, user: CurrentUser) -> dict[str, Any]:
    """The programmes that requests can be accepted under."""
    await fresh(request, "programmes")
    found = await reads(request).programmes.all()
    return {"items": [{"programme": one.programme_id, "name": one.name, "version": one.pack_version} for one in found]}


@router.post("/directory")
async def post_directory(request: Request, user: Admin, data: DirectoryInput) -> Response:
    """A piece of the directory; every row is answered for."""
    answers, token = await registering.put(request, user, data, command_id(request))
    return JSONResponse({"rows": answers}, headers={POSITION_HEADER: token} if token else None)


@router.post("/accounts")
async def post_account(request: Request, user: Admin, data: AccountInput) -> Response:
    """A login for a person; the same login again gets the new password."""
    found = reads(request)
    if data.demo and not found.service.settings.shows_passwords:
        raise Rejected("not-a-demo", NOT_A_DEMO, "demo")
    await accounts.put_account(found.pool, data.login, data.person_id, data.password, demo=data.demo)
    return JSONResponse({"login": data.login}, status_code=201)


def mine_of(user: User) -> tuple[str, str] | None:
    """What narrows a user's list: those who need no overview see their own and their territory's."""
    return None if user.has(*roles.SEE_ALL, "auditor", "leading_group") else (user.person_id, user.unit_id)


def may_see(user: User, row: Any) -> bool:
    """Whether one request is among those a user may open."""
    mine = mine_of(user)
    return mine is None or row["registered_by"] == mine[0] or row["territory_unit"] == mine[1]


def answered(outcome: Outcome, content: dict[str, Any]) -> Response:
    """What an API says of a command: 201 with what was recorded, 200 when it was so already."""
    more = {
        "version": outcome.version,
        "position": outcome.token,
        "repeated": outcome.repeated,
        "events": [event.TYPE for event in outcome.events],
    }
    created = bool(outcome.events) and not outcome.repeated
    return accepted(outcome, {**content, **more}, status_code=201 if created else 200)


def _user(user: User) -> dict[str, Any]:
    return {
        "person_id": user.person_id,
        "name": user.name,
        "unit_id": user.unit_id,
        "unit_name": user.unit_name,
        "roles": list(user.roles),
    }


def _row(row: Any) -> dict[str, Any]:
    hidden = {"title_state", "requester_ref", "registered_unit"}
    return {name: value for name, value in row.items() if name not in hidden} | {"title": title_of(row)}
