"""The words of the strike-off ledger: names, titles and categories for the codes in its rows."""

from collections.abc import Mapping, Sequence

from starlette.requests import Request

from services.reference.programmes import ActivePack
from services.reporting.domain.canonical import Cell
from services.reporting.web.reads import reads
from services.reporting.web.workbook import Words, ledger_line
from services.ui.i18n import gettext as _

SHOWN_LINES = 50
"""Of a ledger on a page; the file holds all."""

TRANSLATED = (7, 14, 16, 18, 19)
"""Columns whose words are the system's own and not data."""


async def words_for(request: Request, active: ActivePack, rows: Sequence[Mapping[str, Cell]]) -> Words:
    found = reads(request)
    persons = {str(row[key]) for row in rows for key in ("leader", "person") if row[key] is not None}
    return Words(
        units=await found.directory.unit_names(),
        persons=await found.directory.person_names(persons),
        titles=await found.titles([str(row["case_id"]) for row in rows]),
        categories={code: name for code, (_group, name) in active.pack.category_names().items()},
    )


async def page_of_ledger(
    request: Request, active: ActivePack, rows: Sequence[Mapping[str, Cell]]
) -> list[list[str | int]]:
    words = await words_for(request, active, rows)
    lines = [ledger_line(row, words) for row in rows]
    for line in lines:
        for column in TRANSLATED:
            line[column] = _(str(line[column]))
    return lines
