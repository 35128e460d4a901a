"""R03's rows as a page shows them: names for units, a link behind every number."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from services.reporting.domain.canonical import Cell
from services.reporting.web.labels import DASH, DRILLS, R03_COLUMNS
from services.reporting.web.workbook import unit_word
from services.ui.i18n import gettext as _

PERCENT = ("solved_share", "struck_off_share", "planned")


def heads() -> list[str]:
    return [_(label) for _key, label in R03_COLUMNS]


def shown(
    rows: Sequence[Mapping[str, Cell]], units: Mapping[str, str], drill: Mapping[str, str]
) -> list[dict[str, Any]]:
    """`drill`: what a link must say besides the figure and the row, to mean the same report."""
    return [_row(row, units, drill) for row in rows]


def _row(row: Mapping[str, Cell], units: Mapping[str, str], drill: Mapping[str, str]) -> dict[str, Any]:
    word = unit_word(row, units)
    return {
        "kind": row["row"],
        "unit": word if row["row"] == "unit" else _(word),
        "cells": [_cell(key, row, drill) for key, _label in R03_COLUMNS[1:]],
    }


def _cell(key: str, row: Mapping[str, Cell], drill: Mapping[str, str]) -> dict[str, Any]:
    value = row[key]
    href = None
    if key in DRILLS and value:
        asked = {**drill, "figure": key, "row": str(row["row"])}
        if row["unit"] is not None:
            asked["unit"] = str(row["unit"])
        href = f"/reporting/r03/cases?{urlencode(asked)}"
    return {"key": key, "text": _text(key, value), "href": href, "light": key == "overdue" and bool(value)}


def _text(key: str, value: Cell) -> str:
    if value is None:
        return DASH
    if key in PERCENT:
        return f"{value}%"
    if key == "deviation":
        return str(value) if str(value).startswith(("-", "0.00")) else f"+{value}"
    return str(value)
