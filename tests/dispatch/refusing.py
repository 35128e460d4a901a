"""Every refusal that dispatch's code can give, read from the code itself, and the fields that its forms show."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ROOT / "services" / "dispatch"
TEMPLATES = CODE / "web" / "templates"
DIRECT = {"Rejected": 0, "NotYet": 0, "refuse_empty": 1}
"""At which argument the code stands; the message and the field follow it."""

FUTURE = "in-future"
MOMENTS = {"refuse_future": 2, "refuse_wrong_time": 3}
"""What refuses with that code: at which argument its message stands, then the field."""


@dataclass(frozen=True)
class Refused:
    """One place that refuses."""

    where: str
    code: str
    messages: tuple[str, ...]
    """The sentence, or those it is chosen from."""

    field: str | None
    """With `N` for a line's number; None: about the whole; empty: the caller names it."""


@cache
def refusals() -> tuple[Refused, ...]:
    return tuple(one for path in sorted(CODE.rglob("*.py")) for one in _of_file(path))


@cache
def fields() -> frozenset[str]:
    """What the forms show a refusal beside."""
    text = "\n".join(path.read_text("utf-8") for path in sorted(TEMPLATES.glob("*.html")))
    plain = re.findall(r'\(\s*(?:\w+\.)?(?:form|back)\s*,\s*("[^)]*?)[,)]', text)
    shown = re.findall(r"form\.id\(['\"]([\w.]+)['\"]\)", text)
    kept = ["evidence"] if "evidence_input(form" in text else []
    named = [re.sub(r'"\s*~\s*n\s*~\s*"', "N", one).strip('"') for one in plain]
    return frozenset([*named, *shown, *kept])


@cache
def _words() -> dict[str, str]:
    """Messages that stand under a name."""
    found = {}
    for path in sorted(CODE.rglob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            if isinstance(target, ast.Name) and (said := _text(node.value)) is not None:  # type: ignore[attr-defined]
                found[target.id] = said
    return found


def _of_file(path: Path) -> Iterator[Refused]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        at = DIRECT.get(name)
        where = f"{path.relative_to(ROOT)}:{node.lineno}"
        if at is not None and len(node.args) > at and (code := _text(node.args[at])) is not None:
            if isinstance(node.args[at + 1], ast.Name) and ast.unparse(node.args[at + 1]) == "message":
                continue  # a helper that its callers give the words
            yield Refused(where, code, _message(node.args[at + 1]), _field(node, at + 2))
        elif (at := MOMENTS.get(name)) is not None and ast.unparse(node.args[at]) != "message":
            yield Refused(where, FUTURE, _message(node.args[at]), _field(node, at + 1))


def _message(node: ast.expr) -> tuple[str, ...]:
    """What is said; a table of sentences is named in brackets."""
    if (said := _text(node)) is not None:
        return (said,)
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return (_words()[name],)
        case ast.IfExp(body=one, orelse=other):
            return _message(one) + _message(other)
        case ast.Subscript(value=ast.Name(id=name)):
            return (f"[{name}]",)
        case _:
            raise AssertionError(f"a refusal's words cannot be read: {ast.unparse(node)}")


def _field(node: ast.Call, at: int) -> str | None:
    given = node.args[at] if len(node.args) > at else next((k.value for k in node.keywords if k.arg == "field"), None)
    match given:
        case None:
            return None
        case ast.Constant(value=str(name)):
            return name
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "N" for part in parts)
        case _:
            return ""


def _text(node: ast.expr) -> str | None:
    """A string, plain or marked for translation, or pieces of one after another."""
    match node:
        case ast.Constant(value=str(said)):
            return said
        case ast.Call(func=ast.Name(id="N_" | "_"), args=[one, *_rest]):
            return _text(one) if _text(one) is not None else _words().get(getattr(one, "id", ""), None)
        case _:
            return None
