"""Lint of routing: 派单目录 speaks of categories of the pack, and every role that leads can be found."""

import re
from collections.abc import Iterator

from contracts.pack.codes import ISSUERS, PLACES
from contracts.pack.errors import Path
from contracts.pack.parts import Finding, Parts, undefined

_PLACE = re.compile(r"desk|territory|directory|work_group|grid:[^\s:]{1,100}|unit:[^\s:]{1,100}")


def directory(parts: Parts) -> Iterator[Finding]:
    """A line names a category of the pack, and its lead is not also its helper."""
    known = parts.category_codes()
    for index, row in parts.rows("directory", "category"):
        yield from undefined(("lists", "directory", index, "category"), row.category, "类别", "category", known)
    for index, row in parts.rows("directory", "lead", "co"):
        if row.lead in row.co or len(set(row.co)) != len(row.co):
            path: Path = ("lists", "directory", index, "co")
            yield Finding(path, "同一单位不能既主办又会办，也不能写两次", "a unit is named once: it leads or it helps")


def places(parts: Parts) -> Iterator[Finding]:
    """`[places]` speaks of roles, each found in a way that exists."""
    own = parts.raw.get("places", {})
    for role, place in own.items() if isinstance(own, dict) else ():
        yield from undefined(("places", role), role, "角色", "role", parts.roles())
        if isinstance(place, str) and not _PLACE.fullmatch(place):
            zh = "应写 territory、directory、desk、work_group、grid:层 或 unit:单位代码"
            yield Finding(("places", role), zh, "write territory, directory, desk, work_group, grid:LAYER or unit:CODE")


def leads_are_found(parts: Parts) -> Iterator[Finding]:
    """The role that a route gives the lead or the territory to can be found among the units."""
    own = parts.raw.get("places", {})
    known = set(PLACES) | (set(own) if isinstance(own, dict) else set())
    for key in ("lead", "territory"):
        for index, row in parts.rows("route", key):
            role = getattr(row, key)
            if role is None or role.startswith("designated_by:") or role not in parts.roles() or role in known:
                continue
            zh, en = f"请在 [places] 写明如何找到 {role} 的单位", f"say in [places] how the unit of {role} is found"
            yield Finding(("lists", "route", index, key), zh, en)


def classes(parts: Parts) -> Iterator[Finding]:
    """Must-solve classes are categories; rework limits are of classes of urgency; somebody decides without a route."""
    if words := parts.table("taxonomy", "must_solve"):
        for number, code in enumerate(words.must_solve):
            path: Path = ("taxonomy", "must_solve", number)
            yield from undefined(path, code, "类别", "category", parts.category_codes())
    if closure := parts.table("closure", "rework"):
        for code in closure.rework:
            known = parts.declared("lists", "urgency", "code")
            yield from undefined(("closure", "rework", code), code, "分级", "class of urgency", known)
    if order := parts.table("order", "fallback_role"):
        path = ("order", "fallback_role")
        yield from undefined(path, order.fallback_role, "兜底的角色", "role that decides", set(ISSUERS))


def focus(parts: Parts) -> Iterator[Finding]:
    """A category is in focus under a word that the taxonomy names, and each such word has a category (LT-06)."""
    if (words := parts.table("taxonomy", "focus", "categories")) is None:
        return
    used = set()
    named: list[tuple[Path, str | None]] = []
    for number, group in enumerate(words.categories):
        at: Path = ("taxonomy", "categories", number)
        named.append(((*at, "focus"), group.focus))
        named += [((*at, "items", n, "focus"), leaf.focus) for n, leaf in enumerate(group.items)]
    for path, word in named:
        if word is not None:
            used.add(word)
            yield from undefined(path, word, "重点关注", "matter in focus", set(words.focus))
    for number, word in enumerate(words.focus):
        if word not in used:
            zh, en = f"没有类别属于重点关注「{word}」", f"no category belongs to the matter in focus {word}"
            yield Finding(("taxonomy", "focus", number), zh, en)


def lines(parts: Parts) -> Iterator[Finding]:
    """A functional line speaks of categories and a role of the pack; no category belongs to two (LT-41)."""
    known, taken = parts.category_codes(), dict[str, str]()
    words = parts.table("taxonomy", "categories")
    groups = {group.code: [leaf.code for leaf in group.items] for group in words.categories} if words else {}
    for index, row in parts.rows("line", "code", "categories", "by"):
        yield from undefined(("lists", "line", index, "by"), row.by, "角色", "role", parts.roles())
        for place, code in enumerate(row.categories):
            path: Path = ("lists", "line", index, "categories", place)
            yield from undefined(path, code, "类别", "category", known)
            for leaf in groups.get(code, [code]):
                if taken.setdefault(leaf, row.code) != row.code:
                    zh, en = f"{leaf} 已属于主管口 {taken[leaf]}", f"{leaf} belongs to the line {taken[leaf]} already"
                    yield Finding(path, zh, en)


RULES = (directory, places, leads_are_found, classes, focus, lines)
