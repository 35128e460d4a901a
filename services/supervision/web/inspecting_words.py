"""The words for checks, reviews and signals; a signal's sentence says what was seen and never that it is false."""

from collections.abc import Mapping

from services.ui.i18n import N_
from services.ui.i18n import gettext as _

MODES = {"open": N_("明查"), "covert": N_("暗访"), "on_site": N_("实地查看"), "phone": N_("电话查岗")}
POPULATIONS = {"struck_off": N_("已销号的问题"), "visits": N_("走访记录"), "completed": N_("抽样回访")}
OUTCOMES = {"harmless": N_("查无异常"), "checked": N_("已检查"), "established": N_("查实虚报")}
OUTCOME_TONES = {"harmless": "good", "checked": "info", "established": "bad"}
RESULTS = {
    "solved": N_("已解决"),
    "partly": N_("部分解决"),
    "planned": N_("列入计划"),
    "explained": N_("解释说明"),
    "transferred": N_("转办"),
    "unsolvable": N_("无法解决"),
}
SIGNALS = {
    "no_handling": N_("无办理记录即办结"),
    "no_contact": N_("未联系诉求人即办结"),
    "never_contacted": N_("诉求人称从未联系"),
    "same_text": N_("答复文字雷同"),
    "same_file": N_("证据照片重复使用"),
    "bulk_closing": N_("同一分钟批量办结"),
    "many_visits": N_("单日走访过多"),
    "overlapping_visits": N_("同一时间两地走访"),
    "burst_before_slot": N_("调度前集中补录"),
    "relapse": N_("销号后同地同类再次反映"),
    "same_phone": N_("多户留同一电话"),
    "no_call_record": N_("电话回访无通话记录"),
    "self_closing": N_("自己办结自己销号"),
}
TRACES = {
    "opened": N_("立案"),
    "classified": N_("分类"),
    "contact": N_("联系到诉求人"),
    "tried": N_("联系未接通"),
    "plan": N_("报送方案"),
    "progress": N_("报告进展"),
    "site": N_("上门核实"),
    "milestone": N_("完成节点"),
    "findings": N_("上报情况"),
    "completed": N_("办结"),
    "file": N_("附证据"),
    "struck_off": N_("销号"),
    "reopened": N_("重办"),
    "visit": N_("走访"),
    "request": N_("登记诉求"),
}

RECORDS = {"case-completed": N_("办结"), "follow-up-conducted": N_("回访")}
"""Events that leave no trace of their own and are named by a signal."""


def sentence(kind: str, measured: Mapping[str, int]) -> str:
    """What was seen, with the figures of the rule."""
    n = {name: str(value) for name, value in measured.items()}
    match kind:
        case "no_handling":
            return _("本轮从交办到办结没有任何办理记录。")
        case "no_contact":
            return _("本轮有 %(handling)s 条办理记录，但没有一次联系到诉求人就办结。", handling=n.get("handling", "0"))
        case "never_contacted":
            return _("回访时诉求人说，承办单位从未联系过。")
        case "same_text":
            return _(
                "%(cases)s 件问题的办结答复一字不差（规则：%(limit)s 件起提示）。",
                cases=n.get("cases", ""),
                limit=n.get("limit", ""),
            )
        case "same_file":
            return _("同一张照片或文件在 %(cases)s 件问题里作证据。", cases=n.get("cases", ""))
        case "bulk_closing":
            return _(
                "同一单位在同一分钟内办结 %(cases)s 件（规则：%(limit)s 件起提示）。",
                cases=n.get("cases", ""),
                limit=n.get("limit", ""),
            )
        case "many_visits":
            return _(
                "一人一天走访 %(visits)s 次（规则：超过 %(limit)s 次提示）。",
                visits=n.get("visits", ""),
                limit=n.get("limit", ""),
            )
        case "overlapping_visits":
            return _(
                "同一人在两地走访，相隔 %(minutes)s 分钟（规则：不足 %(limit)s 分钟提示）。",
                minutes=n.get("minutes", ""),
                limit=n.get("limit", ""),
            )
        case "burst_before_slot":
            return _(
                "调度或例会前后一天内补录 %(visits)s 次此前的走访（规则：%(limit)s 次起提示）。",
                visits=n.get("visits", ""),
                limit=n.get("limit", ""),
            )
        case "relapse":
            return _(
                "销号 %(days)s 天后，同一地点同类问题再次反映（规则：%(limit)s 天内提示）。",
                days=n.get("days", ""),
                limit=n.get("limit", ""),
            )
        case "same_phone":
            return _(
                "%(households)s 户（家）登记诉求时留的是同一个电话（规则：%(limit)s 户起提示）。",
                households=n.get("households", ""),
                limit=n.get("limit", ""),
            )
        case "no_call_record":
            return _("回访记为电话联系到诉求人，但没有通话记录编号。")
        case "self_closing":
            return _(
                "同一人办结又销号 %(cases)s 件（规则：%(limit)s 件起提示）。",
                cases=n.get("cases", ""),
                limit=n.get("limit", ""),
            )
        case _:
            return kind
