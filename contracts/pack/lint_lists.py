"""Lint of the rows: sums and bounds agree, codes are defined once, routes and rhythms say who and what."""

import re
from collections.abc import Iterator
from string import Formatter

from contracts.pack.codes import ISSUERS, KPIS, NUMBERS, REPORTS, SCOPES, URGENCIES
from contracts.pack.errors import Path
from contracts.pack.parts import Finding, Parts, undefined

_STYLE = re.compile(r"exact|(余|多|近|以上):\d+(:\S+)?|基本|万元")


def sums(parts: Parts) -> Iterator[Finding]:
    """Parts add up to their total (47 = 20 + 25 + 2)."""
    for name in ("population", "roster"):
        for index, row in parts.rows(name, "parts", "total"):
            added = sum(row.parts.values())
            if row.parts and row.total is not None and added != row.total:
                shown = " + ".join(map(str, row.parts.values()))
                yield Finding(
                    ("lists", name, index, "total"),
                    f"合计 {row.total} 与各部分之和不符：{shown} = {added}",
                    f"the total {row.total} does not agree with {shown} = {added}",
                )


def bounds(parts: Parts) -> Iterator[Finding]:
    """A least number is not above the most."""
    pairs = [("pairing", "min", "max"), ("quota", "need", "max")]
    promises = parts.table("commitments", "items_min", "items_max")
    if promises and promises.items_min > promises.items_max:
        yield Finding(("commitments", "items_min"), "items_min 大于 items_max", "items_min is above items_max")
    for name, low, high in pairs:
        for index, row in parts.rows(name, low, high):
            least, most = getattr(row, low), getattr(row, high)
            if least is not None and most is not None and least > most:
                yield Finding(
                    ("lists", name, index, low),
                    f"{low} = {least} 大于 {high} = {most}",
                    f"{low} = {least} is above {high} = {most}",
                )


def unique(parts: Parts) -> Iterator[Finding]:
    """A code is declared once."""
    keys = {"population": "id", "roster": "id", "checklist": "id", "urgency": "code", "cadence": "id", "report": "id"}
    keys |= {"redirect": "code", "directory": "category", "deliverable": "id", "activity": "id"}
    for name, key in keys.items():
        seen: set[str] = set()
        for index, row in parts.rows(name, key):
            code = getattr(row, key)
            if code in seen:
                yield Finding(("lists", name, index, key), f"{code} 重复定义", f"{code} is declared twice")
            seen.add(code)
    phases: set[str] = set()
    for index, phase in parts.rows("phase", "id", "name"):
        if phase.code in phases:
            known = "id" if phase.id else "name"
            word = getattr(phase, known)
            yield Finding(("lists", "phase", index, known), f"{word} 重复定义", f"{word} is declared twice")
        phases.add(phase.code)


def people_and_places(parts: Parts) -> Iterator[Finding]:
    """Rows speak of rosters and populations that exist."""
    populations = parts.declared("lists", "population", "id")
    groups = parts.declared("lists", "roster", "id")
    for index, row in parts.rows("coverage", "population"):
        for code in row.population:
            path: Path = ("lists", "coverage", index, "population")
            yield from undefined(path, code, "走访对象", "population", populations)
    known = populations | groups | parts.roles()
    for key, side in (("from", "from_"), ("to", "to")):
        for index, row in parts.rows("pairing", side):
            path = ("lists", "pairing", index, key)
            yield from undefined(path, getattr(row, side), "人员或对象", "group", known)
    for index, row in parts.rows("quota", "who"):
        path = ("lists", "quota", index, "who")
        yield from undefined(path, row.who, "人员或角色", "group", groups | parts.roles())


def route_roles(parts: Parts) -> Iterator[Finding]:
    """A route's roles are defined, and the territory does not lead."""
    for index, row in parts.rows("route", "issued_by"):
        if row.issued_by is not None:
            path: Path = ("lists", "route", index, "issued_by")
            yield from undefined(path, row.issued_by, "签发交办单的角色", "role that issues orders", set(ISSUERS))
    for key in ("lead", "prepared_by", "territory", "supervised_by"):
        for index, row in parts.rows("route", key):
            if (role := getattr(row, key)) is not None:
                role = role.removeprefix("designated_by:") if key == "lead" else role
                yield from undefined(("lists", "route", index, key), role, "角色", "role", parts.roles())
    for index, row in parts.rows("route", "lead", "territory"):
        if row.territory is not None and row.territory == row.lead.removeprefix("designated_by:"):
            yield Finding(("lists", "route", index, "lead"), "属地单位不能作主办", "the territory unit must not lead")


def route_conditions(parts: Parts) -> Iterator[Finding]:
    """A route's conditions and report are defined, and no route stands behind one that takes every case."""
    known = {
        "scope": parts.declared("taxonomy", "scope") or set(SCOPES),
        "difficulty": parts.declared("taxonomy", "difficulty", "code"),
        "urgency": parts.declared("lists", "urgency", "code"),
        "category": parts.category_codes(),
    }
    reached = True
    for index, row in parts.rows("route", "when"):
        at: Path = ("lists", "route", index)
        if not reached:
            zh = "前面的规则已包括全部情形，此条永不生效"
            yield Finding(at, zh, "never reached: an earlier route takes every case")
        reached = reached and bool(row.when.model_fields_set)
        for key, codes in known.items():
            if (code := getattr(row.when, key)) is not None:
                yield from undefined((*at, "when", key), code, "代码", "code", codes)


def named_reports(parts: Parts) -> Iterator[Finding]:
    """Rows speak of reports that exist."""
    for name, key in (("route", "report"), ("cadence", "report"), ("report", "id")):
        for index, row in parts.rows(name, key):
            if (code := getattr(row, key)) is not None:
                yield from undefined(("lists", name, index, key), code, "报表", "report", set(REPORTS))


def cadences(parts: Parts) -> Iterator[Finding]:
    """A rhythm brings a report or a meeting by roles that exist."""
    for index, row in parts.rows("cadence", "report", "meeting"):
        if row.report is None and row.meeting is None:
            zh = "每个节奏应写明报表（report）或会议（meeting）"
            yield Finding(("lists", "cadence", index), zh, "a cadence names a report or a meeting")
    for index, row in parts.rows("cadence", "owner", "chair"):
        if row.owner is None and row.chair is None:
            zh = "每个节奏应写明负责人（owner 或 chair）"
            yield Finding(("lists", "cadence", index), zh, "a cadence names an owner or a chair")
    for key in ("owner", "to", "chair", "groups"):
        for index, row in parts.rows("cadence", key):
            if (role := getattr(row, key)) is not None:
                yield from undefined(("lists", "cadence", index, key), role, "角色", "role", parts.roles())
    for index, row in parts.rows("cadence", "must_attend"):
        for number, role in enumerate(row.must_attend):
            path = ("lists", "cadence", index, "must_attend", number)
            yield from undefined(path, role, "角色", "role", parts.roles())


def every_so_many_months(parts: Parts) -> Iterator[Finding]:
    """Only a rhythm of months can skip months; a report that must say something is brought by somebody."""
    for index, row in parts.rows("cadence", "every", "months"):
        if row.months > 1 and row.every not in ("monthly", "month_end"):
            at: Path = ("lists", "cadence", index, "months")
            yield Finding(at, "只有按月的节奏可以写 months", "only a monthly cadence has months")
    for index, row in parts.rows("cadence", "must", "groups"):
        if row.must and row.groups is None:
            at = ("lists", "cadence", index, "must")
            yield Finding(at, "应写明由哪个角色的单位汇报（groups）", "name the role whose units report (groups)")


def deliverables(parts: Parts) -> Iterator[Finding]:
    """A paper is owed by a role that exists."""
    for index, row in parts.rows("deliverable", "owner"):
        yield from undefined(("lists", "deliverable", index, "owner"), row.owner, "角色", "role", parts.roles())


def slots(parts: Parts) -> Iterator[Finding]:
    """Named days are days that the period has."""
    for index, row in parts.rows("cadence", "every", "slots"):
        yield from _slots(("lists", "cadence", index, "slots"), row.every == "weekly", row.slots)
    for index, row in parts.rows("quota", "per", "slots"):
        if row.per != "programme":
            yield from _slots(("lists", "quota", index, "slots"), row.per == "week", row.slots)


def _slots(at: Path, weekly: bool, slots: tuple[int | str, ...]) -> Iterator[Finding]:
    for number, slot in enumerate(slots):
        if weekly and not isinstance(slot, str):
            yield Finding((*at, number), '每周的日子应写 "mon" 至 "sun"', 'days of a week are "mon" to "sun"')
        if not weekly and (isinstance(slot, str) or not 1 <= slot <= 31):
            yield Finding((*at, number), "每月的日子应写 1 至 31", "days of a month are 1 to 31")


def indicators(parts: Parts) -> Iterator[Finding]:
    """A target's indicator exists."""
    for index, row in parts.rows("target", "kpi"):
        yield from undefined(("lists", "target", index, "kpi"), row.kpi, "指标", "indicator", set(KPIS))


def classes(parts: Parts) -> Iterator[Finding]:
    """A class of urgency has a name: its own, that of its difficulty, or a standard one."""
    named = parts.declared("taxonomy", "difficulty", "code") | set(URGENCIES)
    for index, row in parts.rows("urgency", "code", "name"):
        if row.name is None:
            yield from undefined(("lists", "urgency", index, "code"), row.code, "紧急程度", "class of urgency", named)


def reports(parts: Parts) -> Iterator[Finding]:
    """A report's sentence and the styles speak of the same numbers."""
    for index, row in parts.rows("report", "template", "styles"):
        at: Path = ("lists", "report", index)
        try:
            slots = {name for _, name, _, _ in Formatter().parse(row.template or "") if name is not None}
        except ValueError:
            yield Finding((*at, "template"), "花括号不成对", "braces do not match")
            continue
        for name in sorted(slots ^ set(row.styles)):
            yield Finding((*at, "styles"), f"模板与 styles 不一致：{name}", f"template and styles disagree on {name}")
        for name in sorted(row.styles):
            yield from undefined((*at, "styles", name), name, "数字", "number", set(NUMBERS))
        for name, style in row.styles.items():
            if not _STYLE.fullmatch(style):
                yield Finding(
                    (*at, "styles", name),
                    "样式应写 exact、余:100:次 等",
                    "a style is exact, 余:100:次 and the like",
                )


RULES = (
    sums,
    bounds,
    unique,
    people_and_places,
    route_roles,
    route_conditions,
    named_reports,
    cadences,
    every_so_many_months,
    deliverables,
    slots,
    indicators,
    classes,
    reports,
)
