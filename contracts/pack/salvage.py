"""Reads what can be read of a broken table, so that one slip hides no other finding."""

from copy import copy
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError, create_model

from contracts.pack.errors import Path
from contracts.pack.fields import Table
from contracts.pack.parts import Finding, Salvaged
from contracts.pack.wording import worded


def salvage(model: type[Table], raw: Any, at: Path) -> tuple[Salvaged, list[Finding]]:
    """The readable keys of a table and the findings about the others."""
    try:
        return Salvaged(model.model_validate(raw)), []
    except ValidationError as error:
        findings = _findings(error, at, model)
    names = {field.alias or name: name for name, field in model.model_fields.items()}
    if not isinstance(raw, dict):
        return Salvaged(None, frozenset(names.values())), findings
    bad = {f.path[len(at)] for f in findings}
    good = {key: value for key, value in raw.items() if key in names and key not in bad}
    broken = frozenset(names[key] for key in bad if key in names)
    return Salvaged(_lenient(model).model_validate(good), broken), findings


def found_in(model: type[BaseModel], raw: Any, at: Path) -> list[Finding]:
    """The findings about a value of this shape."""
    try:
        model.model_validate(raw)
    except ValidationError as error:
        return _findings(error, at, model)
    return []


@cache
def _lenient(model: type[Table]) -> type[Table]:
    """The same table with nothing required."""
    fields: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if field.is_required():
            optional = copy(field)
            optional.default = None
            fields[name] = (field.annotation, optional)
    return create_model(f"Lenient{model.__name__}", __base__=model, **fields)


def _findings(error: ValidationError, at: Path, model: type[BaseModel]) -> list[Finding]:
    findings = []
    details = error.errors(include_url=False)
    for detail in details:
        # pydantic also calls a list too short when its only rows are broken: the rows say it better
        within = [d for d in details if len(d["loc"]) > len(detail["loc"]) and _starts(d["loc"], detail["loc"])]
        if not (detail["type"] == "too_short" and within):
            path = (*at, *(part for part in detail["loc"] if part != "[key]"))
            findings.append(Finding(path, *worded(detail, model, path)))
    return findings


def _starts(longer: Path, shorter: Path) -> bool:
    return longer[: len(shorter)] == shorter
