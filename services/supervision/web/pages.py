"""Supervision's screens: follow-ups and programmes; with the forms they carry."""

from typing import Any, Literal

from fastapi import APIRouter, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.chassis.web import CurrentUser, Refusal, User, fresh, read_form, see_other, show_again
from services.chassis.web.inputs import Count
from services.reference.words import CALLED_OFF, METHODS, SATISFACTION, case_number
from services.supervision.read import queries
from services.supervision.read.clock_questions import reminded
from services.supervision.read.ladder_questions import owed
from services.supervision.web import acts
from services.supervision.web.answers import permitted
from services.supervision.web.clocks import UNIT_ROLES
from services.supervision.web.labels import LEGS, VERDICT_TONES, standing, verdict_word
from services.supervision.web.reads import Reads, reads
from services.supervision.web.rules import rules_of
from services.supervision.web.views import FollowUpView, ProgrammesView, QueueView
from services.ui.formats import day
from services.ui.forms import BLANK, Form
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/supervision", include_in_schema=False)


async def badge(request: Request, user: User | None) -> int:
    """For reviewers the calls still to be made; for a unit what it is reminded of and has to answer."""
    pool = reads(request).pool
    if user and user.has(*acts.REVIEWING):
        return await queries.open_followups(pool)
    if user and user.has(*UNIT_ROLES):
        return await reminded(pool, user.unit_id) + await owed(pool, user.unit_id)
    return 0


@router.get("/")
async def home(user: CurrentUser) -> Response:
    """Reviewers to their calls, everybody else to the wall."""
    return RedirectResponse("/supervision/followups" if user.has(*acts.REVIEWING) else "/supervision/clocks", 303)


@router.get("/followups")
async def queue(
    request: Request,
    user: CurrentUser,
    state: Literal["due", "done"] = "due",
    offset: Count = 0,
) -> Response:
    permitted(user, acts.SEEING)
    is_fresh = await fresh(request, "followup_queue", "followup_cases")
    found = reads(request)
    rows = await queries.followups(found.pool, state, limit=queries.PAGE + 1, offset=offset)
    names = await found.directory.unit_names()
    titles = await found.texts([row["title"] for row in rows])
    shown = [_queue_row(row, title, names, found) for row, title in zip(rows, titles, strict=True)]
    more = len(rows) > queries.PAGE
    here = f"/supervision/followups?state={state}&offset="
    view = QueueView(
        rows=shown[: queries.PAGE],
        waiting=await queries.open_followups(found.pool),
        state=state,
        next=f"{here}{offset + queries.PAGE}" if more else None,
        previous=f"{here}{max(0, offset - queries.PAGE)}" if offset else None,
    )
    return page(request, "followups.html", view, fresh=is_fresh)


def _queue_row(row: Any, title: str, names: dict[str, str], found: Reads) -> dict[str, Any]:
    over = row["verdict"] or row["cancelled"]
    late = not over and row["due"] < found.now
    chips = [(_("第 %(n)s 轮", n=row["round"]), "warn")] if row["round"] > 1 else []
    if over:
        chips.append(standing(row))
    elif late:
        chips.append((_("已过期限"), "bad"))
    elif row["attempts"]:
        chips.append((_("已联系 %(n)s 次", n=len(row["attempts"])), "info"))
    handlers = "、".join(names.get(unit, unit) for unit in row["handler_units"])
    return {
        "href": f"/supervision/followups/{row['followup_id']}",
        "sign": "check" if row["verdict"] == "pass" else "phone",
        "tone": {"pass": "good", "fail": "bad"}.get(row["verdict"] or "", "info"),
        "title": title,
        "chips": chips,
        "meta": [
            case_number(row["programme"], row["case_no"]),
            _(LEGS.get(row["leg"], row["leg"])),
            _("承办：%(units)s", units=handlers),
            _when(row),
        ],
    }


def _when(row: Any) -> str:
    if row["verdict"]:
        return _("%(day)s 回访", day=day(row["concluded_at"]))
    if row["cancelled"]:
        return _("%(day)s 取消", day=day(row["concluded_at"]))
    return _("%(day)s 前回访", day=day(row["due"]))


@router.get("/followups/{followup_id}")
async def followup(request: Request, user: CurrentUser, followup_id: str) -> Response:
    role = permitted(user, acts.SEEING)
    is_fresh = await fresh(request, "followup_queue", "followup_cases")
    return await _followup_page(await acts.reviewing(request, user, role, followup_id), BLANK, is_fresh=is_fresh)


async def _followup_page(r: acts.Reviewing, form: Form, *, is_fresh: bool = True, status: int = 200) -> Response:
    row, names = r.row, await r.reads.directory.unit_names()
    title, text = await r.reads.texts([row["title"], row["text"]])
    active = await acts.active_of(r.reads, row)
    callers = acts.callers(active)
    view = FollowUpView(
        followup_id=row["followup_id"],
        case_id=row["case_id"],
        number=case_number(row["programme"], row["case_no"]),
        title=title,
        text=text,
        round=row["round"],
        leg=_(LEGS.get(row["leg"], row["leg"])),
        due=row["due"],
        attempts=row["attempts"],
        handlers=[names.get(unit, unit) for unit in row["handler_units"]],
        requester_ref=row["requester_ref"],
        office=active.pack.role_name(callers[0]) if active else _("督查室"),
        own_unit_handled=r.user.unit_id in row["handler_units"],
        may_review=r.user.has(*callers),
        explains=row["explains"],
        result=_result(row, names) if row["verdict"] else None,
        cancelled=_(CALLED_OFF[row["cancelled"]]) if row["cancelled"] else None,
        form=form
        if form.expected is not None
        else Form(form.values, form.errors, form.general, form.changed, row["version"]),
        satisfactions=[(code, _(word)) for code, word in SATISFACTION.items()],
        record_wanted=active is not None and active.pack.signals.call_record,
        methods=[(code, _(word)) for code, word in METHODS.items()],
    )
    return page(r.request, "followup.html", view, fresh=is_fresh, status=status)


def _result(row: Any, names: dict[str, str]) -> dict[str, Any]:
    yes_no = {True: _("是"), False: _("否"), None: "—"}
    return {
        "verdict": verdict_word(row),
        "tone": VERDICT_TONES[row["verdict"]],
        "solved": yes_no[row["solved"]],
        "satisfaction": _(SATISFACTION[row["satisfaction"]]) if row["satisfaction"] else "—",
        "contacted": yes_no[row["contacted"]],
        "reviewer": names.get(row["reviewer_unit"], row["reviewer_unit"]),
        "ruling": row["ruling"],
        "at": row["concluded_at"],
    }


@router.post("/followups/{followup_id}/{act}")
async def act_on_followup(
    request: Request, user: CurrentUser, followup_id: str, act: Literal["attempt", "conduct"]
) -> Response:
    r = await acts.as_reviewer(request, user, followup_id)

    async def again(refusal: Refusal) -> Response:
        now = await acts.as_reviewer(request, user, followup_id)
        form = Form.again(refusal, expected=now.row["version"])
        return await _followup_page(now, form, status=refusal.problem.status)

    if act == "attempt":
        outcome = await acts.attempt(r, await read_form(request, acts.AttemptInput, again))
    else:
        outcome = await acts.conduct(r, await read_form(request, acts.ConductInput, again))
    return see_other(outcome, f"/supervision/followups/{followup_id}")


@router.get("/programmes")
async def programmes(request: Request, user: CurrentUser) -> Response:
    permitted(user, acts.SEEING)
    is_fresh = await fresh(request, "programmes")
    return await _programmes_page(request, user, BLANK, is_fresh=is_fresh)


async def _programmes_page(
    request: Request,
    user: User,
    form: Form,
    *,
    problems: list[tuple[str, str]] | None = None,
    is_fresh: bool = True,
    status: int = 200,
) -> Response:
    found = reads(request).programmes
    newest = await found.all()
    view = ProgrammesView(
        programmes=newest,
        history={one.programme_id: await found.history(one.programme_id) for one in newest},
        rules={one.programme_id: rules_of(one) for one in newest},
        may_activate=user.has(*acts.ACTIVATING),
        form=form,
        problems=problems or [],
    )
    return page(request, "programmes.html", view, fresh=is_fresh, status=status)


@router.post("/programmes")
async def activate(request: Request, user: CurrentUser) -> Response:
    """The rules come as a file or as text; refused with every error beside its place."""
    role = permitted(user, acts.ACTIVATING)
    sent = await request.form()
    file = sent.get("file")
    typed = sent.get("content")
    if isinstance(file, UploadFile) and file.filename:
        content = await file.read()
    else:
        # A browser sends CRLF whatever was typed; the same text must hash the same.
        content = str(typed or "").replace("\r\n", "\n").encode()

    async def again(refusal: Refusal) -> Response:
        values = {"content": content.decode(errors="replace")}
        problems = sorted(refusal.errors.items())
        form = Form(values, {}, () if problems else (refusal.problem.detail,))
        return await _programmes_page(request, user, form, problems=problems, status=refusal.problem.status)

    show_again(request, again, {"content": content.decode(errors="replace")})
    _pack, outcome = await acts.activate(request, user, role, content)
    return see_other(outcome, "/supervision/programmes")
