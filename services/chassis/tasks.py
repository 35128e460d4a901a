"""Ending background tasks for certain."""

import asyncio
from typing import Any

AGAIN_S = 1.5
"""A task that has not ended by then has lost the cancellation; shorter would disturb those that tidy up."""


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel until done: a lost connection's own error, or `asyncio.wait_for` of Python 3.11, can swallow one."""
    running = {task for task in tasks if not task.done()}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=AGAIN_S)
