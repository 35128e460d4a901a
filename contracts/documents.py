"""Makes the checked-in documents from the models: JSON Schemas and the AsyncAPI description.

`python -m contracts.documents` writes them; `--check` fails when a checked-in file differs.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contracts.catalogue import TYPES
from contracts.event import Event
from contracts.log import OWNER as ANY_LOG

HERE = Path(__file__).parent
SCHEMAS = HERE / "schemas"
ASYNCAPI = HERE / "asyncapi.json"
SOURCES = ("intake", "dispatch", "supervision", "reporting")

ENVELOPE_STRINGS = (
    "actingfor",
    "programme",
    "packversion",
    "occurredat",
    "capturedat",
    "correlationid",
    "causationid",
    "privacyclass",
    "traceparent",
)
"""Attributes that are absent when empty."""


def schema_name(model: type[Event], version: int | None = None) -> str:
    return f"{model.TYPE}.v{version or model.VERSION}.json"


def data_schema(model: type[Event]) -> dict[str, Any]:
    """The JSON Schema of an event's data at its current version."""
    schema = model.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"/contracts/schemas/{schema_name(model)}",
        "x-owner": model.OWNER,
        "x-stream": f"{model.STREAM}-{{{model.KEY}}}",
        **schema,
    }


def _rebase(node: Any, prefix: str) -> Any:
    """Point `#/$defs/X` at the document's own components."""
    if isinstance(node, dict):
        return {
            key: f"#/components/schemas/{prefix}.{value.rsplit('/', 1)[1]}"
            if key == "$ref" and isinstance(value, str)
            else _rebase(value, prefix)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_rebase(item, prefix) for item in node]
    return node


def _earlier(model: type[Event]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Component name and schema of every version that came before: such events stay in the streams."""
    for version in range(1, model.VERSION):
        schema = json.loads((SCHEMAS / schema_name(model, version)).read_text())
        yield (
            f"{model.TYPE}.v{version}",
            {key: part for key, part in schema.items() if key == "$defs" or key[0] not in "$x"},
        )


def _versions(model: type[Event]) -> dict[str, Any]:
    """Which data belong to which version of the schema."""
    names = [*(name for name, _ in _earlier(model)), model.TYPE]
    said = [
        {"schemaversion": {"const": version}, "data": {"$ref": f"#/components/schemas/{name}"}}
        for version, name in enumerate(names, 1)
    ]
    return {"properties": said[0]} if len(said) == 1 else {"oneOf": [{"properties": one} for one in said]}


def _message(model: type[Event]) -> dict[str, Any]:
    versions = _versions(model)
    attributes: dict[str, Any] = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid"},
        "type": {"const": model.TYPE},
        "source": {"type": "string"},
        "subject": {"type": "string"},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"type": "string"},
        "schemaversion": {"enum": list(range(1, model.VERSION + 1))},
        "streamversion": {"type": "integer", "minimum": 1},
        "prev": {"type": "string", "pattern": "^([0-9a-f]{64})?$"},
        "time": {"type": "string", "format": "date-time"},
        "actorperson": {"type": "string"},
        "actorunit": {"type": "string"},
        "actorrole": {"type": "string"},
        "commandid": {"type": "string"},
        **{name: {"type": "string"} for name in ENVELOPE_STRINGS},
        "data": {"type": "object"},
    }
    required = [name for name in attributes if name not in ENVELOPE_STRINGS]
    attributes |= versions.pop("properties", {})
    return {
        "name": model.TYPE,
        "title": model.__name__,
        "summary": (model.__doc__ or "").strip().split("\n")[0],
        "contentType": "application/cloudevents+json",
        "headers": {
            "type": "object",
            "required": ["Huiyin-Chain"],
            "properties": {"Huiyin-Chain": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
        },
        "payload": {"type": "object", "required": required, "properties": attributes, **versions},
    }


def asyncapi() -> dict[str, Any]:
    """One channel a source: its JetStream stream, with every event type that its service owns and the log's own."""
    schemas: dict[str, Any] = {}
    for model in TYPES.values():
        current = (model.TYPE, model.model_json_schema(mode="serialization"))
        for name, schema in (*_earlier(model), current):
            for part, definition in schema.pop("$defs", {}).items():
                schemas[f"{name}.{part}"] = _rebase(definition, name)
            schemas[name] = _rebase(schema, name)
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for source in SOURCES:
        owned = sorted(name for name, model in TYPES.items() if model.OWNER in (source, ANY_LOG))
        channels[source] = {
            "address": f"ev.{{district}}.{source}.{{epoch}}.{{type}}",
            "title": f"Log of {source}",
            "description": f"JetStream stream EVENTS_<district>_{source}_<epoch>; sequence == log position.",
            "parameters": {
                "district": {"description": "Code of the installation's district"},
                "epoch": {"description": "Counts recoveries that started a new numbering, from 1"},
                "type": {"description": "Event type", "enum": owned},
            },
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in owned},
        }
        operations[f"publish-{source}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{source}"},
            "summary": f"The relay of {source} publishes its own log, in order",
            "messages": [{"$ref": f"#/channels/{source}/messages/{name}"} for name in owned],
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Huiyin 回音",
            "version": "1.0.0",
            "description": "Events of the four services, as structured CloudEvents 1.0 JSON.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {name: _message(model) for name, model in sorted(TYPES.items())},
            "schemas": dict(sorted(schemas.items())),
        },
    }


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def documents() -> dict[Path, str]:
    """Every generated file and its text. Schemas of earlier versions stay as they are."""
    files = {SCHEMAS / schema_name(model): _text(data_schema(model)) for model in TYPES.values()}
    files[ASYNCAPI] = _text(asyncapi())
    return files


def main(arguments: list[str]) -> int:
    stale = [path for path, text in documents().items() if not path.exists() or path.read_text() != text]
    if "--check" in arguments:
        for path in stale:
            print(f"stale: {path.relative_to(HERE.parent)}; run python -m contracts.documents")
        return 1 if stale else 0
    SCHEMAS.mkdir(exist_ok=True)
    for path in stale:
        path.write_text(documents()[path])
        print(f"wrote {path.relative_to(HERE.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
