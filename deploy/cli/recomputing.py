"""`huiyin calendar recompute`: count open deadlines anew after a year's rest days were published."""

from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx

from deploy.cli.load_directory import installer_client
from deploy.local.addresses import Addresses
from deploy.local.record import Record, Refused

NAMESPACE = uuid5(NAMESPACE_URL, "huiyin:recompute")


async def recompute(folder: Path, programme: str, reason: str) -> dict[str, Any]:
    """Through dispatch's API, as whoever runs the installation; the same reason again has no second effect."""
    addresses = Addresses(Record(folder.absolute()))
    async with installer_client(addresses.url, addresses.session_secret) as client:
        answer = await client.post(
            f"/dispatch/api/programmes/{programme}/recompute",
            json={"reason": reason},
            headers={"Idempotency-Key": str(uuid5(NAMESPACE, f"{programme} {reason}"))},
        )
    if answer.status_code >= httpx.codes.BAD_REQUEST:
        problem = answer.json()
        raise Refused(f"{problem.get('title', answer.status_code)}: {problem.get('detail', '')}")
    found: dict[str, Any] = answer.json()
    return found
