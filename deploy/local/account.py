"""Whose account the database server runs under: our own, or a dedicated one when we are root."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

DEDICATED = "huiyin-pg"
ROOT_HOME = Path("/var/lib/huiyin")
"""Where root keeps what the dedicated account must reach while the project's own folder is closed to it."""


class WrongOwner(Exception):
    """The data folder belongs to another account; the message carries the command that mends it."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user and group id; `switch` holds what `subprocess` needs to become it (nothing when it is ours)."""

    name: str
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        return self.uid == os.geteuid()

    @property
    def switch(self) -> dict[str, object]:
        return {} if self.is_ours else {"user": self.uid, "group": self.gid, "extra_groups": []}


def database_account() -> Account:
    """Our own account, or as root the dedicated one, made when it is missing (PostgreSQL refuses root)."""
    if os.geteuid() != 0:
        return _account(pwd.getpwuid(os.geteuid()))
    try:
        return _account(pwd.getpwnam(DEDICATED))
    except KeyError:
        _create()
        return _account(pwd.getpwnam(DEDICATED))


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _create() -> None:
    program = shutil.which("useradd") or shutil.which("useradd", path="/usr/sbin:/sbin")
    if program is None:
        raise WrongOwner(
            f"PostgreSQL does not run as root and there is no `useradd` to make the account {DEDICATED!r}: "
            "make it by hand, or start as an ordinary user"
        )
    made = subprocess.run(
        [program, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", DEDICATED],
        capture_output=True,
        text=True,
        check=False,
    )
    already_there = 9
    if made.returncode not in (0, already_there):  # two starts at once may both try
        raise WrongOwner(f"could not make the account {DEDICATED!r}: {made.stderr.strip()}")


def reachable(path: Path, account: Account) -> bool:
    """Whether `account` may walk down to `path`: every parent lets it pass."""
    for parent in path.absolute().parents:
        if not parent.exists():
            continue
        entry = parent.stat()
        if entry.st_uid == account.uid:
            allowed = entry.st_mode & 0o100
        elif entry.st_gid == account.gid:
            allowed = entry.st_mode & 0o010
        else:
            allowed = entry.st_mode & 0o001
        if not allowed:
            return False
    return True


def copy_once(source: Path, target: Path, done: Callable[[Path], bool]) -> Path:
    """Copy a tree to `target` so that a half copy is never taken for a whole one."""
    if done(target):
        return target
    half = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.copytree(source, half, symlinks=True)
    try:
        half.rename(target)
    except OSError:
        if not done(target):
            raise
        shutil.rmtree(half)
    return target
