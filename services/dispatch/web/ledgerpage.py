"""清单: what was struck off, by whom, on which basis, and whether it was reported up in time."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, time, timedelta
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.clock import LOCAL
from services.chassis.web import User, fresh, require
from services.chassis.web.inputs import asked_day
from services.dispatch.read import lists
from services.dispatch.web import labels, wording
from services.dispatch.web.askedlist import AskedList
from services.dispatch.web.reads import reads, title_of
from services.dispatch.web.roles import SEEING
from services.dispatch.web.views import Options
from services.reference.words import case_number
from services.ui.i18n import N_
from services.ui.i18n import gettext as _
from services.ui.render import page

router = APIRouter(prefix="/dispatch", include_in_schema=False)
SEEING_USER = Annotated[User, Depends(require(*SEEING))]
REPORTS = {"due": N_("待上报"), "overdue": N_("逾期未报"), "reported": N_("按时上报"), "late": N_("逾期上报")}
REPORT_TONES = {"due": "info", "overdue": "bad", "reported": "good", "late": "warn"}


@dataclass(frozen=True, slots=True)
class Asked(AskedList):
    """The ledger as an address asks for it; days are those of the strike-off."""

    path = "/dispatch/ledger"

    category: str = ""
    unit: str = ""
    territory: str = ""
    basis: str = ""
    result: str = ""
    report: str = ""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One case that was struck off."""

    href: str
    number: str
    title: str
    category: str
    lead: str
    territory: str
    result: str
    in_time: str
    struck_off_at: datetime
    by: str
    basis: str
    report: str
    report_tone: str


@dataclass(frozen=True, slots=True)
class LedgerView:
    """销号台账."""

    programme: str
    programme_id: str
    rows: Sequence[LedgerRow]
    whole: int
    reports: Sequence[tuple[str, str, int, str, bool]]
    """Code, word, how many, address, whether it is chosen."""

    next: str | None
    first: str | None
    clear: str
    asked: Asked
    categories: Options
    units: Options
    territories: Options
    bases: Options
    results: Options


@router.get("/ledger")
async def ledger(request: Request, user: SEEING_USER, asked: Annotated[Asked, Depends()]) -> Response:
    shown = await fresh(request, "case_board", "case_number")
    found = reads(request)
    active = await found.programme(asked.programme)
    if active is None:
        return page(request, "no_programme.html", {})
    asked = replace(asked, programme=active.programme_id)
    wanted = _wanted(asked)
    listed = await lists.ledger(found.pool, wanted, found.now)
    counts = await lists.ledger_counts(found.pool, replace(wanted, report=""), found.now)
    units = await found.directory.units()
    names = {unit.unit_id: unit.name for unit in units}
    words = wording.category_words(active)
    view = LedgerView(
        programme=active.name,
        programme_id=active.programme_id,
        rows=[_row(row, names, words, found.now) for row in listed.rows],
        whole=counts["whole"],
        reports=[
            (
                code,
                _(word),
                counts[code],
                asked.url(report="" if asked.report == code else code, cursor=""),
                asked.report == code,
            )
            for code, word in REPORTS.items()
        ],
        next=asked.url(cursor=listed.next) if listed.next else None,
        first=asked.url(cursor="") if asked.cursor else None,
        clear=Asked(programme=asked.programme).url(),
        asked=asked,
        categories=[("", _("全部类别")), *words.items()],
        units=[("", _("全部主办")), *((u.unit_id, u.name) for u in units if u.level != "district")],
        territories=[
            ("", _("全部属地")),
            *((u.unit_id, u.name) for u in units if u.level in ("town", "community", "village")),
        ],
        bases=[("", _("全部方式")), *wording.options(labels.BASES)],
        results=[("", _("全部结果")), *wording.options(labels.RESULTS)],
    )
    return page(request, "ledger.html", view, fresh=shown)


def _wanted(asked: Asked) -> lists.Ledger:
    """Nonsense in an address narrows nothing."""
    given: dict[str, Any] = {
        name: value for name, value in asdict(asked).items() if name not in ("since", "until", "basis", "report")
    }
    since, until = period_of(asked.since, asked.until)
    return lists.Ledger(
        **given,
        basis=asked.basis if asked.basis in labels.BASES else "",  # type: ignore[arg-type]
        report=asked.report if asked.report in REPORTS else "",  # type: ignore[arg-type]
        since=since,
        until=until,
    )


def period_of(since: str, until: str) -> tuple[datetime | None, datetime | None]:
    """Local days of an address as instants; the last day is counted in."""
    last = _day(until)
    return _day(since), last + timedelta(days=1) if last else None


def _day(given: str) -> datetime | None:
    day = asked_day(given)
    return datetime.combine(day, time(), LOCAL) if day else None


def _row(row: asyncpg.Record, names: Mapping[str, str], words: Mapping[str, str], now: datetime) -> LedgerRow:
    report = _report(row, now)
    return LedgerRow(
        href=f"/dispatch/cases/{row['case_id']}",
        number=case_number(row["programme"], row["case_no"]),
        title=title_of(row),
        category=words.get(row["category"], row["category"] or "—"),
        lead=names.get(row["lead_unit"], row["lead_unit"] or "—"),
        territory=names.get(row["territory"], row["territory"] or "—"),
        result=_(labels.RESULTS[row["result"]]) if row["result"] else "—",
        in_time=_("按期") if row["on_time"] else _("逾期"),
        struck_off_at=row["struck_off_at"],
        by=names.get(row["struck_by"], row["struck_by"] or "—"),
        basis=_(labels.BASES[row["struck_basis"]]) if row["struck_basis"] else "—",
        report=_(REPORTS[report]) if report else "—",
        report_tone=REPORT_TONES.get(report, "plain"),
    )


def _report(row: asyncpg.Record, now: datetime) -> str:
    if row["reported_up_at"] is not None:
        return "late" if row["report_late"] else "reported"
    if row["report_up_by"] is None:
        return ""
    return "overdue" if row["report_up_by"] < now else "due"
