"""What the launcher writes down about its processes."""

import os
import subprocess
from pathlib import Path

from deploy.local.record import Record


def test_a_process_that_ended_meanwhile_is_left_out(tmp_path: Path) -> None:
    """The launcher notes its processes after every restart: a successor that ends at once must not end the launcher's
    watching over it."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    record = Record(tmp_path)
    record.write_running("http://127.0.0.1:1", {"postgres": ended.pid, "nats": os.getpid()})
    running = record.running()
    assert running is not None
    assert list(running["processes"]) == ["nats"]
