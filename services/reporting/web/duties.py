"""R04, R08, R16 and R21 in words: the same lines for page and file; names are filled in for the reader."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request

from contracts.pack import Pack, Quota
from services.reference.owed import counted
from services.reference.programmes import ActivePack
from services.reporting.domain.canonical import Cell
from services.reporting.web import telling
from services.reporting.web.labels import DASH, REPORT_WORDS
from services.reporting.web.lined import Line, Names, Row, Words, cell, share
from services.reporting.web.reads import reads
from services.reporting.web.section import Section
from services.ui.i18n import N_
from services.ui.i18n import gettext as _

MODES = {"one_to_one": N_("一对一"), "many_to_one": N_("多对一")}


async def names_for(request: Request, active: ActivePack, report: str, rows: Sequence[Row]) -> Names:
    found = reads(request)
    asked = {one for row in rows for one in WORDS[report].persons(row)}
    return Names(await found.directory.unit_names(), await found.directory.person_names(asked), active.pack)


def heads(report: str, pack: Pack) -> list[str]:
    return WORDS[report].heads(pack)


def lines(report: str, rows: Sequence[Row], names: Names) -> list[Line]:
    return [WORDS[report].line(row, names) for row in rows]


async def section(request: Request, active: ActivePack, report: str, title: str, rows: Sequence[Row]) -> Section:
    """The rows as a page shows them."""
    names = await names_for(request, active, report, rows)
    words = heads(report, active.pack)
    made = lines(report, rows, names)
    number = [
        bool(made) and all(isinstance(line[at], int) or _figure(line[at]) for line in made) for at in range(len(words))
    ]
    shown = [_cells(row, line, number) for row, line in zip(rows, made, strict=True)]
    return Section(title, "", list(zip(words, number, strict=True)), shown)


def _figure(text: str | int) -> bool:
    """Whether a cell stands under a head of numbers."""
    return text == DASH or str(text)[:1].isdigit()


def _cells(row: Row, line: Line, number: Sequence[bool]) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = [
        {"text": text, "num": is_number, "href": None, "tone": None}
        for text, is_number in zip(line, number, strict=True)
    ]
    verdict = row.get("met", row.get("within"))
    if verdict in ("yes", "no"):
        for cell in cells:
            if cell["text"] in (_(REPORT_WORDS["met"]), _(REPORT_WORDS["unmet"])):
                cell["tone"] = "good" if verdict == "yes" else "warn"
    return cells


def _quotas(pack: Pack, per: str) -> list[Quota]:
    return [row for row in counted(pack) if row.per == per and (per == "programme" or row.owed_by == "person")]


def _verdict(value: Cell) -> str:
    """达标 or not; of a total how many of how many; a dash where nothing is asked."""
    if value is None:
        return DASH
    return _(REPORT_WORDS[{"yes": "met", "no": "unmet"}[str(value)]]) if value in ("yes", "no") else str(value)


def _of(row: Row, kind: str, need: Cell = None) -> str:
    """3/3, and what came too late beside it."""
    done, late = row[kind], row.get(f"{kind}/late")
    if done is None:
        return DASH
    shown = str(done) if need is None else f"{done}/{need}"
    return f"{shown}（{_('迟 %(n)s', n=late)}）" if late else shown


# R21


def _r21_heads(pack: Pack) -> list[str]:
    duties = [f"{row.title}/{row.need}" for row in _quotas(pack, "month")]
    return [_("干部"), _("单位"), *duties, _("达标否"), _("累计完成"), _("累计应完成"), _("累计完成率")]


def _r21_line(row: Row, names: Names) -> Line:
    total = row["row"] == "total"
    who = _(REPORT_WORDS["total"]) if total else names.person(row["person"])
    cells = [_of(row, one.kind) for one in _quotas(names.pack, "month")]
    return [
        who,
        names.unit(row),
        *cells,
        _verdict(row["met"]),
        cell(row["done"]),
        cell(row["need"]),
        share(row["share"]),
    ]


# R16


def _r16_heads(pack: Pack) -> list[str]:
    duties = [f"（{n}）{row.title}" for n, row in enumerate(_quotas(pack, "programme"), start=1)]
    return [_("单位"), *duties, _("材料篇数"), _("完成率"), _("缺项"), _("未完成人员")]


def _r16_line(row: Row, names: Names) -> Line:
    titles = {one.kind: one.title for one in _quotas(names.pack, "programme")}
    missing = [titles.get(kind, kind) for kind in str(row["missing"] or "").split()]
    without = [names.person(one) for one in _without(row)]
    return [
        _(REPORT_WORDS["total"]) if row["row"] == "total" else names.unit(row),
        *(_of(row, kind, row[f"{kind}/need"]) for kind in titles),
        cell(row["papers"]),
        share(row["share"]),
        "、".join(missing) or DASH,
        "、".join(without) or DASH,
    ]


def _without(row: Row) -> list[str]:
    return str(row["without"] or "").split()


# R08


def _r08_heads(pack: Pack) -> list[str]:
    names = (N_("干部或单位"), N_("单位"), N_("职级"), N_("结对类别"), N_("结对方式"), N_("应结对数"), N_("实结对数"))
    return [_(one) for one in (*names, N_("联系卡发放"), N_("本月联系次数"), N_("达标否"))]


def _r08_line(row: Row, names: Names) -> Line:
    kinds = {one.kind: one.name or one.kind for one in names.pack.lists.pairing}
    total = row["row"] == "total"
    owner = names.person(row["owner"]) if row["row"] == "person" else names.unit(row)
    cards = cell(row["cards"])
    if total and row["cards"] is not None:
        cards = f"{cards}（{share(row['cards_share'])}）"
    return [
        _(REPORT_WORDS["total"]) if total else owner,
        names.unit(row),
        cell(row["rank"]),
        kinds.get(str(row["kind"]), str(row["kind"])),
        _(MODES[str(row["mode"])]) if row["mode"] else DASH,
        bounds(row["least"], row["most"]),
        cell(row["paired"]),
        cards,
        cell(row["contacts"]),
        _within(row) if total else _verdict(row["within"]),
    ]


def _within(row: Row) -> str:
    """590/617（95.62%，应达 95.00%，达标）; a dash where the pack asks for no number of pairs."""
    if row["within"] is None:
        return DASH
    said = [share(row["share"])]
    if row["target"] is not None:
        said += [_("应达 %(share)s", share=share(row["target"])), _verdict(row["met"])]
    return f"{row['within']}（{'，'.join(said)}）"


# R04


def _r04_heads(pack: Pack) -> list[str]:
    points = (N_("挂钩点数"), N_("已走访点数"), N_("走访率"))
    first = (N_("组别"), N_("负责人"), N_("联络员"), *points, N_("本月走访人次"), N_("访谈人数"))
    said = (N_("本月完成情况"), N_("下月计划安排"))
    last = (N_("本月汇总问题"), N_("本月解决"), *said, N_("与上月比"), N_("排名"))
    return [*(_(one) for one in first), *pack.taxonomy.interviewees, *(_(one) for one in last)]


def _r04_line(row: Row, names: Names) -> Line:
    talked = [cell(row[f"talked/{one}"]) for one in names.pack.taxonomy.interviewees]
    change = row["change"]
    return [
        _(REPORT_WORDS["total"]) if row["row"] == "total" else names.units.get(str(row["group"]), str(row["group"])),
        *(DASH if row[one] is None else names.person(row[one]) for one in ("head", "liaison")),
        cell(row["points"]),
        cell(row["seen"]),
        share(row["seen_share"]),
        cell(row["visits"]),
        cell(row["talked"]),
        *talked,
        cell(row["issues"]),
        cell(row["solved"]),
        cell(row["done"]),
        cell(row["plan"]),
        DASH if change is None else f"{'' if str(change).startswith('-') else '+'}{change}%",
        cell(row["rank"]),
    ]


def bounds(least: Cell, most: Cell) -> str:
    """10–15, ≥1, ≤3; a dash where nothing is asked."""
    if least and most:
        return f"{least}–{most}"
    return f"≥{least}" if least else f"≤{most}" if most else DASH


WORDS: Mapping[str, Words] = {
    "R04": Words(
        _r04_heads,
        _r04_line,
        lambda row: [str(row[one]) for one in ("head", "liaison") if row[one] is not None],
        N_("各组为在会上汇报的单位（方案没有规定的，为有结对的单位），送各组负责人。点为该组及其人员的结对对象；走访人次为该组人员当月见到人的走访；问题为走访中听到的诉求，解决为其中本期解决的问题。按走访率、再按走访人次排名。"),
        lambda pack: (len(_r04_heads(pack)) - 4, len(_r04_heads(pack)) - 3),
    ),
    "R08": Words(
        _r08_heads,
        _r08_line,
        lambda row: [str(row["owner"])] if row["row"] == "person" else [],
        N_("截至统计日仍在的结对；本月联系次数为当月见到结对对象的走访。合计为达标人数和比例（结对率），联系卡为已发卡的结对对象数和比例（发卡率），多人结对同一对象的计一个。"),
    ),
    "R16": Words(
        _r16_heads,
        _r16_line,
        _without,
        N_("每格为已完成／应完成：由单位完成的计次数，由个人完成的计人数。期限后完成的另记「迟」，不算完成。完成率逐项封顶。"),
        lambda pack: (len(_r16_heads(pack)) - 2, len(_r16_heads(pack)) - 1),
    ),
    "R18": telling.R18,
    "R19": telling.R19,
    "R21": Words(
        _r21_heads,
        _r21_line,
        lambda row: [str(row["person"])] if row["person"] is not None else [],
        N_("各项为当月实际完成数，不封顶；登记过迟的另记「迟」，不算完成。累计为活动开始以来各月，逐项封顶。"),
    ),
}  # fmt: skip
