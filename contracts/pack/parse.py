"""Reads a pack from its TOML bytes: syntax, then every table and row by itself, then the lint; all findings at once."""

import re
import tomllib
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any

from contracts.pack.errors import PackError, PackErrors, Path, place
from contracts.pack.fields import Table
from contracts.pack.lines import line_of, lines_of
from contracts.pack.lint import lint
from contracts.pack.pack import Pack
from contracts.pack.parts import Finding, Parts
from contracts.pack.rows import Lists
from contracts.pack.salvage import found_in, salvage

MAX_BYTES = 1_000_000
"""A pack is a few pages; anything near this size is another file."""

_KEPT = 32
"""Parsed packs kept by their bytes: a service asks for the same few versions with every command."""

_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\(?:u0000|U00000000)")
"""As TOML writes it; the character itself is no TOML."""


@lru_cache(maxsize=_KEPT)
def parse_pack(source: bytes) -> Pack:
    """The pack that the bytes describe, or `PackErrors` naming everything that is wrong with them."""
    raw, text = _toml(source)
    written = _gathered(raw)
    parts, findings = _parts(raw, written)
    findings += lint(parts)
    if findings:
        lines = lines_of(text)
        raise PackErrors(_sorted([_located(f, lines, raw) for f in findings]))
    pack = Pack.model_validate(written)
    pack._sha256 = sha256(source).hexdigest()
    return pack


def _toml(source: bytes) -> tuple[dict[str, Any], str]:
    if len(source) > MAX_BYTES:
        raise PackErrors([PackError("pack", "文件过大，不是方案文件", "the file is too large to be a pack")])
    try:
        text = source.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise PackErrors([PackError("pack", "文件应为 UTF-8 编码", "the file must be UTF-8", line)]) from error
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise PackErrors([_syntax(str(error), text)]) from error
    if (escaped := _NUL.search(text)) is not None:
        line = text.count("\n", 0, escaped.start()) + 1
        raise PackErrors([PackError("pack", "不能含有空字符（NUL）", "a NUL character cannot be kept", line)])
    return raw, text


def _syntax(reason: str, text: str) -> PackError:
    _, _, after = reason.rpartition("at line ")
    number = after.partition(",")[0]
    line = int(number) if number.isdigit() else text.count("\n") + 1
    return PackError("pack", f"不是合规的 TOML：{reason}", f"not valid TOML: {reason}", line)


def _gathered(raw: dict[str, Any]) -> dict[str, Any]:
    """`[[urgency]]` at the top and `urgency = [...]` under `[lists]` are the same data."""
    lists = raw.get("lists", {})
    own = {k: v for k, v in raw.items() if k in Lists.model_fields}
    if not isinstance(lists, dict):
        return dict(raw)
    rest = {k: v for k, v in raw.items() if k not in own}
    return {**rest, "lists": {**own, **lists}}


def _parts(raw: dict[str, Any], written: dict[str, Any]) -> tuple[Parts, list[Finding]]:
    parts, findings = Parts(written), []
    for name in set(raw) & set(Lists.model_fields):
        if name in raw.get("lists", {}):
            path: Path = ("lists", name)
            findings.append(Finding(path, f"{name} 写了两处，请只留一处", f"{name} is written in two places; keep one"))
    findings += [f for f in found_in(Pack, written, ()) if len(f.path) == 1 or f.path[0] in ("role_names", "places")]
    for name, field in Pack.model_fields.items():
        kind = field.annotation
        for table in (kind, *getattr(kind, "__args__", ())):
            if isinstance(table, type) and issubclass(table, Table) and table is not Lists:
                _table(parts, findings, name, table)
    _lists(parts, findings)
    return parts, findings


def _table(parts: Parts, findings: list[Finding], name: str, table: type[Table]) -> None:
    if name not in parts.raw:
        return
    salvaged, found = salvage(table, parts.raw[name], (name,))
    findings += found
    parts.put_table(name, salvaged)


def _lists(parts: Parts, findings: list[Finding]) -> None:
    lists = parts.raw.get("lists", {})
    if not isinstance(lists, dict):
        return
    for name, field in Lists.model_fields.items():
        rows = lists.get(name, [])
        row_type = field.annotation.__args__[0] if field.annotation else Table
        if not isinstance(rows, list):
            continue
        for index, row in enumerate(rows):
            salvaged, found = salvage(row_type, row, ("lists", name, index))
            findings += found
            parts.put_row(name, index, salvaged)
    findings += [f for f in found_in(Lists, lists, ("lists",)) if len(f.path) <= 2]


def _located(finding: Finding, lines: dict[Path, int], raw: dict[str, Any]) -> PackError:
    path = finding.path
    top = path[1:] if path[:1] == ("lists",) and len(path) > 1 and path[1] in raw else path
    return PackError(place(path), finding.zh, finding.en, line_of(lines, top))


def _sorted(errors: list[PackError]) -> list[PackError]:
    return sorted(dict.fromkeys(errors), key=lambda e: (e.line or 0, e.place))
