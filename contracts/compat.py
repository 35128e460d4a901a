"""Fails on a change of an event's schema that old or new readers could not survive without a new version.

`python -m contracts.compat [REV]` compares the working tree's schemas with those of a git revision
(default: origin/main, else HEAD; where that is what stands here already, as in a fresh clone, the commit before it).
Allowed at the same version: a new optional field with a default. Everything
else needs `version + 1` with an upcast. A schema or golden file of an earlier version never changes or disappears.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

Schema = dict[str, Any]
ROOT = Path(__file__).parent.parent
IGNORED = {"description", "title", "default", "$id", "$schema", "x-owner", "x-stream"}


def breaks(old: Schema, new: Schema) -> list[str]:
    """Why `new` may not replace `old` at the same version; empty when it may."""
    return _object(old, new, "", old.get("$defs", {}), new.get("$defs", {}))


def _resolve(node: Schema, defs: Schema) -> Schema:
    while "$ref" in node:
        node = defs[node["$ref"].rsplit("/", 1)[1]]
    return node


def _node(old: Schema, new: Schema, at: str, old_defs: Schema, new_defs: Schema) -> list[str]:
    old, new = _resolve(old, old_defs), _resolve(new, new_defs)
    if old.get("type") == "object" and "properties" in old and "properties" in new:
        return _object(old, new, at, old_defs, new_defs)
    found: list[str] = []
    for key in sorted((old.keys() | new.keys()) - IGNORED):
        before, after = old.get(key), new.get(key)
        if isinstance(before, dict) and isinstance(after, dict):
            found += _node(before, after, f"{at}.{key}", old_defs, new_defs)
        elif key in ("anyOf", "prefixItems") and before is not None and after is not None:
            if len(before) != len(after):
                found.append(f"{at}: {key} has {len(after)} alternatives, had {len(before)}")
            for index, (one, other) in enumerate(zip(before, after, strict=False)):
                found += _node(one, other, f"{at}[{index}]", old_defs, new_defs)
        elif before != after:
            found.append(f"{at}: {key} was {json.dumps(before)}, is {json.dumps(after)}")
    return found


def _object(old: Schema, new: Schema, at: str, old_defs: Schema, new_defs: Schema) -> list[str]:
    found: list[str] = []
    before, after = old["properties"], new["properties"]
    for name in before.keys() - after.keys():
        found.append(f"{at}.{name}: removed")
    for name in after.keys() - before.keys():
        if "default" not in after[name]:
            found.append(f"{at}.{name}: new without a default")
    for name in sorted(before.keys() & after.keys()):
        found += _node(before[name], after[name], f"{at}.{name}", old_defs, new_defs)
        if "default" in before[name] and "default" not in after[name]:
            found.append(f"{at}.{name}: became required")
    return found


def _git(*arguments: str, root: Path = ROOT) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout


def _commit(name: str, root: Path) -> str | None:
    """What `name` stands for; None where there is no such commit."""
    done = subprocess.run(
        ["git", "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or None


def base_revision(arguments: list[str], root: Path = ROOT) -> str:
    """What to compare with. A clean clone compared with its own head could never fail: then the commit before it."""
    if arguments:
        return arguments[0]
    base = "origin/main" if _commit("origin/main", root) else "HEAD"
    same = _commit(base, root) == _commit("HEAD", root)
    if same and not _git("status", "--porcelain", "--", "contracts", root=root) and _commit("HEAD^", root):
        return "HEAD^"
    return base


def compare(revision: str) -> list[str]:
    """Every breaking difference between the working tree and `revision`."""
    found: list[str] = []
    listed = _git("ls-tree", "-r", "--name-only", revision, "contracts/schemas", "contracts/golden")
    for name in listed.split():
        path = ROOT / name
        old = _git("show", f"{revision}:{name}")
        if not path.exists():
            found.append(f"{name}: disappeared; stored events still need it")
        elif name.startswith("contracts/golden/"):
            if path.read_text() != old:
                found.append(f"{name}: a golden file never changes")
        else:
            found += [f"{name}{reason}" for reason in breaks(json.loads(old), json.loads(path.read_text()))]
    return found


def main(arguments: list[str]) -> int:
    revision = base_revision(arguments)
    found = compare(revision)
    for line in found:
        print(f"breaking against {revision}: {line}")
    if found:
        print("raise the event's version and add an upcast and a golden file, or add a new event type")
    else:
        print(f"no breaking change against {revision} ({_git('rev-parse', '--short', revision).strip()})")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
