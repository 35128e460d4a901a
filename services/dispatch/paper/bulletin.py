"""本单位办件通报: how one unit's orders went in a period, with words that a person edits. Chinese whoever prints it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.chassis.clock import LOCAL
from services.ui.papers.paper import Heading, Long, Pair, Paper, Row, day

NONE = "——"
DRAFT = "草稿"


@dataclass(frozen=True, slots=True)
class Bulletin:
    """The draft of one period; `summary` and `next_steps` are as the unit's own people left them."""

    unit: str
    since: datetime
    until: datetime
    """The end, not itself counted in."""

    figures: Mapping[str, int]
    categories: Sequence[tuple[str, int, int]]
    """Name, received, done."""

    late: Sequence[str]
    summary: str
    next_steps: str


def share(part: int, whole: int) -> str:
    """Nothing of nothing is no share."""
    return f"{part * 100 / whole:.1f}%" if whole else NONE


def period(since: datetime, until: datetime) -> str:
    """7月1日至7月17日, with the years where they differ from one another or the year once."""
    last = until.astimezone(LOCAL) - timedelta(seconds=1)
    first = since.astimezone(LOCAL)
    end = f"{last.month}月{last.day}日" if first.year == last.year else day(last)
    return f"{day(first)}至{end}"


def summary(unit: str, since: datetime, until: datetime, f: Mapping[str, int]) -> str:
    """What the figures say, as a first draft; numbers as in the table, no judgement."""
    said = [
        f"{period(since, until)}，{unit}上期结转交办单{f['carried']}张，新收{f['received']}张"
        + (f"（其中重办{f['again']}张）" if f["again"] else "")
        + f"，办结{f['completed']}张，期末在办{f['open']}张。",
    ]
    if f["signed"]:
        said.append(f"签收{f['signed']}张，按时签收率{share(f['signed_in_time'], f['signed'])}。")
    if f["completed"]:
        in_time, solved = (share(f[name], f["completed"]) for name in ("finished_in_time", "solved"))
        said.append(f"办结的交办单中，按时办结率{in_time}，已解决{f['solved']}张，解决率{solved}。")
    if f["returned"]:
        said.append(f"退单{f['returned']}张。")
    said.append(
        f"期末逾期未办结{f['overdue']}张，须逐张说明原因、明确责任人和办结时间。"
        if f["overdue"]
        else "期末没有逾期未办结的交办单。"
    )
    return "".join(said)


def bulletin_paper(b: Bulletin) -> Paper:
    """The form; it has no number, because the unit gives it one when it is published."""
    f = b.figures
    rows: list[Row] = [
        Pair(("统计期间", period(b.since, b.until)), ("承办单位", b.unit)),
        Pair(("上期结转", f"{f['carried']}张"), ("本期新收", f"{f['received']}张")),
        Pair(("本期办结", f"{f['completed']}张"), ("期末在办", f"{f['open']}张")),
        Pair(
            ("按时签收率", share(f["signed_in_time"], f["signed"])),
            ("按时办结率", share(f["finished_in_time"], f["completed"])),
        ),
        Pair(("解决率", share(f["solved"], f["completed"])), ("逾期未办结", f"{f['overdue']}张")),
        Heading("情况"),
        Long("综述", b.summary or NONE),
        Long("分类情况", "；".join(f"{name}：新收{new}张，办结{done}张" for name, new, done in b.categories) or NONE),
        Long("逾期未\n办结", "\n".join(b.late) or "无"),
        Long("下步打算", b.next_steps, grow=1, lines=0 if b.next_steps else 3),
    ]
    last = b.until.astimezone(LOCAL) - timedelta(seconds=1)
    return Paper(
        issuer=b.unit,
        title="办件情况通报",
        number=f"〔{last.year}〕　号",
        rows=tuple(rows),
        signature=f"{b.unit}（章）\n{day(last)}",
        issued_at=last,
        mark=DRAFT,
    )
