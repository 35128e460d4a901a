"""Which values of a pack are invented for trials: its author writes `# F` behind them, and pages say so."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'')
MARK = re.compile(r"\bF\b")
TABLE = re.compile(r"^\[([A-Za-z0-9_.-]+)\]")
KEY = re.compile(r"^([A-Za-z0-9_-]+)\s*=")
OPENS, CLOSES = "[{", "]}"


@dataclass(frozen=True, slots=True)
class Fixtures:
    """Paths as `order.max_returns`, `lists.urgency[1]` (counted from 0) or a whole table as `detector`."""

    paths: frozenset[str] = frozenset()

    def has(self, path: str) -> bool:
        """Whether the value itself, or what it stands in, is marked."""
        return any(one in self.paths for one in _upward(path))


def _upward(path: str) -> Iterator[str]:
    """`lists.urgency[1]`, `lists.urgency`, `lists`."""
    while path:
        yield path
        cut = max(path.rfind("."), path.rfind("["))
        path = path[:cut] if cut > 0 else ""


def fixtures(content: str) -> Fixtures:
    """Read from the pack's own lines: a TOML parser drops comments."""
    found: set[str] = set()
    table, key, depth, row = "", "", 0, -1
    for line in content.splitlines():
        bare = STRING.sub('""', line.strip())
        code, _, comment = bare.partition("#")
        path = ""
        if depth == 0:
            if named := TABLE.match(code):
                table, path = named[1], named[1]
            elif keyed := KEY.match(code):
                key, row = keyed[1], -1
                path = f"{table}.{key}" if table else key
                code = code[keyed.end() :]
        elif depth == 1 and code.lstrip().startswith("{"):
            row += 1
            path = f"{table}.{key}[{row}]"
        else:
            path = f"{table}.{key}[{row}]" if row >= 0 else f"{table}.{key}"
        if MARK.search(comment):
            found.add(path)
        if not TABLE.match(bare):
            depth += sum(code.count(sign) for sign in OPENS) - sum(code.count(sign) for sign in CLOSES)
    return Fixtures(frozenset(found - {""}))
