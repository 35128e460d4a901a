"""What an installation remembers about itself: its kind and ports, its secrets, and who runs it now."""

import fcntl
import json
import os
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psutil

SECRET_BYTES = 32


class Refused(Exception):
    """The installation cannot be started this way; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What an installation was created as; it never changes."""

    district: str
    simulated_from: date | None


class Record:
    """The small files of an installation folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def kind(self, wanted: Kind | None) -> Kind:
        """What it was created as; at the first start `wanted` is written down. Another kind is refused."""
        path = self.folder / "installation.toml"
        if not path.exists():
            if wanted is None:
                raise Refused(f"there is no installation in {self.folder}; `make up` makes one")
            values: dict[str, object] = {"district": wanted.district}
            if wanted.simulated_from is not None:
                values["simulated_from"] = wanted.simulated_from
            _write(path, values, 0o644)
            return wanted
        known = tomllib.loads(path.read_text())
        kind = Kind(known["district"], known.get("simulated_from"))
        if wanted and wanted.simulated_from and wanted.simulated_from != kind.simulated_from:
            lives = f"simulated time from {kind.simulated_from}" if kind.simulated_from else "real time"
            raise Refused(
                f"the installation in {self.folder} was created with {lives}, which is fixed for ever; "
                "use another folder with --dir"
            )
        return kind

    def secret(self, name: str) -> str:
        """A secret made once and kept, readable by the owner only."""
        path = self.folder / "secrets.toml"
        known = tomllib.loads(path.read_text()) if path.exists() else {}
        if name not in known:
            known[name] = secrets.token_urlsafe(SECRET_BYTES)
            _write(path, known, 0o600)
        return str(known[name])

    def note(self, name: str) -> Any:
        """Something remembered between runs (ports, whether the demo was loaded); None when unknown."""
        return self._notes().get(name)

    def remember(self, name: str, value: object) -> None:
        notes = self._notes() | {name: value}
        _replace(self.folder / "notes.json", json.dumps(notes, indent=1), 0o644)

    def _notes(self) -> dict[str, Any]:
        path = self.folder / "notes.json"
        return dict(json.loads(path.read_text())) if path.exists() else {}

    @contextmanager
    def only_runner(self) -> Iterator[None]:
        """Hold the folder: two launchers at once would fight. The lock goes with its holder, however it ends."""
        with (self.folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                running = self.running() or {}
                raise Refused(
                    f"the installation in {self.folder} is running already"
                    f" ({running.get('url', 'starting')}); `make down` stops it"
                ) from None
            yield

    def write_running(self, url: str, pids: Mapping[str, int]) -> None:
        """For `status` and `down`, and for the next start should this one be killed."""
        processes = {name: [pid, began] for name, pid in pids.items() if (began := _began(pid)) is not None}
        running = {"launcher": os.getpid(), "url": url, "processes": processes}
        _replace(self.folder / "running.json", json.dumps(running, indent=1), 0o644)

    def running(self) -> dict[str, Any] | None:
        """What the last launcher wrote, whether or not it still lives."""
        path = self.folder / "running.json"
        return json.loads(path.read_text()) if path.exists() else None

    def clear_running(self) -> None:
        (self.folder / "running.json").unlink(missing_ok=True)

    def leftovers(self) -> list[psutil.Process]:
        """Processes of a killed launcher that still live; start times tell them from a reused number."""
        found = []
        for pid, created in ((self.running() or {}).get("processes") or {}).values():
            try:
                process = psutil.Process(pid)
                if abs(process.create_time() - created) < 1:
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return found


def _write(path: Path, values: Mapping[str, object], mode: int) -> None:
    lines = [
        f"{name} = {value.isoformat() if isinstance(value, date) else json.dumps(value)}"
        for name, value in values.items()
    ]
    _replace(path, "\n".join(lines) + "\n", mode)


def _replace(path: Path, text: str, mode: int) -> None:
    """Whole or not at all, and never readable by others even for a moment."""
    half = path.with_name(path.name + ".new")
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def _began(pid: int) -> float | None:
    """When a process started; None when it ended already, as a server does that is started again too early."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None
