"""Asking the broker for more without letting go of what has come."""

import asyncio

import nats.errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import ServiceUnavailableError

MISSING_SECONDS = 0.05
"""Between two requests of a stream that is not there, which fail at once."""
PULL_SECONDS = 1.0
"""How long one request waits for a first event; asked every 0.05 s, an idle broker used 11 % of a core."""


class Patient:
    """A pull subscription whose fetch ends only in ways that FastStream's batch loop survives.

    With its time almost up, nats-py raises asyncio's own TimeoutError instead of its own: the loop's task would end
    and lose the messages it had gathered, until the broker sends them again. And while a stream is missing, every
    fetch fails at once: the loop would spin.
    """

    def __init__(self, subscription: JetStreamContext.PullSubscription | None) -> None:
        assert subscription is not None, "a started subscriber has its subscription"
        self._subscription = subscription

    async def fetch(self, batch: int = 1, timeout: float | None = 5) -> list[Msg]:
        """Wait for a first event at the broker, then for as long as the subscriber says for more."""
        try:
            first = await self._subscription.fetch(1, PULL_SECONDS)
        except nats.errors.TimeoutError:
            raise
        except TimeoutError as error:
            raise nats.errors.TimeoutError from error
        except ServiceUnavailableError:
            await asyncio.sleep(MISSING_SECONDS)
            raise
        try:
            return first + await self._subscription.fetch(batch - 1, timeout)
        except (TimeoutError, nats.errors.TimeoutError, ServiceUnavailableError):
            return first

    async def unsubscribe(self) -> None:
        await self._subscription.unsubscribe()
