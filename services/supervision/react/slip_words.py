"""What a slip that a rule issues says: official Chinese whoever reads it, without any words of citizens."""

from contracts.supervision import (
    ClockKind,
    DeadlineBreached,
    FollowUpConducted,
    MisreportEstablished,
    SpotCheckConducted,
)
from services.ui.papers.paper import day, minute

KINDS: dict[ClockKind, str] = {
    "sign": "签收",
    "contact": "联系诉求人",
    "plan": "报送办理方案",
    "finish": "办结",
    "findings": "报送研判（即时报）",
    "step": "完成方案节点",
    "bind": "明确包案领导",
    "review": "挂账复查",
    "task": "完成计划任务",
    "promise": "兑现承诺",
    "reply": "反馈督办单",
    "rectify": "报告整改",
    "follow_up": "回访",
    "appeal": "裁定申诉",
}
SAID = {
    "very": "非常满意",
    "satisfied": "满意",
    "basic": "基本满意",
    "dissatisfied": "不满意",
    "very_dissatisfied": "非常不满意",
    "no_view": "未表态",
}

Words = tuple[str, str]
"""The problem, and what is required."""


def breach_words(e: DeadlineBreached) -> Words:
    done = KINDS[e.kind]
    said = f"{done}期限（{minute(e.due)}）已过，系统中没有{done}记录。"
    if e.order_id is not None:
        return said, "请说明逾期原因、目前进展和完成时间，并尽快办理。"
    return said, "请说明逾期原因和完成时间，并尽快落实。"


def slow_words(heard: str, limit: str) -> Words:
    return (
        f"自{heard}起没有任何办理记录，已超过方案规定的{limit}。",
        "请说明进展缓慢的原因和下一步安排，并在系统中报送进展。",
    )


def follow_up_words(e: FollowUpConducted, rounds: int) -> Words:
    parts = ["问题没有解决" if not e.solved else "问题已解决"]
    if e.satisfaction:
        parts.append(f"诉求人{SAID[e.satisfaction]}")
    return (
        f"第{e.round}轮回访未通过：{'，'.join(parts)}；累计{rounds}轮未通过。",
        "请重新办理，直到问题解决、诉求人认可，并说明本轮未通过的原因。",
    )


def check_words(e: SpotCheckConducted) -> Words:
    return f"{day(e.checked_at)}抽查未通过：{e.finding}", "请对照抽查情况重新办理，并说明原因。"


def misreport_words(e: MisreportEstablished) -> Words:
    return f"查实虚假反馈：{e.finding}", "请如实说明情况，立即纠正，并由主要负责人签署反馈。"
