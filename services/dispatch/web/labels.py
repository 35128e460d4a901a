"""The words for the codes that only dispatch shows: steps, results, reasons; Chinese is the catalogue's key."""

from services.ui.i18n import N_

STEPS = {
    "registered": N_("待交办"),
    "sent_back": N_("待补充"),
    "issued": N_("待签收"),
    "handling": N_("办理中"),
    "returned": N_("退单待审"),
    "suspended": N_("挂账"),
    "completed": N_("已办结"),
    "verifying": N_("待回访"),
    "struck_off": N_("已销号"),
    "merged": N_("已并案"),
    "split": N_("已拆分"),
    "closed_unhandled": N_("不予办理"),
}
STEP_TONES = {
    "registered": "warn",
    "sent_back": "warn",
    "issued": "warn",
    "handling": "info",
    "returned": "bad",
    "suspended": "plain",
    "completed": "good",
    "verifying": "info",
    "struck_off": "good",
    "merged": "plain",
    "split": "plain",
    "closed_unhandled": "plain",
}
STEPPER = (N_("收集"), N_("交办"), N_("签收"), N_("办理"), N_("办结"), N_("回访"), N_("销号"))
STEPPER_AT = {
    "registered": 1,
    "sent_back": 0,
    "issued": 2,
    "returned": 2,
    "handling": 3,
    "suspended": 3,
    "completed": 5,
    "verifying": 5,
    "struck_off": len(STEPPER),
}
"""Where the stepper stands; a completed case waits for its follow-up or strike-off; what ended elsewhere has none."""

ENDED = {"merged": N_("已并案"), "split": N_("已拆分"), "closed_unhandled": N_("已了结")}
"""What the sign of a finished case says where it was not struck off."""

LIGHT_HINTS = {
    "red": N_("逾期"),
    "yellow": N_("临近期限"),
    "green": N_("期限内"),
    "paused": N_("挂账"),
    "waiting": N_("待派单、退单"),
    "closed": N_("累计"),
}
ORDER_ROLES = {"lead": N_("主办"), "co": N_("会办"), "territory": N_("属地")}
ORDER_STATES = {
    "open": N_("办理中"),
    "returned": N_("退单待审"),
    "completed": N_("已办结"),
    "cancelled": N_("已撤销"),
}
ORDER_KINDS = {
    "assign": N_("交办"),
    "hotline_desk": N_("专席直接办理"),
    "pooled_list": N_("共性问题清单交办"),
    "supervised": N_("督办交办"),
    "redirect": N_("转其他渠道"),
    "consultation": N_("会商分工"),
    "meeting": N_("会议决定"),
}
CANCEL_CAUSES = {
    "desk": N_("派单席撤销"),
    "merged": N_("因并案"),
    "split": N_("因拆分"),
    "closed_unhandled": N_("因不予办理"),
}
LINKS = {"merged": N_("同一问题"), "repeat": N_("重复诉求")}
BINDINGS = {"contract": N_("领导包案"), "special": N_("专人专办")}
CONSULTATIONS = {
    "consultation": N_("会商"),
    "joint_handling": N_("会办"),
    "four_people": N_("四民会"),
    "on_site": N_("现场办公"),
    "diagnosis": N_("集体会诊"),
}
CLOSE_REASONS = {
    "withdrawn": N_("诉求人撤回"),
    "other-channel": N_("应走其他渠道"),
    "legal-channel": N_("应走法定途径"),
    "emergency": N_("紧急情况，应转110、119、120、122"),
    "impossible": N_("客观上不能办理"),
    "no-matter": N_("经核实不存在"),
}
SEGMENTS = {
    "desk": N_("待派单"),
    "handed_over": N_("待签收"),
    "returned": N_("退单争议"),
    "paused": N_("挂账暂停"),
    "working": N_("办理"),
    "ended": N_("办结后重办前"),
}
SITES = {"inside_wall": N_("企业围墙内，帮办"), "outside_wall": N_("企业围墙外，包办")}
"""围墙内的事帮办，围墙外的事包办 (HA-16)."""

MODES = {"instant": N_("即办"), "fast": N_("快办"), "joint": N_("联办，办结前须会商")}
SERVICE_LINES = {
    "village": N_("帮壮村"),
    "enterprise": N_("帮创新（企业）"),
    "community": N_("帮发展（社区）"),
}
"""HA-02."""

ASKERS = {"resident": N_("居民群众"), "enterprise": N_("企业单位"), "community": N_("村居社区")}
"""HA-12."""

CONFIRMATIONS = {
    "yes": N_("认可办理结果"),
    "no": N_("不认可办理结果"),
    "not_reached": N_("未联系上"),
}
"""诉求人确认, as the unit heard it."""

RESULTS = {
    "solved": N_("已解决"),
    "partly": N_("部分解决"),
    "planned": N_("列入计划"),
    "explained": N_("解释说明"),
    "transferred": N_("转其他渠道"),
    "unsolvable": N_("客观上无法解决"),
}
RETURN_REASONS = {
    "not-ours": N_("职责不符"),
    "wrong-place": N_("属地不符"),
    "unclear": N_("事项不清"),
    "duplicate": N_("重复交办"),
}
REOPEN_REASONS = {
    "spot_check": N_("抽查未过"),
    "false_report": N_("虚报"),
    "relapse": N_("问题复发"),
    "follow_up_failed": N_("回访未过"),
}
BASES = {
    "unit_self": N_("责任单位销号"),
    "office": N_("活动办销号"),
    "follow_up": N_("凭回访销号"),
}
COMMON_STAGES = {
    "declared": N_("已认定"),
    "reported": N_("已上报清单"),
    "assigned": N_("已交办部门"),
    "resolved": N_("已化解"),
}
