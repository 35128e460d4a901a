"""Lint of duties: each can be judged, by what counts for it, and is owed by people who can be found."""

from collections.abc import Iterator

from contracts.pack.errors import Path
from contracts.pack.parts import Finding, Parts, undefined


def slotted_quotas(parts: Parts) -> Iterator[Finding]:
    """A duty with named days is owed on each of them; one without them says what counts for it."""
    codes = parts.declared("lists", "cadence", "id")
    for index, row in parts.rows("quota", "kind", "who", "slots", "need", "per"):
        at: Path = ("lists", "quota", index)
        if row.kind in codes:
            yield Finding((*at, "kind"), f"{row.kind} 重复定义", f"{row.kind} is declared twice")
        codes.add(row.kind)
        if row.slots and row.per == "programme":
            yield Finding((*at, "per"), "写明日子的定额只能按周或按月", "a duty on named days is of a week or a month")
        if row.slots and row.need != len(row.slots):
            zh = f"写明 {len(row.slots)} 个日子的定额，need 应为 {len(row.slots)}"
            yield Finding((*at, "need"), zh, f"a duty with {len(row.slots)} named days needs {len(row.slots)}")
    yield from _findable(parts)


def _findable(parts: Parts) -> Iterator[Finding]:
    rosters = {row.id: row for _, row in parts.rows("roster", "id", "levels")}
    for name, key, side in (("quota", "who", "who"), ("pairing", "from", "from_")):
        for index, row in parts.rows(name, side):
            if (roster := rosters.get(getattr(row, side))) and not roster.levels:
                zh = f"应先为名册 {roster.id} 写明单位层级（levels），才知道由谁完成"
                yield Finding(("lists", name, index, key), zh, f"say whose people the roster {roster.id} is (levels)")


def counted_quotas(parts: Parts) -> Iterator[Finding]:
    """What counts for a duty without named days is declared, and told once."""
    kinds = {row.id: row for _, row in parts.rows("activity", "id", "by")}
    for index, row in parts.rows("quota", "slots", "activities", "modes", "paired", "owed_by", "holiday"):
        at: Path = ("lists", "quota", index)
        if row.slots:
            for key in ("activities", "paired", "owed_by", "max", "grace_days"):
                if key in row.model_fields_set:
                    zh = "写明日子的定额以当日走访计，不再写这一项"
                    yield Finding((*at, key), zh, "a duty on named days is kept by visits of the day")
            continue
        if not row.activities and not row.modes:
            zh = "应写明什么算完成：日子（slots）、活动（activities）或走访（modes）"
            yield Finding((*at, "activities"), zh, "say what counts: slots, activities or modes")
        if row.holiday is not None:
            zh = "只有写明日子的定额才有 holiday"
            yield Finding((*at, "holiday"), zh, "only a duty on named days has a holiday rule")
        if row.paired and not row.modes:
            yield Finding((*at, "paired"), "paired 只用于走访（modes）", "paired speaks of visits (modes)")
        for number, code in enumerate(row.activities):
            where = (*at, "activities", number)
            yield from undefined(where, code, "活动", "activity", set(kinds))
            if code in kinds and row.owed_by == "person" and kinds[code].by == "unit":
                zh = f"{code} 按单位计，不能算作个人定额"
                yield Finding(where, zh, f"{code} is done by a unit and counts for no person")


def quota_days(parts: Parts) -> Iterator[Finding]:
    """Only a duty of the whole programme has a last day of its own."""
    for index, row in parts.rows("quota", "per", "due"):
        if row.due is not None and row.per != "programme":
            at: Path = ("lists", "quota", index, "due")
            yield Finding(at, "按周、按月的定额到期末为止，不写 due", "a weekly or monthly duty ends with its period")


def pairings(parts: Parts) -> Iterator[Finding]:
    """A kind of pairs is declared once; whoever is held to a day or a share owes a number."""
    seen: set[str] = set()
    for index, row in parts.rows("pairing", "kind", "min", "due", "ratio"):
        at: Path = ("lists", "pairing", index)
        if row.kind in seen:
            yield Finding((*at, "kind"), f"{row.kind} 重复定义", f"{row.kind} is declared twice")
        seen.add(row.kind)
        for key in ("due", "ratio"):
            if getattr(row, key) is not None and not row.min:
                yield Finding((*at, key), f"写了 {key} 应同时写 min", f"{key} needs min")


def phase_checklists(parts: Parts) -> Iterator[Finding]:
    """A phase asks for a checklist that there is (EB-21)."""
    known = parts.declared("lists", "checklist", "id")
    for index, row in parts.rows("phase", "checklist"):
        if row.checklist is not None:
            yield from undefined(("lists", "phase", index, "checklist"), row.checklist, "清单", "checklist", known)


RULES = (slotted_quotas, counted_quotas, quota_days, pairings, phase_checklists)
