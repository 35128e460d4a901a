"""抽查 on screens: announced and made draws, what was drawn, and the form for what was found."""

import json
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, Refusal, fresh, read_form, see_other
from services.reference.words import case_number
from services.supervision.domain.call_draw import POPULATION as CALLS
from services.supervision.domain.spot_check import POPULATIONS as ANNOUNCED
from services.supervision.read import inspected
from services.supervision.web import inspecting as act
from services.supervision.web.api import permitted
from services.supervision.web.inspecting_words import POPULATIONS
from services.supervision.web.labels import VERDICT_TONES, standing
from services.supervision.web.reads import Reads, reads
from services.ui.formats import moment
from services.ui.forms import BLANK, Form
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/supervision", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class ChecksView:
    """Every draw, and the form that announces the next."""

    rows: list[dict[str, Any]]
    form: Form
    may_check: bool
    programmes: list[tuple[str, str]]
    populations: list[tuple[str, str]]
    least: int


@dataclass(frozen=True, slots=True)
class CheckView:
    """One draw with its sample."""

    check_id: str
    row: dict[str, Any]
    population: str
    state: str
    tone: str
    lost: bool
    calls: bool
    """A month of call-backs, whose lots fall one by one."""
    positions: list[tuple[str, int]]
    items: list[dict[str, Any]]


def state_of(row: Any, now: datetime, kept: bool = True) -> tuple[str, str]:
    """Where a draw stands, with its tone."""
    if row["sampled_at"] is not None and row["population"] == CALLS:
        return _("种子已公开"), "good"
    if row["sampled_at"] is not None:
        left = len(row["sample"]) - row["looked_at"]
        return (_("待检查 %(n)s 件", n=left), "warn") if left > 0 else (_("检查完毕"), "good")
    if not kept:
        return _("种子遗失，不能抽取"), "bad"
    return (_("已公布种子摘要"), "info") if row["population_to"] > now else (_("正在抽取"), "info")


@router.get("/checks")
async def checks(request: Request, user: CurrentUser) -> Response:
    permitted(user, act.LOOKING)
    is_fresh = await fresh(request, "spot_checks")
    return await _checks_page(request, user, BLANK, is_fresh=is_fresh)


async def _checks_page(
    request: Request, user: CurrentUser, form: Form, *, is_fresh: bool = True, status: int = 200
) -> Response:
    found = reads(request)
    active = await found.programmes.all()
    view = ChecksView(
        rows=[_row(row, found) for row in await inspected.checks(found.pool)],
        form=form,
        may_check=act.may_check(user, active),
        programmes=[(one.programme_id, one.name) for one in active],
        populations=[(code, _(POPULATIONS[code])) for code in ANNOUNCED],
        least=max(1, ceil(active[0].pack.check.rate * 100)) if active else 1,
    )
    return page(request, "checks.html", view, fresh=is_fresh, status=status)


def _row(row: Any, found: Reads) -> dict[str, Any]:
    words, tone = state_of(row, found.now)
    chips = [(words, tone)]
    if row["failed"]:
        chips.append((_("不合格 %(n)s 件", n=row["failed"]), "bad"))
    meta = [_("%(from)s 至 %(to)s", **{"from": moment(row["population_from"]), "to": moment(row["population_to"])})]
    if row["sampled_at"]:
        meta.append(_("从 %(n)s 件中抽取 %(k)s 件", n=row["population_size"], k=len(row["sample"])))
    else:
        meta.append(_("抽取 %(rate)s%%", rate=row["rate_percent"]))
    return {
        "href": f"/supervision/checks/{row['check_id']}",
        "sign": "search",
        "tone": tone,
        "title": _(POPULATIONS[row["population"]]),
        "chips": chips,
        "meta": meta,
    }


@router.post("/checks")
async def commit(request: Request, user: CurrentUser) -> Response:
    role = permitted(user, act.CHECKING)

    async def again(refusal: Refusal) -> Response:
        return await _checks_page(request, user, Form.again(refusal), status=refusal.problem.status)

    data = await read_form(request, act.CommitInput, again)
    outcome = await act.commit(act.Asked(request, user, role), data)
    return see_other(outcome, f"/supervision/checks/{act.new_check_id(request)}")


@router.get("/checks/{check_id}")
async def check(request: Request, user: CurrentUser, check_id: str) -> Response:
    permitted(user, act.LOOKING)
    is_fresh = await fresh(request, "spot_checks", "review_docket")
    found = reads(request)
    row = await inspected.check(found.pool, check_id)
    if row is None or row["seed_sha256"] is None:
        raise HTTPException(404)
    words, tone = state_of(row, found.now, kept=row["seed_kept"] or row["sampled_at"] is not None)
    view = CheckView(
        check_id=check_id,
        row=dict(row),
        population=_(POPULATIONS[row["population"]]),
        state=words,
        tone=tone,
        lost=row["sampled_at"] is None and not row["seed_kept"],
        calls=row["population"] == CALLS,
        positions=sorted(json.loads(row["positions"]).items()),
        items=await _items(found, row),
    )
    return page(request, "check.html", view, fresh=is_fresh)


async def _called(found: Reads, row: Any) -> list[dict[str, Any]]:
    """Whom the lots of a month called back, and what came of it."""
    names = await found.directory.unit_names()
    rows = await inspected.called(found.pool, row["sample"])
    titles = await found.texts([one["title"] for one in rows])
    return [
        {
            "href": f"/supervision/followups/{one['followup_id']}",
            "sign": "phone",
            "tone": VERDICT_TONES.get(one["verdict"], "info"),
            "title": title,
            "chips": [standing(one)],
            "meta": [
                case_number(one["programme"], one["case_no"]),
                _("第 %(n)s 轮", n=one["round"]),
                "、".join(names.get(unit, unit) for unit in one["handler_units"]),
            ],
        }
        for one, title in zip(rows, titles, strict=True)
    ]


async def _items(found: Reads, row: Any) -> list[dict[str, Any]]:
    if row["population"] == CALLS:
        return await _called(found, row)
    known = await inspected.cases(found.pool, row["sample"])
    titled = [item for item in row["sample"] if item in known and known[item]["title"]]
    titles = dict(zip(titled, await found.texts([known[item]["title"] for item in titled]), strict=True))
    names = await found.directory.unit_names()
    done = await inspected.items(found.pool, row["check_id"])
    shown = []
    for number, item in enumerate(row["sample"], start=1):
        case, result = known.get(item), done.get(item)
        unit = case["lead_unit"] if case else None
        chip = (_("合格"), "good") if result and result["passed"] else (_("不合格"), "bad")
        meta = [_("第 %(n)s 签", n=number), names.get(unit or "", unit)]
        meta += [case_number(case["programme"], case["case_no"])] if case else []
        shown.append(
            {
                "href": f"/supervision/checks/{row['check_id']}/items/{item}",
                "sign": ("check" if result["passed"] else "x") if result else "search",
                "tone": chip[1] if result else "info",
                "title": titles.get(item) or _("走访记录 %(id)s", id=item),
                "chips": [chip] if result else [(_("待检查"), "warn")],
                "meta": [part for part in meta if part],
            }
        )
    return shown
