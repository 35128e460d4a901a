"""`huiyin erase` and `erase-person`: erase personal data by law; every log still verifies afterwards."""

from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import httpx

from deploy.cli.load_directory import installer_client
from deploy.local.addresses import Addresses
from deploy.local.record import Record, Refused

NAMESPACE = uuid5(NAMESPACE_URL, "huiyin:erase")


async def erase(folder: Path, request_id: str, legal_basis: str) -> None:
    """A request's names, addresses and words."""
    await _erase(folder, f"requests/{request_id}", str(uuid5(NAMESPACE, request_id)), legal_basis)


async def erase_person(folder: Path, person_id: str, legal_basis: str) -> None:
    """An official's name, roles and login."""
    await _erase(folder, f"persons/{person_id}", str(uuid5(NAMESPACE, f"person {person_id}")), legal_basis)


async def _erase(folder: Path, what: str, key: str, legal_basis: str) -> None:
    """Through intake's API, as whoever runs the installation. The same again has no second effect."""
    addresses = Addresses(Record(folder.absolute()))
    async with installer_client(addresses.url, addresses.session_secret) as client:
        answer = await client.post(
            f"/intake/api/{what}/erase",
            json={"legal_basis": legal_basis},
            headers={"Idempotency-Key": key},
        )
    if answer.status_code >= httpx.codes.BAD_REQUEST:
        problem = answer.json()
        raise Refused(f"{problem.get('title', answer.status_code)}: {problem.get('detail', '')}")
