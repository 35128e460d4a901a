"""Handing over up to fifty cases of one category together: chosen, previewed order by order, then issued."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from contracts.dispatch import OrderIssued
from contracts.event import Code
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.web import Many, Refusal, User, fresh, read_form, require
from services.dispatch.read import waiting
from services.dispatch.web import inputs as i
from services.dispatch.web import labels, wording
from services.dispatch.web.acts import would_refuse
from services.dispatch.web.answering_choices import persons_by_unit, required_of
from services.dispatch.web.bulkviews import BulkView, Choice, Draft, Issued, PreviewView, ResultView
from services.dispatch.web.context import CaseContext, case_context
from services.dispatch.web.deskform import FLAGS
from services.dispatch.web.deskpage import AREAS, CO_UNITS, DEPARTMENTS, levels_of
from services.dispatch.web.parts import part_of
from services.dispatch.web.reads import reads, title_of
from services.dispatch.web.recusal import barred
from services.dispatch.web.roles import CASE_ACTS, DESK
from services.reference.programmes import ActivePack
from services.reference.words import SCOPES, case_number
from services.ui.forms import Form
from services.ui.i18n import N_, language, translate
from services.ui.i18n import gettext as _
from services.ui.papers.pdf import MOST_PAPERS
from services.ui.render import page

router = APIRouter(prefix="/dispatch", include_in_schema=False)
AT_DESK = Annotated[User, Depends(require(*DESK))]
AT_ONCE = 8
"""Commands in flight together: the appender groups them; more would only wait for each other."""

NOTHING = N_("请选择要派的诉求。")
UNKNOWN = N_("没有这件问题，或它刚立案尚无编号。")
TOO_MANY = N_("一次最多派 50 件，请分批。")


class BulkInput(i.DispatchInput):
    """The desk's form for several cases; `own_territory` sends each also to the place it came from."""

    cases: Many[Code] = Field(default_factory=list)
    own_territory: bool = False


@router.get("/bulk")
async def choose(request: Request, user: AT_DESK, programme: str = "", category: str = "") -> Response:
    await fresh(request, "case_board", "case_number")
    return await _choose(request, programme, category, Form())


async def _choose(request: Request, programme: str, category: str, form: Form) -> Response:
    found = reads(request)
    active = await found.programme(programme)
    if active is None:
        return page(request, "no_programme.html", {})
    counts = await waiting.by_category(found.pool, active.programme_id)
    words = wording.category_words(active)
    category = category or (counts[0][0] if counts else "")
    rows = await waiting.of_category(found.pool, active.programme_id, category)
    excluded = await barred(found, {unit for row in rows for unit in row["complained"]})
    units = await found.directory.units()
    names = {unit.unit_id: unit.name for unit in units}
    required = required_of(active)
    view = BulkView(
        programme=active.name,
        programme_id=active.programme_id,
        category=category,
        category_name=words.get(category, category),
        categories=[(code, words.get(code, code), n, code == category) for code, n in counts],
        choices=[
            Choice(
                row["case_id"],
                case_number(row["programme"], row["case_no"]),
                title_of(row),
                names.get(row["territory"], row["territory"] or "—"),
                row["received_at"],
                form.chosen("cases", row["case_id"], [one["case_id"] for one in rows]),
            )
            for row in rows
        ],
        levels=levels_of(active, found.now)[0],
        units=wording.leading(active, units, excluded),
        co_units=[(u.unit_id, u.name) for u in units if u.level in DEPARTMENTS and u.unit_id not in excluded][
            :CO_UNITS
        ],
        territories=[(u.unit_id, u.name) for u in units if u.level in AREAS and u.unit_id not in excluded],
        required=required,
        sets_sign=active.pack.order.desk_sets_sign,
        persons=await persons_by_unit(found, units, required),
        most=waiting.MOST,
        form=form,
    )
    return page(request, "bulk.html", view)


async def _read(request: Request) -> BulkInput:
    """The form of either step; a refusal shows the choice again with everything typed."""

    async def again(refusal: Refusal) -> Response:
        form = Form.again(refusal)
        return await _choose(request, form.value("programme"), form.value("category"), form)

    data = await read_form(request, BulkInput, again, _forget_programme)
    if not data.cases:
        raise Rejected("nothing-chosen", NOTHING, "cases")
    if len(data.cases) > waiting.MOST:
        raise Rejected("too-many", TOO_MANY, "cases")
    return data


async def _forget_programme(typed: dict[str, Any]) -> None:
    typed.pop("programme", None)


@router.post("/bulk/preview")
async def preview(request: Request, user: AT_DESK) -> Response:
    """Decides nothing and records nothing."""
    data = await _read(request)
    found = reads(request)
    role = CASE_ACTS["dispatch"].role_of(user)
    names = await found.directory.unit_names()
    rows = await waiting.chosen(found.pool, data.cases)
    contexts = [await case_context(request, user, row["case_id"], role) for row in rows]
    drafts = [await _draft(x, _of_case(data, x), names) for x in contexts]
    view = PreviewView(
        drafts=drafts,
        issuable=sum(1 for one in drafts if one.problem is None),
        facts=_facts(data, contexts[0].active) if contexts else [],
        hidden=[("cases", one.case_id) for one in drafts if one.problem is None] + _fields(data),
        back=f"/dispatch/bulk?category={data.category}",
        form=Form(),
    )
    return page(request, "bulk_preview.html", view)


def _of_case(data: BulkInput, x: CaseContext) -> i.DispatchInput:
    """The form as it stands for one case. What was ticked for that case before is not taken away by fifty others."""
    values = data.model_dump(exclude={"cases", "own_territory"})
    territory, before = x.row["territory"], x.state.classified
    if before is not None:
        values |= {
            name: values[name] or getattr(before, name) for name in (*FLAGS, "level", "site_scope", "difficulty")
        }
    if data.own_territory:
        values["territory"] = territory if territory != data.lead else None
    return i.DispatchInput.model_validate(values)


async def _draft(x: CaseContext, data: i.DispatchInput, names: dict[str, str]) -> Draft:
    dues = x.dues(x.durations(data.urgency, data.finish_on, data.sign_on))
    units = [("lead", data.lead), *(("co", unit) for unit in data.co)]
    if data.territory and data.territory not in {unit for _role, unit in units}:
        units.append(("territory", data.territory))
    out = await barred(x.reads, x.state.complained)
    accused = next((names.get(unit, unit) for _role, unit in units if unit in out), None)
    refused = await would_refuse(x, data)
    problem = _refusal(refused) if refused else None
    return Draft(
        case_id=x.case_id,
        number=case_number(x.row["programme"], x.case_no),
        title=title_of(x.row),
        orders=[(_(labels.ORDER_ROLES[role]), names.get(unit, unit)) for role, unit in units],
        sign_by=dues.sign_by,
        finish_by=dues.finish_by,
        problem=_("诉求反映的是%(unit)s或其上级，须另选单位", unit=accused) if accused else problem,
    )


def _facts(data: BulkInput, active: ActivePack) -> list[tuple[str, Any]]:
    words = wording.category_words(active)
    return [
        (_("类别"), words.get(data.category, data.category)),
        (_("范围"), _(SCOPES[data.scope])),
        (_("分级"), wording.urgency_words(active).get(data.urgency, data.urgency)),
        (_("交办意见"), data.instruction or None),
        (_("预期成效"), data.expected_outcome),
    ]


def _fields(data: BulkInput) -> list[tuple[str, str]]:
    """The form once more, hidden, for the step that issues."""
    values = data.model_dump(mode="json", exclude={"cases"}, exclude_defaults=True)
    pairs: list[tuple[str, str]] = []
    for name, value in values.items():
        many = value if isinstance(value, list) else [value]
        pairs += [(name, "yes" if one is True else str(one)) for one in many if one not in (None, False, "")]
    return pairs


@router.post("/bulk/issue")
async def issue(request: Request, user: AT_DESK) -> Response:
    """Each case is a command of its own: one that is refused stops no other, and the page says which and why."""
    data = await _read(request)
    found = reads(request)
    role = CASE_ACTS["dispatch"].role_of(user)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(case_id: str) -> Outcome | Rejected:
        async with gate:
            try:
                x = await case_context(part_of(request, case_id), user, case_id, role)
                return await CASE_ACTS["dispatch"].run(x, _of_case(data, x))
            except Rejected as refusal:
                return refusal

    wanted = list(dict.fromkeys(data.cases))
    rows = {row["case_id"]: row for row in await waiting.known(found.pool, wanted)}
    here = [case_id for case_id in wanted if case_id in rows]
    # Every one has ended when a failure is told: nothing is handed over behind the answer's back.
    ended = await asyncio.gather(*(one(case_id) for case_id in here), return_exceptions=True)
    results: dict[str, Outcome | Rejected] = {}
    for case_id, result in zip(here, ended, strict=True):
        if isinstance(result, BaseException):
            raise result
        results[case_id] = result
    issued = [
        Issued(
            case_number(rows[case_id]["programme"], rows[case_id]["case_no"]),
            title_of(rows[case_id]),
            f"/dispatch/cases/{case_id}",
            _refusal(result) if isinstance(result, Rejected) else None,
        )
        for case_id, result in results.items()
    ]
    issued += [Issued(case_id, "—", None, _(UNKNOWN)) for case_id in wanted if case_id not in rows]
    orders = [
        event.order_id
        for result in results.values()
        if not isinstance(result, Rejected)
        for event in result.events
        if isinstance(event, OrderIssued)
    ]
    view = ResultView(
        done=sum(1 for one in issued if one.problem is None),
        results=issued,
        papers=[
            "/dispatch/orders/papers.pdf?" + "&".join(f"order={one}" for one in orders[start : start + MOST_PAPERS])
            for start in range(0, len(orders), MOST_PAPERS)
        ],
    )
    return page(request, "bulk_result.html", view)


def _refusal(refused: Rejected) -> str:
    return translate(refused.message, language()).format(**refused.params)
