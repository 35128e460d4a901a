"""What a 交办单 says (R01), field by field, and the form that it makes. Its words are Chinese whoever prints it."""

from dataclasses import dataclass
from datetime import datetime

from services.ui.papers.paper import Heading, Long, Pair, Paper, Row, day, minute

TITLE = "问题交办单"
PREVIEW = "预览"
CANCELLED = "已撤销"
WITHHELD = "依规定不在纸面显示，凭问题编号在系统内查阅"
"""Names and phones of citizens never leave the service that registered them; nor do they on paper (可隐)."""

NOTE = "本单一式两份，交办单位、承办单位各存一份。凭问题编号可在系统内核对全程记录。"
NONE = "——"
NOT_YET = "（交办后编号）"


@dataclass(frozen=True, slots=True)
class OrderSheet:
    """One order, with everything that R01 asks for. Empty fields of the lower half are filled in by pen."""

    order_no: int | None
    """None for a preview: numbers are given by the log."""

    issued_at: datetime
    issuer: str
    unit: str
    role: str
    round: int
    case_number: str
    source: str
    received_at: datetime
    visited_by: str
    place: str
    title: str
    text: str
    category: str
    scope: str
    urgency: str
    instruction: str
    outcome: str
    person: str
    leader: str
    dept: str
    tracker: str
    sign_by: datetime | None
    contact_by: datetime | None
    plan_by: datetime | None
    finish_by: datetime
    finish_now: datetime | None = None
    """The deadline in force, where it was moved since."""

    signed: str = ""
    signed_at: datetime | None = None
    handled: str = ""
    completed_at: datetime | None = None
    opinion: str = ""
    mark: str = ""


def number(order_no: int | None, issued_at: datetime) -> str:
    """交办〔2017〕12号."""
    year = day(issued_at).partition("年")[0]
    return f"交办〔{year}〕{order_no}号" if order_no else f"交办〔{year}〕　号{NOT_YET}"


def order_paper(sheet: OrderSheet) -> Paper:
    """The form: who and what above, what has become of it below."""
    return Paper(
        issuer=sheet.issuer,
        title=TITLE,
        number=number(sheet.order_no, sheet.issued_at),
        rows=(*_above(sheet), Heading("以下由承办单位填写"), *_below(sheet)),
        signature=f"{sheet.issuer}（章）\n{day(sheet.issued_at)}",
        issued_at=sheet.issued_at,
        note=NOTE,
        mark=sheet.mark,
    )


def _above(sheet: OrderSheet) -> tuple[Row, ...]:
    source = f"{sheet.source}（{day(sheet.received_at)}）"
    role = sheet.role if sheet.round == 1 else f"{sheet.role}（第{sheet.round}轮）"
    return (
        Pair(("问题编号", sheet.case_number), ("交办单位", sheet.issuer)),
        Pair(("承办单位", sheet.unit), ("承办角色", role)),
        Pair(("问题来源", source), ("走访单位\n及人员", sheet.visited_by or NONE)),
        Pair(("诉求人", WITHHELD), ("问题地点", sheet.place or NONE)),
        Pair(("问题类别", sheet.category or NONE), ("性质", _joined(sheet.scope, sheet.urgency) or NONE)),
        Long("问题内容", _content(sheet)),
        Long("办理要求", sheet.instruction or NONE),
        Long("预期成效", sheet.outcome or NONE),
        Pair(("责任人", _joined(sheet.person, sheet.dept) or NONE), ("责任领导", sheet.leader or NONE)),
        Pair(("签收期限", _by(sheet.sign_by)), ("联系期限", _by(sheet.contact_by))),
        Pair(("方案期限", _by(sheet.plan_by)), ("办结期限", _finish(sheet))),
        Pair(("交办日期", day(sheet.issued_at)), ("跟踪人", sheet.tracker)),
    )


def _below(sheet: OrderSheet) -> tuple[Row, ...]:
    signed = "\n".join(part for part in (sheet.signed, minute(sheet.signed_at) if sheet.signed_at else "") if part)
    completed = day(sheet.completed_at) if sheet.completed_at else ""
    return (
        Pair(("签收人\n及时间", signed), ("办结日期", completed)),
        Long("办理情况", sheet.handled, grow=0 if sheet.completed_at else 3, lines=0 if sheet.handled else 3),
        Long("诉求人\n意见", sheet.opinion, grow=1, lines=0 if sheet.opinion else 2),
        Long("负责人\n签字", "", grow=1, lines=1),
    )


def _content(sheet: OrderSheet) -> str:
    """Many requests repeat their title as their first words."""
    return sheet.text if sheet.text.startswith(sheet.title) else f"{sheet.title}\n{sheet.text}"


def _finish(sheet: OrderSheet) -> str:
    first = minute(sheet.finish_by)
    if sheet.finish_now is None or sheet.finish_now == sheet.finish_by:
        return first
    return f"{first}\n（现为{minute(sheet.finish_now)}）"


def _by(moment: datetime | None) -> str:
    return NONE if moment is None else minute(moment)


def _joined(*words: str) -> str:
    return "　".join(word for word in words if word)
