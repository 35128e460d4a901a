"""Hypothesis strategies for events, built from their JSON Schemas."""

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from contracts.event import Event

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(datetime.isoformat)
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1)).map(date.isoformat)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
"""No NUL: no log takes it (`contracts.codec.Unrecordable`)."""


def events(model: type[Event]) -> st.SearchStrategy[Event]:
    """Valid events of one type, read from valid raw data."""
    schema = model.model_json_schema(mode="validation")
    return from_schema(schema, schema.get("$defs", {})).map(model.model_validate)


def from_schema(node: dict[str, Any], defs: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that satisfy the part of JSON Schema that the contracts use."""
    if "$ref" in node:
        return from_schema(defs[node["$ref"].rsplit("/", 1)[1]], defs)
    if "anyOf" in node:
        return st.one_of([from_schema(one, defs) for one in node["anyOf"]])
    if "const" in node:
        return st.just(node["const"])
    if "enum" in node:
        return st.sampled_from(node["enum"])
    match node["type"]:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(node.get("minimum", 0), node.get("maximum", 10**6))
        case "string" if node.get("format") == "date-time":
            return MOMENTS
        case "string" if node.get("format") == "date":
            return DAYS
        case "string" if "pattern" in node:
            return st.from_regex(node["pattern"], fullmatch=True).filter(
                lambda text: len(text) <= node.get("maxLength", 100) and "\0" not in text
            )
        case "string":
            return TEXT.filter(lambda text: len(text) >= node.get("minLength", 0))
        case "array":
            return st.lists(from_schema(node["items"], defs), min_size=node.get("minItems", 0), max_size=3)
        case "object" if "properties" in node:
            return st.fixed_dictionaries({name: from_schema(one, defs) for name, one in node["properties"].items()})
        case "object":
            keys = st.text("abc123-", min_size=1, max_size=8)
            (value,) = node.get("patternProperties", {"": node.get("additionalProperties")}).values()
            return st.dictionaries(keys, from_schema(value, defs), max_size=3)
        case other:
            raise ValueError(f"no strategy for {other}")
