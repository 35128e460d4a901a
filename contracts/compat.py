"""Fails on a change of an event's schema that old or new readers could not survive without a new version.

`python -m contracts.compat [REV]` compares the working tree with what was released (`baseline.json`) and, for what came
since, with a git revision (default: origin/main, else HEAD; where that is what stands here already, as in a fresh
clone, the commit before it). `--release` writes the baseline anew with all that stands here, if it keeps its promises.
Allowed at the same version: a new optional field with a default. Everything else needs `version + 1` with an upcast.
A schema or golden file of an earlier version never changes or disappears.
"""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

Schema = dict[str, Any]
ROOT = Path(__file__).parent.parent
BASELINE = "contracts/baseline.json"
SCHEMAS, GOLDEN = "contracts/schemas", "contracts/golden"
IGNORED = {"description", "title", "$id", "$schema"}
BELONGING = ("x-owner", "x-stream")
"""Who writes an event and to which stream: another answer sends it past everybody who reads it."""

RELEASE = "--release"
ADVICE = "raise the event's version and add an upcast and a golden file, or add a new event type"


def breaks(old: Schema, new: Schema) -> list[str]:
    """Why `new` may not replace `old` at the same version; empty when it may."""
    found = [f"{key} was {old.get(key)}, is {new.get(key)}" for key in BELONGING if old.get(key) != new.get(key)]
    return found + _object(old, new, "", old.get("$defs", {}), new.get("$defs", {}))


def _resolve(node: Schema, defs: Schema) -> Schema:
    """What a reference stands for, with what is said beside it, as a default."""
    while "$ref" in node:
        beside = {key: part for key, part in node.items() if key != "$ref"}
        node = {**defs[node["$ref"].rsplit("/", 1)[1]], **beside}
    return node


def _node(old: Schema, new: Schema, at: str, old_defs: Schema, new_defs: Schema) -> list[str]:
    old, new = _resolve(old, old_defs), _resolve(new, new_defs)
    found: list[str] = []
    if old.get("type") == new.get("type") == "object" and "properties" in old and "properties" in new:
        found += _object(old, new, at, old_defs, new_defs)
        old, new = ({"default": node["default"]} if "default" in node else {} for node in (old, new))
    for key in sorted((old.keys() | new.keys()) - IGNORED):
        before, after = old.get(key), new.get(key)
        if key != "default" and isinstance(before, dict) and isinstance(after, dict):
            found += _node(before, after, f"{at}.{key}", old_defs, new_defs)
        elif key in ("anyOf", "prefixItems") and before is not None and after is not None:
            if len(before) != len(after):
                found.append(f"{at}: {key} has {len(after)} alternatives, had {len(before)}")
            for index, (one, other) in enumerate(zip(before, after, strict=False)):
                found += _node(one, other, f"{at}[{index}]", old_defs, new_defs)
        elif key not in old or key not in new or before != after:
            was, now = (json.dumps(node[key], ensure_ascii=False) if key in node else "absent" for node in (old, new))
            found.append(f"{at}: {key} was {was}, is {now}")
    return found


def _object(old: Schema, new: Schema, at: str, old_defs: Schema, new_defs: Schema) -> list[str]:
    found: list[str] = []
    before, after = old["properties"], new["properties"]
    for name in sorted(before.keys() - after.keys()):
        found.append(f"{at}.{name}: removed")
    for name in sorted(after.keys() - before.keys()):
        if "default" not in after[name]:
            found.append(f"{at}.{name}: new without a default")
    for name in sorted(before.keys() & after.keys()):
        found += _node(before[name], after[name], f"{at}.{name}", old_defs, new_defs)
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


def standing(root: Path = ROOT) -> dict[str, Any]:
    """What a release promises to read for ever: every schema, and what every golden file says, by its hash."""
    schemas = {path.stem: json.loads(path.read_text()) for path in sorted((root / SCHEMAS).glob("*.json"))}
    golden = {path.stem: sha256(path.read_bytes()).hexdigest() for path in sorted((root / GOLDEN).glob("*.json"))}
    return {"schemas": schemas, "golden": golden}


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Every promise of `old` that `new` does not keep."""
    found: list[str] = []
    for name, schema in old["schemas"].items():
        if name not in new["schemas"]:
            found.append(f"schema {name}: disappeared; stored events still need it")
        else:
            found += [f"schema {name}{reason}" for reason in breaks(schema, new["schemas"][name])]
    for name, known in old["golden"].items():
        if name not in new["golden"]:
            found.append(f"golden {name}: disappeared; stored events still need it")
        elif new["golden"][name] != known:
            found.append(f"golden {name}: a golden file never changes")
    return found


def released(root: Path = ROOT) -> dict[str, Any]:
    """What the last release promised."""
    found: dict[str, Any] = json.loads((root / BASELINE).read_text())
    return found


def compare(revision: str, root: Path = ROOT) -> list[str]:
    """Every promise of `revision` that is not kept here: of its files, and of what had been released by then."""
    listed = _git("ls-tree", "-r", "--name-only", revision, SCHEMAS, GOLDEN, BASELINE, root=root).split()
    then = {name: _git("show", f"{revision}:{name}", root=root) for name in listed}
    held: dict[str, Any] = {"schemas": {}, "golden": {}}
    for name, text in then.items():
        if name.startswith(SCHEMAS):
            held["schemas"][Path(name).stem] = json.loads(text)
        elif name.startswith(GOLDEN):
            held["golden"][Path(name).stem] = sha256(text.encode()).hexdigest()
    found = differences(held, standing(root))
    if BASELINE in then:
        found += [f"{BASELINE}: {reason}" for reason in differences(json.loads(then[BASELINE]), released(root))]
    return found


def release(root: Path = ROOT) -> list[str]:
    """Promise all that stands here, unless something promised earlier would not be kept: then that is answered."""
    new, path = standing(root), root / BASELINE
    found = differences(released(root), new) if path.exists() else []
    if not found:
        lines = [
            f' "{part}": {{\n'
            + ",\n".join(f"  {json.dumps(name)}: {_line(said)}" for name, said in sorted(new[part].items()))
            + "\n }"
            for part in sorted(new)
        ]
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    return found


def _line(said: Any) -> str:
    """One line each, so that a change of the file shows which event it is about."""
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def main(arguments: list[str]) -> int:
    if arguments == [RELEASE]:
        found, against = release(), BASELINE
    else:
        revision = base_revision(arguments)
        found, against = differences(released(), standing()) + compare(revision), f"{BASELINE} and {revision}"
    for line in found:
        print(f"breaking against {against}: {line}")
    print(ADVICE if found else f"no breaking change against {against}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
