"""考核: all assessments, one with its table, the appeals against it, and what is behind a number."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from contracts.supervision import Adjustment
from services.chassis.clock import LOCAL
from services.chassis.handle import Outcome
from services.chassis.web import CurrentUser, Refusal, User, fresh, read_form, see_other
from services.chassis.web.inputs import Count
from services.supervision.read import assessments
from services.supervision.read.assessments import AppealRow
from services.supervision.web import assess_acts as act
from services.supervision.web import assess_after, assess_behind, assess_table
from services.supervision.web.acts import Input
from services.supervision.web.answers import permitted
from services.supervision.web.assess_acts import OnAssessment
from services.supervision.web.assess_views import AppealView, AssessmentsView, AssessmentView
from services.supervision.web.assess_words import KINDS, OBJECTS, STAGES, item_word, title_of
from services.supervision.web.reads import Reads, reads
from services.ui.formats import whole_day
from services.ui.forms import BLANK, Form
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/supervision/assessments", include_in_schema=False)
HERE = "/supervision/assessments"
READ = ("assessments", "programmes", "bulletins")

Name = Annotated[str, Query(max_length=100)]


class NoInput(Input):
    """A button alone."""


@router.get("")
async def listed(request: Request, user: CurrentUser, offset: Count = 0) -> Response:
    permitted(user, act.LOOKING)
    is_fresh = await fresh(request, *READ)
    return await _list_page(request, user, BLANK, offset=offset, is_fresh=is_fresh)


async def _list_page(
    request: Request, user: User, form: Form, *, offset: int = 0, is_fresh: bool = True, status: int = 200
) -> Response:
    found, size = reads(request), assessments.PAGE
    drafts = user.has(*act.SEEING_DRAFTS)
    rows = await assessments.listed(found.pool, drafts=drafts, offset=offset, limit=size + 1)
    programmes = [one for one in await found.programmes.all() if one.pack.assessment is not None]
    names = {one.programme_id: one.name for one in programmes}
    kinds = {code for one in programmes if one.pack.assessment for code in one.pack.assessment.object}
    since, until = _last_month(found)
    view = AssessmentsView(
        rows=[_row(row, names) for row in rows[:size]],
        previous=f"{HERE}?offset={max(0, offset - size)}" if offset else None,
        next=f"{HERE}?offset={offset + size}" if len(rows) > size else None,
        programmes=list(names.items()),
        objects=[(code, _(words)) for code, words in OBJECTS.items() if code in kinds],
        kinds=[(code, _(words)) for code, words in KINDS.items()],
        since=since.isoformat(),
        until=until.isoformat(),
        may_score=user.has(*act.SCORING) and bool(programmes),
        form=form,
    )
    return page(request, "assessments.html", view, fresh=is_fresh, status=status)


def _last_month(found: Reads) -> tuple[date, date]:
    """What is usually assessed: the month that is over."""
    last = found.now.astimezone(LOCAL).date().replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def _row(row: Any, names: dict[str, str]) -> dict[str, Any]:
    word, tone = STAGES[row["stage"]]
    chips = [(_(word), tone)]
    if row["open_appeals"]:
        chips.append((_("%(n)s 件申诉待裁定", n=row["open_appeals"]), "warn"))
    return {
        "href": f"{HERE}/{row['assessment_id']}",
        "sign": "chart-bar",
        "title": f"{_(OBJECTS[row['objects']])} {_(KINDS[row['kind']])}",
        "chips": chips,
        "meta": [
            names.get(row["programme"], row["programme"]),
            _("%(since)s 至 %(until)s", since=whole_day(row["since"]), until=whole_day(row["until"])),
            _("第 %(n)s 次计算", n=row["run"]),
        ],
    }


@router.post("")
async def score(request: Request, user: CurrentUser) -> Response:
    async def again(refusal: Refusal) -> Response:
        return await _list_page(request, user, Form.again(refusal), status=refusal.problem.status)

    data = await read_form(request, act.ScoreInput, again)
    made, outcome = await act.compute(request, user, data)
    return see_other(outcome, f"{HERE}/{made}")


@router.get("/{assessment_id}")
async def one(request: Request, user: CurrentUser, assessment_id: str, check: bool = False) -> Response:
    is_fresh = await fresh(request, *READ)
    x = await act.on(request, user, assessment_id)
    return await _page(x, BLANK, checked=await act.same_again(x) if check else None, is_fresh=is_fresh)


@router.get("/{assessment_id}/behind")
async def behind(
    request: Request,
    user: CurrentUser,
    assessment_id: str,
    object: Name,
    kind: Literal["kpi", "bonus", "deduct"] = "kpi",
    item: Name = "",
    offset: Count = 0,
) -> Response:
    is_fresh = await fresh(request, "assessments", "followup_cases")
    x = await act.on(request, user, assessment_id)
    view = await assess_behind.view(x, object, kind, item, offset)
    return page(request, "assessment_behind.html", view, fresh=is_fresh)


async def _page(
    x: OnAssessment, form: Form, *, checked: bool | None = None, is_fresh: bool = True, status: int = 200
) -> Response:
    found, row, user = reads(x.request), x.known.row, x.user
    names = await x.names()
    people = [who for filed, _points in x.known.appeals for who in (filed.filed_by, filed.decided_by) if who]
    known = await found.directory.person_names(people)
    waiting = any(filed.upheld is None for filed, _points in x.known.appeals)
    running = row.appeals_until is not None and found.now <= row.appeals_until
    mine = x.known.of(x.own) is not None and user.has(*x.appealing)
    own_waits = any(filed.upheld is None and filed.object == x.own for filed, _points in x.known.appeals)
    word, tone = STAGES[row.stage]
    codes = (*x.rules.weights, *x.rules.bonus, *x.rules.deduct)
    view = AssessmentView(
        assessment_id=row.assessment_id,
        title=title_of(x.active.pack),
        parts=[
            x.active.name,
            f"{_(OBJECTS[row.objects])} {_(KINDS[row.kind])}",
            _("%(since)s 至 %(until)s", since=whole_day(row.since), until=whole_day(row.until)),
        ],
        stage=(_(word), tone),
        heads=assess_table.heads(x),
        lines=assess_table.lines(x, names),
        foot=assess_table.foot(x),
        rules=assess_table.rule_lines(x),
        invented=any(x.active.fixtures.has(f"assessment.{key}") for key in ("weights", "bonus", "deduct", "grades")),
        check=checked,
        appeals=[_appeal(x, filed, points, names, known) for filed, points in x.known.appeals],
        appeals_until=row.appeals_until,
        items=[(code, item_word(code)) for code in codes],
        may_publish=row.stage == "draft" and x.period.over and user.has(*act.SCORING),
        may_score=row.stage == "draft" and user.has(*act.SCORING),
        may_finalise=row.stage == "published" and not waiting and not running and user.has(*act.FINALISING),
        may_appeal=row.stage == "published" and running and mine and not own_waits,
        notice=assess_after.new_notice(x),
        bulletins=await assess_after.issued(x),
        uses=assess_after.uses(x),
        waits_for=_waits_for(row.stage, user, waiting=waiting, running=running),
        again={
            "programme": row.programme,
            "kind": row.kind,
            "objects": row.objects,
            "since": whole_day(row.since),
            "until": whole_day(row.until),
        },
        expected=row.version,
        form=form,
        blank=BLANK,
    )
    return page(x.request, "assessment.html", view, fresh=is_fresh, status=status)


def _waits_for(stage: str, user: User, *, waiting: bool, running: bool) -> str:
    if stage != "published" or not user.has(*act.FINALISING):
        return ""
    if waiting:
        return _("还有申诉没有裁定，不能定案。")
    return _("申诉期未满，不能定案。") if running else ""


def _appeal(
    x: OnAssessment,
    filed: AppealRow,
    points: tuple[Adjustment, ...],
    names: dict[str, str],
    people: dict[str, str],
) -> AppealView:
    own = x.own == filed.object or x.user.person_id in (filed.filed_by, x.known.row.scored_by)
    return AppealView(
        appeal_id=filed.appeal_id,
        name=names.get(filed.object, filed.object),
        reason=filed.reason,
        filed_by=people.get(filed.filed_by or "", filed.filed_by or ""),
        filed_at=filed.filed_at,
        upheld=filed.upheld,
        ruling=filed.ruling,
        points=[(item_word(one.code), one.points) for one in points],
        decided_by=people.get(filed.decided_by or "", filed.decided_by or ""),
        decided_at=filed.decided_at,
        may_rule=filed.upheld is None and not own and x.user.has(*act.RULING),
    )


async def _act(
    request: Request,
    user: User,
    assessment_id: str,
    model: type[Input],
    do: Callable[[OnAssessment, Any], Awaitable[Outcome]],
    key: str = "",
) -> Response:
    """One act on one assessment, shown again beside its form when it is refused."""
    x = await act.on(request, user, assessment_id)

    async def again(refusal: Refusal) -> Response:
        now = await act.on(request, user, assessment_id)
        form = Form.again(refusal, expected=now.known.row.version)
        return await _page(now, form.named(key) if key else form, status=refusal.problem.status)

    data = await read_form(request, model, again)
    return see_other(await do(x, data), f"{HERE}/{assessment_id}")


@router.post("/{assessment_id}/publish")
async def publish(request: Request, user: CurrentUser, assessment_id: str) -> Response:
    async def do(x: OnAssessment, _data: NoInput) -> Outcome:
        return await act.publish(x)

    return await _act(request, user, assessment_id, NoInput, do)


@router.post("/{assessment_id}/appeals")
async def appeal(request: Request, user: CurrentUser, assessment_id: str) -> Response:
    async def do(x: OnAssessment, data: act.AppealInput) -> Outcome:
        _made, outcome = await act.appeal(x, data)
        return outcome

    return await _act(request, user, assessment_id, act.AppealInput, do, "appeal")


@router.post("/{assessment_id}/appeals/{appeal_id}/ruling")
async def rule(request: Request, user: CurrentUser, assessment_id: str, appeal_id: str) -> Response:
    async def do(x: OnAssessment, data: act.RuleInput) -> Outcome:
        return await act.rule(x, appeal_id, data)

    return await _act(request, user, assessment_id, act.RuleInput, do, appeal_id)


@router.post("/{assessment_id}/finalise")
async def finalise(request: Request, user: CurrentUser, assessment_id: str) -> Response:
    async def do(x: OnAssessment, _data: NoInput) -> Outcome:
        return await act.finalise(x)

    return await _act(request, user, assessment_id, NoInput, do)
