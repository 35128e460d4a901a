"""Lint of the policies: orders, closing, checks and the ladder."""

from collections.abc import Iterator

from contracts.duration import Unit
from contracts.pack.codes import (
    CALENDARS,
    DIRECT,
    LEVELS,
    ORDER_FIELDS,
    PLAN_FIELDS,
    PLAN_PARTS,
    RETURN_REASONS,
    REVIEWERS,
)
from contracts.pack.parts import Finding, Parts, undefined

SLIPS = ("prompt", "blue", "orange", "red")

COUNTED = frozenset({Unit.MINUTE, Unit.HOUR, Unit.WORKING_HOUR, Unit.DAY, Unit.WORKING_DAY})
"""Units of a limit that can begin at any moment."""


def working_time(parts: Parts) -> Iterator[Finding]:
    """The calendar is one at hand; office hours run forward and do not overlap."""
    if (named := parts.table("calendar", "id")) and named.table not in CALENDARS:
        yield from undefined(("calendar", "id"), named.table, "工作日历", "calendar", set(CALENDARS))
    if (hours := parts.table("calendar", "office")) and not hours.ordered():
        path = ("calendar", "office")
        yield Finding(path, "办公时间应由早到晚、不重叠", "office hours must run forward and not overlap")


def orders(parts: Parts) -> Iterator[Finding]:
    """An order demands fields that orders have, and names roles and difficulties of the pack."""
    hard = parts.declared("taxonomy", "difficulty", "code") | parts.declared("lists", "urgency", "code")
    yield from _codes(parts, "required", "字段", "field", set(ORDER_FIELDS))
    yield from _codes(parts, "plan_required", "字段", "field", set(PLAN_FIELDS))
    yield from _whole_plans(parts)
    yield from _codes(parts, "plan_parts", "部分", "part", set(PLAN_PARTS))
    yield from _codes(parts, "return_names_unit", "退单原因", "reason of a return", set(RETURN_REASONS))
    yield from _codes(parts, "joint_meeting_before_completion", "难度", "difficulty", hard)
    yield from _codes(parts, "tracker", "角色", "role", parts.roles() | {"issuer"})
    yield from _codes(parts, "multi_department_lead", "角色", "role", parts.roles())
    if (order := parts.table("order", "leader_bound")) and order.leader_bound:
        at = ("order", "leader_bound")
        for number, code in enumerate(order.leader_bound.classes):
            yield from undefined((*at, "classes", number), code, "类别或分级", "class", hard | parts.category_codes())
        if order.leader_bound.within.unit not in COUNTED:
            yield Finding((*at, "within"), "应写作多少小时或多少天，如 1wd", "write hours or days, as 1wd")


def _whole_plans(parts: Parts) -> Iterator[Finding]:
    """A plan has its five fields or is not asked for: none of them can be left out (JW-19)."""
    order = parts.table("order", "plan_required")
    named = set(order.plan_required) if order else set()
    if named and named <= PLAN_FIELDS.keys() and (missing := sorted(PLAN_FIELDS.keys() - named)):
        zh = f"办理方案的五项缺一不可，还缺 {'、'.join(missing)}"
        yield Finding(("order", "plan_required"), zh, f"a plan has all five fields; missing {', '.join(missing)}")


def _codes(parts: Parts, key: str, zh: str, en: str, known: set[str]) -> Iterator[Finding]:
    value = getattr(parts.table("order", key), key, None)
    if isinstance(value, str):
        yield from undefined(("order", key), value, zh, en, known)
    elif value is not None:
        for number, code in enumerate(value):
            yield from undefined(("order", key, number), code, zh, en, known)


def dual_orders(parts: Parts) -> Iterator[Finding]:
    """Where orders go out in pairs, every route names the territory."""
    order = parts.table("order", "dual")
    if order is None or not order.dual:
        return
    for index, row in parts.rows("route", "territory"):
        if row.territory is None:
            yield Finding(
                ("lists", "route", index),
                "双向派单（order.dual）时每条规则应写明属地（territory）",
                "with order.dual every route names its territory",
            )


def closing(parts: Parts) -> Iterator[Finding]:
    """Who strikes off for himself is checked; who closes by follow-up follows every case up."""
    by = getattr(parts.table("closure", "by"), "by", None)
    check = parts.table("check", "rate")
    if by == "unit_self" and check and check.rate <= 0:
        zh = "责任单位自行销号（closure.by = unit_self）时，抽查比例应大于 0"
        yield Finding(("check", "rate"), zh, "must be above 0 because closure.by = unit_self")
    mode = getattr(parts.table("follow_up", "mode"), "mode", None)
    if by == "follow_up" and mode not in (None, "all"):
        zh = '凭回访销号（closure.by = follow_up）时应全部回访：mode = "all"'
        yield Finding(("follow_up", "mode"), zh, 'must be "all" because closure.by = follow_up')


def following_up(parts: Parts) -> Iterator[Finding]:
    """A sample has a rate, the follow-up a role, and one rule says what passes."""
    drawn = parts.table("follow_up", "mode", "rate", "classes")
    if drawn and drawn.mode == "sample" and drawn.rate <= 0 and not drawn.classes:
        yield Finding(("follow_up", "rate"), "抽样回访的比例应大于 0", "a sample needs a rate above 0")
    if always := parts.table("follow_up", "classes"):
        hard = parts.declared("taxonomy", "difficulty", "code") | parts.declared("lists", "urgency", "code")
        for number, code in enumerate(always.classes):
            known = hard | parts.category_codes()
            yield from undefined(("follow_up", "classes", number), code, "类别或分级", "class", known)
    for index, row in parts.rows("urgency", "follow_up"):
        if row.follow_up is not None and row.follow_up.unit not in COUNTED:
            at = ("lists", "urgency", index, "follow_up")
            yield Finding(at, "应写作多少小时或多少天，如 24h", "write hours or days, as 24h")
    if by := parts.table("follow_up", "by"):
        yield from undefined(("follow_up", "by"), by.by, "回访的角色", "role that calls back", set(REVIEWERS))
    if checks := parts.table("check", "by"):
        for number, role in enumerate(checks.by):
            yield from undefined(("check", "by", number), role, "检查的角色", "role that checks", set(REVIEWERS))
    passes = [t.pass_ for name in ("closure", "follow_up") if (t := parts.table(name, "pass_")) and t.pass_]
    if len(set(passes)) > 1:
        zh = "与 closure.pass 不一致，请只写一处"
        yield Finding(("follow_up", "pass"), zh, "differs from closure.pass; write it once")


def ladder(parts: Parts) -> Iterator[Finding]:
    """The ladder's steps are known, and direct entries lead to one of them."""
    if steps := parts.table("escalation", "levels"):
        for number, level in enumerate(steps.levels):
            yield from undefined(("escalation", "levels", number), level, "督办级别", "level", set(LEVELS))
    if (both := parts.table("escalation", "levels", "direct")) is None:
        return
    for ground, level in both.direct.items():
        path = ("escalation", "direct", ground)
        yield from undefined(path, ground, "事由", "ground", set(DIRECT) | parts.misconduct())
        yield from undefined(path, level, "督办级别", "level of this ladder", set(both.levels))


def slips(parts: Parts) -> Iterator[Finding]:
    """A ladder has a step that is put on paper; times to answer and of silence are counted in hours or days."""
    if (ladder := parts.table("escalation", "levels")) and not set(ladder.levels) & set(SLIPS):
        zh = "至少应有提醒、蓝、橙、红中的一级"
        yield Finding(("escalation", "levels"), zh, f"needs one of {', '.join(SLIPS)}")
    slow = parts.table("escalation", "slow_after")
    if slow and slow.slow_after and slow.slow_after.unit not in COUNTED:
        zh = "应写作多少小时或多少天，如 10wd"
        yield Finding(("escalation", "slow_after"), zh, "write hours or days, as 10wd")
    reply = parts.table("escalation", "reply_by")
    if reply and reply.reply_by.unit not in COUNTED:
        zh = "应写作多少小时或多少天，如 3wd"
        yield Finding(("escalation", "reply_by"), zh, "write hours or days, as 3wd")


def categories(parts: Parts) -> Iterator[Finding]:
    """A category's code is given once among all groups and leaves."""
    taxonomy = parts.table("taxonomy", "categories")
    seen: set[str] = set()
    for group_no, group in enumerate(taxonomy.categories if taxonomy else ()):
        for number, row in enumerate((group, *group.items)):
            at = ("taxonomy", "categories", group_no)
            path = (*at, "code") if number == 0 else (*at, "items", number - 1, "code")
            if row.code in seen:
                yield Finding(path, f"{row.code} 重复定义", f"{row.code} is declared twice")
            seen.add(row.code)


ASKED_BY = {
    "findings": ("order", "analysis_note_by"),
    "bind": ("order", "leader_bound"),
    "appeal": ("assessment", "weights"),
}
"""Deadlines that there are only where the pack asks for them, and where it does."""


def slips_on(parts: Parts) -> Iterator[Finding]:
    """A slip is named for deadlines that the pack has; an unanswered slip rises by itself and brings no second one."""
    policy, calls = parts.table("escalation", "slip_on"), parts.table("follow_up", "mode")
    for number, kind in enumerate(policy.slip_on if policy else ()):
        path = ("escalation", "slip_on", number)
        if kind == "reply":
            zh = "督办单逾期未反馈自动升级，不另发督办单"
            yield Finding(path, zh, "an unanswered slip rises by itself; it brings no second one")
        if kind == "coverage":
            zh = "走访覆盖到期由系统判定一次，没有责任单位的期限，不能列入"
            yield Finding(path, zh, "a coverage is judged once on its day; it is no unit's deadline")
        if kind == "follow_up" and calls and calls.mode == "none":
            zh = "方案不回访（follow_up.mode = none），没有这种期限"
            yield Finding(path, zh, "there is no such deadline without call-backs (follow_up.mode is none)")
        if kind in ASKED_BY:
            table, key = ASKED_BY[kind]
            asked = parts.raw.get(table)
            if not isinstance(asked, dict) or key not in asked:
                zh = f"方案没有这种期限：须先写明 {table}.{key}"
                yield Finding(path, zh, f"there is no such deadline without {table}.{key}")


RULES = (working_time, orders, dual_orders, closing, following_up, ladder, slips, slips_on, categories)
