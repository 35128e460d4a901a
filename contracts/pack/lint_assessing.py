"""Lint of the assessment: its weights, the grounds of points, and who is assessed."""

from collections.abc import Iterator
from decimal import Decimal

from contracts.pack.assessing import BONUSES, DEDUCTIONS, OBJECTS, SCORED
from contracts.pack.codes import KPIS
from contracts.pack.lint_policies import COUNTED
from contracts.pack.parts import Finding, Parts, undefined


def weights(parts: Parts) -> Iterator[Finding]:
    """Weights are of known indicators that can be scored, and sum to 1."""
    if (scored := parts.table("assessment", "weights")) is None:
        return
    total = sum(scored.weights.values(), Decimal(0))
    if total != 1:
        path = ("assessment", "weights")
        yield Finding(path, f"权重之和应为 1，现为 {total}", f"weights must sum to 1, not {total}")
    for kpi in scored.weights:
        at = ("assessment", "weights", kpi)
        if kpi in KPIS and kpi not in SCORED:
            able = "、".join(sorted(SCORED))
            zh = f"{kpi} 不是能按对象计分的比率；可用 {able}"
            yield Finding(at, zh, f"{kpi} is no share that can be scored per object; use {able.replace('、', ', ')}")
        else:
            yield from undefined(at, kpi, "指标", "indicator", set(KPIS))


def grounds(parts: Parts) -> Iterator[Finding]:
    """What brings or costs points has a known ground."""
    if costs := parts.table("assessment", "deduct"):
        known = set(DEDUCTIONS) | parts.misconduct()
        for ground in costs.deduct:
            yield from undefined(("assessment", "deduct", ground), ground, "扣分事由", "ground", known)
    if gains := parts.table("assessment", "bonus"):
        known = set(BONUSES) | parts.declared("taxonomy", "merit")
        for ground in gains.bonus:
            yield from undefined(("assessment", "bonus", ground), ground, "加分事由", "ground", known)


def objects(parts: Parts) -> Iterator[Finding]:
    """Objects are of a known kind, each named once; periods too."""
    if (table := parts.table("assessment", "object")) is not None:
        for number, code in enumerate(table.object):
            yield from undefined(("assessment", "object", number), code, "考核对象", "object", set(OBJECTS))
            if code in table.object[:number]:
                yield Finding(("assessment", "object", number), f"{code} 重复定义", f"{code} is declared twice")
    if (table := parts.table("assessment", "periods")) is not None:
        for number, code in enumerate(table.periods):
            if code in table.periods[:number]:
                yield Finding(("assessment", "periods", number), f"{code} 重复定义", f"{code} is declared twice")


def grades(parts: Parts) -> Iterator[Finding]:
    """Each grade begins lower than the one before it, and has a name of its own."""
    if (table := parts.table("assessment", "grades")) is None:
        return
    for number, one in enumerate(table.grades):
        earlier = table.grades[:number]
        if one.name in {other.name for other in earlier}:
            path = ("assessment", "grades", number, "name")
            yield Finding(path, f"{one.name} 重复定义", f"{one.name} is declared twice")
        if earlier and one.least >= earlier[-1].least:
            zh = "等次应由高到低排列，分数线逐级降低"
            yield Finding(("assessment", "grades", number, "least"), zh, "grades run from high to low")


def appeals(parts: Parts) -> Iterator[Finding]:
    """The time to appeal can begin at any moment."""
    table = parts.table("assessment", "appeal_by")
    if table is not None and table.appeal_by.unit not in COUNTED:
        zh = "应写作多少小时或多少天，如 5wd"
        yield Finding(("assessment", "appeal_by"), zh, "write hours or days, as 5wd")


RULES = (weights, grounds, objects, grades, appeals)
