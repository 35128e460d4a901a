"""Configurations for other places than one machine say the same as the local one, and their programs accept them."""

import re
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
import yaml

from deploy.compose import prepare
from deploy.local import broker, gateway
from deploy.local.postgres import Postgres

DEPLOY = Path(gateway.__file__).parents[1]


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(prepare, "HERE", tmp_path)
    monkeypatch.setattr(sys, "argv", ["prepare", "--district", "jia-wang"])
    assert prepare.main() == 0
    return tmp_path


def test_the_broker_and_the_gateway_accept_what_is_prepared(prepared: Path) -> None:
    subprocess.run([broker.program(), "-t", "-c", str(prepared / "nats.conf")], check=True, capture_output=True)
    command = [gateway.program(), "validate", "--config", str(prepared / "caddy.json")]
    subprocess.run(command, check=True, capture_output=True, env={"HOME": str(prepared)})


def test_secrets_are_made_once_and_kept_closed(prepared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    env = prepared / ".env"
    assert env.stat().st_mode & 0o077 == 0
    before = env.read_text()
    assert prepare.main() == 1
    assert "nothing was changed" in capsys.readouterr().err
    assert env.read_text() == before


def test_compose_asks_for_nothing_that_is_not_prepared(prepared: Path) -> None:
    text = (DEPLOY / "compose" / "compose.yaml").read_text()
    asked = set(re.findall(r"\$\{(\w+):\?\}", text))
    given = {line.split("=", 1)[0] for line in (prepared / ".env").read_text().splitlines()}
    assert asked <= given
    services = yaml.safe_load(text)["services"]
    for name in gateway.SERVICES:
        assert services[name]["image"] == services[f"{name}-migrate"]["image"] == f"huiyin-{name}"


async def test_the_roles_are_valid_sql(prepared: Path, postgres: Postgres) -> None:
    connection = await asyncpg.connect(postgres.dsn())
    statements = [line for line in (prepared / "roles.sql").read_text().splitlines() if line]
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        for name in gateway.SERVICES:
            await connection.execute(f"DROP DATABASE IF EXISTS huiyin_{name}")
            await connection.execute(f"DROP ROLE IF EXISTS huiyin_{name}, huiyin_{name}_owner")
        await connection.close()


def test_the_ingress_has_the_gateways_routes() -> None:
    ingress = yaml.safe_load((DEPLOY / "kubernetes" / "ingress.yaml").read_text())
    paths = ingress["spec"]["rules"][0]["http"]["paths"]
    routed = {(row["path"], row["backend"]["service"]["name"]) for row in paths if row["path"] != "/_ui"}
    assert routed == {
        (path, service) for service, served in gateway.ROUTES for path in served if not path.endswith("/*")
    }
