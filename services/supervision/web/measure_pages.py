"""整改 for everybody concerned; 约谈 and 问责线索 for those few who may know of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, Refusal, User, fresh, read_form, see_other
from services.reference.words import slip_number
from services.supervision.domain.notice import BY_A_PERSON
from services.supervision.read import ladder_questions as questions
from services.supervision.web import ladder_acts, matters
from services.supervision.web import measure_acts as acts
from services.supervision.web.answers import permitted
from services.supervision.web.ladder_words import REFERRAL_STAGES, STAGES, rule_word
from services.supervision.web.notice_pages import LEDGER, SEEING, ground_word, notice_page
from services.supervision.web.reads import reads
from services.ui.formats import day, whole_moment
from services.ui.forms import BLANK, Form
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/supervision", include_in_schema=False)
RECTIFICATIONS = "/supervision/rectifications"
ACCOUNTABILITY = "/supervision/accountability"
STAGE_TONES = {"ordered": "warn", "reported": "info", "passed": "good", "lifted": "plain"}


@dataclass(frozen=True, slots=True)
class RectificationsView:
    rows: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class RectificationView:
    form: Form
    row: Any
    unit: str
    stage: tuple[str, str]
    late: bool
    grounds: Sequence[str]
    verifier: str
    may_report: bool
    may_look: bool


@dataclass(frozen=True, slots=True)
class AccountabilityView:
    due: Sequence[dict[str, Any]]
    interviews: Sequence[dict[str, Any]]
    referrals: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ReferralView:
    form: Form
    row: Any
    unit: str
    stage: tuple[str, str]
    grounds: Sequence[str]
    rule: str
    gate: str | None
    approver: str
    approvers: Sequence[tuple[str, str]]
    people: Sequence[tuple[str, str]]
    named: Sequence[str]
    may_decide: bool


@router.get("/rectifications")
async def rectifications(request: Request, user: CurrentUser) -> Response:
    permitted(user, SEEING)
    is_fresh = await fresh(request, "rectifications")
    found, names = reads(request), await reads(request).directory.unit_names()
    own = None if user.has(*ladder_acts.SEEING_ALL) else user.unit_id
    rows = []
    for row in await questions.rectifications(found.pool, own):
        late = row["stage"] == "ordered" and row["due"] < found.now
        stage = (_("整改逾期"), "bad") if late else (_(STAGES[row["stage"]]), STAGE_TONES[row["stage"]])
        rows.append(
            {
                "href": f"{RECTIFICATIONS}/{row['rectification_id']}",
                "sign": "gavel",
                "tone": stage[1],
                "title": row["items"][0],
                "chips": [stage],
                "meta": [
                    names.get(row["unit"], row["unit"]),
                    _("共 %(n)s 项", n=len(row["items"])),
                    _("%(day)s 前完成", day=day(row["due"])),
                ],
            }
        )
    return page(request, "rectifications.html", RectificationsView(rows), fresh=is_fresh)


@router.post("/rectifications")
async def order(request: Request, user: CurrentUser) -> Response:
    role = permitted(user, acts.ORDERING)
    data = await read_form(request, acts.RectifyInput, _on_slip(request, user, "rectify"))
    rectification_id, outcome = await acts.order_rectification(request, user, role, data)
    return see_other(outcome, f"{RECTIFICATIONS}/{rectification_id}")


def _on_slip(request: Request, user: User, key: str) -> Any:
    """A refused form is shown again on the slip that it stands on."""

    async def again(refusal: Refusal) -> Response:
        notice_id = str((await request.form()).get("notice_id") or "")
        x = await ladder_acts.on_notice(request, user, permitted(user, SEEING), notice_id)
        form = Form.again(refusal, expected=x.row["version"]).named(key)
        return await notice_page(x, form, status=refusal.problem.status)

    return again


@router.get("/rectifications/{rectification_id}")
async def rectification(request: Request, user: CurrentUser, rectification_id: str) -> Response:
    permitted(user, SEEING)
    is_fresh = await fresh(request, "rectifications")
    return await _rectification_page(request, user, rectification_id, BLANK, is_fresh=is_fresh)


async def _rectification_page(
    request: Request, user: User, rectification_id: str, form: Form, *, is_fresh: bool = True, status: int = 200
) -> Response:
    row = await acts.rectification_for(request, user, rectification_id)
    found, names = reads(request), await reads(request).directory.unit_names()
    persons = await found.directory.person_names([row["verifier"] or ""])
    own = user.unit_id == row["unit"]
    if form.expected is None:
        form = Form(form.values, form.errors, form.general, form.changed, row["version"])
    view = RectificationView(
        form=form,
        row=row,
        unit=names.get(row["unit"], row["unit"]),
        stage=(_(STAGES[row["stage"]]), STAGE_TONES[row["stage"]]),
        late=row["stage"] == "ordered" and row["due"] < found.now,
        grounds=[ground_word(code) for code in row["grounds"]],
        verifier=persons.get(row["verifier"] or "", ""),
        may_report=own and row["stage"] == "ordered" and user.has(*acts.REPORTING),
        may_look=not own and row["stage"] == "reported" and user.has(*acts.ORDERING),
    )
    return page(request, "rectification.html", view, fresh=is_fresh, status=status)


@router.post("/rectifications/{rectification_id}/{act}")
async def act_on_rectification(
    request: Request, user: CurrentUser, rectification_id: str, act: Literal["report", "verify"]
) -> Response:
    role = permitted(user, acts.REPORTING if act == "report" else acts.ORDERING)
    row = await acts.rectification_for(request, user, rectification_id)

    async def again(refusal: Refusal) -> Response:
        form = Form.again(refusal, expected=row["version"])
        status = refusal.problem.status
        return await _rectification_page(request, user, rectification_id, form, status=status)

    if act == "report":
        outcome = await acts.report(request, user, role, row, await read_form(request, acts.ReportInput, again))
    else:
        outcome = await acts.look(request, user, role, row, await read_form(request, acts.LookInput, again))
    return see_other(outcome, f"{RECTIFICATIONS}/{rectification_id}")


@router.post("/interviews")
async def interview(request: Request, user: CurrentUser) -> Response:
    role = permitted(user, acts.INTERVIEWING)
    data = await read_form(request, acts.InterviewInput, _on_slip(request, user, "interview"))
    _interview_id, outcome = await acts.interview(request, user, role, data)
    return see_other(outcome, ACCOUNTABILITY)


@router.get("/accountability")
async def accountability(request: Request, user: CurrentUser) -> Response:
    permitted(user, acts.RESTRICTED)
    is_fresh = await fresh(request, "interviews", "referrals", "notice_board")
    found, names = reads(request), await reads(request).directory.unit_names()
    held = await questions.interviews(found.pool)
    persons = await found.directory.person_names([one for row in held for one in (row["head"], row["by_person"])])
    view = AccountabilityView(
        due=[
            {
                "href": f"{LEDGER}/{row['notice_id']}",
                "sign": "message",
                "tone": "bad",
                "title": await matters.words(found, row),
                "chips": [(_("应约谈"), "bad")],
                "meta": [
                    slip_number(row["notice_no"], row["issued_at"]),
                    names.get(row["target_unit"], row["target_unit"]),
                ],
            }
            for row in await questions.interviews_due(found.pool)
        ],
        interviews=[
            {
                "unit": names.get(row["unit"], row["unit"]),
                "head": persons.get(row["head"], row["head"]),
                "by": persons.get(row["by_person"], row["by_person"]),
                "at": row["held_at"],
                "content": row["content"],
                "notice_id": row["notice_id"],
            }
            for row in held
        ],
        referrals=[
            {
                "href": f"{ACCOUNTABILITY}/{row['referral_id']}",
                "sign": "shield",
                "tone": "warn" if row["stage"] == "proposed" else "plain",
                "title": "、".join(ground_word(code) for code in row["grounds"]),
                "chips": [_stage(row["stage"])],
                "meta": [
                    names.get(row["unit"], row["unit"]),
                    _source(row["rule_id"]),
                    whole_moment(row["proposed_at"]),
                ],
            }
            for row in await questions.referrals(found.pool)
        ],
    )
    return page(request, "accountability.html", view, fresh=is_fresh)


def _source(rule_id: str) -> str:
    return _("人工提出") if rule_id == BY_A_PERSON else rule_word(rule_id)


def _stage(stage: str) -> tuple[str, str]:
    return _(REFERRAL_STAGES[stage]), {"proposed": "warn", "referred": "bad"}.get(stage, "plain")


@router.post("/accountability")
async def propose(request: Request, user: CurrentUser) -> Response:
    role = permitted(user, acts.REFERRING)
    data = await read_form(request, acts.ProposeInput)
    referral_id, outcome = await acts.propose(request, user, role, data)
    return see_other(outcome, f"{ACCOUNTABILITY}/{referral_id}")


@router.get("/accountability/{referral_id}")
async def referral(request: Request, user: CurrentUser, referral_id: str) -> Response:
    permitted(user, acts.RESTRICTED)
    is_fresh = await fresh(request, "referrals")
    return await _referral_page(request, user, referral_id, BLANK, is_fresh=is_fresh)


async def _referral_page(
    request: Request, user: User, referral_id: str, form: Form, *, is_fresh: bool = True, status: int = 200
) -> Response:
    row = await acts.referral_for(request, referral_id)
    found, names = reads(request), await reads(request).directory.unit_names()
    active = await found.programmes.active(row["programme"])
    persons = await found.directory.person_names([row["approver"] or "", *row["persons"]])
    may = row["stage"] == "proposed" and user.has(*acts.REFERRING) and user.unit_id != row["unit"]
    people = await found.directory.persons_of(row["unit"]) if may else []
    approvers = await found.directory.in_role(acts.APPROVING) if may else []
    if form.expected is None:
        form = Form(form.values, form.errors, form.general, form.changed, row["version"])
    view = ReferralView(
        form=form,
        row=row,
        unit=names.get(row["unit"], row["unit"]),
        stage=_stage(row["stage"]),
        grounds=[ground_word(code) for code in row["grounds"]],
        rule=_source(row["rule_id"]),
        gate=active.pack.escalation.accountability_gate if active else None,
        approver=persons.get(row["approver"] or "", ""),
        approvers=[(one.person_id, one.name) for one in approvers if one.person_id != user.person_id],
        people=[(one.person_id, one.name) for one in people],
        named=[persons.get(one, one) for one in row["persons"]],
        may_decide=may,
    )
    return page(request, "referral.html", view, fresh=is_fresh, status=status)


@router.post("/accountability/{referral_id}/{act}")
async def decide(request: Request, user: CurrentUser, referral_id: str, act: Literal["refer", "decline"]) -> Response:
    role = permitted(user, acts.REFERRING)
    row = await acts.referral_for(request, referral_id)

    async def again(refusal: Refusal) -> Response:
        form = Form.again(refusal, expected=row["version"])
        return await _referral_page(request, user, referral_id, form, status=refusal.problem.status)

    if act == "refer":
        outcome = await acts.refer(request, user, role, row, await read_form(request, acts.ReferInput, again))
    else:
        outcome = await acts.decline(request, user, role, row, await read_form(request, acts.DeclineInput, again))
    return see_other(outcome, f"{ACCOUNTABILITY}/{referral_id}")
