"""督办台账 and one 督办单 with what this person may do with it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.handle import Outcome
from services.chassis.web import CurrentUser, Refusal, User, fresh, read_form, see_other
from services.chassis.web.inputs import Count
from services.reference.words import SLIP_LEVELS, SLIP_STATES, slip_number
from services.supervision.read import duty_checks, inspected
from services.supervision.read import ladder_questions as questions
from services.supervision.read.slip_keys import ladder_of, stream_of
from services.supervision.web import ladder_acts as acts
from services.supervision.web import matters
from services.supervision.web import notice_papers as papers
from services.supervision.web.acts import Input
from services.supervision.web.answers import permitted
from services.supervision.web.bulletin_form import offered
from services.supervision.web.inspecting_words import MODES
from services.supervision.web.ladder_words import (
    SOURCES,
    higher_levels,
    level_chip,
    level_word,
)
from services.supervision.web.measure_acts import INTERVIEWING, ORDERING, REFERRING
from services.supervision.web.notice_views import LedgerView, NewNoticeView, NoticeView, told
from services.supervision.web.reads import Reads, reads
from services.ui.formats import day
from services.ui.forms import BLANK, Form
from services.ui.i18n import gettext as _
from services.ui.i18n import ngettext
from services.ui.render import page

router = APIRouter(prefix="/supervision", include_in_schema=False)
LEDGER = "/supervision/notices"
SEEING = (*acts.SEEING_ALL, *acts.SEEING_OWN)
State = Literal["", "open", "late", "replied", "living", "closed"]


@router.get("/notices")
async def ledger(
    request: Request,
    user: CurrentUser,
    unit: Annotated[str, Query(max_length=100)] = "",
    level: Annotated[str, Query(max_length=20)] = "",
    state: State = "",
    offset: Count = 0,
) -> Response:
    permitted(user, SEEING)
    is_fresh = await fresh(request, "notice_board", "notice_number")
    found, names = reads(request), await reads(request).directory.unit_names()
    own = not user.has(*acts.SEEING_ALL)
    chosen = user.unit_id if own else unit
    asked = questions.Narrowed(None, chosen or None, level or None, state or None)
    rows = await questions.notices(found.pool, asked, found.now, limit=questions.PAGE + 1, offset=offset)
    kept = urlencode({"unit": unit, "level": level, "state": state})
    here = f"{LEDGER}?{kept}&offset="
    totals = await questions.totals(found.pool, found.now, chosen or None)
    view = LedgerView(
        rows=[await _row(found, row, names) for row in rows[: questions.PAGE]],
        totals=dict(totals),
        options=[("", _("全部单位")), *sorted(names.items(), key=lambda pair: pair[1])],
        levels=[("", _("全部级别")), *((code, _(word)) for code, word in SLIP_LEVELS.items())],
        states=[
            ("", _("全部状态")),
            ("open", _("待反馈")),
            ("late", _("逾期未反馈")),
            ("replied", _("反馈待核查")),
            ("closed", _("已销督")),
        ],
        unit=unit,
        level=level,
        state=state,
        own=own,
        query=kept,
        previous=f"{here}{max(0, offset - questions.PAGE)}" if offset else None,
        next=f"{here}{offset + questions.PAGE}" if len(rows) > questions.PAGE else None,
        may_issue=user.has(*acts.ISSUING),
    )
    return page(request, "notices.html", view, fresh=is_fresh)


async def _row(found: Reads, row: Any, names: dict[str, str]) -> dict[str, Any]:
    late = _late(row, found.now)
    standing = (_("逾期未反馈"), "bad") if late else (_(SLIP_STATES[row["standing"]]), _tone(row["standing"]))
    reply_by = row["reply_by"] or row["first_reply_by"]
    return {
        "href": f"{LEDGER}/{row['notice_id']}",
        "sign": "speakerphone",
        "tone": level_chip(row["level"])[1] if row["standing"] != "closed" else "plain",
        "title": await matters.words(found, row),
        "chips": [level_chip(row["level"]), standing],
        "meta": [
            slip_number(row["notice_no"], row["issued_at"]),
            names.get(row["target_unit"], row["target_unit"]),
            _(SOURCES[row["source"]]),
            _("%(day)s 发出", day=day(row["issued_at"])),
            _("%(day)s 前反馈", day=day(reply_by)),
            ngettext("升级 %(num)s 次", "升级 %(num)s 次", row["raises"]) if row["raises"] else "",
        ],
    }


def _late(row: Any, now: datetime) -> bool:
    return row["standing"] == "open" and row["reply_by"] is not None and row["reply_by"] < now


def _tone(standing: str) -> str:
    return {"replied": "info", "closed": "good"}.get(standing, "warn")


@router.get("/notices.xlsx")
async def ledger_file(
    request: Request,
    user: CurrentUser,
    unit: Annotated[str, Query(max_length=100)] = "",
    level: Annotated[str, Query(max_length=20)] = "",
    state: State = "",
) -> Response:
    """R11 with the filters of the screen."""
    permitted(user, SEEING)
    await fresh(request, "notice_board", "notice_number")
    found = reads(request)
    chosen = unit if user.has(*acts.SEEING_ALL) else user.unit_id
    asked = questions.Narrowed(None, chosen or None, level or None, state or None)
    rows = await questions.notices(found.pool, asked, found.now, limit=papers.MOST_ROWS)
    return await papers.ledger_file(found, rows)


@router.get("/notices/new")
async def new(
    request: Request,
    user: CurrentUser,
    case_id: Annotated[str, Query(max_length=100)] = "",
    duty_check_id: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    permitted(user, acts.ISSUING)
    await fresh(request, "duty_checks")
    return await _new_page(request, user, case_id, duty_check_id, BLANK)


async def _new_page(
    request: Request, user: User, case_id: str, duty_check_id: str, form: Form, status: int = 200
) -> Response:
    found = reads(request)
    look = await duty_checks.one(found.pool, duty_check_id) if duty_check_id else None
    case = await questions.case_of(found.pool, case_id) if case_id else None
    [title] = await found.texts([case["title"]]) if case else [""]
    names = await found.directory.unit_names()
    known = await found.programmes.all()
    levels = {code: None for one in known for code in one.pack.escalation.levels}
    view = NewNoticeView(
        form=form,
        title=title,
        case_id=case_id if case else "",
        units=sorted(((code, name) for code, name in names.items() if code != user.unit_id), key=lambda u: u[1]),
        look=look_words(look) if look else "",
        duty_check_id=duty_check_id if look else "",
        unit=(case["unit"] or "") if case else look["unit"] if look else "",
        levels=[
            (code, level_word(code)) for code in levels if code in ("prompt", "blue", "orange", "red", "interview")
        ],
        sources=[(code, _(word)) for code, word in SOURCES.items() if code not in ("overdue", "slow")],
        programmes=[(one.programme_id, one.name) for one in known],
    )
    return page(request, "notice_new.html", view, status=status)


def look_words(look: Any) -> str:
    """What a look at a post found, as the slip will say it; nobody is named."""
    post = f"{look['post']}：" if look["post"] else ""
    return f"{day(look['checked_at'])}{_(MODES[look['mode']])}，{post}{look['finding']}"


@router.post("/notices")
async def issue(request: Request, user: CurrentUser) -> Response:
    role = permitted(user, acts.ISSUING)

    async def again(refusal: Refusal) -> Response:
        case_id = str(refusal.values.get("case_id") or "")
        look = str(refusal.values.get("duty_check_id") or "")
        return await _new_page(request, user, case_id, look, Form.again(refusal), refusal.problem.status)

    data = await read_form(request, acts.IssueInput, again)
    notice_id, outcome = await acts.issue(request, user, role, data)
    return see_other(outcome, f"{LEDGER}/{notice_id}")


@router.get("/notices/{notice_id}")
async def notice(request: Request, user: CurrentUser, notice_id: str) -> Response:
    role = permitted(user, SEEING)
    is_fresh = await fresh(request, "notice_board", "notice_number")
    return await notice_page(await acts.on_notice(request, user, role, notice_id), BLANK, is_fresh=is_fresh)


async def notice_page(x: acts.OnNotice, form: Form, *, is_fresh: bool = True, status: int = 200) -> Response:
    row, names = x.row, await x.reads.directory.unit_names()
    may = _may(x)
    if form.expected is None:
        form = Form(form.values, form.errors, form.general, form.changed, row["version"])
    heads = await x.reads.directory.persons_of(row["target_unit"]) if "interview" in may else []
    history = await questions.records(x.reads.pool, stream_of(x.notice_id))
    persons = await x.reads.directory.person_names([one.envelope.actor.person for one in history])
    view = NoticeView(
        form=form,
        notice=row,
        number=slip_number(row["notice_no"], row["issued_at"]),
        about_href=matters.href(row["matter"], row["case_id"]),
        title=await matters.words(x.reads, row),
        level=level_chip(row["level"]),
        source=_(SOURCES[row["source"]]),
        unit=names.get(row["target_unit"], row["target_unit"]),
        issuer=papers.issuer_name(row, names, x.active),
        cc=[names.get(unit, unit) for unit in row["cc"]],
        standing=_(SLIP_STATES[row["standing"]]),
        late=_late(row, x.reads.now),
        history=[told(one, persons) for one in reversed(history)],
        may=may,
        higher=higher_levels(ladder_of(x.active), row["level"]),
        heads=[(person.person_id, person.name) for person in heads],
        grounds=[(code, _(word)) for code, word in inspected.misconduct(x.active.pack).items()],
        more=bool(may - {"reply", "verify"}),
        bulletin_href=offered(x.user, x.active, own=x.user.unit_id == row["target_unit"], notice_id=x.notice_id),
    )
    return page(x.request, "notice.html", view, fresh=is_fresh, status=status)


def ground_word(code: str) -> str:
    words = {"weak_handling": _("解决不力"), "falsification": _("弄虚作假"), "false_report": _("虚报瞒报")}
    return words.get(code) or (_(SOURCES[code]) if code in SOURCES else code)


def _may(x: acts.OnNotice) -> frozenset[str]:
    """What this person may do with the slip as it stands; the aggregate has the last word."""
    row, user = x.row, x.user
    if row["standing"] == "closed":
        return frozenset()
    own = user.unit_id == row["target_unit"]
    replied = row["standing"] == "replied"
    found = {
        "reply": own and not replied and user.has(*acts.REPLYING),
        "verify": not own and replied and user.has(*acts.VERIFYING),
        "raise": not own and user.has(*acts.RAISING),
        "close": not own and not replied and user.has(*acts.VERIFYING),
        "interview": not own and user.has(*INTERVIEWING),
        "rectify": not own and user.has(*ORDERING),
        "propose": not own and user.has(*REFERRING),
    }
    return frozenset(name for name, yes in found.items() if yes)


Act = Callable[[acts.OnNotice, Any], Awaitable[Outcome]]
ACTS: dict[str, tuple[tuple[str, ...], type[Input], Act]] = {
    "reply": (acts.REPLYING, acts.ReplyInput, acts.reply),
    "verify": (acts.VERIFYING, acts.VerifyInput, acts.verify),
    "raise": (acts.RAISING, acts.RaiseInput, acts.raise_),
    "close": (acts.VERIFYING, acts.CloseInput, acts.close),
}


@router.post("/notices/{notice_id}/{act}")
async def act_on_notice(
    request: Request, user: CurrentUser, notice_id: str, act: Literal["reply", "verify", "raise", "close"]
) -> Response:
    roles, model, perform = ACTS[act]
    x = await acts.on_notice(request, user, permitted(user, roles), notice_id)

    async def again(refusal: Refusal) -> Response:
        now = await acts.on_notice(request, user, x.role, notice_id)
        form = Form.again(refusal, expected=now.row["version"])
        return await notice_page(now, form, status=refusal.problem.status)

    outcome = await perform(x, await read_form(request, model, again))
    return see_other(outcome, f"{LEDGER}/{notice_id}")


@router.get("/notices/{notice_id}/paper.{kind}")
async def paper(request: Request, user: CurrentUser, notice_id: str, kind: Literal["pdf", "docx"]) -> Response:
    """R10, printed."""
    role = permitted(user, SEEING)
    await fresh(request, "notice_board", "notice_number")
    x = await acts.on_notice(request, user, role, notice_id)
    return await papers.pdf(request, x) if kind == "pdf" else await papers.word(x)
