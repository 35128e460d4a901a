"""Loads a directory file into a running installation through its API; loading it again changes nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx

from deploy.cli.directory_files import SHEETS, BadDirectory, BadRow, DirectoryFile, good_rows, read_directory
from services.chassis.web.session import Sessions, User

ROWS_PER_CALL = 200
CALL_WITHIN_S = 60.0

INSTALLER = User("installer", "安装程序", "installer", "安装程序", ("admin", "programme_office"))
"""Who writes the first directory, before there is anybody who could log in."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows brought something new, and which were refused or left out."""

    changed: int
    unchanged: int
    bad: list[BadRow]


def installer_client(url: str, session_secret: str) -> httpx.AsyncClient:
    """The API as the installer, who holds the installation's own secret."""
    token = Sessions(session_secret, secure=False).issue(INSTALLER)
    return httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=CALL_WITHIN_S, trust_env=False
    )


async def load_directory(client: httpx.AsyncClient, path: Path, *, accept_good_rows: bool = False) -> Loaded:
    """Bad rows stop it before anything is written, unless only the good ones are asked for."""
    found = read_directory(path)
    if found.bad and not accept_good_rows:
        raise BadDirectory(found.bad)
    changed = unchanged = 0
    bad = list(found.bad)
    for numbers, piece in _pieces(good_rows(found) if found.bad else found):
        # The content is part of the id: the same piece again is a repeat, a changed one is a new command.
        key = sha256(json.dumps(piece, sort_keys=True).encode()).hexdigest()
        answer = await client.post("/intake/api/directory", json=piece, headers={"Idempotency-Key": f"directory-{key}"})
        answer.raise_for_status()
        for row in answer.json()["rows"]:
            changed += row["status"] == "changed"
            unchanged += row["status"] == "unchanged"
            if row["status"] == "refused":
                number = numbers[row["sheet"], row["index"]]
                bad.append(BadRow(row["sheet"], number, row["field"] or "", row["detail"]))
    return Loaded(changed, unchanged, bad)


def _pieces(found: DirectoryFile) -> Iterator[tuple[dict[tuple[str, int], int], dict[str, Any]]]:
    for sheet in SHEETS:
        rows: list[tuple[int, Any]] = getattr(found, sheet)
        for begin in range(0, len(rows), ROWS_PER_CALL):
            piece = rows[begin : begin + ROWS_PER_CALL]
            numbers = {(sheet, index): number for index, (number, _) in enumerate(piece)}
            yield numbers, {sheet: [row.model_dump(mode="json", exclude={"login"}) for _, row in piece]}
