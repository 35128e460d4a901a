"""What a 通报 says on paper (R12), field by field. Its words are Chinese whoever prints it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.ui.papers.paper import Heading, Long, Pair, Paper, Row, day, minute

TITLES = {"commend": "通报表彰", "criticise": "通报批评", "expose": "通报曝光"}
OPINIONS = {"commend": "表彰意见", "criticise": "通报意见\n和要求", "expose": "通报意见\n和要求"}
NONE = "——"
PREVIEW, WITHDRAWN = "预览", "已撤回"


@dataclass(frozen=True, slots=True)
class Reason:
    """One ground in words: its name, what is said of it, the indicator with its value, the numbers of the cases."""

    name: str
    text: str
    indicator: str
    cases: Sequence[str]


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One notice, with everything that R12 asks for."""

    number: str
    issued_at: datetime
    issuer: str
    kind: str
    programme: str
    targets: Sequence[str]
    reasons: Sequence[Reason]
    scope: str
    text: str
    rectify_by: datetime | None = None
    mark: str = ""
    withdrawn: str = ""
    """When and why it was withdrawn."""


def number(bulletin_no: int | None, issued_at: datetime) -> str:
    """通报〔2017〕3号; without a number while it is a draft."""
    year = day(issued_at).partition("年")[0]
    return f"通报〔{year}〕{bulletin_no}号" if bulletin_no else f"通报〔{year}〕　号"


def bulletin_paper(bulletin: Bulletin) -> Paper:
    """The form: who, on which grounds, resting on what, and until when it is put right."""
    rows: list[Row] = [
        Pair(("通报类型", TITLES[bulletin.kind]), ("通报范围", bulletin.scope)),
        Long("活动", bulletin.programme),
        Long("通报对象", "、".join(bulletin.targets)),
        Heading("事由及依据"),
    ]
    for place, reason in enumerate(bulletin.reasons, start=1):
        rows.append(Long(f"事由{place}", "：".join(part for part in (reason.name, reason.text) if part)))
        rows.append(Long("依据", _basis(reason)))
    rows.append(Heading("意见"))
    rows.append(Long(OPINIONS[bulletin.kind], bulletin.text or NONE))
    if bulletin.kind != "commend":
        rows.append(Long("整改时限", f"{minute(bulletin.rectify_by)}前" if bulletin.rectify_by else NONE))
    if bulletin.withdrawn:
        rows.append(Long("撤回", bulletin.withdrawn))
    return Paper(
        issuer=bulletin.issuer,
        title=TITLES[bulletin.kind],
        number=bulletin.number,
        rows=tuple(rows),
        signature=f"{bulletin.issuer}（章）\n{day(bulletin.issued_at)}",
        issued_at=bulletin.issued_at,
        mark=bulletin.mark,
    )


def _basis(reason: Reason) -> str:
    cases = f"问题{len(reason.cases)}件：{'、'.join(reason.cases)}" if reason.cases else ""
    return "；".join(part for part in (reason.indicator, cases) if part) or NONE
