"""Fetches the third-party static files named in vendor.toml and checks them against vendor.lock.

python -m services.ui.vendoring fetch [--relock]   developer's machine, needs npm
python -m services.ui.vendoring check              offline: re-hashes what is committed
"""

import base64
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STATIC = HERE / "static"
LOCK = HERE / "vendor.lock"
NPM_TIMEOUT_S = 180  # a slow mirror; a hang must not last for ever


class VendorError(Exception):
    """A vendored file is not what the lock says."""


def _packages() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((HERE / "vendor.toml").read_text("utf-8"))["package"]
    return found


def _tarball(name: str, version: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["npm", "pack", "--silent", f"{name}@{version}"],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=NPM_TIMEOUT_S,
        )
        return next(Path(folder).glob("*.tgz")).read_bytes()


def _member(archive: tarfile.TarFile, path: str) -> bytes:
    found = archive.extractfile(f"package/{path}")
    if found is None:
        raise VendorError(f"no file {path} in the package")
    return found.read()


def _symbol(name: str, svg: str) -> str:
    inner = re.sub(r"<svg.*?>|</svg>|<!--.*?-->", "", svg, flags=re.S)
    inner = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>', "", inner)
    inner = re.sub(r">\s+<", "><", inner).strip().replace(" />", "/>")
    pen = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
    return f'<symbol id="{name}" viewBox="0 0 24 24" {pen}>{inner}</symbol>'


def _sprite(archive: tarfile.TarFile, package: Mapping[str, Any]) -> bytes:
    own = (HERE / "symbols" / "lights.svg").read_text("utf-8").splitlines()[1:-1]
    icons = [_symbol(n, _member(archive, f"{package['folder']}/{n}.svg").decode()) for n in package["symbols"]]
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', *own, *icons, "</svg>", ""]).encode()


def _files(package: Mapping[str, Any], archive: tarfile.TarFile) -> dict[str, bytes]:
    name = str(package["name"]).strip("@").replace("/", "-")
    files = {target: _member(archive, source) for source, target in package.get("files", {}).items()}
    if "sprite" in package:
        files[package["sprite"]] = _sprite(archive, package)
    files[f"licences/{name}.txt"] = _member(archive, package["licence"])
    return files


def fetch(*, relock: bool = False) -> None:
    """Downloads, checks the tarball's sha512, extracts, and (only when asked) writes a new lock."""
    lock: dict[str, Any] = json.loads(LOCK.read_text("utf-8")) if LOCK.exists() else {}
    fresh: dict[str, Any] = {}
    for package in _packages():
        key = f"{package['name']}@{package['version']}"
        body = _tarball(package["name"], package["version"])
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(body).digest()).decode()
        if not relock and lock.get(key, {}).get("integrity") != integrity:
            raise VendorError(f"{key}: the package's sha512 is not the one in vendor.lock")
        with tarfile.open(fileobj=io.BytesIO(body)) as archive:
            files = _files(package, archive)
        for target, content in files.items():
            (STATIC / target).parent.mkdir(parents=True, exist_ok=True)
            (STATIC / target).write_bytes(content)
        sums = {target: hashlib.sha256(content).hexdigest() for target, content in sorted(files.items())}
        fresh[key] = {"integrity": integrity, "sha256": sums}
    if relock:
        LOCK.write_text(json.dumps(fresh, indent=2) + "\n", "utf-8")
    check()


def check() -> None:
    """Re-hashes the committed files; raises on the first that differs from the lock."""
    lock: dict[str, Any] = json.loads(LOCK.read_text("utf-8"))
    wanted = {f"{p['name']}@{p['version']}" for p in _packages()}
    if wanted != set(lock):
        raise VendorError(f"vendor.toml and vendor.lock name different packages: {sorted(wanted ^ set(lock))}")
    for key, entry in lock.items():
        for target, digest in entry["sha256"].items():
            if hashlib.sha256((STATIC / target).read_bytes()).hexdigest() != digest:
                raise VendorError(f"{key}: static/{target} was changed by hand")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fetch"]:
            fetch()
        case ["fetch", "--relock"]:
            fetch(relock=True)
        case ["check"]:
            check()
        case _:
            sys.exit(__doc__)
