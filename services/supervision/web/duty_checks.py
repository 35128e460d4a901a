"""查岗 (SH-43): record who was at their post, by phone, covertly or on the spot; the list; both also as JSON."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from contracts.dispatch import Evidence
from contracts.event import Code
from contracts.supervision import CheckMode
from services.chassis.handle import Outcome
from services.chassis.web import CurrentUser, Refusal, User, fresh, read_form, see_other
from services.chassis.web.inputs import Count, LocalMoment, Words
from services.reference.attachments.naming import named
from services.reference.attachments.web import keeping
from services.reference.attachments.web import views as file_views
from services.supervision.domain.duty_check import DUTY_CHECK, CheckDuty, stream
from services.supervision.read import duty_checks as read
from services.supervision.read.burden import asked_in_month
from services.supervision.read.evidence import files_of
from services.supervision.web import inspecting as act
from services.supervision.web.acts import Input
from services.supervision.web.answers import answered, permitted
from services.supervision.web.inspecting_words import MODES
from services.supervision.web.ladder_acts import ISSUING, new_id, programme_of
from services.supervision.web.reads import reads
from services.ui.formats import local, whole_moment
from services.ui.forms import BLANK, Form
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/supervision", include_in_schema=False)
api = APIRouter(prefix="/supervision/api", tags=["supervision"])

READ = ("duty_checks", "units", "persons", "attendance", "notice_board")
NOBODY = "?"
"""No person's id: a name that nobody of the unit has, or that several have."""


class DutyCheckInput(Input):
    """What was found at one post."""

    programme: Code | None = None
    unit: str = Field(default="", max_length=100)
    person: str = Field(default="", max_length=100)
    """A name of somebody of the unit, or an id."""
    post: str = Field(default="", max_length=100)
    mode: CheckMode = "phone"
    body: str = Field(default="", max_length=100)
    passed: bool | None = None
    finding: Words = ""
    checked_at: LocalMoment | None = None
    evidence: list[Evidence] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DutyChecksView:
    """The looks, and the form for the next."""

    rows: list[dict[str, Any]]
    counted: str
    form: Form
    may_check: bool
    programmes: list[tuple[str, str]]
    units: list[tuple[str, str]]
    modes: list[tuple[str, str]]
    bodies: list[str]
    now: str


async def record(x: act.Asked, data: DutyCheckInput) -> tuple[str, Outcome]:
    """One look; a repeated command is the same one."""
    found = x.reads
    active = await programme_of(found, data.programme)
    permitted(x.user, active.pack.check.by)
    names = await found.directory.unit_names()
    members = await found.directory.persons_of(data.unit) if data.unit in names else []
    duty_check_id = new_id(x.request, "duty-check")
    command = CheckDuty(
        duty_check_id=duty_check_id,
        programme_id=active.programme_id,
        unit=data.unit,
        units=names.keys(),
        person=_meant(data.person, {one.person_id: one.name for one in members}) if data.person else None,
        of_unit={one.person_id for one in members},
        post=data.post,
        by_unit=x.user.unit_id,
        mode=data.mode,
        modes=active.pack.check.modes,
        body=data.body or x.user.unit_name,
        passed=data.passed,
        finding=data.finding,
        checked_at=data.checked_at,
        at=found.now,
        evidence=await named(x.request, x.user, data.evidence),
        asked=await asked_in_month(found.pool, data.unit, found.now),
        cap=active.pack.escalation.checks_per_month,
    )
    return duty_check_id, await x.perform(DUTY_CHECK, stream(duty_check_id), command, active.programme_id)


def _meant(words: str, members: dict[str, str]) -> str:
    """Whom a name means among these; an id means itself, and a name that several have means nobody."""
    if words in members:
        return words
    meant = [person for person, name in members.items() if name == words]
    return meant[0] if len(meant) == 1 else NOBODY


@router.get("/duty-checks")
async def looks(request: Request, user: CurrentUser) -> Response:
    permitted(user, act.LOOKING)
    is_fresh = await fresh(request, *READ)
    return await _page(request, user, BLANK, is_fresh=is_fresh)


async def _page(request: Request, user: User, form: Form, *, is_fresh: bool = True, status: int = 200) -> Response:
    found = reads(request)
    active = await found.programmes.all()
    checks = [one.pack.check for one in active]
    every = not checks or any(not one.modes for one in checks)
    modes = {mode for one in checks for mode in one.modes}
    names = await found.directory.unit_names()
    rows = await read.latest(found.pool, None)
    view = DutyChecksView(
        rows=await _rows(request, user, rows, names),
        counted=_("查岗 %(n)s 次，不合格 %(k)s 次", n=len(rows), k=sum(not row["passed"] for row in rows)),
        form=form,
        may_check=act.may_check(user, active),
        programmes=[(one.programme_id, one.name) for one in active],
        units=sorted(((unit, name) for unit, name in names.items() if unit != user.unit_id), key=lambda one: one[1]),
        modes=[(code, _(word)) for code, word in MODES.items() if every or code in modes],
        bodies=list(dict.fromkeys([user.unit_name, *(body for one in checks for body in one.bodies)])),
        now=f"{local(found.now):%Y-%m-%dT%H:%M}",
    )
    return page(request, "duty_checks.html", view, fresh=is_fresh, status=status)


async def _rows(request: Request, user: User, rows: list[Any], names: dict[str, str]) -> list[dict[str, Any]]:
    found, issues = reads(request), user.has(*ISSUING)
    people = await found.directory.person_names([row["person"] for row in rows if row["person"]])
    return [
        {
            "id": row["duty_check_id"],
            "unit": names.get(row["unit"], row["unit"]),
            "slip": f"/supervision/notices/{row['notice_id']}" if row["notice_id"] else None,
            "issue": f"/supervision/notices/new?duty_check_id={row['duty_check_id']}"
            if issues and not row["passed"] and not row["notice_id"] and row["unit"] != user.unit_id
            else None,
            "whom": "，".join(part for part in (people.get(row["person"], row["person"]), row["post"]) if part),
            "away": row["was_away"],
            "mode": _(MODES[row["mode"]]),
            "passed": row["passed"],
            "finding": row["finding"],
            "body": row["body"],
            "at": whole_moment(row["checked_at"]),
            "files": await file_views(request, files_of(row)),
        }
        for row in rows
    ]


@router.post("/duty-checks")
async def post_look(request: Request, user: CurrentUser) -> Response:
    role = permitted(user, act.CHECKING)

    async def again(refusal: Refusal) -> Response:
        return await _page(request, user, Form.again(refusal), status=refusal.problem.status)

    data = await read_form(request, DutyCheckInput, again, keeping(request, user))
    _duty_check_id, outcome = await record(act.Asked(request, user, role), data)
    return see_other(outcome, "/supervision/duty-checks")


@api.get("/duty-checks")
async def all_looks(
    request: Request,
    user: CurrentUser,
    unit: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = read.PAGE,
    offset: Count = 0,
) -> dict[str, Any]:
    """The latest looks at posts, of one unit or of all; `was_away`: by 去向留言 the person was elsewhere."""
    permitted(user, act.LOOKING)
    await fresh(request, *READ)
    rows = await read.latest(reads(request).pool, unit, offset, limit)
    return {"items": [{**dict(row), "evidence": files_of(row)} for row in rows]}


@api.post("/duty-checks")
async def add_look(request: Request, user: CurrentUser, data: DutyCheckInput) -> Response:
    """Record a look at a person or a post of another unit."""
    role = permitted(user, act.CHECKING)
    duty_check_id, outcome = await record(act.Asked(request, user, role), data)
    return answered(outcome, duty_check_id=duty_check_id)
