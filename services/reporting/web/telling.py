"""R18 and R19 in words: enterprises and who serves them; the programme's sentence with its numbers and examples."""

from contracts.pack import Pack
from contracts.pack.codes import NUMBERS
from services.reference.words import case_number
from services.reporting.web.labels import DASH
from services.reporting.web.lined import Line, Names, Row, Words, cell
from services.ui.i18n import N_, ngettext
from services.ui.i18n import gettext as _


def _r18_heads(_pack: Pack) -> list[str]:
    who = (N_("企业"), N_("属地"), N_("网格"), N_("服务干部"))
    counts = (
        N_("走访次数"),
        N_("需求数"),
        N_("问题数"),
        N_("围墙内/外"),
        N_("类别"),
        N_("已解决"),
        N_("平均用时（天）"),
    )
    return [_(one) for one in (*who, *counts)]


def _r18_line(row: Row, names: Names) -> Line:
    whole = row["row"] == "total"
    words = {code: leaf for code, (_group, leaf) in names.pack.category_names().items()}
    kinds = [one.rpartition(":") for one in str(row["categories"] or "").split()]
    shown = "、".join(f"{words.get(code, code)} {n}" for code, _colon, n in kinds)
    cadres = "、".join(names.person(one) for one in _cadres(row))
    first = (
        ngettext("合计：服务 %(num)s 户", "合计：服务 %(num)s 户", int(row["served"] or 0))
        if whole
        else row["enterprise"]
    )
    return [
        _("按类别") if row["row"] == "category" else str(first),
        names.unit(row),
        cell(row["grid"]),
        cadres or DASH,
        cell(row["visits"]),
        cell(row["needs"]),
        cell(row["cases"]),
        f"{row['inside']}/{row['outside']}",
        shown or DASH,
        cell(row["solved"]),
        cell(row["days"]),
    ]


def _cadres(row: Row) -> list[str]:
    return str(row["cadres"] or "").split()


def _r19_heads(_pack: Pack) -> list[str]:
    return [_("内容"), _("表述"), _("实数")]


def _r19_line(row: Row, names: Names) -> Line:
    said = str(row["said"])
    match row["row"]:
        case "sentence":
            return [_("综述"), said, DASH]
        case "number":
            shown = said if row["as_worded"] == "yes" else _("%(number)s（达不到方案的表述，按实数）", number=said)
            return [NUMBERS.get(str(row["name"]), str(row["name"])), shown, str(row["exact"])]
        case _:
            number = case_number(names.pack.programme.id, int(row["case_no"] or 0))
            return [_("典型案例 %(number)s", number=number), said, DASH]


R18 = Words(
    _r18_heads,
    _r18_line,
    _cadres,
    N_(
        "活动开始以来走访过或提过诉求的企业，各数累计至统计时点；企业以代号表示。服务干部为结对干部，没有结对的为所在企业网格的负责人。用时为已解决问题从立案到办结的平均日历天数。"
    ),
    lambda _pack: (8,),
)
R19 = Words(
    _r19_heads,
    _r19_line,
    lambda _row: (),
    N_("从活动开始统计至统计时点；表述按方案的措辞，实数一并列出。编号归档后即为一期简报。"),
    lambda _pack: (1,),
)
