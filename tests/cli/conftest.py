"""A real intake process for tests of the command line."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy.local.ports import free_ports
from services.chassis.web.session import Sessions, User
from tests.conftest import ROOT, DsnFactory

SECRET = "a secret that only the tests of the command line use"
CLERK = User("p-clerk", "示例甲", "office", "区活动办", ("intake_clerk", "admin"))
STARTS_WITHIN_S = 30.0


@dataclass
class Intake:
    """One running intake process."""

    url: str
    dsn: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def token(self) -> str:
        return Sessions(SECRET, secure=False).issue(CLERK)

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "services.intake", "serve"], cwd=ROOT, env={**os.environ, **self.environment}
        )
        until = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}/healthz", trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise TimeoutError("intake did not start")

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


@pytest.fixture
def intake(pg_dsn_factory: DsnFactory, district: str, tmp_path: Path) -> Iterator[Intake]:
    port = free_ports(1)[0]
    settings = {
        "DISTRICT": district,
        "DSN": pg_dsn_factory("intake"),
        "NATS_URL": "",
        "PORT": str(port),
        "SECRET": SECRET,
        "DATA_DIR": str(tmp_path / "data"),
        "LOG_LEVEL": "error",
    }
    environment = {f"HUIYIN_{name}": value for name, value in settings.items()}
    found = Intake(f"http://127.0.0.1:{port}", settings["DSN"], environment)
    found.start()
    yield found
    found.kill()
