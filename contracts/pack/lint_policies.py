"""Lint of the policies: orders, closing, checks, the ladder and the weights."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from contracts.pack.codes import DEDUCTIONS, DIRECT, KPIS, LEVELS, ORDER_FIELDS, PLAN_FIELDS, PLAN_PARTS
from contracts.pack.parts import Finding, Parts, undefined


def office_hours(parts: Parts) -> Iterator[Finding]:
    """Office hours run forward and do not overlap."""
    calendar = parts.tables.get("calendar")
    if calendar and not calendar.ordered():
        yield Finding(("calendar", "office"), "办公时间应前后相接、不重叠", "office hours must run forward, not overlap")


def orders(parts: Parts) -> Iterator[Finding]:
    """An order demands fields that orders have."""
    order = parts.tables.get("order")
    if order is None:
        return
    yield from _fields("required", order.required, ORDER_FIELDS)
    yield from _fields("plan_required", order.plan_required, PLAN_FIELDS)
    yield from _fields("plan_parts", order.plan_parts, PLAN_PARTS)
    if order.tracker != "issuer":
        yield from undefined(("order", "tracker"), order.tracker, "角色", "role", parts.roles() | {"issuer"})
    if order.multi_department_lead is not None:
        path = ("order", "multi_department_lead")
        yield from undefined(path, order.multi_department_lead, "角色", "role", parts.roles())
    known = parts.declared("taxonomy", "difficulty", "code") | parts.declared("lists", "urgency", "code")
    for number, code in enumerate(order.joint_meeting_before_completion):
        yield from undefined(("order", "joint_meeting_before_completion", number), code, "难度", "difficulty", known)


def _fields(key: str, codes: Iterable[str], known: dict[str, str]) -> Iterator[Finding]:
    for number, code in enumerate(codes):
        yield from undefined(("order", key, number), code, "字段", "field", set(known))


def dual_orders(parts: Parts) -> Iterator[Finding]:
    """Where orders go out in pairs, every route names the territory."""
    order = parts.tables.get("order")
    if order is None or not order.dual:
        return
    for index, row in parts.rows["route"]:
        if row.territory is None:
            yield Finding(
                ("lists", "route", index),
                "双向派单（order.dual）时每条规则应写明属地（territory）",
                "with order.dual every route names its territory",
            )


def closing(parts: Parts) -> Iterator[Finding]:
    """Who strikes off for himself is checked; who closes by follow-up follows up; one rule says what passes."""
    closure, follow_up, check = (parts.tables.get(k) for k in ("closure", "follow_up", "check"))
    if closure and closure.by == "unit_self" and check and check.rate <= 0:
        yield Finding(
            ("check", "rate"),
            "责任单位自行销号（closure.by = unit_self）时，抽查比例应大于 0",
            "must be above 0 because closure.by = unit_self",
        )
    if closure and closure.by == "follow_up" and follow_up and follow_up.mode != "all":
        yield Finding(
            ("follow_up", "mode"),
            "凭回访销号（closure.by = follow_up）时应全部回访：mode = \"all\"",
            'must be "all" because closure.by = follow_up',
        )
    if follow_up and follow_up.mode == "sample" and follow_up.rate <= 0:
        yield Finding(("follow_up", "rate"), "抽样回访的比例应大于 0", "a sample needs a rate above 0")
    if follow_up:
        yield from undefined(("follow_up", "by"), follow_up.by, "角色", "role", parts.roles())
    both = closure and follow_up and closure.pass_ and follow_up.pass_
    if both and closure.pass_ != follow_up.pass_:
        yield Finding(
            ("follow_up", "pass"), "与 closure.pass 不一致，请只写一处", "differs from closure.pass; write it once"
        )


def ladder(parts: Parts) -> Iterator[Finding]:
    """The ladder's steps are known, and direct entries lead to one of them."""
    escalation = parts.tables.get("escalation")
    if escalation is None:
        return
    for number, level in enumerate(escalation.levels):
        yield from undefined(("escalation", "levels", number), level, "督办级别", "level", set(LEVELS))
    for ground, level in escalation.direct.items():
        path = ("escalation", "direct", ground)
        yield from undefined(path, ground, "事由", "ground", set(DIRECT) | parts.misconduct())
        yield from undefined(path, level, "督办级别", "level of this ladder", set(escalation.levels))


def weights(parts: Parts) -> Iterator[Finding]:
    """Weights are of known indicators and sum to 1; deductions have known grounds."""
    assessment = parts.tables.get("assessment")
    if assessment is None:
        return
    total = sum(assessment.weights.values(), Decimal(0))
    if total != 1:
        yield Finding(("assessment", "weights"), f"权重之和应为 1，现为 {total}", f"weights must sum to 1, not {total}")
    for kpi in assessment.weights:
        if kpi not in KPIS:
            path = ("assessment", "weights", kpi)
            yield Finding(path, f"没有指标 {kpi}", f"there is no indicator {kpi}")
    for ground in assessment.deduct:
        known = set(DEDUCTIONS) | parts.misconduct()
        yield from undefined(("assessment", "deduct", ground), ground, "扣分事由", "ground", known)


def categories(parts: Parts) -> Iterator[Finding]:
    """A category's code is given once among all groups and leaves."""
    taxonomy = parts.tables.get("taxonomy")
    seen: set[str] = set()
    for group_no, group in enumerate(taxonomy.categories if taxonomy else ()):
        for number, row in enumerate((group, *group.items)):
            at = ("taxonomy", "categories", group_no)
            path = (*at, "code") if number == 0 else (*at, "items", number - 1, "code")
            if row.code in seen:
                yield Finding(path, f"{row.code} 重复定义", f"{row.code} is declared twice")
            seen.add(row.code)


RULES = (office_hours, orders, dual_orders, closing, ladder, weights, categories)
