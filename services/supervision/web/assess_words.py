"""The words of 考核: indicators, grounds, kinds of objects and periods, stages."""

from decimal import Decimal
from typing import Any

from contracts.pack import Pack
from contracts.pack.codes import MISCONDUCT
from services.ui.formats import whole_day
from services.ui.i18n import N_
from services.ui.i18n import gettext as _

KPIS = {
    "K01": N_("走访人次"),
    "K05": N_("发卡率"),
    "K06": N_("结对率"),
    "K07": N_("走访覆盖率"),
    "K08": N_("参与率"),
    "K11": N_("网格覆盖率"),
    "K12": N_("包案率"),
    "K14a": N_("响应率（限时联系）"),
    "K14b": N_("响应率（回访）"),
    "K15": N_("办结率"),
    "K16a": N_("解决率（台账）"),
    "K16b": N_("解决率（回访）"),
    "K17": N_("满意率"),
    "K18": N_("按期办结率"),
    "K20": N_("定额完成率"),
    "K21": N_("销号率"),
    "K22": N_("回访率"),
    "K23": N_("退单率"),
    "K23b": N_("不当退单率"),
    "K24": N_("重办率"),
    "K25": N_("签收及时率"),
    "K26": N_("延期率"),
    "K27": N_("挂账率"),
    "K28": N_("督办办结率"),
    "K29": N_("抽查合格率"),
    "K34": N_("例会按期率"),
}

GROUNDS = {
    "commended": N_("通报表彰"),
    "criticised": N_("通报批评"),
    "exposed": N_("曝光"),
    "rework": N_("重办"),
    "overdue": N_("超期"),
    "returned": N_("不当退单"),
    "missed_meeting": N_("缺会"),
}

OBJECTS = {
    "unit": N_("单位"),
    "section": N_("科室"),
    "town": N_("乡镇（街道）"),
    "community": N_("社区（村）"),
    "leader": N_("领导"),
}
KINDS = {"stage": N_("阶段考核"), "year": N_("年度考核")}
STAGES = {
    "draft": (N_("草稿"), "plain"),
    "published": (N_("已公布，可申诉"), "info"),
    "final": (N_("已定案"), "good"),
}
FIGURES = {"kpi": N_("指标"), "bonus": N_("加分"), "deduct": N_("扣分")}


def ground_word(code: str) -> str:
    """A ground of points; the pack's own words for merit and misconduct stay as they are."""
    if code in GROUNDS:
        return _(GROUNDS[code])
    return _(MISCONDUCT[code]) if code in MISCONDUCT else code


def item_word(code: str) -> str:
    """An indicator or a ground."""
    return _(KPIS[code]) if code in KPIS else ground_word(code)


def title_of(pack: Pack) -> str:
    """The table's name as the pack words it."""
    return pack.report("R13").title or _("考核得分表")


def percent(value: str | None) -> str:
    """A share as events hold it, in percent with two places; a dash where there was nothing to measure."""
    return "—" if value is None else f"{Decimal(value) * 100:.2f}%"


def period_of(row: Any) -> str:
    """单位 阶段考核 2017-07-01 至 2017-07-31."""
    period = _("%(since)s 至 %(until)s", since=whole_day(row["since"]), until=whole_day(row["until"]))
    return f"{_(OBJECTS[row['objects']])} {_(KINDS[row['kind']])} {period}"
