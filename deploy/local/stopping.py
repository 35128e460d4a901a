"""How a server of the installation is asked to end, and made to."""

import signal
import subprocess


def end(process: subprocess.Popen[bytes], asking: signal.Signals, within_s: float) -> None:
    """Ask first; what has not ended by then is killed."""
    process.send_signal(asking)
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
