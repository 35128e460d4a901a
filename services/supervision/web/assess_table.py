"""R13 as a page and a file show it: the columns that the programme makes, one line for each object."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from urllib.parse import urlencode

from contracts.supervision import Adjustment, ObjectScore, Score
from services.supervision.domain.assess_score import figure
from services.supervision.web.assess_acts import SEEING_CASES, OnAssessment
from services.supervision.web.assess_views import Cell, Foot, Line
from services.supervision.web.assess_words import KINDS, ground_word, item_word, percent
from services.ui.formats import DASH, whole_day, whole_moment
from services.ui.i18n import gettext as _
from services.ui.i18n import speaking


def heads(x: OnAssessment) -> list[tuple[str, str]]:
    """Each indicator with its weight, then what is added and taken."""
    weighted = [(item_word(kpi), _("权重 %(w)s%%", w=_whole(weight))) for kpi, weight in x.rules.weights.items()]
    return [*weighted, (_("加分"), ""), (_("扣分"), "")]


def _whole(weight: Decimal) -> str:
    return f"{weight * 100:f}".rstrip("0").rstrip(".") if "." in f"{weight * 100:f}" else f"{weight * 100:f}"


def lines(x: OnAssessment, names: Mapping[str, str]) -> list[Line]:
    """The table that counts, in the order of its ranks."""
    return [_line(x, row, names) for row in x.known.rows]


def _line(x: OnAssessment, row: ObjectScore, names: Mapping[str, str]) -> Line:
    opens = x.user.has(*SEEING_CASES) or x.own == row.object
    cells = [_score(x, row, one, opens) for one in row.scores]
    cells += [_adjusted(x, row, "bonus", row.bonuses, opens), _adjusted(x, row, "deduct", row.deductions, opens)]
    return Line(
        object=row.object,
        name=names.get(row.object, row.object),
        rank=DASH if row.excluded else str(row.rank),
        cells=cells,
        total=DASH if row.excluded else row.total,
        grade=row.grade,
        excluded=_(row.excluded) if row.excluded else "",
        mine=x.own == row.object,
    )


def behind(x: OnAssessment, object: str, kind: str, item: str = "") -> str:
    """Where the cases behind a number are."""
    asked = {"object": object, "kind": kind, "item": item}
    return f"/supervision/assessments/{x.known.row.assessment_id}/behind?{urlencode(asked)}"


def _score(x: OnAssessment, row: ObjectScore, one: Score, opens: bool) -> Cell:
    small = percent(one.value)
    if one.whole:
        small = f"{small} {_plain(one.part)}/{one.whole}"
    nothing = one.value is None and not Decimal(one.score) and x.rules.missing != "zero"
    if nothing:
        return Cell(DASH)
    return Cell(one.score, behind(x, row.object, "kpi", one.kpi) if opens and one.whole else None, small)


def _plain(part: str | None) -> str:
    """A number of cases; 基本满意 may count less than one."""
    return (part or "0").removesuffix(".00")


def _adjusted(x: OnAssessment, row: ObjectScore, kind: str, all: Sequence[Adjustment], opens: bool) -> Cell:
    """What was added or taken in all, with its grounds in words."""
    if not all:
        return Cell(DASH)
    total = sum((Decimal(one.points) for one in all), Decimal(0))
    words = "、".join(dict.fromkeys(item_word(one.code) for one in all))
    return Cell(figure(total), behind(x, row.object, kind) if opens else None, words)


def foot(x: OnAssessment) -> Foot:
    """What every report ends with."""
    row = x.known.row
    return Foot(
        as_of=row.as_of,
        since=whole_day(row.since),
        until=whole_day(row.until),
        rules=_("第 %(n)s 版", n=x.active.pack_version) + f" / {row.pack_sha256[:16]}",
        number=f"{row.assessment_id[:13]} / " + _("第 %(n)s 次计算", n=row.run),
        positions=" / ".join(f"{source}:{at}" for source, at in sorted(x.known.positions.items())),
        uses="、".join(row.uses or x.rules.uses),
    )


def rule_lines(x: OnAssessment) -> list[str]:
    """How the points came about, said below the table."""
    rules = x.rules
    said = [_("得分按权重折算为百分制，四舍五入到两位小数；总分为各项得分加减分之和，同分并列。")]
    said.append(
        {
            "spread": _("无可计数的指标，其权重按比例分给其余指标。"),
            "zero": _("无可计数的指标计零分。"),
            "full": _("无可计数的指标计满分。"),
            "exclude": _("有指标无可计数的对象不参加排名。"),
        }[rules.missing]
    )
    if rules.bonus:
        each = "、".join(f"{ground_word(code)} {points}" for code, points in rules.bonus.items())
        said.append(_("加分（每次）：%(each)s。", each=each))
    if rules.deduct:
        each = "、".join(f"{ground_word(code)} {points}" for code, points in rules.deduct.items())
        said.append(_("扣分（每次）：%(each)s。", each=each))
    if rules.min_cases:
        said.append(_("受理不足 %(n)s 件的对象不参加排名。", n=rules.min_cases))
    return said


def kind_in_chinese(kind: str) -> str:
    with speaking("zh"):
        return _(KINDS[kind])


def file_rows(x: OnAssessment, names: Mapping[str, str]) -> tuple[str, list[str], list[list[str | int]]]:
    """R13's title, columns and rows as a file holds them, in Chinese like every official file."""
    with speaking("zh"):
        row = x.known.row
        columns = ["名次", "对象"]
        for kpi in x.rules.weights:
            columns += [item_word(kpi), f"{item_word(kpi)}得分"]
        columns += ["加分", "扣分", "总分", "等次", "考核周期", "备注"]
        body = [_file_line(x, one, names) for one in x.known.rows]
        told = foot(x)
        ends = (
            f"统计时点：{whole_moment(told.as_of)}",
            f"统计窗口：{told.since} 至 {told.until}",
            f"口径版本：{told.rules}",
            f"编号：{told.number}",
            *([f"结果运用：{told.uses}"] if told.uses else []),
        )
        last: list[list[str | int]] = [[line, *[""] * (len(columns) - 1)] for line in ends]
        title = x.active.pack.report("R13").title or "考核得分表"
        return f"{title}（{_(KINDS[row.kind])}）", columns, [*body, *last]


def _file_line(x: OnAssessment, row: ObjectScore, names: Mapping[str, str]) -> list[str | int]:
    by_kpi = {one.kpi: one for one in row.scores}
    cells: list[str | int] = [DASH if row.excluded else row.rank, names.get(row.object, row.object)]
    for kpi in x.rules.weights:
        cells += [percent(by_kpi[kpi].value), by_kpi[kpi].score]
    cells += [_sum(row.bonuses), _sum(row.deductions), DASH if row.excluded else row.total, row.grade]
    return [*cells, KINDS[x.known.row.kind], row.excluded]


def _sum(all: Sequence[Adjustment]) -> str:
    return figure(sum((Decimal(one.points) for one in all), Decimal(0)))
