"""Waiting in tests for something that another task or process will do."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable

POLL_S = 0.02


async def until(what: Callable[[], Awaitable[object] | object], *, within: float = 20.0) -> None:
    """Wait until it is true; fails with its source text when the time is up."""
    try:
        async with asyncio.timeout(within):
            while True:
                answer = what()
                if inspect.isawaitable(answer):
                    answer = await answer
                if answer:
                    return
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise AssertionError(f"did not come true within {within} s: {inspect.getsource(what).strip()}") from None
