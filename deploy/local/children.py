"""Child processes: they end with their parent, are restarted when they crash, and say why they failed."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0
STABLE_SECONDS = 30.0
"""A child that lived this long starts again at once: its next crash is a new story."""
POLL_SECONDS = 0.05
LAST_LINES = 25
LOG_KEPT_BYTES = 8 * 1024 * 1024
"""At a start a longer log file makes room and is kept once as `<name>.log.1`."""

Say = Callable[[str], None]


class ChildFailed(Exception):
    """A child did not become ready; the message ends with its last lines."""


def die_with_parent() -> None:
    """Run in the child before it becomes the program: a killed launcher must not leave servers behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class Program:
    """How to run one process and how to tell that it is ready."""

    name: str
    command: list[str]
    log_file: Path
    ready: Callable[[], Awaitable[bool]]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path("/")
    account: Mapping[str, object] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    start_seconds: float = 60.0
    stop_seconds: float = 10.0


class Child:
    """One supervised process. `start` returns when it is ready; from then on a crash is followed by a restart."""

    def __init__(self, program: Program, say: Say) -> None:
        self.program, self._say = program, say
        self.restarts = 0
        self.on_restart: Callable[[], None] = lambda: None
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._may_run = asyncio.Event()
        self._may_run.set()

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self) -> None:
        """Run the program and wait until it is ready; raises `ChildFailed` with its last lines."""
        self._may_run.set()
        _make_room(self.program.log_file)
        await self._spawn()
        await self._wait_ready()
        self._watch = asyncio.create_task(self._restart_for_ever(), name=f"watch {self.program.name}")

    async def stop(self) -> None:
        """Ask it to end, insist when it does not."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            self._watch = None
        process = self._process
        if process is None or process.returncode is not None:
            return
        self.signal(self.program.stop_signal)
        self.signal(signal.SIGCONT)  # a frozen one could not hear the request
        try:
            await asyncio.wait_for(process.wait(), self.program.stop_seconds)
        except TimeoutError:
            self._say(f"{self.program.name} did not end in {self.program.stop_seconds:.0f} s and was killed")
            self.signal(signal.SIGKILL)
            await process.wait()

    def signal(self, number: int) -> None:
        """Send a signal, as an operator or a fault would; a kill is followed by a restart."""
        if self.pid is not None:
            # not Process.send_signal: it may reap the child before the loop does, which then never learns the code
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def hold(self, held: bool) -> None:
        """While held, an ended process is not restarted (for faults that keep it away for a while)."""
        if held:
            self._may_run.clear()
        else:
            self._may_run.set()

    async def wait_ready(self, seconds: float) -> None:
        """Wait until the process that runs now, or its successor, is ready."""
        deadline = time.monotonic() + seconds
        while self.pid is None or not await self.program.ready():
            if time.monotonic() > deadline:
                raise ChildFailed(f"{self.program.name} was not ready in {seconds:.0f} s\n{self.last_lines()}")
            await asyncio.sleep(POLL_SECONDS)

    def last_lines(self, count: int = LAST_LINES) -> str:
        """The end of its log, for a person who has to find out why."""
        if not self.program.log_file.exists():
            return ""
        return "\n".join(self.program.log_file.read_text(errors="replace").splitlines()[-count:])

    async def _spawn(self) -> None:
        program = self.program
        with program.log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *program.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=program.folder,
                env={**os.environ, **program.environment},
                start_new_session=True,  # Ctrl-C reaches the launcher only, which stops the others in order
                preexec_fn=die_with_parent,
                **program.account,  # type: ignore[arg-type]
            )

    async def _wait_ready(self) -> None:
        deadline = time.monotonic() + self.program.start_seconds
        while not await self.program.ready():
            ended = self._process is not None and self._process.returncode is not None
            if ended or time.monotonic() > deadline:
                why = "ended at once" if ended else f"was not ready in {self.program.start_seconds:.0f} s"
                await self.stop()
                raise ChildFailed(f"{self.program.name} {why}. Its last lines:\n{self.last_lines()}")
            await asyncio.sleep(POLL_SECONDS)

    async def _restart_for_ever(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            assert self._process is not None
            started = time.monotonic()
            code = await self._process.wait()
            if time.monotonic() - started > STABLE_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            self._say(f"{self.program.name} ended ({_ending(code)}); it starts again in {pause:.1f} s")
            await asyncio.sleep(pause)
            await self._may_run.wait()
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            await self._spawn()
            self.restarts += 1
            self.on_restart()


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"


def _make_room(log_file: Path) -> None:
    log_file.parent.mkdir(parents=True, exist_ok=True)
    if log_file.exists() and log_file.stat().st_size > LOG_KEPT_BYTES:
        log_file.replace(log_file.with_name(log_file.name + ".1"))
