"""Lint of coverage: every rule can be counted, and says one thing only."""

from collections.abc import Iterator

from contracts.pack.errors import Path
from contracts.pack.parts import Finding, Parts


def shares(parts: Parts) -> Iterator[Finding]:
    """A rule has one ratio, or one for each size of town."""
    for index, row in parts.rows("coverage", "ratio", "by_size"):
        at: Path = ("lists", "coverage", index)
        if row.ratio is not None and row.by_size:
            yield Finding((*at, "ratio"), "ratio 与 by_size 只能写一个", "either ratio or by_size, not both")
        if row.ratio is None and not row.by_size:
            yield Finding(at, "应写明比例（ratio）或按规模的比例（by_size）", "name a ratio, or one by size (by_size)")


def once(parts: Parts) -> Iterator[Finding]:
    """A population has one rule for a day."""
    seen: set[tuple[str, object]] = set()
    for index, row in parts.rows("coverage", "population", "due"):
        for code in row.population:
            if (code, row.due) in seen:
                at: Path = ("lists", "coverage", index, "population")
                yield Finding(at, f"{code} 在 {row.due} 已有规定", f"{code} has a rule for {row.due} already")
            seen.add((code, row.due))


def countable(parts: Parts) -> Iterator[Finding]:
    """Who belongs to a population is said, and by a key that its kind knows."""
    for index, row in parts.rows("population", "kind", "tags", "repeat_caller"):
        at: Path = ("lists", "population", index)
        if "person" in row.kind and not row.tags and row.repeat_caller is None:
            zh = "应写明特殊群体的标签（tags）或多次来电的标准（repeat_caller）"
            yield Finding((*at, "kind"), zh, "name the tags of such people, or who is a repeat caller")
        if row.repeat_caller is not None and "person" not in row.kind:
            zh = "多次来电的标准只用于 person 一类"
            yield Finding((*at, "repeat_caller"), zh, "only a population of persons has repeat callers")
    for index, row in parts.rows("population", "kind", "layer"):
        at = ("lists", "population", index, "layer")
        if ("grid" in row.kind) != (row.layer is not None):
            zh = "网格（grid）应写明层（layer），其他类别不写"
            yield Finding(at, zh, "a population of grid cells names its layer, no other does")


def participants(parts: Parts) -> Iterator[Finding]:
    """Of whom a share must take part, it is known who they are."""
    for index, row in parts.rows("roster", "participation", "levels", "ranks"):
        if row.participation is not None and not row.levels and not row.ranks:
            at: Path = ("lists", "roster", index, "participation")
            zh = "应写明单位层级（levels）或职级（ranks），才知道谁应参加"
            yield Finding(at, zh, "say whose people the roster is (levels) or of which ranks (ranks)")
    for index, row in parts.rows("roster", "participation", "due"):
        if row.due is not None and row.participation is None:
            at = ("lists", "roster", index, "due")
            yield Finding(at, "有期限应同时写明参与率（participation）", "a day needs the share that takes part by it")


RULES = (shares, once, countable, participants)
