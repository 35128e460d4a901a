"""Is every event that this service holds as it was written? Verification in the background, with its progress."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from starlette.requests import Request

FINDINGS_SHOWN = 50


class Verified(Protocol):
    """What a verification answers."""

    events: int
    findings: list[Any]

    @property
    def ok(self) -> bool: ...


Verify = Callable[["Verification"], Awaitable[Verified]]


@dataclass
class Verification:
    """The last verification of this process; `progress` counts the events read so far."""

    state: str = "none"
    total: int = 0
    progress: int = 0
    started: datetime | None = None
    ended: datetime | None = None
    events: int = 0
    findings: list[str] = field(default_factory=list)
    task: "asyncio.Task[None] | None" = None

    @property
    def ok(self) -> bool:
        return self.state == "done" and not self.findings

    def shown(self) -> dict[str, Any]:
        return {"state": self.state, "ok": self.ok, "events": self.events, "findings": self.findings}


def current(request: Request) -> Verification:
    state = request.app.state
    found: Verification | None = getattr(state, "verification", None)
    if found is None:
        found = state.verification = Verification()
    return found


async def begin(request: Request) -> Verification:
    """Start a verification unless one runs."""
    found = current(request)
    if found.state == "running":
        return found
    service = request.app.state.service
    now = Verification("running", (await service.log.head()).seq, started=service.clock.now())
    request.app.state.verification = now
    now.task = asyncio.create_task(_run(request.app.state.verify, now, service.clock.now))
    return now


async def verify_to_end(request: Request) -> Verification:
    found = await begin(request)
    if found.task is not None:
        await found.task
    return found


async def _run(verify: Verify, now: Verification, clock: Callable[[], datetime]) -> None:
    """A failure to read is shown as such; it is never a green mark."""
    try:
        report = await verify(now)
    except Exception as error:
        now.state, now.ended = "failed", clock()
        now.findings = [repr(error)]
        raise
    now.events, now.progress = report.events, report.events
    now.findings = [str(finding) for finding in report.findings[:FINDINGS_SHOWN]]
    now.state, now.ended = "done", clock()
