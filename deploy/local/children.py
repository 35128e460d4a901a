"""Child processes: they end with their parent, are restarted when they crash, and say why they failed."""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Run in the child before it becomes the program: a killed launcher must not leave servers behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
