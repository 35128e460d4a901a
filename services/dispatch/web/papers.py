"""交办单 on paper: one order, several in one file, and drafts for whoever is about to hand over."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts.dispatch import CaseOpened, CaseSupplemented
from services.chassis.decider import Rejected
from services.chassis.web import CurrentUser, User, fresh, read_form, require
from services.dispatch.paper.gathering import (
    Lexicon,
    class_fields,
    opening_fields,
    sheets,
    tracked_by,
    visit_of,
    visited_by,
)
from services.dispatch.paper.sheet import PREVIEW, OrderSheet, order_paper
from services.dispatch.read import proof
from services.dispatch.read.answering import Answering, answering
from services.dispatch.web import labels
from services.dispatch.web.bulk import BulkInput
from services.dispatch.web.context import case_context
from services.dispatch.web.reads import Reads, reads
from services.dispatch.web.recusal import refuse_recused
from services.dispatch.web.roles import DESK, SEEING, permitted
from services.reference.words import case_number
from services.ui.i18n import N_, speaking
from services.ui.papers.paper import Paper
from services.ui.papers.pdf import MOST_PAPERS, render
from services.ui.papers.word import docx

MOST_DRAFTS = 3 * MOST_PAPERS
"""Fifty cases, each with a lead, a territory and a helper; about six seconds."""

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SEEN_AS = Lexicon(labels.ORDER_ROLES, labels.RESULTS)
TOO_MANY = N_("一次最多打印 50 份交办单，请分批。")
NOTHING = N_("请选择要预览的诉求。")

router = APIRouter(prefix="/dispatch", include_in_schema=False)
SEEING_USER = Annotated[User, Depends(require(*SEEING))]
COMPLAINED = """
SELECT DISTINCT unnest(b.complained) AS unit FROM case_order o JOIN case_board b USING (case_id)
 WHERE o.order_id = ANY ($1)"""


@dataclass(frozen=True, slots=True)
class Draft:
    """One order that the form would issue."""

    unit: str
    role: str


@router.get("/orders/papers.pdf")
async def several(request: Request, user: SEEING_USER, order: Annotated[list[str], Query()]) -> Response:
    """Up to fifty orders in one file, in the order asked for."""
    made = await _papers(request, user, order)
    return _file(await _pdf(request, made), PDF, f"交办单{len(made)}份.pdf")


@router.get("/orders/{order_id}/paper.pdf")
async def one_pdf(request: Request, user: SEEING_USER, order_id: str) -> Response:
    """One A4 page; what does not fit stands whole on a continuation sheet."""
    [paper] = await _papers(request, user, [order_id])
    return _file(await _pdf(request, [paper]), PDF, f"{paper.number}.pdf")


@router.get("/orders/{order_id}/paper.docx")
async def one_docx(request: Request, user: SEEING_USER, order_id: str) -> Response:
    """The same to be edited."""
    [paper] = await _papers(request, user, [order_id])
    return _file(docx([paper]), DOCX, f"{paper.number}.docx")


@router.post("/desk/preview.pdf")
async def preview(request: Request, user: CurrentUser) -> Response:
    """What the desk's form would issue for each chosen case: marked, without numbers, and recorded nowhere."""
    role = permitted(user, DESK)
    data = await read_form(request, BulkInput, prepare=_without_programme)
    if not data.cases:
        raise Rejected("nothing-chosen", NOTHING, "cases")
    _bounded(data.cases, MOST_PAPERS)
    drafted = [sheet for case_id in data.cases for sheet in await _drafts(request, user, role, case_id, data)]
    _bounded(drafted, MOST_DRAFTS)
    with speaking("zh"):
        made = [order_paper(sheet) for sheet in drafted]
    return _file(await _pdf(request, made), PDF, "交办单预览.pdf")


async def _without_programme(typed: dict[str, Any]) -> None:
    """The desk's form names the page it goes back to; a paper does not."""
    typed.pop("programme", None)


def _bounded(asked: Sequence[Any], most: int) -> None:
    if len(asked) > most:
        raise Rejected("too-many-papers", TOO_MANY, "cases")


async def _papers(request: Request, user: User, order_ids: Sequence[str]) -> list[Paper]:
    """Chinese whatever the screens speak; an order that was just issued is waited for.

    A paper says who heard it where, so the unit complained of gets none of that case.
    """
    _bounded(order_ids, MOST_PAPERS)
    await fresh(request, "case_order", "case_board", "order_number", "case_history")
    accused = await reads(request).pool.fetch(COMPLAINED, list(order_ids))
    await refuse_recused(reads(request), user, (row["unit"] for row in accused), SEEING)
    with speaking("zh"):
        found = await sheets(reads(request), order_ids, SEEN_AS)
    if len(found) < len(set(order_ids)):
        raise HTTPException(404)
    return [order_paper(sheet) for sheet in found]


async def _pdf(request: Request, papers: Sequence[Paper]) -> bytes:
    return await render(papers, request.app.state.service.settings.fonts)


def _file(content: bytes, media_type: str, name: str) -> Response:
    shown = "inline" if media_type == PDF else "attachment"
    headers = {"Content-Disposition": f"{shown}; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(content, media_type=media_type, headers=headers)


async def _drafts(request: Request, user: User, role: str, case_id: str, data: BulkInput) -> list[OrderSheet]:
    x = await case_context(request, user, case_id, role)
    units = await x.reads.directory.unit_names()
    with speaking("zh"):
        about = await _about(x.reads, case_id, units)
    dues = x.dues(x.durations(data.urgency, data.finish_on, data.sign_on))
    more = _more(data, x.row["territory"] if data.own_territory else data.territory)
    required = x.active.pack.order.required
    whose = {unit: await answering(x.reads.pool, required, unit) for unit in (data.lead, *(one.unit for one in more))}
    lead_leader = data.responsible_leader or whose[data.lead].leader
    person = await x.reads.directory.person_names(
        one for one in (data.responsible_person, lead_leader, user.person_id, *_answerers(whose.values())) if one
    )
    lead = OrderSheet(
        **{**about, **class_fields(x.active, data.category, data.scope, data.urgency)},
        order_no=None,
        issued_at=x.now,
        issuer=units.get(user.unit_id, user.unit_name),
        unit=units.get(data.lead, data.lead),
        role=labels.ORDER_ROLES["lead"],
        round=x.state.round,
        case_number=case_number(x.row["programme"], x.case_no),
        instruction=data.instruction,
        outcome=data.expected_outcome or "",
        person=person.get(data.responsible_person or "", ""),
        leader=person.get(lead_leader or "", ""),
        dept=data.responsible_dept or whose[data.lead].dept or "",
        tracker=tracked_by(x.active, units.get(user.unit_id, user.unit_name), person.get(user.person_id, user.name)),
        sign_by=dues.sign_by,
        contact_by=dues.contact_by,
        plan_by=dues.plan_by,
        finish_by=dues.finish_by,
        mark=PREVIEW,
    )
    return [
        lead,
        *(
            replace(
                lead,
                unit=units.get(draft.unit, draft.unit),
                role=draft.role,
                person=person.get(whose[draft.unit].person or "", ""),
                leader=person.get(whose[draft.unit].leader or "", ""),
                dept=whose[draft.unit].dept or "",
            )
            for draft in more
        ),
    ]


def _answerers(whose: Iterable[Answering]) -> Iterator[str | None]:
    for one in whose:
        yield from (one.person, one.leader)


def _more(data: BulkInput, territory: str | None) -> list[Draft]:
    """The other units that the form names, each once."""
    helpers = [Draft(unit, labels.ORDER_ROLES["co"]) for unit in data.co if unit != data.lead]
    if territory and territory not in {data.lead, *data.co}:
        helpers.append(Draft(territory, labels.ORDER_ROLES["territory"]))
    return helpers


async def _about(found: Reads, case_id: str, units: Any) -> dict[str, Any]:
    records = await proof.records(found.pool, case_id, [])
    opened = next(r.recorded.event for r in records if r.recorded and isinstance(r.recorded.event, CaseOpened))
    assert isinstance(opened, CaseOpened), "chosen by its type"
    added = [r.recorded.event.text for r in records if r.recorded and isinstance(r.recorded.event, CaseSupplemented)]
    visit = await visit_of(found, opened)
    names = await found.directory.person_names(visit.visitors if visit else ())
    return {
        **await opening_fields(found, opened, added, None, None, units),
        "visited_by": visited_by(visit, units, names),
    }
