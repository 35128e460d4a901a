"""The cockpit: the rates of the programme as of now or of a past slot, with targets, ranks and the last runs."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from services.reference.programmes import ActivePack
from services.reporting.domain import kpi
from services.reporting.domain.shares import Share
from services.reporting.read import archive
from services.reporting.read.archive import Run
from services.reporting.web import acts
from services.reporting.web.acts import RunInput
from services.reporting.web.choosing import choice, foot
from services.reporting.web.labels import DASH, REPORT_SIGNS, REPORTS
from services.reporting.web.reads import reads
from services.reporting.web.reports import shown_title
from services.reporting.web.tables import TABLES, shown
from services.reporting.web.views import CockpitView
from services.ui.formats import whole_day, whole_moment
from services.ui.i18n import N_
from services.ui.i18n import gettext as _

RUNS_SHOWN = 5
CASES, CALLS = N_("{part} / {whole} 件"), N_("{part} / {whole} 次")


async def cockpit_view(request: Request, active: ActivePack, asked: RunInput) -> CockpitView:
    found = reads(request)
    made = await acts.compute(request, asked)
    moment = made.moment
    cases = await found.moments.cases(moment)
    ids = {case.case_id for case in cases}
    orders, heard = await found.moments.orders(moment, ids), await found.moments.heard(moment, ids)
    names = await found.directory.unit_names()
    about = await choice(request, active, "R03", asked.slot)
    targets = {row.kpi: float(row.ratio) for row in active.pack.lists.target}
    link = f"/reporting/r03?programme={about.programme}&slot={about.slot}"
    heard_link = f"/reporting/r09?programme={about.programme}&slot={about.slot}"
    total = made.rows[-1]
    units = [row for row in shown(TABLES["R03"], made.rows, names, {}) if row["kind"] == "unit"]
    return CockpitView(
        choice=about,
        foot=foot(made),
        rates=[
            _rate(_("解决率"), kpi.solution(cases), "circle-check", targets.get("K16a"), link),
            _rate(_("办结率"), kpi.completion(cases), "checklist", targets.get("K15"), link),
            _rate(_("按期办结率"), kpi.punctuality(cases, moment.as_of), "clock", targets.get("K18"), link),
            _rate(_("销号率"), kpi.strike_off(cases), "file-check", targets.get("K21"), link),
            _rate(_("退单率"), kpi.returns(orders), "arrow-back-up", None, link),
            _rate(_("重办率"), kpi.rework(cases), "repeat", None, link),
            _rate(_("响应率"), kpi.contacted_as_heard(heard), "phone", targets.get("K14b"), heard_link, CALLS),
            _rate(_("回访解决率"), kpi.solved_as_heard(heard), "circle-check", targets.get("K16b"), heard_link, CALLS),
            _rate(_("满意率"), kpi.satisfaction(heard), "star", targets.get("K17"), heard_link, CALLS),
        ],
        counts=[
            {"state": "red", "label": _("超期"), "hint": _("在办已过期限"), "count": total["overdue"]},
            {"state": "yellow", "label": _("在办"), "hint": _("未办结"), "count": total["open"]},
            {"state": "paused", "label": _("挂账"), "hint": _("暂不具备条件"), "count": total["suspended"]},
            {"state": "closed", "label": _("已销号"), "hint": _("累计"), "count": total["struck_off"]},
        ],
        ranks=[_rank(row) for row in units],
        reports=[
            {
                "href": f"/reporting/{code.lower()}?programme={about.programme}",
                "sign": sign,
                "title": shown_title(active, code),
                "chips": [(code, "info")],
                "meta": [],
            }
            for code, sign in REPORT_SIGNS.items()
        ],
        runs=[run_row(run, names) for run in await archive.runs(found.pool, limit=RUNS_SHOWN)],
    )


def _rate(label: str, share: Share, sign: str, target: float | None, href: str, counted: str = CASES) -> dict[str, Any]:
    exact = share.exact
    return {
        "label": label,
        "value": share.percent or DASH,
        "unit": "%" if exact is not None else "",
        "sign": sign,
        "share": None if exact is None else float(exact),
        "target": target if exact is not None else None,
        "compare": _(counted).format(part=share.part, whole=share.whole),
        "href": href,
    }


def _rank(row: Mapping[str, Any]) -> list[str]:
    cells = {cell["key"]: cell["text"] for cell in row["cells"]}
    return [cells["rank"], row["unit"], cells["total"], cells["done"], cells["overdue"], cells["solved_share"]]


def run_row(run: Run, names: Mapping[str, str]) -> dict[str, Any]:
    """One run in a list."""
    return {
        "href": f"/reporting/runs/{run.report_id}",
        "sign": REPORT_SIGNS[run.report],
        "title": _(REPORTS[run.report]),
        "chips": [(run.report, "info")],
        "meta": [
            _("第 {number} 号").format(number=run.quoted),
            _("统计窗口 {start} 至 {end}").format(start=whole_day(run.window_from), end=whole_day(run.as_of)),
            _("{count} 行").format(count=run.rows),
            names.get(run.made_by_unit, run.made_by_unit),
            whole_moment(run.made_at),
            run.rows_sha256[:10],
        ],
    }
