"""Write what `compose.yaml` needs beside itself: secrets, roles, the broker's and the gateway's configuration."""

import argparse
import json
import os
import secrets
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from deploy.local import databases, gateway, nats_conf

HERE = Path(__file__).resolve().parent
SECRET_BYTES = 32
GATEWAY_PORT = 8080
SERVICE_PORT = 8000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--district", required=True, help="lower-case code, as jia-wang")
    parser.add_argument("--public-url", default="http://127.0.0.1:8080", help="the address people type")
    asked = parser.parse_args()
    if (HERE / ".env").exists():
        print("deploy/compose/.env exists: its secrets belong to a database, so nothing was changed", file=sys.stderr)
        return 1
    nats = {name: secrets.token_urlsafe(SECRET_BYTES) for name in (*gateway.SERVICES, nats_conf.OPERATOR)}
    passwords = {
        role: secrets.token_urlsafe(SECRET_BYTES)
        for service in gateway.SERVICES
        for role in (databases.role(service), databases.owner(service))
    }
    _write("nats.conf", _broker(asked.district, nats), 0o644)  # read in the container by its own user
    _write("roles.sql", _roles(passwords), 0o644)
    _write("caddy.json", json.dumps(_gateway(), indent=1, ensure_ascii=False), 0o644)
    _write(".env", _environment(asked.district, asked.public_url, nats, passwords), 0o600)
    print("written: .env nats.conf roles.sql caddy.json; now:  docker compose up -d --build")
    return 0


def _broker(district: str, passwords: dict[str, str]) -> str:
    return nats_conf.render(
        district=district, passwords=passwords, services=gateway.SERVICES, store_dir=Path("/data/jetstream")
    )


def _roles(passwords: dict[str, str]) -> str:
    lines = [f"CREATE ROLE {role} LOGIN PASSWORD '{password}';" for role, password in passwords.items()]
    for service in gateway.SERVICES:
        name, role, owner = databases.database(service), databases.role(service), databases.owner(service)
        lines += [
            f"CREATE DATABASE {name} OWNER {owner};",
            f"REVOKE ALL ON DATABASE {name} FROM PUBLIC;",
            f"GRANT CONNECT, TEMP ON DATABASE {name} TO {role};",
        ]
    return "\n".join(lines) + "\n"


def _gateway() -> dict[str, object]:
    upstreams = {service: [f"{service}:{SERVICE_PORT}"] for service in gateway.SERVICES}
    return gateway.caddy_config("", GATEWAY_PORT, upstreams)


def _environment(district: str, public_url: str, nats: dict[str, str], passwords: dict[str, str]) -> str:
    values = {
        "HUIYIN_DISTRICT": district,
        "HUIYIN_PUBLIC_URL": public_url,
        "HUIYIN_SECRET": secrets.token_urlsafe(SECRET_BYTES),
        "PG_SUPERUSER": secrets.token_urlsafe(SECRET_BYTES),
    }
    for service in gateway.SERVICES:
        database, upper = databases.database(service), service.upper()
        for name, role in (("DSN", databases.role(service)), ("OWNER_DSN", databases.owner(service))):
            values[f"{upper}_{name}"] = f"postgresql://{role}:{passwords[role]}@postgres:5432/{database}"
        values[f"NATS_{upper}"] = nats[service]
    values["NATS_OPERATOR"] = nats[nats_conf.OPERATOR]
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _write(name: str, text: str, mode: int) -> None:
    with os.fdopen(os.open(HERE / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(main())
