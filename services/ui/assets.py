"""Static files under a content-hashed address, compressed once, cached by browsers for ever."""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HERE = Path(__file__).parent / "static"
IMMUTABLE = "public, max-age=31536000, immutable"
# During a rolling upgrade an old page may ask a new process for an old hash: answered, but not kept.
SHORT = "no-cache"
COMPRESSIBLE = {".css", ".js", ".svg", ".json", ".txt", ".webmanifest"}
HASH_LENGTH = 12  # 48 bits: collisions do not matter between a handful of releases
SCRIPTS = {"scripts.js": ("htmx.min.js", "ext/hx-sse.min.js", "app.js")}
"""What every page runs, in this order and as one file: two requests less at every first visit."""
mimetypes.add_type("application/manifest+json", ".webmanifest")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file held in memory; `packed` is None where compression gains nothing."""

    body: bytes
    packed: bytes | None
    media_type: str


class Assets:
    """All files of one folder behind one hash, and some of them joined: any change gives every file a new address."""

    def __init__(self, folder: Path, prefix: str, joined: Mapping[str, Sequence[str]] | None = None) -> None:
        bodies = {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
        for name, parts in (joined or {}).items():
            bodies[name] = b";\n".join(bodies.pop(part) for part in parts)
        self.files = {name: _asset(name, body) for name, body in bodies.items()}
        digest = hashlib.sha256()
        for name, asset in self.files.items():
            digest.update(name.encode() + b"\0" + hashlib.sha256(asset.body).digest())
        self.hash = digest.hexdigest()[:HASH_LENGTH]
        self.prefix = prefix

    def url(self, name: str) -> str:
        """Raises KeyError on an unknown file, so that a broken link fails in a test and not in a browser."""
        if name not in self.files:
            raise KeyError(f"no static file {name!r}")
        return f"{self.prefix}/{self.hash}/{name}"

    async def serve(self, request: Request) -> Response:
        asset = self.files.get(request.path_params["name"])
        if asset is None:
            return Response("not found", 404, media_type="text/plain")
        current = request.path_params["hash"] == self.hash
        headers = {"Cache-Control": IMMUTABLE if current else SHORT, "Vary": "Accept-Encoding"}
        if asset.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(asset.packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=asset.media_type)
        return Response(asset.body, headers=headers, media_type=asset.media_type)

    def route(self) -> Route:
        return Route(f"{self.prefix}/{{hash}}/{{name:path}}", self.serve, methods=["GET", "HEAD"])


def _asset(name: str, body: bytes) -> Asset:
    packed = gzip.compress(body, 9, mtime=0) if Path(name).suffix in COMPRESSIBLE else None
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(body, packed if packed is not None and len(packed) < len(body) else None, media_type)


@cache
def shared() -> Assets:
    """The files every service serves at the same address: /_ui/<hash>/…"""
    return Assets(HERE, "/_ui", SCRIPTS)
