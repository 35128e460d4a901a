"""Similar cases and suggestions: a part for the pages where somebody types or triages, and the same as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from services.chassis.web import User, fresh, require
from services.dispatch.read import cases
from services.dispatch.read.similar_search import LIMIT, MOST, Hit, Matter, similar
from services.dispatch.read.suggest import LOOKED_AT, Suggested, Suggestions, suggest
from services.dispatch.web import labels, wording
from services.dispatch.web.inputs import Input
from services.dispatch.web.reads import Reads, listed, reads, title_of
from services.dispatch.web.roles import SEEING
from services.reference.programmes import ActivePack
from services.reference.words import case_number
from services.ui.i18n import gettext as _
from services.ui.i18n import ngettext

SHOWN = 5
"""What a person looks at beside a form."""

SHOWN_FROM = 30
"""Percent of likeness: of real messages about one matter nine of ten had another one that much alike."""

LONGEST = 20_000
"""What a request's text holds."""

FEWEST = 4
"""Characters before anything is looked for: two words."""

router = APIRouter(prefix="/dispatch", include_in_schema=False)
api = APIRouter(prefix="/dispatch/api", tags=["dispatch"])
SEEING_USER = Annotated[User, Depends(require(*SEEING))]


class SimilarInput(Input):
    """A matter in words, wherever it is."""

    title: str = Field(default="", max_length=LONGEST)
    text: str = Field(default="", max_length=LONGEST)
    category: str | None = None
    area: str | None = None
    limit: int = Field(default=LIMIT, ge=1, le=MOST)


@dataclass(frozen=True, slots=True)
class SimilarView:
    """One hit as a person reads it: which case, and why it stands here."""

    href: str
    number: str
    title: str
    step: str
    tone: str
    likeness: str
    why: list[str]


@dataclass(frozen=True, slots=True)
class SuggestedView:
    """One suggestion with its grounds. `field` is the form's field that it is for."""

    field: str
    code: str
    label: str
    word: str
    reason: str
    matching: int
    looked_at: int
    """What was looked at; none for a unit's duties, which are no history."""


@router.post("/_similar")
async def while_typing(request: Request, user: SEEING_USER) -> Response:
    """A fragment for any form: the title and text typed so far, under whatever names the form gives them."""
    typed = _typed(await request.form())
    found, hits = reads(request), []
    if len(typed["title"]) + len(typed["text"]) >= FEWEST:
        matter = Matter(typed["title"], typed["text"], area=typed["territory"] or None, at=found.now)
        hits = await similar(found.pool, matter, limit=SHOWN)
    return await _fragment(request, hits, Suggestions(), None)


@router.get("/cases/{case_id}/_similar")
async def beside_a_case(request: Request, user: SEEING_USER, case_id: str) -> Response:
    """A fragment for the desk and the case: what is alike, and what the history suggests."""
    await fresh(request, "case_board", "case_shingle")
    found = reads(request)
    row = await _case(found, case_id)
    active = await found.programmes.active(row["programme"])
    hits, suggested = await of_case(found, row, active)
    return await _fragment(request, hits[:SHOWN], suggested, active, skip=row["step"] != "registered")


@api.post("/similar")
async def similar_to_text(request: Request, user: SEEING_USER, data: SimilarInput) -> dict[str, Any]:
    """Cases alike to a text, the best first, each with why; within a category when one is given."""
    found = reads(request)
    matter = Matter(data.title, data.text, area=data.area, at=found.now)
    hits = await similar(found.pool, matter, category=data.category, limit=data.limit)
    return {"items": [_json(hit) for hit in hits]}


@api.get("/cases/{case_id}/similar")
async def similar_to_case(
    request: Request,
    user: SEEING_USER,
    case_id: str,
    category: str | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = LIMIT,
) -> dict[str, Any]:
    """Cases alike to a case, and what the history suggests for it."""
    await fresh(request, "case_board", "case_shingle")
    found = reads(request)
    row = await _case(found, case_id)
    hits, suggested = await of_case(found, row, await found.programmes.active(row["programme"]), category=category)
    return {
        "items": [_json(hit) for hit in hits[:limit]],
        "suggestions": [_said(one) for one in (suggested.category, suggested.lead) if one],
    }


async def of_case(
    found: Reads, row: Any, active: ActivePack | None, *, category: str | None = None
) -> tuple[list[Hit], Suggestions]:
    """What is alike to a case of the list, and what is suggested for it."""
    matter = Matter(row["title"], case_id=row["case_id"], area=row["territory"], at=row["opened_at"])
    hits = await similar(found.pool, matter, category=category, limit=max(LOOKED_AT, MOST))
    known = active.pack.category_names() if active else {}
    suggested = await suggest(
        found.pool, hits, row["category"], categories=known, excluded=row["complained"], case_id=row["case_id"]
    )
    return hits, suggested


def _said(one: Suggested) -> dict[str, Any]:
    return {**asdict(one), "share": one.share}


def _json(hit: Hit) -> dict[str, Any]:
    return {**asdict(hit), "title": title_of({"title": hit.title, "title_state": hit.title_state})}


async def _case(found: Reads, case_id: str) -> Any:
    row = await cases.one(found.pool, case_id)
    if row is None:
        raise HTTPException(404)
    return row


def _typed(form: Mapping[str, Any]) -> dict[str, str]:
    """Several matters on one form: the one that was written last has the highest number."""
    found = dict.fromkeys(("title", "text", "territory"), "")
    for name, value in form.items():
        last = name.rpartition(".")[2]
        if last in found and isinstance(value, str) and value.strip():
            found[last] = value.strip()[:LONGEST]
    return found


async def _fragment(
    request: Request, hits: list[Hit], suggested: Suggestions, active: ActivePack | None, *, skip: bool = False
) -> Response:
    found = reads(request)
    units = await found.directory.unit_names()
    words = wording.category_words(active) if active else {}
    view = {
        "hits": [shown(hit, units) for hit in hits if hit.likeness >= SHOWN_FROM],
        "suggested": [] if skip else suggested_views(suggested, units, words),
    }
    body = request.app.state.ui.html(request, "similar_hits.html", view, block=None)
    return HTMLResponse(body, headers={"Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"})


def shown(hit: Hit, units: Mapping[str, str]) -> SimilarView:
    why = [_("共有：%(words)s", words=listed(hit.words))] if hit.words else []
    why.append(ngettext("%(num)s 处用词相同", "%(num)s 处用词相同", hit.shared))
    if hit.same_area:
        why.append(_("同属地"))
    if hit.days_apart is not None:
        why.append(ngettext("相隔 %(num)s 天", "相隔 %(num)s 天", hit.days_apart) if hit.days_apart else _("同一天"))
    if hit.lead_unit:
        why.append(_("主办：%(unit)s", unit=units.get(hit.lead_unit, hit.lead_unit)))
    return SimilarView(
        href=f"/dispatch/cases/{hit.case_id}",
        number=case_number(hit.programme, hit.case_no),
        title=title_of({"title": hit.title, "title_state": hit.title_state}),
        step=_(labels.STEPS.get(hit.step, hit.step)),
        tone=labels.STEP_TONES.get(hit.step, "plain"),
        likeness=f"{hit.likeness}%",
        why=why,
    )


def suggested_views(
    suggested: Suggestions, units: Mapping[str, str], categories: Mapping[str, str]
) -> list[SuggestedView]:
    """The suggestions in words, for the desk."""
    views = []
    if one := suggested.category:
        word = categories.get(one.code, one.code)
        views.append(SuggestedView("category", one.code, _("建议类别"), word, reason(one), one.matching, one.looked_at))
    if one := suggested.lead:
        word = units.get(one.code, one.code)
        views.append(SuggestedView("lead", one.code, _("建议主办"), word, reason(one), one.matching, one.looked_at))
    return views


def reason(one: Suggested) -> str:
    """Why this is suggested."""
    counts = {"share": one.share, "matching": one.matching, "whole": one.looked_at}
    if one.what == "category":
        return _("相似 %(whole)s 件中 %(matching)s 件归此类（%(share)s%%）", **counts)
    match one.by:
        case "similar":
            return _("相似 %(whole)s 件中 %(matching)s 件由该部门主办（%(share)s%%）", **counts)
        case "history":
            return _("同类 %(share)s%% 由该部门主办（%(matching)s / %(whole)s 件）", **counts)
        case _:
            return _("职责清单列有此类")
