"""The file store on an object store that speaks S3: the same behaviour as on a folder."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from services.chassis.files.failures import FileMissing, FilesAway
from services.chassis.files.store import FileStore, digest_of


class Bucket(BaseHTTPRequestHandler):
    """As much of S3 as storing, asking, fetching and deleting one object takes."""

    objects: ClassVar[dict[str, bytes]] = {}

    def log_message(self, *_: object) -> None:
        """Silent."""

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in (("ETag", '"x"'), ("Last-Modified", "Mon, 17 Jul 2017 02:00:00 GMT")):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def do_PUT(self) -> None:
        self.objects[self.path] = self._body()
        self._answer(200)

    def do_GET(self) -> None:
        found = self.objects.get(self.path)
        self._answer(404) if found is None else self._answer(200, found)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        [name] = re.findall(r"<Key>(.*)</Key>", self._body().decode())
        self.objects.pop(f"/bucket/{name}", None)
        self._answer(200, f"<DeleteResult><Deleted><Key>{name}</Key></Deleted></DeleteResult>".encode())


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    served = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    thread = threading.Thread(target=served.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    given = {"ENDPOINT": f"http://127.0.0.1:{served.server_port}", "REGION": "local"}
    for name, value in {**given, "ACCESS_KEY_ID": "demo", "SECRET_ACCESS_KEY": "demo"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    yield served
    served.shutdown()
    served.server_close()
    thread.join()


async def test_an_object_store_keeps_files_like_a_folder(server: ThreadingHTTPServer) -> None:
    store = FileStore.at("s3://bucket/huiyin", Path("/proc/never-made"))
    name = await store.put(b"demo")
    assert list(Bucket.objects) == [f"/bucket/huiyin/sha256/{name[:2]}/{name}"]
    assert await store.get(name) == b"demo"
    assert await store.has(name)
    assert not await store.has(digest_of(b"another"))
    Bucket.objects[f"/bucket/huiyin/sha256/{name[:2]}/{name}"] = b"dem0"
    with pytest.raises(FileMissing):
        await store.get(name)
    await store.remove(name)
    assert not await store.has(name)
    server.shutdown()
    server.server_close()
    with pytest.raises(FilesAway):
        await store.put(b"demo")
