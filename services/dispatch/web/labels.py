"""The words for codes: roles, steps, results, channels; Chinese is the catalogue's key."""

from services.ui.i18n import N_

ROLE_NAMES = {
    "visitor": N_("走访干部"),
    "intake_clerk": N_("受理员"),
    "dispatcher": N_("派单席"),
    "programme_office": N_("活动办"),
    "work_group_lead": N_("工作组牵头部门"),
    "unit_clerk": N_("承办单位收文员"),
    "unit_leader": N_("承办单位负责人"),
    "supervisor": N_("督查室"),
    "discipline": N_("纪检监察组"),
    "leading_group": N_("领导小组"),
    "auditor": N_("审计员"),
    "admin": N_("管理员"),
    "system": N_("系统"),
}
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
ORDER_KINDS = {
    "assign": N_("交办"),
    "hotline_desk": N_("转专席"),
    "pooled_list": N_("统筹交办"),
    "supervised": N_("督办"),
}
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
CHANNELS = {
    "visit": N_("走访"),
    "hotline": N_("热线"),
    "web": N_("网上留言"),
    "letter": N_("来信"),
    "petition": N_("信访"),
    "window": N_("窗口"),
    "import": N_("导入"),
}
METHODS = {"phone": N_("电话"), "visit": N_("上门"), "message": N_("短信")}
CLOCKS = {"sign": N_("签收"), "contact": N_("联系诉求人"), "plan": N_("报方案"), "finish": N_("办结")}
SATISFACTION = {
    "very": N_("非常满意"),
    "satisfied": N_("满意"),
    "basic": N_("基本满意"),
    "dissatisfied": N_("不满意"),
    "very_dissatisfied": N_("非常不满意"),
    "no_view": N_("不表态"),
}
SCOPES = {"individual": N_("个性问题"), "common": N_("共性问题")}
BASES = {
    "unit_self": N_("责任单位销号"),
    "office": N_("活动办销号"),
    "follow_up": N_("凭回访销号"),
}


def number(programme: str, case_no: int | None) -> str:
    """How a case's number is written everywhere."""
    return f"{programme.upper()}-{case_no:04d}" if case_no else programme.upper()
