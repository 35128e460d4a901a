"""销号审核 on screens: what was asked and what was done side by side, from the case's own records."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts.dispatch import (
    CaseReopened,
    Evidence,
    HandlingPlanFiled,
    OrderCompleted,
    OrderIssued,
    ProgressReported,
    RequesterContacted,
    SiteVerified,
)
from services.chassis.facts import Fact, decode_fact
from services.chassis.web import CurrentUser, Refusal, fresh, read_form, see_other
from services.chassis.web.inputs import Count
from services.reference.attachments.web import SHOWS, FileView
from services.reference.words import METHODS, SATISFACTION, case_number
from services.supervision.read import inspected
from services.supervision.web import acts
from services.supervision.web import inspecting as act
from services.supervision.web.api import permitted
from services.supervision.web.bulletin_form import offered
from services.supervision.web.inspecting_words import MODES, RESULTS
from services.supervision.web.labels import LEGS, standing
from services.supervision.web.reads import Reads, reads
from services.ui.formats import day
from services.ui.forms import BLANK, Form
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/supervision", include_in_schema=False)
SEEING = (*acts.REVIEWING, "leading_group", "auditor")


@dataclass(frozen=True, slots=True)
class ReviewsView:
    """What waits for a look."""

    rows: list[dict[str, Any]]
    next: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """One record of the handling."""

    at: Any
    what: str
    text: str
    files: Sequence[FileView] = ()


@dataclass(slots=True)
class Story:
    """What the case's records say of its current round."""

    wanted: list[tuple[str, str]] = field(default_factory=list)
    done: list[Said] = field(default_factory=list)
    calls: list[tuple[Any, str, bool]] = field(default_factory=list)
    replies: list[OrderCompleted] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReviewView:
    """One case: on the left what was asked, on the right what was done about it."""

    case_id: str
    number: str
    title: str
    text: str
    round: int
    lead: str
    result: str
    on_time: bool | None
    completed_at: Any
    struck_off: bool
    wanted: list[tuple[str, str]]
    replies: list[tuple[str, str, str, Sequence[FileView]]]
    done: list[Said]
    calls: list[tuple[Any, str, bool]]
    followups: list[list[str]]
    checks: list[list[str]]
    reviewed: bool | None
    own_unit: bool
    may_review: bool
    closing: str
    bulletin_href: str | None
    form: Form


@router.get("/reviews")
async def reviews(request: Request, user: CurrentUser, offset: Count = 0) -> Response:
    permitted(user, SEEING)
    is_fresh = await fresh(request, "review_docket", "followup_cases")
    found = reads(request)
    rows = await inspected.to_review(found.pool, found.now, offset, inspected.PAGE + 1)
    titles = await found.texts([row["title"] for row in rows])
    names = await found.directory.unit_names()
    shown = [_row(row, title, names) for row, title in zip(rows, titles, strict=True)]
    here = "/supervision/reviews?offset="
    view = ReviewsView(
        rows=shown[: inspected.PAGE],
        next=f"{here}{offset + inspected.PAGE}" if len(rows) > inspected.PAGE else None,
        previous=f"{here}{max(0, offset - inspected.PAGE)}" if offset else None,
    )
    return page(request, "reviews.html", view, fresh=is_fresh)


def _row(row: Any, title: str, names: dict[str, str]) -> dict[str, Any]:
    chips = [(_(RESULTS[row["result"]]), "good" if row["result"] == "solved" else "warn")]
    if row["status"] == "struck_off":
        chips.append((_("单位已自行销号"), "info"))
    if row["round"] > 1:
        chips.append((_("第 %(n)s 轮", n=row["round"]), "warn"))
    return {
        "href": f"/supervision/reviews/{row['case_id']}",
        "sign": "clipboard-list",
        "tone": "info",
        "title": title,
        "chips": chips,
        "meta": [
            case_number(row["programme"], row["case_no"]),
            names.get(row["lead_unit"] or "", row["lead_unit"] or ""),
            _("%(day)s 办结", day=day(row["completed_at"])),
        ],
    }


@router.get("/reviews/{case_id}")
async def review(request: Request, user: CurrentUser, case_id: str) -> Response:
    permitted(user, SEEING)
    is_fresh = await fresh(request, "review_docket", "followup_queue", "followup_cases", "spot_checks")
    return await _review_page(request, user, case_id, BLANK, is_fresh=is_fresh)


async def _review_page(
    request: Request, user: CurrentUser, case_id: str, form: Form, *, is_fresh: bool = True, status: int = 200
) -> Response:
    found = reads(request)
    row = await inspected.case(found.pool, case_id)
    if row is None or row["completed_at"] is None:
        raise HTTPException(404)
    names = await found.directory.unit_names()
    stored = await request.app.state.service.log.stream(f"case-{case_id}")
    story = told([decode_fact(one) for one in stored], names)
    known = row["title"] is not None
    title, text = await found.texts([row["title"], row["text"]]) if known else ("", "")
    active = await found.programmes.active(row["programme"]) if row["programme"] else None
    view = ReviewView(
        case_id=case_id,
        number=case_number(row["programme"], row["case_no"]),
        title=title,
        text=text,
        round=row["round"],
        lead=names.get(row["lead_unit"] or "", row["lead_unit"] or ""),
        result=_(RESULTS[row["result"]]),
        on_time=row["on_time"],
        completed_at=row["completed_at"],
        struck_off=row["status"] == "struck_off",
        wanted=story.wanted,
        replies=await _replies(found, story.replies),
        done=story.done,
        calls=story.calls,
        followups=[_followup(one) for one in await inspected.followups(found.pool, case_id)],
        checks=[_checked(one) for one in await inspected.of_case(found.pool, case_id)],
        reviewed=row["reviewed"] if row["status"] in ("completed", "struck_off") else None,
        own_unit=user.unit_id in row["units"],
        may_review=user.has(*acts.REVIEWING) and row["status"] in ("completed", "struck_off"),
        closing=_closing(active.pack.closure.by if active else "", user),
        bulletin_href=offered(user, active, own=user.unit_id in row["units"], case_id=case_id),
        form=form,
    )
    return page(request, "review.html", view, fresh=is_fresh, status=status)


def _closing(by: str, user: CurrentUser) -> str:
    """What a good review does here."""
    match by:
        case "office" if user.has("programme_office"):
            return _("审核通过即由活动办销号。")
        case "office":
            return _("审核通过后由活动办销号。")
        case "follow_up":
            return _("本活动凭回访结果销号；诉求人多次联系不上的，审核通过即销号。")
        case _:
            return _("本活动由责任单位销号；审核记录在案，不合格的退回重办。")


def told(facts: Sequence[Fact], names: dict[str, str]) -> Story:
    """The records of the last round, in words."""
    since = max((at for at, fact in enumerate(facts) if isinstance(fact.event, CaseReopened)), default=0)
    story = Story()
    for fact in facts[since:]:
        match fact.event:
            case OrderIssued() as e:
                unit = names.get(e.to_unit, e.to_unit)
                story.wanted.append((_("承办单位"), unit))
                story.wanted.append((_("预期成效"), e.expected_outcome or ""))
                story.wanted.append((_("办理要求"), e.instruction))
            case HandlingPlanFiled() as e:
                story.wanted.append((_("化解措施"), e.measures))
            case ProgressReported() as e:
                story.done.append(Said(fact.time, _("报告进展"), e.text, files(e.evidence)))
            case SiteVerified() as e:
                story.done.append(Said(e.visited_at, _("上门核实"), e.found, files(e.evidence)))
            case RequesterContacted() as e:
                story.calls.append((e.at, _(METHODS[e.method]), e.reached))
            case OrderCompleted() as e:
                story.replies.append(e)
            case _:
                pass  # what the page does not show
    return story


def files(evidence: Sequence[Evidence]) -> list[FileView]:
    """Dispatch serves them, and says so when one is gone."""
    return [
        FileView(
            one.name,
            f"/dispatch/files/{one.sha256}",
            one.media_type.startswith("image/"),
            one.size,
            _(SHOWS[one.shows]) if one.shows else "",
        )
        for one in evidence
    ]


async def _replies(found: Reads, replies: Sequence[OrderCompleted]) -> list[tuple[str, str, str, Sequence[FileView]]]:
    """Result, words, policy basis and files of each order's completion."""
    return [
        (_(RESULTS[one.result]), await found.text(one.reply), one.policy_basis or "", files(one.evidence))
        for one in replies
    ]


def _followup(row: Any) -> list[str]:
    return [
        _("第 %(n)s 轮", n=row["round"]),
        _(LEGS.get(row["leg"], row["leg"])),
        standing(row)[0],
        _(SATISFACTION[row["satisfaction"]]) if row["satisfaction"] else "—",
    ]


def _checked(row: Any) -> list[str]:
    return [
        _(MODES[row["mode"]]),
        row["body"],
        _("合格") if row["passed"] else _("不合格"),
        row["finding"],
    ]


@router.post("/reviews/{case_id}")
async def decide(request: Request, user: CurrentUser, case_id: str) -> Response:
    role = "programme_office" if user.has("programme_office") else permitted(user, acts.REVIEWING)

    async def again(refusal: Refusal) -> Response:
        return await _review_page(request, user, case_id, Form.again(refusal), status=refusal.problem.status)

    data = await read_form(request, act.ReviewInput, again)
    outcome = await act.review(act.Asked(request, user, role), case_id, data)
    return see_other(outcome, f"/supervision/reviews/{case_id}")
