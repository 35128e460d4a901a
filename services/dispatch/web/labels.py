"""The words for the codes that only dispatch shows: steps, results, reasons; Chinese is the catalogue's key."""

from services.ui.i18n import N_

STEPS = {
    "registered": N_("待交办"),
    "issued": N_("待签收"),
    "handling": N_("办理中"),
    "returned": N_("退单待审"),
    "suspended": N_("挂账"),
    "completed": N_("已办结"),
    "struck_off": N_("已销号"),
}
STEP_TONES = {
    "registered": "warn",
    "issued": "warn",
    "handling": "info",
    "returned": "bad",
    "suspended": "plain",
    "completed": "good",
    "struck_off": "good",
}
STEPPER = (N_("收集"), N_("交办"), N_("签收"), N_("办理"), N_("办结"), N_("回访"), N_("销号"))
STEPPER_AT = {
    "registered": 1,
    "issued": 2,
    "returned": 2,
    "handling": 3,
    "suspended": 3,
    "completed": 5,
    "struck_off": len(STEPPER),
}
"""Where the stepper stands; a completed case waits for its follow-up or its strike-off."""

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
