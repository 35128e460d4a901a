"""The reports as they stand: tables of figures by unit, the strike-off ledger, and each as a file."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import CurrentUser, User, fresh
from services.chassis.web.inputs import Count, asked_day
from services.reference.programmes import ActivePack
from services.reporting.web import acts, reports, slips, tables
from services.reporting.web.api import permitted
from services.reporting.web.choosing import Asked, choice, chosen, foot
from services.reporting.web.labels import R02_COLUMNS
from services.reporting.web.ledger import SHOWN_LINES, page_of_ledger
from services.reporting.web.pages import nothing
from services.reporting.web.views import Choice, R02View, SlipsView, TableView
from services.ui.i18n import N_, ngettext
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/reporting", include_in_schema=False)

HINTS = {
    "R03": N_(
        "单位为主办单位；退单计入退出该单的单位。挂账期间不计超期。排名按解决率，相同时超期少者在前，再相同则并列。"
    ),
    "R06": N_(
        "对象计入所在乡镇，干部计入所在单位（村居干部计入其乡镇）。登记了走访且见到人的算已走访，按登记时间计；"
        "名册日期之后入册的不计。同一对象有几项要求的，都达到才算。特殊群体含带标签的和多次来电的。没有分母的写「—」。"
    ),
    "R22": N_("应访按乡镇规模的比例计算，不足一个的计一个；未定规模的应全部走到。解决问题数为该乡镇累计已解决的问题。"),
    "R09": N_(
        "自活动开始累计，每轮每方的回访计一次：部门一方计入该轮主办单位，属地一方计入属地单位。"
        "回访率＝已回访÷应回访，未联系上的也算已回访；响应率（诉求人说承办单位联系过）、解决率以联系到的为分母；"
        "满意率＝（非常满意＋满意＋基本满意）÷已表态的。说明性回访不计。重办数为办过两轮以上的问题。没有分母的写「—」。"
    ),
}
"""What each number means, said below its table."""


Code = Literal["r02", "r03", "r04", "r06", "r08", "r09", "r11", "r14", "r16", "r18", "r19", "r21", "r22"]


@router.get("/{code}.xlsx")
async def live_file(
    request: Request,
    user: CurrentUser,
    code: Annotated[
        Literal["r02", "r03", "r04", "r06", "r08", "r09", "r11", "r14", "r16", "r18", "r19", "r21", "r22"], Path()
    ],
    programme: str,
    slot: Asked = None,
) -> Response:
    """A report as it stands, not on record."""
    permitted(user, acts.SEEING)
    await fresh(request)
    made = await acts.compute(request, acts.asking(report=code.upper(), programme=programme, slot=asked_day(slot)))
    content = await reports.file(request, made.active, made.report, acts.paper(made, _("未编号")), made.rows)
    return reports.answer(content, reports.file_name(made.report, made.moment.window_to))


@router.get("/r03")
async def half_month(request: Request, user: CurrentUser, programme: Asked = None, slot: Asked = None) -> Response:
    return await _figures(request, user, "R03", programme, slot)


@router.get("/r06")
async def reached(request: Request, user: CurrentUser, programme: Asked = None, slot: Asked = None) -> Response:
    return await _figures(request, user, "R06", programme, slot)


@router.get("/r22")
async def by_town(request: Request, user: CurrentUser, programme: Asked = None, slot: Asked = None) -> Response:
    return await _figures(request, user, "R22", programme, slot)


@router.get("/r09")
async def call_backs(request: Request, user: CurrentUser, programme: Asked = None, slot: Asked = None) -> Response:
    return await _figures(request, user, "R09", programme, slot)


@dataclass(frozen=True, slots=True)
class _Standing:
    """A report as it stands for whoever asks."""

    active: ActivePack
    made: acts.Computed
    about: Choice
    is_fresh: bool


async def _standing(
    request: Request, user: User, report: reports.Report, programme: str | None, slot: str | None
) -> _Standing | Response:
    """Computed for the programme and the slot that were asked for; the page that says so where no programme is."""
    permitted(user, acts.SEEING)
    is_fresh = await fresh(request)
    active = await chosen(request, programme)
    if active is None:
        return nothing(request, is_fresh)
    asked = acts.asking(report=report, programme=active.programme_id, slot=asked_day(slot))
    made = await acts.compute(request, asked)
    return _Standing(active, made, await choice(request, active, report, asked.slot), is_fresh)


async def _figures(
    request: Request, user: User, report: reports.Report, programme: str | None, slot: str | None
) -> Response:
    found = await _standing(request, user, report, programme, slot)
    if isinstance(found, Response):
        return found
    active, made, about = found.active, found.made, found.about
    names = await reports.names_in(request, made.rows)
    table = tables.TABLES[report]
    here = f"/reporting/{report.lower()}"
    view = TableView(
        report=report,
        here=here,
        choice=about,
        title=reports.shown_title(active, report),
        heads=table.heads(),
        rows=tables.shown(table, made.rows, names, {"programme": active.programme_id, "slot": about.slot}),
        foot=foot(made),
        hint=_(HINTS[report]),
        may_make=user.has(*acts.MAKING),
        download=f"{here}.xlsx?programme={about.programme}&slot={about.slot}",
    )
    return page(request, "figures.html", view, fresh=found.is_fresh)


@router.get("/r02")
async def ledger(
    request: Request, user: CurrentUser, programme: Asked = None, slot: Asked = None, offset: Count = 0
) -> Response:
    found = await _standing(request, user, "R02", programme, slot)
    if isinstance(found, Response):
        return found
    active, made, about = found.active, found.made, found.about
    part = made.rows[offset : offset + SHOWN_LINES]
    here = f"/reporting/r02?programme={about.programme}&slot={about.slot}&offset="
    view = R02View(
        choice=about,
        title=reports.shown_title(active, "R02"),
        heads=[_(label) for _key, label in R02_COLUMNS],
        rows=await page_of_ledger(request, active, part),
        cases=[str(row["case_id"]) for row in part],
        total=len(made.rows),
        foot=foot(made),
        may_make=user.has(*acts.MAKING),
        previous=f"{here}{max(0, offset - SHOWN_LINES)}" if offset else None,
        next=f"{here}{offset + SHOWN_LINES}" if offset + SHOWN_LINES < len(made.rows) else None,
        download=f"/reporting/r02.xlsx?programme={about.programme}&slot={about.slot}",
    )
    return page(request, "r02.html", view, fresh=found.is_fresh)


@router.get("/r11")
async def slip_ledger(
    request: Request, user: CurrentUser, programme: Asked = None, slot: Asked = None, offset: Count = 0
) -> Response:
    found = await _standing(request, user, "R11", programme, slot)
    if isinstance(found, Response):
        return found
    active, made, about = found.active, found.made, found.about
    title = reports.shown_title(active, "R11")
    same = f"programme={about.programme}&slot={about.slot}"
    view = SlipsView(
        choice=about,
        title=title,
        section=await slips.section(request, title, made.rows[offset : offset + SHOWN_LINES]),
        count=ngettext("共 %(num)s 份", "共 %(num)s 份", len(made.rows)),
        foot=foot(made),
        may_make=user.has(*acts.MAKING),
        previous=f"/reporting/r11?{same}&offset={max(0, offset - SHOWN_LINES)}" if offset else None,
        next=f"/reporting/r11?{same}&offset={offset + SHOWN_LINES}" if offset + SHOWN_LINES < len(made.rows) else None,
        download=f"/reporting/r11.xlsx?{same}",
    )
    return page(request, "slips.html", view, fresh=found.is_fresh)
