"""Tables of figures by unit as a page shows them: names for units, a link behind every number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from services.reporting.domain.canonical import Cell
from services.reporting.web.labels import (
    DASH,
    R03_COLUMNS,
    R03_DRILLS,
    R06_COLUMNS,
    R06_DRILLS,
    R09_COLUMNS,
    R09_DRILLS,
    R22_COLUMNS,
    R22_DRILLS,
    WORDED,
)
from services.reporting.web.workbook import NAMED, named, unit_word
from services.ui.i18n import gettext as _

PERCENT = ("planned",)
"""Shares besides those whose name says so."""


@dataclass(frozen=True, slots=True)
class Table:
    """Its columns, and the numbers that open what they count."""

    columns: Sequence[tuple[str, str]]
    drills: Mapping[str, str]
    behind: str
    """Where those behind a number are."""
    cases: str = ""
    """Where they are when the number counts cases and others do not."""
    of_cases: tuple[str, ...] = ()

    def heads(self) -> list[str]:
        return [_(label) for _key, label in self.columns]


TABLES: Mapping[str, Table] = {
    "R03": Table(R03_COLUMNS, R03_DRILLS, "/reporting/r03/cases"),
    "R06": Table(R06_COLUMNS, R06_DRILLS, "/reporting/r06/members"),
    "R09": Table(R09_COLUMNS, R09_DRILLS, "/reporting/r09/cases"),
    "R22": Table(R22_COLUMNS, R22_DRILLS, "/reporting/r22/members", "/reporting/r22/cases", ("solved",)),
}
"""The reports that have one row of figures per unit."""


def shown(
    table: Table, rows: Sequence[Mapping[str, Cell]], units: Mapping[str, str], drill: Mapping[str, str]
) -> list[dict[str, Any]]:
    """`drill`: what a link must say besides the figure and the row, to mean the same report."""
    return [_row(table, row, units, drill) for row in rows]


def _row(table: Table, row: Mapping[str, Cell], units: Mapping[str, str], drill: Mapping[str, str]) -> dict[str, Any]:
    word = unit_word(row, units)
    return {
        "kind": row["row"],
        "unit": word if row["row"] == "unit" else _(word),
        "cells": [_cell(table, key, row, units, drill) for key, _label in table.columns[1:]],
    }


def _cell(
    table: Table, key: str, row: Mapping[str, Cell], names: Mapping[str, str], drill: Mapping[str, str]
) -> dict[str, Any]:
    value = named(row[key], names) if key in NAMED else row[key]
    href = None
    if key in table.drills and value:
        asked = {**drill, "figure": key, "row": str(row["row"])}
        if row["unit"] is not None:
            asked["unit"] = str(row["unit"])
        where = table.cases if key in table.of_cases else table.behind
        href = f"{where}?{urlencode(asked)}"
    return {"key": key, "text": _text(key, value), "href": href, "light": key == "overdue" and bool(value)}


def _text(key: str, value: Cell) -> str:
    if value is None:
        return DASH
    if key == "register":
        return str(value).replace("-", "\u2011")  # a date is not broken at its hyphens
    if key in WORDED:
        return _(WORDED[key].get(str(value), str(value)))
    if key in PERCENT or key.endswith("_share"):
        return f"{value}%"
    if key == "deviation":
        return str(value) if str(value).startswith(("-", "0.00")) else f"+{value}"
    return str(value)
