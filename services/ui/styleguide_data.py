"""Invented cases, people and numbers for the style guide; nothing here is read by a service."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from services.ui.formats import LOCAL
from services.ui.forms import Form
from services.ui.i18n import N_, gettext

NOON = datetime(2026, 11, 20, 10, 24, tzinfo=LOCAL)
STEPS = (N_("收集"), N_("交办"), N_("签收"), N_("办理"), N_("办结"), N_("回访"), N_("销号"))
COUNTS = (
    ("red", N_("逾期"), 7),
    ("yellow", N_("剩余 ≤2 个工作日"), 18),
    ("green", N_("期限内"), 96),
    ("paused", N_("延期/会商"), 5),
    ("waiting", N_("待派单/退单"), 9),
    ("closed", N_("本批次累计"), 811),
)
ROWS = (
    ("red", "六里桥小区物业停摆，电梯一个月困人 3 次", "QL2026-1232|六里桥社区|物业管理|涉及 27 户", "区市场监管局", 1, "六里桥街道", "办理中", -3, 12, "督办"),
    ("red", "人民路社区没有文体活动中心，老党员联名请求协调场地", "QL2026-1247|人民路社区|公共文化|涉及 11 人", "区住建局", 3, "人民路街道", "会办中", -2, 6, "督办"),
    ("red", "敏行整车项目 10 千伏线路迁改受阻，影响二期开工", "QL2026-1241|敏行社区|企业用电|企业诉求", "区发改委", 1, "科技园管委会", "办理中", -1, 5, "督办"),
    ("yellow", "和平里小区 3 号楼暴露垃圾长期未清运", "QL2026-1238|和平里社区|环境卫生", "区城管局", 0, "和平街道", "待签收", 1, 5, "查看"),
    ("yellow", "独居老人紧急呼叫器故障，无人维修", "QL2026-1202|石园社区|养老服务", "区民政局", 0, "和平街道", "已办结待回访", 1, 4, "查看"),
    ("yellow", "双村村三条道路破损、排灌站停用，影响春耕灌溉", "QL2026-1244|双村村|农业水利", "区水利局", 1, "刘庄镇", "办理中", 2, 14, "查看"),
    ("yellow", "食品园外环道路夜间无路灯，夜班职工反映强烈", "QL2026-1217|食品园社区|市政管网", "区城管局", 0, "青岚经开区", "办理中", 2, 10, "查看"),
    ("yellow", "前营村 16 户改厕补助未到账", "QL2026-1223|前营村|民生保障", "区农业农村局", 1, "前营镇", "销号审核", 3, 5, "审销号"),
    ("waiting", "员工公寓配套不足，往返通勤 45 分钟", "QL2026-1211|云谷社区|生活配套", "科技园管委会", 0, "科技园管委会", "待交办", None, 7, "派单"),
    ("waiting", "村集体光伏收益分配未公示", "QL2026-1199|塘口村|村务公开", "双河镇政府", 1, "双河镇", "退单", None, 6, "审退单"),
    ("green", "实验幼儿园门口上下学拥堵", "QL2026-1190|春晖社区|交通秩序", "区交警大队", 0, "和平街道", "办理中", 9, 4, "查看"),
    ("paused", "河道水葫芦堵塞，抽水站无法取水", "QL2026-1181|柳湾村|农业水利", "区水利局", 2, "刘庄镇", "挂账", 30, 9, "查看"),
    ("pending", "社区卫生站慢病药品不全", "QL2026-1177|甜水社区|医疗卫生", "区卫健局", 0, "六里桥街道", "待核", 0, 5, "查看"),
    ("closed", "宅基地边界纠纷，两户多次信访", "QL2026-1150|晏子村|矛盾化解", "前营镇政府", 0, "前营镇", "已销号", None, 17, "查看"),
)
TONES = {"办理中": "info", "会办中": "info", "待签收": "warn", "待交办": "warn", "退单": "bad", "已办结待回访": "good", "销号审核": "good", "已销号": "good"}
HISTORY = (
    ("11-20 09:48", "trending-up", "plain", N_("进度"), "郭磊|区住建局|城建科", "施工图已送审，拟 11-24 进场，12-20 前开放使用。", ("施工计划表",)),
    ("11-19 09:20", "flag", "bad", N_("督办"), "何正明|区委督查室", "督办单 青岚督〔2026〕31 号：3 日内报送施工计划与完成时限。", ("抄送驻点组",)),
    ("11-18 18:00", "bolt", "bad", N_("亮红灯"), "系统|期限规则 R-4", "到期未办结，自动亮红灯。", ()),
    ("11-16 09:00", "bolt", "warn", N_("亮黄灯"), "系统|期限规则 R-3", "剩余 2 个工作日，自动亮黄灯并催办主办单位。", ()),
    ("11-10 11:15", "file-text", "plain", N_("会商纪要"), "郭磊|区住建局|城建科", "四部门会商：原则同意改造桥东水利用房，消防验收由住建局负责。", ("会议纪要 PDF",)),
    ("11-05 17:30", "trending-up", "plain", N_("进度"), "郭磊|区住建局|城建科", "现场踏勘 3 处闲置用地；桥东水利用房 320 ㎡可改造。", ()),
    ("11-02 08:50", "check", "good", N_("主办签收"), "郭磊|区住建局|城建科", "已签收，责任领导：丁一凡。", ()),
    ("11-01 15:00", "gavel", "plain", N_("退单裁定"), "赵敏|区活动办|派单席", "驳回：场地属住建系统，请继续主办。", ()),
    ("11-01 10:20", "arrow-back-up", "warn", N_("主办退单"), "郭磊|区住建局|城建科", "场地权属属规划分局与城管局，请求调整主办单位。", ("退单理由：职责不符",)),
    ("10-30 14:35", "check", "plain", N_("属地签收"), "孙浩|人民路街道办事处", "已签收，责任人：孙浩。", ()),
    ("10-30 09:12", "arrows-exchange", "info", N_("双向派单"), "赵敏|区活动办|派单席", "条：区住建局（主办）；块：人民路街道（属地）。交办单 青岚交办〔2026〕128 号。", ("回执时限 1 个工作日",)),
    ("10-30 09:10", "filter", "plain", N_("梳理定级"), "赵敏|区活动办|派单席", "共性问题，区级统筹；难度「难事联办」，限 20 日。", ()),
    ("10-29 16:20", "clipboard-list", "plain", N_("问题收集"), "李文静|人民路街道|第 3 走访组", "座谈会上 11 名老党员联名提出。", ()),
)


def _at(text: str) -> datetime:
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=LOCAL)


def _due_words(days: int | None) -> str | None:
    if days is None:
        return None
    return gettext("逾期 %(days)s 天", days=-days) if days < 0 else gettext("剩 %(days)s 天", days=days)


def _rows() -> list[dict[str, Any]]:
    found = []
    for light, title, meta, lead, co, area, step, days, records, act in ROWS:
        tone = {"督办": "bad", "派单": "primary"}.get(act, "plain")
        used = None if days is None else (1.0 if days < 0 else max(0.05, 1 - days / 12))
        found.append(
            {
                "href": "?screen=case", "light": light, "title": title, "meta": meta.split("|"), "lead": lead, "co_count": co,
                "territory": area, "step": step, "step_tone": TONES.get(step, "plain"), "due_words": _due_words(days),
                "due_date": NOON + timedelta(days=days) if days is not None else None, "used": used,
                "updated": NOON - timedelta(hours=records * 3), "records": records,
                "action": {"href": "?screen=case", "label": act, "tone": tone},
            }
        )
    return found


def counters(current: str | None = None) -> list[dict[str, Any]]:
    return [
        {"state": s, "label": None, "hint": gettext(hint), "count": n, "href": f"?screen=cases&light={s}", "current": s == current}
        for s, hint, n in COUNTS
    ]


def cases(query: Mapping[str, str]) -> dict[str, Any]:
    wanted = query.get("light")
    rows = [row for row in _rows() if wanted in (None, row["light"])]
    return {"counters": counters(wanted), "rows": rows, "updated": NOON}


def history() -> list[dict[str, Any]]:
    """Newest first, as a case page shows it; the hashes are of the mock texts."""
    n = len(HISTORY)
    return [
        {
            "time": _at(when), "sign": sign, "tone": tone, "title": gettext(title), "actor": actor.split("|"), "text": text,
            "notes": notes, "version": n - i, "hash": sha256(text.encode()).hexdigest(),
            "captured_at": _at(when) if title == "问题收集" else None,
        }
        for i, (when, sign, tone, title, actor, text, notes) in enumerate(HISTORY)
    ]


def case(query: Mapping[str, str]) -> dict[str, Any]:
    entries = history()
    last = len(entries)
    at = min(last, max(1, int(query.get("at", last))))
    shown = entries[last - at :]
    now = at == last
    return {
        "at": None if now else at, "last": last, "shown": shown, "hidden": last - at, "moment": shown[0]["time"],
        "steps": [gettext(s) for s in STEPS], "current": 3 if now else 2, "light": "red" if now else "green",
        "tail": shown[0]["hash"], "form": Form({"opinion": "请于 11-23 前报送施工计划，12-20 前开放使用。"}, expected=last),
        "broken": query.get("proof") == "broken",
    }


def dispatch(query: Mapping[str, str]) -> dict[str, Any]:
    titles = ("员工公寓配套不足，往返通勤 45 分钟", "村集体光伏收益分配未公示", "工地夜间施工噪声扰民", "实验幼儿园门口上下学拥堵", "权台村某家庭大病医疗费负担重，女儿拟休学", "河道水葫芦堵塞，抽水站无法取水", "恒达纺织招不到熟练工，请求组织专场招聘", "社区卫生站慢病药品不全", "宅基地边界纠纷，两户多次信访", "冠城电子申报国家级实验室，缺人才引进通道")
    places = ("云谷社区 生活配套", "塘口村 村务公开", "桥东社区 环境保护", "春晖社区 交通秩序", "权台村 大病救助", "柳湾村 农业水利", "纺织园社区 企业用工", "甜水社区 医疗卫生", "晏子村 矛盾化解", "冠城社区 人才引进")
    rows = [
        {"href": "?screen=dispatch", "title": t, "meta": p.split(), "chips": [(gettext("退单"), "bad")] if i == 1 else [], "current": i == 0}
        for i, (t, p) in enumerate(zip(titles, places, strict=True))
    ]
    values = {"level": "solid", "lead": "park", "area": "park", "due": "2026-12-04", "sign": "1", "opinion": "请主办单位牵头，会同属地现场核实，按期办结并回复诉求人。"}
    errors = {"lead": gettext("请选择主办部门"), "due": gettext("办结期限不能早于今天")} if query.get("state") == "error" else {}
    return {"rows": rows, "form": Form(values, errors, expected=3)}


def visits(query: Mapping[str, str]) -> dict[str, Any]:
    people = (("刘福来", "低收入户", "双村村 2 组 18 号", False), ("王玉凤", "老党员", "双村村 2 组 21 号|上次 09-12 有诉求未销号", False), ("双村粮食烘干中心", "带动 63 户", "双村村南首", False), ("陈大有", "独居老人", "双村村 3 组 4 号", False), ("赵小满", "", "双村村 3 组 9 号", False), ("马长青", "退役军人", "双村村 3 组 15 号", False), ("李秋香", "", "双村村 1 组 7 号|今天 09:14", True), ("周有余", "", "双村村 1 组 12 号|今天 09:24", True))
    rows = [
        {"href": "?screen=visit", "sign": "check" if seen else "building-factory-2" if "中心" in name else "home", "tone": "good" if seen else "info", "title": name, "meta": where.split("|"), "chips": [(gettext("已访"), "good")] if seen else [(mark, "warn")] if mark else []}
        for name, mark, where, seen in people
    ]
    return {"rows": rows, "offline": query.get("state") == "offline"}


def visit(query: Mapping[str, str]) -> dict[str, Any]:
    kinds = ("道路交通", "农业水利", "环境卫生", "民生保障", "大病救助", "就业用工", "物业管理", "矛盾化解", "用电用水", "教育医疗", "企业融资", "其他")
    values = {"result": "asks", "kind": "道路交通", "words": "2 组村口 300 米水泥路破损，雨天农机进不了田，涉及 43 户，请求春耕前修好。", "urgency": "solid"}
    errors = {"kind": gettext("请选择问题类别")} if query.get("state") == "error" else {}
    return {"kinds": [(k, k) for k in kinds], "form": Form(values, errors)}


def cockpit(query: Mapping[str, str]) -> dict[str, Any]:
    ranks = (("人民路街道", 96.8, 94.1, 92.3, 93.9), ("科技园管委会", 98.2, 92.7, 93.0, 93.9), ("双河镇", 97.5, 91.0, 91.8, 92.6), ("和平街道", 95.1, 90.6, 90.2, 91.3), ("青岚经开区", 97.0, 88.3, 91.1, 91.2))
    return {"ranks": [(i + 1, *r) for i, r in enumerate(ranks)], "now": NOON, "red": [r for r in _rows() if r["light"] == "red"]}


def problem(query: Mapping[str, str]) -> dict[str, Any]:
    status = int(query.get("status", "403"))
    titles = {403: "没有权限", 404: "没有找到", 409: "内容已有变化", 422: "未能办理", 503: "暂停办理"}
    allowed = [gettext("派单席"), gettext("督查室")] if status == 403 else None
    found = {"status": status, "title": titles[status], "detail": "", "errors": [], "allowed": allowed, "correlation_id": "0192f6c1-demo"}
    return {"problem": found}


def login(query: Mapping[str, str]) -> dict[str, Any]:
    wrong = query.get("state") == "error"
    return {"form": Form({"account": "zhaomin"}, general=[gettext("账号或密码不对，还可以试 4 次")] if wrong else ())}


def parts() -> dict[str, Any]:
    refused = Form({"title": "路灯", "level": "good"}, {"title": gettext("标题至少 6 个字"), "level": gettext("请选择分级")}, general=[gettext("本单位今天的退单次数已用完")], expected=4)
    stale_form = Form({"title": "六里桥路灯不亮"}, changed=[gettext("此件刚被 %(name)s 改派", name="郭磊")], expected=4)
    return {"counters": counters("red"), "rows": _rows(), "entries": history()[:6], "refused": refused, "stale_form": stale_form, "form": Form({"co": ["a", "c"], "level": "solid"}), "now": NOON, "steps": [gettext(s) for s in STEPS]}
