"""How a server of the installation is asked to end, and made to."""

import signal
import subprocess
from typing import ClassVar


class Server:
    """A server that is run without a supervisor, by tests and benchmarks: its process, and the ways it ends."""

    STOP_SIGNAL: ClassVar[signal.Signals]
    STOP_SECONDS: ClassVar[float]
    process: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        """Orderly: what it holds is written. What has not ended in time is killed."""
        if self.process is None:
            return
        self.process.send_signal(self.STOP_SIGNAL)
        try:
            self.process.wait(self.STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def kill(self) -> None:
        """Power cut: no shutdown at all."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
