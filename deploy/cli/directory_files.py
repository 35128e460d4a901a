"""Reads a directory (units, persons, grid, subjects) from TOML or xlsx; every bad row by sheet, row and field."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from pydantic import BaseModel, ValidationError

from deploy.cli.message_files import BadFile, toml_of
from services.chassis.web.wording import wording
from services.intake.web.inputs import CellInput, PersonInput, PlaceInput, SubjectInput, UnitInput

LISTS = ("duties", "roles", "tags", "members")
"""Columns of a sheet that hold several values, separated by `、` or `,`."""

PAIRS = ("grid_ids",)
"""Columns that hold a cell of each of several layers, as `city=city-a1、party=party-a1`."""


class PersonRow(PersonInput):
    """A person of a file, who may have a login there."""

    login: str | None = None


SHEETS: dict[str, type[BaseModel]] = {
    "units": UnitInput,
    "persons": PersonRow,
    "cells": CellInput,
    "places": PlaceInput,
    "subjects": SubjectInput,
}
"""In the order they are loaded: each names only what stands before it; a cell of the grid follows the one above it."""

SHEET_NAMES = {"units": "单位", "persons": "人员", "cells": "网格", "places": "地点", "subjects": "走访对象"}


@dataclass(frozen=True, slots=True)
class BadRow:
    """What is wrong with one row, and where."""

    sheet: str
    row: int
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.sheet} {self.row}: {self.field}: {self.reason}"


@dataclass
class DirectoryFile:
    """The good rows of a file with their row numbers, and every bad one."""

    units: list[tuple[int, UnitInput]] = field(default_factory=list)
    persons: list[tuple[int, PersonRow]] = field(default_factory=list)
    cells: list[tuple[int, CellInput]] = field(default_factory=list)
    places: list[tuple[int, PlaceInput]] = field(default_factory=list)
    subjects: list[tuple[int, SubjectInput]] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


class BadDirectory(Exception):
    """The file has bad rows and taking only the good ones was not asked for."""

    def __init__(self, bad: Sequence[BadRow]) -> None:
        super().__init__("\n".join(map(str, bad)))
        self.bad = bad


def read_directory(path: Path) -> DirectoryFile:
    """Every row of the file, good or bad; `BadFile` when it cannot be read at all."""
    tables = tables_of(path, SHEET_NAMES)
    found = DirectoryFile()
    for sheet, model in SHEETS.items():
        good: list[Any] = getattr(found, sheet)
        for row, values in tables.get(sheet, ()):
            try:
                good.append((row, model.model_validate(values)))
            except ValidationError as error:
                found.bad += [
                    BadRow(sheet, row, ".".join(map(str, one["loc"])), wording(one).zh) for one in error.errors()
                ]
    found.bad += _contradictions(found)
    return found


def _contradictions(found: DirectoryFile) -> Iterator[BadRow]:
    """What no row shows by itself: a unit, person or parent that the file does not have; an id used twice."""
    units = {unit.unit_id for _, unit in found.units}
    people = {person.person_id for _, person in found.persons}
    yield from _missing("units", found.units, {"parent": units})
    yield from _missing("persons", found.persons, {"unit_id": units, "backup_id": people})
    cells = {cell.grid_id for _, cell in found.cells}
    yield from _missing("cells", found.cells, {"parent": cells, "unit_id": units, "leader": people})
    yield from _missing("subjects", found.subjects, {"territory_unit": units, "community_unit": units})
    yield from _doubles("units", found.units, lambda row: row.unit_id)
    yield from _doubles("persons", found.persons, lambda row: row.person_id)
    yield from _doubles("cells", found.cells, lambda row: row.grid_id)
    yield from _doubles("places", found.places, lambda row: row.place_ref)
    yield from _doubles("subjects", found.subjects, lambda row: row.subject_id)


def _missing(sheet: str, rows: Sequence[tuple[int, Any]], known: Mapping[str, set[str]]) -> Iterator[BadRow]:
    for number, row in rows:
        for name, ids in known.items():
            value = getattr(row, name)
            if value is not None and value not in ids:
                yield BadRow(sheet, number, name, f"名册中没有 {value}")


def _doubles(sheet: str, rows: Sequence[tuple[int, Any]], id_of: Callable[[Any], str]) -> Iterator[BadRow]:
    seen: dict[str, int] = {}
    for number, row in rows:
        first = seen.setdefault(id_of(row), number)
        if first != number:
            yield BadRow(sheet, number, "id", f"{id_of(row)} 与第 {first} 行重复")


def good_rows(found: DirectoryFile) -> DirectoryFile:
    """The file without its bad rows."""
    bad = {(one.sheet, one.row) for one in found.bad}
    return DirectoryFile(
        [row for row in found.units if ("units", row[0]) not in bad],
        [row for row in found.persons if ("persons", row[0]) not in bad],
        [row for row in found.cells if ("cells", row[0]) not in bad],
        [row for row in found.places if ("places", row[0]) not in bad],
        [row for row in found.subjects if ("subjects", row[0]) not in bad],
    )


Tables = Mapping[str, Sequence[tuple[int, dict[str, Any]]]]


def tables_of(path: Path, sheets: Mapping[str, str]) -> Tables:
    """The rows of a file by the English names of its sheets; `BadFile` when it cannot be read at all."""
    return _xlsx(path, sheets) if path.suffix.lower() == ".xlsx" else _toml(path, sheets)


def _toml(path: Path, sheets: Mapping[str, str]) -> Tables:
    content = toml_of(path)
    for sheet in sheets:
        if not isinstance(content.get(sheet, []), list):
            raise BadFile(f"{path}: {sheet} 应写作 [[{sheet}]] write [[{sheet}]]")
    return {sheet: list(enumerate(content.get(sheet, []), 1)) for sheet in sheets}


def _xlsx(path: Path, sheets: Mapping[str, str]) -> Tables:
    """A sheet per kind, by its English or Chinese name; the first row holds the field names."""
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # whatever openpyxl meets in a broken file: it promises no kind of error
        raise BadFile(f"{path}: not a workbook: {error}") from error
    tables: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for sheet, chinese in sheets.items():
        name = next((title for title in (sheet, chinese) if title in book.sheetnames), None)
        if name is None:
            continue
        lines = book[name].iter_rows(values_only=True)
        heads = [str(cell or "").strip() for cell in next(lines, ())]
        tables[sheet] = [
            (number, _values(heads, cells))
            for number, cells in enumerate(lines, 2)
            if any(cell not in (None, "") for cell in cells)
        ]
    book.close()
    return tables


def _values(heads: Sequence[str], cells: Sequence[Any]) -> dict[str, Any]:
    given = {head: str(cell).strip() for head, cell in zip(heads, cells, strict=False) if head and cell is not None}
    for name in LISTS:
        if name in given:
            parts = given[name].replace("，", "、").replace(",", "、").split("、")
            given[name] = [part.strip() for part in parts if part.strip()]  # type: ignore[assignment]
    for name in PAIRS:
        if name in given:
            pairs = [pair.partition("=") for pair in given[name].replace("，", "、").replace(",", "、").split("、")]
            given[name] = {layer.strip(): grid.strip() for layer, _, grid in pairs if layer.strip()}  # type: ignore[assignment]
    return {name: value for name, value in given.items() if value != ""}
