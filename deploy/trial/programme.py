"""Puts the district's directory and 贾汪's pack into an empty installation and imports the messages."""

import asyncio
from datetime import date
from pathlib import Path

import httpx

from deploy.cli.import_messages import Door, Options, Report, Summary
from deploy.cli.import_messages import run as run_import
from deploy.cli.load_directory import installer_client
from deploy.cli.message_files import columns
from deploy.local.installation import Installation
from deploy.trial.district import DEPARTMENTS, directory, officials
from deploy.trial.staff import PASSWORD

PACK = Path(__file__).resolve().parents[1] / "packs" / "jw-2017.toml"
PROGRAMME = "jw-2017"
BEGINS, ENDS = date(2017, 6, 8), date(2017, 9, 18)
"""From the date of the oldest real message to the last half-monthly report."""

SLOTS = tuple(date(2017, month, day) for month, day in ((7, 3), (7, 17), (8, 1), (8, 16), (9, 1), (9, 18)))
"""The six half-monthly reports, rolled forward from rest days."""

HASHES_AT_ONCE = 4
"""Accounts made at the same time; each costs a deliberately slow hash."""

__all__ = ["BEGINS", "DEPARTMENTS", "ENDS", "PACK", "PROGRAMME", "SLOTS", "bring_messages", "found"]


async def found(installation: Installation) -> None:
    """Directory, accounts, pack."""
    async with installer_client(installation.url, installation.secret("session")) as client:
        answer = await client.post("/intake/api/directory", json=directory(), headers={"Idempotency-Key": "directory"})
        answer.raise_for_status()
        refused = [row for row in answer.json()["rows"] if row["status"] == "refused"]
        if refused:
            raise RuntimeError(f"the directory was refused: {refused[:3]}")
        free = asyncio.Semaphore(HASHES_AT_ONCE)
        await asyncio.gather(*(_account(client, free, one.person_id) for one in officials()))
        toml = {"Content-Type": "application/toml", "Idempotency-Key": "activate-jw-2017"}
        (await client.post("/supervision/api/programmes", content=PACK.read_bytes(), headers=toml)).raise_for_status()


async def _account(client: httpx.AsyncClient, free: asyncio.Semaphore, person: str) -> None:
    async with free:
        body = {"login": person, "person_id": person, "password": PASSWORD, "demo": True}
        (await client.post("/intake/api/accounts", json=body)).raise_for_status()


async def bring_messages(url: str, token: str, file: Path, report: Path) -> Summary:
    """By the real importer. Received is the moment of the import; the message's own date stays with its writer."""
    return await asyncio.to_thread(_bring, url, token, file, report)


def _bring(url: str, token: str, file: Path, report: Path) -> Summary:
    options = Options(programme=PROGRAMME, channel="web", accept=False, received_at="import")
    with Door(url, token=token) as door, Report(report) as bad_rows:
        return run_import(file, door, options, names=columns(None), report=bad_rows)
