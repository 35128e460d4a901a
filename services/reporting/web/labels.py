"""The words of reporting's tables; Chinese is the catalogue's key. Papers are always in Chinese."""

from collections.abc import Mapping

from services.ui.i18n import N_

DASH = "—"

R03_COLUMNS = (
    ("unit", N_("单位")),
    ("carried", N_("上期结转")),
    ("opened_in", N_("本期新增")),
    ("total", N_("累计问题数")),
    ("done_in", N_("本期办结")),
    ("done", N_("累计办结")),
    ("solved", N_("累计解决")),
    ("struck_off", N_("累计销号")),
    ("solved_share", N_("解决率")),
    ("struck_off_share", N_("销号率")),
    ("open", N_("未办结")),
    ("overdue", N_("其中超期")),
    ("suspended", N_("挂账")),
    ("returned", N_("退单")),
    ("reworked", N_("重办")),
    ("planned", N_("序时进度")),
    ("deviation", N_("偏差")),
    ("rank", N_("排名")),
)

R02_COLUMNS = (
    ("line", N_("序号")),
    ("case_no", N_("问题编号")),
    ("territory", N_("乡镇（街道）")),
    ("community", N_("村居")),
    ("requester", N_("反映人")),
    ("title", N_("问题摘要")),
    ("category", N_("类别")),
    ("scope", N_("个性/共性")),
    ("unit", N_("责任单位")),
    ("leader", N_("责任领导")),
    ("person", N_("责任人")),
    ("measures", N_("化解措施")),
    ("finish_by", N_("办结时限")),
    ("progress", N_("进展情况")),
    ("done", N_("是否办结")),
    ("done_on", N_("办结日期")),
    ("struck_off", N_("是否销号")),
    ("struck_off_on", N_("销号日期")),
    ("verdict", N_("回访结果")),
    ("satisfaction", N_("满意度")),
    ("remarks", N_("备注")),
)

R09_COLUMNS = (
    ("unit", N_("单位")),
    ("due", N_("应回访")),
    ("concluded", N_("已回访")),
    ("concluded_share", N_("回访率")),
    ("reached", N_("联系到")),
    ("unreached", N_("未联系上")),
    ("contacted_share", N_("响应率")),
    ("solved", N_("已解决")),
    ("solved_share", N_("解决率")),
    ("very", N_("非常满意")),
    ("satisfied", N_("满意")),
    ("basic", N_("基本满意")),
    ("dissatisfied", N_("不满意")),
    ("very_dissatisfied", N_("非常不满意")),
    ("satisfied_share", N_("满意率")),
    ("reworked", N_("重办数")),
)

R06_COLUMNS = (
    ("unit", N_("单位")),
    ("places", N_("应走访村居")),
    ("places_reached", N_("已走访村居")),
    ("places_share", N_("村居覆盖率")),
    ("households", N_("应走访户")),
    ("households_reached", N_("已走访户")),
    ("households_share", N_("户覆盖率")),
    ("enterprises", N_("应走访企业")),
    ("enterprises_reached", N_("已走访企业")),
    ("enterprises_share", N_("企业覆盖率")),
    ("special", N_("特殊群体应访")),
    ("special_reached", N_("特殊群体已访")),
    ("cadres", N_("应参与干部")),
    ("cadres_reached", N_("已参与")),
    ("cadres_share", N_("参与率")),
    ("left", N_("未走访名单")),
    ("cadres_left", N_("未参与名单")),
    ("register", N_("名册日期")),
)

R22_COLUMNS = (
    ("unit", N_("乡镇")),
    ("size_class", N_("规模")),
    ("whole", N_("村队总数")),
    ("target", N_("应访")),
    ("reached", N_("已访")),
    ("left", N_("未访")),
    ("kept", N_("达标否")),
    ("papers", N_("调研报告数")),
    ("solved", N_("解决问题数")),
    ("leaders", N_("联系点领导")),
)

WORDED: Mapping[str, Mapping[str, str]] = {
    "size_class": {"small": N_("较小"), "medium": N_("中间"), "large": N_("较大")},
    "kept": {"yes": N_("达标"), "no": N_("未达标")},
}
"""Columns whose cells are codes; a code that is not here is the pack's own word."""

REFERENCE_HEAD = "反映人（代号，姓名在台账页面查看）"
"""Of a downloaded ledger: a file has no names, because nobody could write down who looks at it."""

REPORT_WORDS = {
    "total": N_("合计"),
    "unassigned": N_("未派单"),
    "suspended": N_("挂账"),
    "overdue": N_("● 超期"),
    "individual": N_("个性"),
    "common": N_("共性"),
    "yes": N_("是"),
    "no": N_("否"),
    "pass": N_("通过"),
    "fail": N_("未通过"),
    "unreachable": N_("未联系上"),
    "very": N_("非常满意"),
    "satisfied": N_("满意"),
    "basic": N_("基本满意"),
    "dissatisfied": N_("不满意"),
    "very_dissatisfied": N_("非常不满意"),
    "no_view": N_("未表态"),
    "met": N_("达标"),
    "unmet": N_("未达标"),
}

REPORTS = {
    "R02": N_("销号台账"),
    "R03": N_("半月调度统计表"),
    "R04": N_("月度联络员会议汇总表"),
    "R06": N_("走访覆盖统计表"),
    "R08": N_("结对联系情况表"),
    "R09": N_("回访满意度统计表"),
    "R11": N_("督办台账"),
    "R14": N_("每周民情分析"),
    "R16": N_("“八个一”完成情况"),
    "R18": N_("企业网格服务表"),
    "R19": N_("活动综述"),
    "R21": N_("干部月度任务表"),
    "R22": N_("分乡镇覆盖与调研表"),
}
"""Every report that is made here; a pack may word its title anew."""

REPORT_SIGNS = {
    "R03": "table",
    "R02": "checklist",
    "R06": "map-pin",
    "R22": "map",
    "R08": "heart-handshake",
    "R21": "list-check",
    "R16": "award",
    "R18": "building-factory-2",
    "R19": "speakerphone",
    "R04": "users",
    "R09": "star",
    "R11": "speakerphone",
    "R14": "chart-bar",
}
"""In the order in which people look for them."""

# Which cases a number of a table stands for; without an entry the number is no set of cases.
R03_DRILLS = {
    "carried": N_("上期结转"),
    "opened_in": N_("本期新增"),
    "total": N_("累计问题数"),
    "done_in": N_("本期办结"),
    "done": N_("累计办结"),
    "solved": N_("累计解决"),
    "struck_off": N_("累计销号"),
    "open": N_("未办结"),
    "overdue": N_("其中超期"),
    "suspended": N_("挂账"),
    "returned": N_("退单"),
    "reworked": N_("重办"),
}

# Numbers of R09 count follow-ups: a case stands behind each as often as it was asked about.
R09_DRILLS = {key: label for key, label in R09_COLUMNS if key != "unit" and not key.endswith("_share")}

R06_DRILLS = {
    key: label for key, label in R06_COLUMNS if key not in ("unit", "register") and not key.endswith("_share")
}
R22_DRILLS = {key: label for key, label in R22_COLUMNS if key in ("whole", "reached", "left", "solved")}

SOURCE_NAMES = {
    "intake": N_("走访收集"),
    "dispatch": N_("交办办理"),
    "supervision": N_("督办回访"),
    "reporting": N_("统计通报"),
}
