"""Make the project's Python environment from a lock file. Runs on a bare Python, so the standard library only."""

import fcntl
import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OLDEST = (3, 11)


def main(arguments: list[str]) -> int:
    """Install what `requirements[-dev].lock` names into `.venv`, unless exactly that was done before."""
    if sys.version_info < OLDEST:
        print(
            f"Huiyin needs Python {OLDEST[0]}.{OLDEST[1]} or newer and {sys.executable} is "
            f"{sys.version.split()[0]}. Name another one:  make up PYTHON=/path/to/python3.11",
            file=sys.stderr,
        )
        return 1
    dev = "--dev" in arguments
    locks = [ROOT / "requirements.lock", *([ROOT / "requirements-dev.lock"] if dev else [])]
    environment = ROOT / ".venv"
    stamp = environment / ("huiyin-dev.stamp" if dev else "huiyin.stamp")
    wanted = _fingerprint(locks)
    if _is_done(stamp, wanted, environment):
        return 0
    with _alone():  # `make status` in another terminal must not install the same packages at the same time
        if _is_done(stamp, wanted, environment):
            return 0
        failed = _make(environment, locks[-1], stamp, wanted)
        if dev and not failed:  # the longer list holds the shorter one
            (environment / "huiyin.stamp").write_text(_fingerprint(locks[:1]))
        return failed


@contextmanager
def _alone() -> Iterator[None]:
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _fingerprint(locks: list[Path]) -> str:
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for lock in locks:
        digest.update(lock.read_bytes())
    return digest.hexdigest()


def _is_done(stamp: Path, wanted: str, environment: Path) -> bool:
    python = environment / "bin" / "python"
    return python.exists() and stamp.exists() and stamp.read_text() == wanted


def _make(environment: Path, lock: Path, stamp: Path, wanted: str) -> int:
    python = environment / "bin" / "python"
    if not python.exists():
        print("Making the Python environment in .venv …", flush=True)
        try:
            venv.EnvBuilder(with_pip=True, clear=environment.exists()).create(environment)
        except (subprocess.CalledProcessError, OSError) as error:
            print(
                f"Could not make a virtual environment ({error}). On Debian and Ubuntu:  sudo apt install python3-venv",
                file=sys.stderr,
            )
            return 1
    print(f"Installing what {lock.name} names (once; about a minute) …", flush=True)
    # Python compiles what is imported when it is; compiling all of it beforehand is a third of the time.
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "-qq", "--no-input", "--no-compile"]
    installed = subprocess.run([*pip, "--require-hashes", "--only-binary=:all:", "-r", str(lock)], check=False)
    if installed.returncode != 0:
        print("The installation of the packages failed, see above. `make up` tries again.", file=sys.stderr)
        return installed.returncode
    stamp.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
