"""Loads a list of pairs into a running installation through its API; loading it again changes nothing."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import httpx
import typer

from deploy.cli.directory_files import BadRow, tables_of
from deploy.cli.load_directory import installer_client
from deploy.cli.message_files import BadFile
from deploy.local import announce
from deploy.local.__main__ import HERE, Folder
from deploy.local.addresses import Addresses
from deploy.local.record import Record, Refused
from services.intake.web.outreach_inputs import MOST_ROWS

SHEETS = {"pairings": "结对"}
"""The one sheet, or `[[pairings]]` in TOML: kind, owner, target, since, basis."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many rows made a pair, how many were there, and which were refused."""

    changed: int
    unchanged: int
    bad: list[BadRow]


async def load_pairings(client: httpx.AsyncClient, path: Path, programme: str | None) -> Taken:
    """Every row by itself: a bad one holds up none of the others."""
    rows = tables_of(path, SHEETS).get("pairings", ())
    if any(not isinstance(values, dict) for _, values in rows):
        raise BadFile(f"{path}: pairings 应写作 [[pairings]] write [[pairings]]")
    changed = unchanged = 0
    bad: list[BadRow] = []
    for begin in range(0, len(rows), MOST_ROWS):
        piece = rows[begin : begin + MOST_ROWS]
        body = {"programme": programme, "pairings": [_plain(values) for _, values in piece]}
        answer = await client.post(
            "/intake/api/pairings:batch", json=body, headers={"Idempotency-Key": f"pairings-{uuid4()}"}
        )
        answer.raise_for_status()
        for (number, _), row in zip(piece, answer.json()["rows"], strict=True):
            changed += row["status"] == "changed"
            unchanged += row["status"] == "unchanged"
            if row["status"] == "refused":
                bad.append(BadRow("pairings", number, row["field"] or "", row["detail"]))
    return Taken(changed, unchanged, bad)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """A day as the API reads it; a workbook's cell of a day holds its midnight, too."""
    since = values.get("since")
    return {**values, "since": str(since)[:10]} if since is not None else values


def pairings(
    file: Annotated[
        Path, typer.Argument(help="TOML ([[pairings]]) or xlsx (sheet 结对).", exists=True, dir_okay=False)
    ],
    programme: Annotated[str | None, typer.Option(help="Of which programme; default the latest.")] = None,
    folder: Folder = HERE,
) -> None:
    """Who is paired with whom; importing the same file again changes nothing."""
    try:
        taken = asyncio.run(_load(folder, file, programme))
    except (BadFile, Refused, httpx.HTTPError) as failure:
        announce.fail(str(failure))
        raise typer.Exit(1) from failure
    for row in taken.bad:
        print(f"  {row}")
    announce.say(f"{file}: {taken.changed} new, {taken.unchanged} as before, {len(taken.bad)} bad")
    if taken.bad:
        raise typer.Exit(1)


async def _load(folder: Path, file: Path, programme: str | None) -> Taken:
    addresses = Addresses(Record(folder.absolute()))
    async with installer_client(addresses.url, addresses.session_secret) as client:
        return await load_pairings(client, file, programme)
