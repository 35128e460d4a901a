"""The weekly analysis in words: the same lines for the page, with a link behind every number, and for the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from services.reference.programmes import ActivePack
from services.reporting.domain.canonical import Cell
from services.reporting.domain.r14 import COUNTED
from services.reporting.web.labels import DASH
from services.reporting.web.reads import reads
from services.reporting.web.section import Section
from services.ui.i18n import N_
from services.ui.i18n import gettext as _

Row = Mapping[str, Cell]

SECTIONS = {
    "volume": (N_("本周诉求量"), N_("按登记时间计入，不论渠道。")),
    "category": (N_("前十类别"), N_("已立案的按问题的类别，未立案的按登记时的类别。")),
    "focus": (N_("重点关注"), N_("方案列明的重点关注事项，没有诉求的也列出。")),
    "place": (N_("热点楼院"), N_("按诉求所在社区（村），没有的按属地单位；达到方案规定件数的列出。")),
    "repeat": (N_("重复诉求"), N_("与已有问题为同一事项再次反映的。")),
    "rising": (N_("苗头问题"), N_("同一地点同一类别，本周达到方案规定件数且成倍多于上周的。")),
    "common": (N_("共性问题建议"), N_("系统提示、尚待人工认定的，以及本周认定的。")),
    "decision": (N_("上周会商事项落实"), N_("上周会商、例会记录的决定事项，按责任单位交办单的办结情况。")),
}

HEADS = {
    "volume": (N_("诉求"), N_("本周"), N_("上周"), N_("环比")),
    "category": (N_("类别"), N_("本周"), N_("上周"), N_("环比"), N_("占比")),
    "focus": (N_("重点关注"), N_("本周"), N_("上周"), N_("环比"), N_("占比")),
    "place": (N_("地点"), N_("本周"), N_("上周"), N_("环比"), N_("占比")),
    "repeat": (N_("诉求"), N_("本周"), N_("上周"), N_("环比"), N_("占比")),
    "rising": (N_("类别"), N_("地点"), N_("本周"), N_("上周")),
    "common": (N_("共性问题"), N_("类别"), N_("区域"), N_("涉及问题"), N_("状态")),
    "decision": (N_("决定事项"), N_("责任单位"), N_("期限"), N_("涉及问题"), N_("已办结"), N_("落实情况")),
}
CELLS = {
    "volume": ("what", "n", "before", "change"),
    "category": ("category", "n", "before", "change", "share"),
    "focus": ("key", "n", "before", "change", "share"),
    "place": ("unit", "n", "before", "change", "share"),
    "repeat": ("what", "n", "before", "change", "share"),
    "rising": ("category", "unit", "n", "before"),
    "common": ("text", "category", "unit", "n", "state"),
    "decision": ("text", "unit", "due", "n", "done", "state"),
}
NUMBERS = frozenset({"n", "before", "change", "share", "done"})

STATES = {
    "proposed": (N_("待认定"), "warn"),
    "declared": (N_("已认定"), "info"),
    "reported": (N_("已上报"), "info"),
    "assigned": (N_("已交办"), "info"),
    "resolved": (N_("已解决"), "good"),
    "done": (N_("已办结"), "good"),
    "at_work": (N_("在办"), "info"),
    "overdue": (N_("● 超期"), "bad"),
    "no_order": (N_("未下交办单"), "warn"),
    "no_case": (N_("不针对具体问题，由召开单位跟踪"), "plain"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """Words for the codes in the rows."""

    units: Mapping[str, str]
    categories: Mapping[str, str]

    def of(self, key: str, row: Row) -> str:
        """One cell in words; the reader's language for what is ours, Chinese for what people wrote."""
        value = row.get(key)
        match key:
            case "what":
                return _(SECTIONS[str(row["section"])][0])
            case "category":
                return _("未分类") if value is None else self.categories.get(str(value), str(value))
            case "unit":
                return DASH if value is None else self.units.get(str(value), str(value))
            case "text" if row["section"] == "common" and value is None:
                return _("系统提示的同类问题")
            case "state":
                return _(STATES[str(value)][0])
            case "change" if value is not None:
                return f"{value}%" if str(value).startswith("-") else f"+{value}%"
            case "share" if value is not None:
                return f"{value}%"
            case _:
                return DASH if value is None else str(value)


async def names_for(request: Request, active: ActivePack) -> Names:
    units = await reads(request).directory.unit_names()
    return Names(units, {code: name for code, (_group, name) in active.pack.category_names().items()})


def sections(rows: Sequence[Row], names: Names, same: Mapping[str, str]) -> list[Section]:
    """Every part of the analysis, also an empty one. `same`: what a link must say to mean the same report."""
    found = []
    for code, (title, hint) in SECTIONS.items():
        lines = [_line(row, names, same) for row in rows if row["section"] == code]
        heads = [(_(head), key in NUMBERS) for head, key in zip(HEADS[code], CELLS[code], strict=True)]
        if lines or code != "focus":  # a pack may name nothing in focus
            found.append(Section(_(title), _(hint), heads, lines))
    return found


def _line(row: Row, names: Names, same: Mapping[str, str]) -> list[dict[str, Any]]:
    section = str(row["section"])
    return [
        {
            "text": names.of(key, row),
            "href": _href(row, key, same) if key in ("n", "before") and row[key] else None,
            "num": key in NUMBERS,
            "tone": STATES[str(row["state"])][1] if key == "state" else None,
        }
        for key in CELLS[section]
    ]


def _href(row: Row, key: str, same: Mapping[str, str]) -> str:
    asked = {**same, "section": str(row["section"])}
    asked |= {name: str(row[name]) for name in ("key", "category", "unit") if row[name] is not None}
    if row["section"] not in COUNTED:
        return f"/reporting/r14/cases?{urlencode(asked)}"
    return f"/reporting/r14/requests?{urlencode({**asked, 'week': 'before' if key == 'before' else 'this'})}"


FILE_HEADS = ("部分", "事项", "类别", "地点或单位", "本周", "上周", "环比", "占比", "已办结", "期限", "状态")
LONG = (1,)
"""Columns of sentences."""

FILE_CELLS = ("category", "unit", "n", "before", "change", "share", "done", "due")


def file_lines(rows: Sequence[Row], names: Names) -> list[list[str | int]]:
    """One line for each row, in the columns of all parts."""
    return [_file_line(row, names) for row in rows]


def _file_line(row: Row, names: Names) -> list[str | int]:
    title = SECTIONS[str(row["section"])][0]
    item = row["text"] or (row["key"] if row["section"] == "focus" else None)
    cells: list[str | int] = [title, DASH if item is None else str(item)]
    for key in FILE_CELLS:
        value = row[key]
        if isinstance(value, int):
            cells.append(value)
        elif key == "category" and value is None:
            cells.append("未分类" if row["section"] == "category" else DASH)
        else:
            cells.append(names.of(key, row))
    return [*cells, STATES[str(row["state"])][0] if row["state"] else DASH]
