"""`huiyin erase`: erase a request's personal data by law; every log still verifies afterwards."""

from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import httpx

from deploy.cli.load_directory import installer_client
from deploy.local.addresses import Addresses
from deploy.local.record import Record, Refused

NAMESPACE = uuid5(NAMESPACE_URL, "huiyin:erase")


async def erase(folder: Path, request_id: str, legal_basis: str) -> None:
    """Through intake's API, as whoever runs the installation. The same request again has no second effect."""
    addresses = Addresses(Record(folder.absolute()))
    async with installer_client(addresses.url, addresses.session_secret) as client:
        answer = await client.post(
            f"/intake/api/requests/{request_id}/erase",
            json={"legal_basis": legal_basis},
            headers={"Idempotency-Key": str(uuid5(NAMESPACE, request_id))},
        )
    if answer.status_code >= httpx.codes.BAD_REQUEST:
        problem = answer.json()
        raise Refused(f"{problem.get('title', answer.status_code)}: {problem.get('detail', '')}")
