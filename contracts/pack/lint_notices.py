"""Lint of 通报: who issues them, on which grounds, and what proposes one."""

from collections.abc import Iterator

from contracts.pack.codes import KPIS
from contracts.pack.errors import Path
from contracts.pack.parts import Finding, Parts, undefined


def issuers(parts: Parts) -> Iterator[Finding]:
    """Notices are issued by roles that exist."""
    if table := parts.table("notices", "issued_by"):
        for number, role in enumerate(table.issued_by):
            yield from undefined(("notices", "issued_by", number), role, "角色", "role", parts.roles())


def grounds(parts: Parts) -> Iterator[Finding]:
    """Praise stands on a merit, all else on misconduct; a ground of a kind is declared once."""
    merit, seen = parts.declared("taxonomy", "merit"), set[tuple[str, str]]()
    for index, row in parts.rows("notice", "code", "kind"):
        at: Path = ("lists", "notice", index, "code")
        known = merit if row.kind == "commend" else parts.misconduct()
        yield from undefined(at, row.code, "通报事由", "ground", known)
        if (row.kind, row.code) in seen:
            yield Finding(at, f"{row.code} 重复定义", f"{row.code} is declared twice")
        seen.add((row.kind, row.code))


def indicators(parts: Parts) -> Iterator[Finding]:
    """A ground that needs an indicator's value says of which."""
    for index, row in parts.rows("notice", "needs", "kpi"):
        at: Path = ("lists", "notice", index, "kpi")
        if row.kpi is not None:
            yield from undefined(at, row.kpi, "指标", "indicator", set(KPIS))
        elif "kpi" in row.needs:
            yield Finding(at, "应写明依据哪个指标（kpi）", "name the indicator that is needed")


def proposals(parts: Parts) -> Iterator[Finding]:
    """What proposes a notice fits its kind; a step of the ladder belongs to slips."""
    for index, row in parts.rows("notice", "kind", "proposed_on"):
        if row.proposed_on is not None and (row.proposed_on == "satisfied") != (row.kind == "commend"):
            at: Path = ("lists", "notice", index, "proposed_on")
            zh = "表彰只能由 satisfied 提请，批评和曝光不能由 satisfied 提请"
            yield Finding(at, zh, "satisfied proposes praise and nothing else does")
    ladder = parts.table("escalation", "levels")
    for index, row in parts.rows("notice", "proposed_on", "level"):
        if row.level is None:
            continue
        at = ("lists", "notice", index, "level")
        if row.proposed_on != "slips":
            yield Finding(at, "只有按督办单（slips）提请的可以写级别", "only slips have a level")
        elif ladder:
            yield from undefined(at, row.level, "督办级别", "level of this ladder", set(ladder.levels))


RULES = (issuers, grounds, indicators, proposals)
