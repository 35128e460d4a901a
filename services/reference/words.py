"""The words that every service has for the same codes: roles, channels, clocks; Chinese is the catalogue's key."""

from datetime import datetime

from services.chassis.words import N_
from services.chassis.zone import LOCAL

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
    "org_dept": N_("组织部门"),
    "publicity": N_("宣传部门"),
    "logistics": N_("后勤保障部门"),
    "four_people_chair": N_("四民会商主持人"),
    "auditor": N_("审计员"),
    "admin": N_("管理员"),
}
"""Every role that a person may be given."""

CHANNELS = {
    "visit": N_("走访"),
    "hotline": N_("热线"),
    "web": N_("网上留言"),
    "letter": N_("来信"),
    "petition": N_("信访"),
    "window": N_("窗口"),
    "import": N_("导入"),
}
SCOPES = {"individual": N_("个性问题"), "common": N_("共性问题")}
METHODS = {"phone": N_("电话"), "visit": N_("上门"), "message": N_("短信")}
CLOCK_KINDS = {
    "sign": N_("签收"),
    "contact": N_("联系诉求人"),
    "plan": N_("报送方案"),
    "finish": N_("办结"),
    "findings": N_("即时报"),
    "step": N_("方案节点"),
    "bind": N_("领导包案"),
    "task": N_("计划任务"),
    "promise": N_("承诺兑现"),
    "reply": N_("督办反馈"),
    "rectify": N_("限期整改"),
    "review": N_("挂账复查"),
    "follow_up": N_("回访"),
    "appeal": N_("申诉裁定"),
}
"""Every kind of deadline that is watched; the first four are the dues of an order."""
SATISFACTION = {
    "very": N_("非常满意"),
    "satisfied": N_("满意"),
    "basic": N_("基本满意"),
    "dissatisfied": N_("不满意"),
    "very_dissatisfied": N_("非常不满意"),
    "no_view": N_("未表态"),
}
CALLED_OFF = {
    "reopened": N_("问题已重新办理"),
    "merged": N_("问题已并入另一件"),
    "unhandled": N_("问题不再办理"),
}
"""Why a requester is called back no more."""

SLIP_LEVELS = {
    "prompt": N_("提醒"),
    "blue": N_("蓝色"),
    "orange": N_("橙色"),
    "red": N_("红色"),
    "interview": N_("约谈"),
    "criticise": N_("通报批评"),
    "rectify": N_("限期整改"),
    "accountability": N_("移送问责"),
}
"""How high the matter of a 督办单 stands."""

SLIP_STATES = {"open": N_("待反馈"), "replied": N_("反馈待核查"), "closed": N_("已销督")}
TAKEN = {
    "ordered": N_("已下交办单"),
    "at_work": N_("该单位已有交办单"),
    "not_handed_over": N_("尚未派单，派单时一并落实"),
    "finished": N_("问题已办结，未下交办单"),
    "elsewhere": N_("由派单席另行安排"),
    "incomplete": N_("缺责任人，由派单席补充后下单"),
    "no_designated_lead": N_("须先确定牵头单位"),
    "past": N_("期限已过，未下交办单"),
}
"""What became of a meeting's decision."""


def case_number(programme: str | None, case_no: int | None) -> str:
    """How a case's number is written everywhere."""
    prefix = (programme or "").upper()
    return f"{prefix}-{case_no:04d}" if case_no else prefix


def slip_number(notice_no: int | None, issued_at: datetime) -> str:
    """督办〔2017〕3号."""
    year = issued_at.astimezone(LOCAL).year
    return f"督办〔{year}〕{notice_no}号" if notice_no else f"督办〔{year}〕　号"
