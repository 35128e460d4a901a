"""A PostgreSQL of its own for one measurement, gone afterwards."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.ports import free_ports
from deploy.local.postgres import Postgres, remove


@contextmanager
def temporary_postgres() -> Iterator[Postgres]:
    folder = Path(tempfile.mkdtemp(prefix="huiyin-bench-"))
    folder.chmod(0o755)
    server = Postgres(folder / "pg", free_ports(1)[0])
    try:
        server.start()
        yield server
    finally:
        server.stop()
        remove(server.folder)
        shutil.rmtree(folder, ignore_errors=True)
