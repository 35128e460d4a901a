"""A pack with anything in any place is refused with findings and never crashes: people paste what they have."""

import json
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from contracts.pack import PackErrors, parse_pack

PACK = Path(__file__).parents[2] / "deploy" / "packs" / "lt-2019.toml"
Place = tuple[str | int, ...]


def toml(value: Any) -> str:
    """As TOML writes it on one line."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            pairs = (f"{json.dumps(key, ensure_ascii=False)} = {toml(one)}" for key, one in value.items())
            return "{" + ", ".join(pairs) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def written(raw: dict[str, Any]) -> bytes:
    return "\n".join(f"{json.dumps(key)} = {toml(value)}" for key, value in raw.items()).encode()


def places(value: Any, at: Place = ()) -> Iterator[tuple[Place, Any]]:
    if at:
        yield at, value
    if isinstance(value, dict):
        for key, one in value.items():
            yield from places(one, (*at, key))
    elif isinstance(value, list):  # the first row: the others have its shape
        for index, one in enumerate(value[:1]):
            yield from places(one, (*at, index))


def damaged(raw: dict[str, Any], at: Place, value: Any) -> bytes:
    whole = deepcopy(raw)
    holder: Any = whole
    for part in at[:-1]:
        holder = holder[part]
    holder[at[-1]] = value
    return written(whole)


@pytest.mark.parametrize("table", sorted(tomllib.loads(PACK.read_text("utf-8"))))
def test_whatever_stands_in_a_place_is_answered_with_findings(table: str) -> None:
    raw = tomllib.loads(PACK.read_text("utf-8"), parse_float=Decimal)
    parse_pack(written(raw))
    refused = 0
    for at, value in places({table: raw[table]}):
        for wrong in (5, [5], "x") if isinstance(value, dict | list) else ([["x"]],):
            try:
                parse_pack(damaged(raw, at, wrong))
            except PackErrors:
                refused += 1
    assert refused


@pytest.mark.parametrize("items", [5, True, [5], "x", {}])
def test_the_items_of_a_category_that_are_no_tables_are_named(items: Any) -> None:
    raw = tomllib.loads(PACK.read_text("utf-8"), parse_float=Decimal)
    with pytest.raises(PackErrors) as refused:
        parse_pack(damaged(raw, ("taxonomy", "categories", 0, "items"), items))
    assert any(error.place.startswith("taxonomy.categories[1].items") for error in refused.value.errors)
