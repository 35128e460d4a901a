"""Fills an installation with the demo: directory, accounts, programme."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path

import httpx

from deploy.cli.directory_files import read_directory
from deploy.cli.load_directory import installer_client, load_directory
from deploy.local.installation import Installation
from deploy.packs.demo import render_demo_pack
from services.chassis.clock import LOCAL, SystemClock
from services.reference.words import ROLE_NAMES

DIRECTORY = Path(__file__).with_name("directory.toml")
PASSWORD = "huiyin-demo"  # noqa: S105 - shown on the login page of every demo
PROGRAMME = "demo"
ARRIVES_WITHIN_S = 20.0
"""For the programme to reach the other services; more means that something is broken."""


async def load(installation: Installation, pack: bytes | None = None) -> None:
    """The whole demo; loading it again changes nothing. Another pack than the demo's may be put in force."""
    async with installer_client(installation.url, installation.secret("session")) as client:
        await load_directory(client, DIRECTORY)
        await load_accounts(client)
        await activate(client, pack or render_demo_pack(_today(installation)))


async def load_accounts(client: httpx.AsyncClient) -> None:
    """A login for every person of the directory who has one there."""
    for _, person in read_directory(DIRECTORY).persons:
        if person.login:
            account = {"login": person.login, "person_id": person.person_id, "password": PASSWORD, "demo": True}
            (await client.post("/intake/api/accounts", json=account)).raise_for_status()


async def activate(client: httpx.AsyncClient, pack: bytes) -> None:
    """Put the pack in force and wait until intake and dispatch know it."""
    answer = await client.post(
        "/supervision/api/programmes",
        content=pack,
        headers={"Content-Type": "application/toml", "Idempotency-Key": f"activate-{sha256(pack).hexdigest()}"},
    )
    answer.raise_for_status()
    position = answer.json()["position"]
    async with asyncio.timeout(ARRIVES_WITHIN_S):
        while not (await client.get("/intake/api/programmes", params={"after": position})).json()["items"]:
            await asyncio.sleep(0.1)


def accounts() -> Sequence[Mapping[str, str]]:
    """Who can log in to the demo, as what."""
    found = read_directory(DIRECTORY)
    units = {unit.unit_id: unit.name for _, unit in found.units}
    return [
        {
            "login": person.login,
            "password": PASSWORD,
            "name": person.name,
            "unit": units[person.unit_id],
            "role": "、".join(ROLE_NAMES[role] for role in person.roles),
        }
        for _, person in found.persons
        if person.login
    ]


def _today(installation: Installation) -> date:
    """The demo's programme runs around today, or around the day that a simulation begins on."""
    return installation.kind.simulated_from or SystemClock().now().astimezone(LOCAL).date()
