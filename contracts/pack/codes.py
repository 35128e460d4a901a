"""The words that every pack may use: roles, reports, indicators, order fields, levels; packs add their own."""

from typing import Literal, get_args

ROLES: dict[str, str] = {
    "requester": "诉求人",
    "visitor": "走访人",
    "liaison": "联络员",
    "grid_worker": "网格员",
    "intake_clerk": "受理员",
    "desk_agent": "专席坐席",
    "first_responder": "首问责任人",
    "dispatcher": "交办员",
    "unit_clerk": "承办单位收文员",
    "unit_leader": "承办单位负责人",
    "work_group_lead": "工作组牵头部门",
    "programme_office": "活动办公室",
    "leading_group": "活动领导小组",
    "supervisor": "督查室",
    "discipline": "纪检监察组",
    "org_dept": "组织部门",
    "publicity": "宣传部门",
    "logistics": "后勤保障部门",
    "auditor": "审计员",
}
"""Roles known without a pack, with plain names; `[role_names]` renames them and adds others."""

ISSUERS: frozenset[str] = frozenset({"dispatcher", "work_group_lead", "programme_office"})
"""Roles of the desk: only they can be the ones who issue orders or decide where no rule does."""

REVIEWERS: frozenset[str] = frozenset({"supervisor", "discipline", "programme_office"})
"""Roles that look behind the work of units: only they can be the ones who call requesters back."""

SCOPES: dict[str, str] = {"individual": "个性", "common": "共性"}

URGENCIES: dict[str, str] = {
    "emergency": "突发",
    "timely": "及时",
    "normal": "一般",
    "complex": "复杂疑难",
    "planned": "限期",
    "petition": "信访",
}

MISCONDUCT: dict[str, str] = {
    "weak_handling": "解决不力",
    "falsification": "弄虚作假",
    "false_report": "虚报瞒报",
}

FALSIFICATION = "falsification"
"""What a report that was made up always is, whatever else a programme names."""

CALENDARS: frozenset[str] = frozenset({"CN@1"})
"""Country and revision of the day tables at hand; a corrected table gets a new revision, never a new meaning."""

REPORTS: frozenset[str] = frozenset(f"R{n:02}" for n in range(1, 25))

KPIS: frozenset[str] = frozenset(f"K{n:02}" for n in range(1, 37)) | {
    f"{kpi}{variant}" for kpi in ("K06", "K14", "K16", "K23") for variant in "ab"
}

NUMBERS: dict[str, str] = {
    "cases": "问题数",
    "solved": "已解决",
    "solved_share": "解决率（%）",
    "struck_off": "已销号",
    "requests": "诉求数",
    "visits": "走访次数",
    "person_visits": "走访人次",
    "unit_visits": "走访单位次数",
    "households": "走访户数",
    "enterprises": "走访企业数",
    "interviewees": "访谈人数",
    "examples": "典型案例数",
}
"""What a programme's sentence (R19) may speak of, counted from its beginning (K01 to K04, K13, K16)."""

PLACES: dict[str, str] = {
    "desk": "desk",
    "responsible_local": "territory",
    "responsible_district": "directory",
    "functional_department": "directory",
    "community": "territory",
    "work_group_lead": "work_group",
}
"""How a route's role is found among the units, unless the pack's `[places]` says otherwise:
`desk` the unit of that level, `territory` the request's, `directory` by 派单目录 and duties, `work_group` whoever
hands over, `grid:LAYER` the unit of the cell it lies in, `unit:CODE` one unit for good."""

ORDER_FIELDS: dict[str, str] = {
    "responsible_person_id": "责任人",
    "responsible_leader": "责任领导",
    "responsible_dept": "责任部门",
    "finish_by": "交办期限",
    "expected_outcome": "预期成效",
    "instruction": "办理要求",
}
"""Fields of an order that a pack may demand when it is issued."""

PLAN_FIELDS: dict[str, str] = {
    "responsible_person_id": "责任人",
    "responsible_leader": "责任领导",
    "responsible_dept": "责任部门",
    "measures": "化解措施",
    "resolve_by": "化解时限",
}
"""Fields of a handling plan that a pack may demand."""

ReturnReason = Literal["not-ours", "wrong-place", "unclear", "duplicate"]
"""Why a unit returns an order; a pack says with which of them it must name the unit whose the order is."""

RETURN_REASONS: frozenset[str] = frozenset(get_args(ReturnReason))

PLAN_PARTS: dict[str, str] = {"task_book": "任务书", "road_map": "路线图", "timetable": "时间表"}

LEVELS: dict[str, str] = {
    "prompt": "提醒",
    "blue": "蓝色督办单",
    "orange": "橙色督办单",
    "red": "红色督办单",
    "interview": "约谈",
    "criticise": "通报批评",
    "rectify": "限期整改",
    "accountability": "移送问责",
}
"""The ladder's steps, lowest first; a pack picks some, in this or its own order."""

DIRECT: frozenset[str] = frozenset({"leader_instruction", "important", "special"})
"""Grounds besides misconduct that enter the ladder directly."""

Satisfaction = Literal["very", "satisfied", "basic", "dissatisfied", "very_dissatisfied", "no_view"]

SATISFACTION: dict[str, str] = {
    "very": "非常满意",
    "satisfied": "满意",
    "basic": "基本满意",
    "dissatisfied": "不满意",
    "very_dissatisfied": "非常不满意",
    "no_view": "不表态",
}
"""What a requester answers, best first; `no_view` is an answer, but no view."""

SATISFACTION_RANK: dict[str, int] = {
    "very": 5,
    "satisfied": 4,
    "basic": 3,
    "dissatisfied": 2,
    "very_dissatisfied": 1,
}
"""The order of the views; `no_view` has no rank."""
