"""Writes traces as CSV: one row per step, the columns that every process-mining tool asks for first."""

import csv
from typing import TextIO

from deploy.export.steps import Trace

COLUMNS = (
    *("case", "number", "programme", "version", "activity", "transition", "timestamp"),
    *("resource", "role", "group", "instance", "details"),
)
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet."""


class Writer:
    """One file of rows; the same calls as for XES."""

    def __init__(self, out: TextIO) -> None:
        self._rows = csv.writer(out, lineterminator="\n")

    def begin(self, name: str) -> None:
        self._rows.writerow(COLUMNS)

    def trace(self, trace: Trace) -> None:
        for step in trace.steps:
            details = " ".join(f"{name}={value}" for name, value in step.more.items())
            row = (trace.case_id, trace.number, trace.programme, step.version, step.activity, step.transition)
            who = (step.resource, step.role, step.group, step.instance or "", details)
            self._rows.writerow([_safe(cell) for cell in (*row, step.at.isoformat(timespec="milliseconds"), *who)])

    def end(self) -> None:
        """Rows need no end."""


def _safe(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell
