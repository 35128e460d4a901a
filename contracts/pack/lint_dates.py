"""Lint of dates: everything with a fixed date lies inside the programme, and curves run forward."""

from collections.abc import Iterator
from datetime import date

from contracts.duration import Duration, Unit
from contracts.pack.errors import Path
from contracts.pack.parts import Finding, Parts
from contracts.pack.tables import Programme


def programme_runs_forward(parts: Parts) -> Iterator[Finding]:
    """The programme starts before it ends."""
    programme = parts.table("programme", "start", "end")
    if programme and programme.end < programme.start:
        yield Finding(
            ("programme", "end"),
            f"结束日期应不早于开始日期 {programme.start}",
            f"must not come before the start {programme.start}",
        )


def dates_inside(parts: Parts) -> Iterator[Finding]:
    """Every fixed date lies between the programme's start and end."""
    programme = parts.table("programme", "start", "end")
    if programme is None or programme.end < programme.start:
        return
    for path, day in _fixed_dates(parts):
        if not programme.start <= day <= programme.end:
            yield _outside(path, day, programme)
    for index, population in parts.rows("population", "snapshot"):
        if population.snapshot and population.snapshot > programme.end:
            yield _outside(("lists", "population", index, "snapshot"), population.snapshot, programme)


def _outside(path: Path, day: date, programme: Programme) -> Finding:
    span = f"{programme.start} – {programme.end}"
    return Finding(path, f"日期 {day} 不在活动期间（{span}）内", f"{day} lies outside the programme ({span})")


def _fixed_dates(parts: Parts) -> Iterator[tuple[Path, date]]:
    for name in ("coverage", "target"):
        for index, row in parts.rows(name, "due"):
            yield ("lists", name, index, "due"), row.due
    for name in ("quota", "pairing", "roster"):
        for index, row in parts.rows(name, "due"):
            if row.due is not None:
                yield ("lists", name, index, "due"), row.due
    for index, target in parts.rows("target", "plan"):
        for number, point in enumerate(target.plan):
            yield ("lists", "target", index, "plan", number), point.day
    for key in ("start", "end"):
        for index, phase in parts.rows("phase", key):
            yield ("lists", "phase", index, key), getattr(phase, key)
    for path, limit in limits(parts):
        if limit.date is not None:
            yield path, limit.date


def limits(parts: Parts) -> Iterator[tuple[Path, Duration]]:
    """Every time limit in the pack with its place."""
    for key in ("sign", "contact", "plan", "finish", "follow_up"):
        for index, row in parts.rows("urgency", key):
            if (limit := getattr(row, key)) is not None:
                yield ("lists", "urgency", index, key), limit
    if closure := parts.table("closure", "rework"):
        yield from ((("closure", "rework", code), limit) for code, limit in closure.rework.items())
    single = {
        "order": ("return_by", "analysis_note_by", "fallback_by"),
        "closure": ("report_up_within",),
        "follow_up": ("due",),
    }
    for table, keys in single.items():
        for key in keys:
            if (limit := getattr(parts.table(table, key), key, None)) is not None:
                yield (table, key), limit


def phases_run_forward(parts: Parts) -> Iterator[Finding]:
    """A phase starts before it ends."""
    for index, phase in parts.rows("phase", "start", "end"):
        if phase.end < phase.start:
            path: Path = ("lists", "phase", index, "end")
            yield Finding(path, f"应不早于本阶段开始日期 {phase.start}", f"must not come before {phase.start}")


def curves(parts: Parts) -> Iterator[Finding]:
    """A planned curve runs forward in time, never down, and ends at its target."""
    for index, target in parts.rows("target", "plan", "due", "ratio"):
        path: Path = ("lists", "target", index, "plan")
        for number, (a, b) in enumerate(zip(target.plan, target.plan[1:], strict=False), start=1):
            if b.day <= a.day or b.share < a.share:
                yield Finding((*path, number), "计划点应按日期先后且比例不降", "points must go forward and never down")
        if target.plan and (target.plan[-1].day, target.plan[-1].share) != (target.due, target.ratio):
            yield Finding(
                (*path, len(target.plan) - 1),
                f"最后一个计划点应为 [{target.due}, {target.ratio}]",
                f"the last point must be [{target.due}, {target.ratio}]",
            )


def slots_known(parts: Parts) -> Iterator[Finding]:
    """A limit that waits for a rhythm names one of the pack."""
    known = parts.declared("lists", "cadence", "id")
    for path, limit in limits(parts):
        if limit.unit is Unit.SLOT and limit.slot not in known:
            yield Finding(path, f"未定义的节奏 {limit.slot}", f"undefined cadence {limit.slot}")


RULES = (programme_runs_forward, dates_inside, phases_run_forward, curves, slots_known)
