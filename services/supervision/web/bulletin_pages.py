"""One 通报 with what stands behind it, on the screen and on paper, and the form for a new one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, Refusal, User, fresh, read_form, see_other
from services.supervision.domain.bulletin import Kind
from services.supervision.paper.bulletin import number
from services.supervision.read import assessments
from services.supervision.read.ladder_questions import rectifications_by
from services.supervision.web import bulletin_acts as acts
from services.supervision.web import bulletin_papers as papers
from services.supervision.web.assess_words import ground_word, period_of
from services.supervision.web.bulletin_form import Asked, new_view
from services.supervision.web.bulletin_list import LIST, PROPOSED_FROM
from services.supervision.web.bulletin_words import TONES, kind_word, kpi_word
from services.supervision.web.ladder_acts import SEEING_ALL
from services.supervision.web.ladder_words import STAGES
from services.supervision.web.reads import reads
from services.ui.forms import BLANK, Form
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/supervision", include_in_schema=False)
Code = Annotated[str, Query(max_length=100)]
Codes = Annotated[list[str], Query(max_length=acts.MOST)]


@dataclass(frozen=True, slots=True)
class BulletinView:
    form: Form
    row: Mapping[str, Any]
    number: str
    kind: str
    tone: str
    programme: str
    targets: Sequence[str]
    grounds: Sequence[dict[str, Any]]
    issuer: str
    withdrawer: str
    withdrawn: bool
    own: bool
    may_withdraw: bool
    assessment: tuple[str, str] | None
    """The assessment that it rewards or punishes for: its page and its words."""

    rectifications: Sequence[dict[str, Any]]
    """What it ordered to be put right; the named units see their own."""


@router.get("/bulletins/new")
async def new(
    request: Request,
    user: CurrentUser,
    programme: Code = "",
    kind: Kind | None = None,
    target: Codes = [],  # noqa: B006 - the framework copies it
    ground: Codes = [],  # noqa: B006
    case_id: Codes = [],  # noqa: B006
    notice_id: Code = "",
    signal_id: Code = "",
    check_id: Code = "",
    item: Code = "",
    assessment_id: Code = "",
) -> Response:
    await fresh(request, "bulletins", *PROPOSED_FROM, "spot_checks", "review_docket")
    asked = Asked(programme, kind, target, ground, case_id, notice_id, signal_id, check_id, item, assessment_id)
    return page(request, "bulletin_new.html", await new_view(request, user, asked, BLANK))


async def _again(request: Request, user: User, refusal: Refusal) -> Response:
    """The form with everything that was typed; its kind and programme are those it was sent with."""
    said = refusal.values
    asked = Asked(str(said.get("programme") or ""), _kind(said.get("kind")))
    view = await new_view(request, user, asked, Form.again(refusal))
    return page(request, "bulletin_new.html", view, status=refusal.problem.status)


@router.post("/bulletins")
async def issue(request: Request, user: CurrentUser) -> Response:
    async def again(refusal: Refusal) -> Response:
        return await _again(request, user, refusal)

    data = await read_form(request, acts.IssueInput, again)
    bulletin_id, outcome = await acts.issue(request, user, data)
    return see_other(outcome, f"{LIST}/{bulletin_id}")


@router.post("/bulletins/decline")
async def decline(request: Request, user: CurrentUser) -> Response:
    """No notice on what the pack proposes."""

    async def again(refusal: Refusal) -> Response:
        said = {name: str(refusal.values.get(name) or "") for name in ("programme", "kind", "target", "ground")}
        asked = Asked(said["programme"], _kind(said["kind"]), (said["target"],), (said["ground"],))
        view = await new_view(request, user, asked, BLANK, Form.again(refusal))
        return page(request, "bulletin_new.html", view, status=refusal.problem.status)

    outcome = await acts.decline(request, user, await read_form(request, acts.DeclineInput, again))
    return see_other(outcome, LIST)


def _kind(said: object) -> Kind | None:
    return next((kind for kind in get_args(Kind) if kind == said), None)


@router.post("/bulletins/preview.pdf")
async def preview(request: Request, user: CurrentUser) -> Response:
    """The paper as it would be; refused as the notice itself would be refused."""

    async def again(refusal: Refusal) -> Response:
        return await _again(request, user, refusal)

    data = await read_form(request, acts.IssueInput, again)
    active, event = await acts.draft(request, user, data)
    return await papers.preview(request, user, reads(request), active, event)


@router.get("/bulletins/{bulletin_id}")
async def bulletin(request: Request, user: CurrentUser, bulletin_id: str) -> Response:
    is_fresh = await fresh(request, "bulletins", "rectifications", "assessments")
    x = await acts.on_bulletin(request, user, bulletin_id)
    return await _bulletin_page(x, BLANK, is_fresh=is_fresh)


async def _bulletin_page(x: acts.OnBulletin, form: Form, *, is_fresh: bool = True, status: int = 200) -> Response:
    row, names = x.row, await papers.named(x.reads, [x.row])
    if form.expected is None:
        form = Form(form.values, form.errors, form.general, form.changed, row["version"])
    persons = await x.reads.directory.person_names(filter(None, [row["issued_by"], row["withdrawn_by"]]))
    own = any(x.user.unit_id in (code, names.belongs.get(code)) for code in row["targets"])
    issuing = x.user.has(*x.active.pack.notices.issued_by)
    titles = await _titles(x, names) if issuing or x.user.has(*SEEING_ALL) else {}
    view = BulletinView(
        form=form,
        row=row,
        number=number(row["bulletin_no"], row["issued_at"]),
        kind=kind_word(row["kind"]),
        tone=TONES[row["kind"]],
        programme=x.active.name,
        targets=[names.target(code) for code in row["targets"]],
        grounds=[_ground(ground, names, titles) for ground in row["grounds"]],
        issuer=names.units.get(row["issuer_unit"], row["issuer_unit"]),
        withdrawer=persons.get(row["withdrawn_by"] or "", ""),
        withdrawn=row["withdrawn_at"] is not None,
        own=own,
        may_withdraw=row["withdrawn_at"] is None and issuing and not own,
        assessment=await _assessment(x),
        rectifications=await _rectifications(x, names, issuing),
    )
    return page(x.request, "bulletin.html", view, fresh=is_fresh, status=status)


async def _assessment(x: acts.OnBulletin) -> tuple[str, str] | None:
    known = await assessments.known(x.reads.pool, x.row["assessment_id"]) if x.row["assessment_id"] else None
    if known is None:
        return None
    return f"/supervision/assessments/{known.row.assessment_id}", period_of(asdict(known.row))


async def _rectifications(x: acts.OnBulletin, names: papers.Named, issuing: bool) -> list[dict[str, Any]]:
    seeing = issuing or x.user.has(*SEEING_ALL)
    return [
        {
            "href": f"/supervision/rectifications/{row['rectification_id']}",
            "unit": names.units.get(row["unit"], row["unit"]),
            "stage": _(STAGES[row["stage"]]),
        }
        for row in await rectifications_by(x.reads.pool, x.bulletin_id)
        if seeing or row["unit"] == x.user.unit_id
    ]


async def _titles(x: acts.OnBulletin, names: papers.Named) -> dict[str, str]:
    """What the cases are about, for those who see every case; several units may be named in one notice."""
    told = [(case, row["title"]) for case, row in names.cases.items() if row["title"] is not None]
    return dict(zip((case for case, _title in told), await x.reads.texts([title for _, title in told]), strict=True))


def _ground(ground: Mapping[str, Any], names: papers.Named, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": ground_word(ground["code"]),
        "text": ground["text"],
        "indicator": kpi_word(ground["kpi"]) if ground["kpi"] else "",
        "value": ground["value"],
        "cases": [(f"/dispatch/cases/{case}", names.case(case), titles.get(case, "")) for case in ground["case_ids"]],
    }


@router.post("/bulletins/{bulletin_id}/withdraw")
async def withdraw(request: Request, user: CurrentUser, bulletin_id: str) -> Response:
    x = await acts.on_bulletin(request, user, bulletin_id)

    async def again(refusal: Refusal) -> Response:
        now = await acts.on_bulletin(request, user, bulletin_id)
        form = Form.again(refusal, expected=now.row["version"])
        return await _bulletin_page(now, form, status=refusal.problem.status)

    outcome = await acts.withdraw(x, await read_form(request, acts.WithdrawInput, again))
    return see_other(outcome, f"{LIST}/{bulletin_id}")


@router.get("/bulletins/{bulletin_id}/paper.{kind}")
async def paper(request: Request, user: CurrentUser, bulletin_id: str, kind: Literal["pdf", "docx"]) -> Response:
    """R12, printed."""
    await fresh(request, "bulletins")
    x = await acts.on_bulletin(request, user, bulletin_id)
    return await papers.pdf(request, x) if kind == "pdf" else await papers.word(x)
