"""How soon a whole installation is ready on a warm machine, and how much memory all its processes take."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from deploy.bench.row import Row
from deploy.local.installation import Installation
from deploy.local.postgres import remove

READY_BAR_S = 15.0
MEMORY_BAR_MB = 1024.0
MB = 1024 * 1024


async def run() -> list[Row]:
    """The second start counts: the first also makes the database folder."""
    folder = Path(tempfile.mkdtemp(prefix="huiyin-bench-"))
    folder.chmod(0o755)
    try:
        first, _, _ = await _start(folder)
        again, proportional, resident = await _start(folder)
    finally:
        remove(folder / "pg")
        shutil.rmtree(folder, ignore_errors=True)
    return [
        Row("installation ready", again, READY_BAR_S, "at most", "s", f"{first:.1f} s the very first time"),
        Row(
            *("memory of all processes", proportional, MEMORY_BAR_MB, "at most", "MB"),
            detail=f"shared pages counted once; {resident:.0f} MB when counted in every process",
        ),
    ]


async def _start(folder: Path) -> tuple[float, float, float]:
    started = time.monotonic()
    async with Installation(folder, port=0) as installation:
        await installation.wait_ready()
        seconds = time.monotonic() - started
        memory = [process.memory_full_info() for process in _processes(installation)]
    return seconds, sum(each.pss for each in memory) / MB, sum(each.rss for each in memory) / MB


def _processes(installation: Installation) -> Iterator[psutil.Process]:
    for child in installation.processes.values():
        if child.pid is not None:
            process = psutil.Process(child.pid)
            yield process
            yield from process.children(recursive=True)
