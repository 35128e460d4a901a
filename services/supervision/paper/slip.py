"""What a 督办单 says (R10), field by field, and the form that it makes. Its words are Chinese whoever prints it."""

from dataclasses import dataclass
from datetime import datetime

from services.reference.words import slip_number
from services.ui.papers.paper import Heading, Long, Pair, Paper, day, minute

TITLES = {"prompt": "督办提醒单", "blue": "蓝色督办单", "orange": "橙色督办单", "red": "红色督办单"}
"""A matter that rose above the slips keeps its last slip's form and says how high it stands."""

NOTE = "被督办单位应在反馈时限前在系统内反馈，由其他单位核查。"
NONE = "——"


@dataclass(frozen=True, slots=True)
class Slip:
    """One 督办单, with everything that R10 asks for."""

    notice_no: int | None
    issued_at: datetime
    issuer: str
    slip: str
    """The level of the form itself."""

    level: str
    """How high the matter stands now, in words."""

    matter: str
    source: str
    unit: str
    leader: str
    first_order: str
    problem: str
    requirements: str
    reply_by: datetime | None
    cc: str
    reply: str = ""
    opinion: str = ""
    closed_at: datetime | None = None


def slip_paper(slip: Slip) -> Paper:
    """The form: what is asked above, what was answered below."""
    return Paper(
        issuer=slip.issuer,
        title=TITLES[slip.slip],
        number=slip_number(slip.notice_no, slip.issued_at),
        rows=(
            Pair(("督办级别", slip.level), ("督办来源", slip.source)),
            Pair(("承办单位", slip.unit), ("责任领导", slip.leader or NONE)),
            Long("督办事项", slip.matter),
            Long("首次交办\n及期限", slip.first_order or NONE),
            Long("存在问题", slip.problem),
            Long("督办要求", slip.requirements),
            Pair(("反馈时限", minute(slip.reply_by) if slip.reply_by else NONE), ("抄送", slip.cc or NONE)),
            Heading("以下由承办单位和核查单位填写"),
            Long("反馈情况", slip.reply, grow=0 if slip.reply else 3, lines=0 if slip.reply else 4),
            Long("核查意见", slip.opinion, grow=0 if slip.opinion else 2, lines=0 if slip.opinion else 3),
            Pair(("销督日期", day(slip.closed_at) if slip.closed_at else ""), ("核查人\n签字", "")),
        ),
        signature=f"{slip.issuer}（章）\n{day(slip.issued_at)}",
        issued_at=slip.issued_at,
        note=NOTE,
    )
