"""The words for codes on supervision's screens; Chinese is the catalogue's key."""

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
}
CLOCK_KINDS = {"sign": N_("签收"), "contact": N_("联系诉求人"), "plan": N_("报送方案"), "finish": N_("办结")}
SATISFACTION = {
    "very": N_("非常满意"),
    "satisfied": N_("满意"),
    "basic": N_("基本满意"),
    "dissatisfied": N_("不满意"),
    "very_dissatisfied": N_("非常不满意"),
    "no_view": N_("未表态"),
}
VERDICTS = {"pass": N_("通过"), "fail": N_("未通过，重办"), "unreachable": N_("未联系上")}
VERDICT_TONES = {"pass": "good", "fail": "bad", "unreachable": "plain"}
METHODS = {"phone": N_("电话"), "visit": N_("上门"), "message": N_("短信")}
LEGS = {"requester": N_("诉求人"), "department": N_("部门方"), "territory": N_("属地方")}


def number(programme: str | None, case_no: int) -> str:
    """A case's number as people write it."""
    return f"{(programme or '').upper()}-{case_no:04d}"
