"""Acting on an installation as the one who runs it: a session signed with its secret, for tools beside the services."""

import httpx

from deploy.local.addresses import Addresses
from services.chassis.web.session import Sessions, User

ANSWER_SECONDS = 30.0


def token(addresses: Addresses, *roles: str) -> str:
    """A bearer token of the operator, who holds `roles` (without any: the administrator)."""
    user = User("operator", "运维 Operator", "operator", "运维 Operations", roles or ("admin",))
    return Sessions(addresses.session_secret, secure=False).issue(user)


def client(addresses: Addresses, *roles: str, url: str | None = None) -> httpx.AsyncClient:
    """Speaks to the installation's one address as the operator."""
    return httpx.AsyncClient(
        base_url=url or addresses.url,
        headers={"Authorization": f"Bearer {token(addresses, *roles)}"},
        timeout=ANSWER_SECONDS,
        trust_env=False,
    )
