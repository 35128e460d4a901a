"""How far those who would tell are known: the time and position behind which a deadline may be judged."""

from collections.abc import Sequence
from datetime import datetime

from services.chassis.reactor import Reactor
from services.chassis.service import Service
from services.chassis.transport import Place, Promise, Promises
from services.supervision.react.case_clocks import CASE_CLOCKS
from services.supervision.react.clocks import CLOCKS
from services.supervision.react.own_clocks import OWN_CLOCKS

SOURCE = "dispatch"

REACTED = """
SELECT p.epoch, p.position FROM unnest($2::int[], $3::bigint[]) p(epoch, position)
  LEFT JOIN event e ON e.source = $1 AND e.epoch = p.epoch AND e.position = p.position
 WHERE p.position = 0 OR e.seq <= $4
"""


class TakenIn:
    """The newest promise of a source to which reactors here have reacted in full, and which read models show.

    What came later than a promise does not concern it: a reactor that is never level with the log, because the source
    goes on recording, holds the promise of some moments ago. Every look asks again, so a database that was put back
    is believed no longer than it deserves.
    """

    def __init__(self, service: Service, source: str, *reactors: Reactor, read_models: Sequence[str] = ()) -> None:
        self._service, self._source = service, source
        self._reactors, self._read_models = [one.name for one in reactors], read_models
        self._promises = Promises()

    async def of(self, promise: Promise | None) -> Promise | None:
        """The newest of this promise and the earlier ones that holds; without one nothing is known."""
        if promise is None:
            self._promises.forget()
            return None
        self._promises.give(promise)
        places = self._promises.places()
        rows = await self._service.pool.fetch(
            REACTED,
            self._source,
            [place.epoch for place in places],
            [place.position for place in places],
            await self._level(),
        )
        reacted = {Place(*row) for row in rows}
        return self._promises.kept(reacted.__contains__)

    async def _level(self) -> int:
        """Up to which seq of this log the slowest of them is."""
        reacted = await self._service.reactors.lag()
        shown = await self._service.projections.lag() if self._read_models else {}
        return min([*(reacted[one].seq for one in self._reactors), *(shown[one].seq for one in self._read_models)])


class DispatchHorizon:
    """None while the watermark is unknown, dispatch's events are on their way, or the clocks have not taken them in;
    or those read models by which something is judged."""

    def __init__(self, service: Service, *read_models: str) -> None:
        self._service = service
        self._taken_in = TakenIn(service, SOURCE, CLOCKS, CASE_CLOCKS, read_models=read_models)

    async def __call__(self) -> tuple[datetime, int] | None:
        transport = self._service.transport
        known = await self._taken_in.of(transport.promise(SOURCE) if transport else None)
        return (known.until, known.place.position) if known else None


async def own_promise(service: Service) -> Promise | None:
    """To record nothing earlier than this, as every process reads it from the database."""
    head = await service.log.source_head(service.log.source)
    return Promise(head.time, Place(head.epoch, head.position)) if head and head.time else None


class OwnHorizon:
    """For what only supervision's own log can tell: its last promise, with all of it taken in by the clocks."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._taken_in = TakenIn(service, service.spec.name, OWN_CLOCKS)

    async def __call__(self) -> tuple[datetime, None] | None:
        known = await self._taken_in.of(await own_promise(self._service))
        return (known.until, None) if known else None
