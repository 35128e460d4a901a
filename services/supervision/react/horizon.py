"""How far those who would tell are known: the time and position behind which a deadline may be judged."""

from datetime import datetime

from services.chassis.reactor import Reactor
from services.chassis.service import Service
from services.supervision.react.case_clocks import CASE_CLOCKS
from services.supervision.react.clocks import CLOCKS
from services.supervision.react.own_clocks import OWN_CLOCKS

SOURCE = "dispatch"

SEQ_OF = "SELECT seq FROM event WHERE source = $1 AND position = $2 ORDER BY seq DESC LIMIT 1"


class DispatchHorizon:
    """None while the watermark is unknown, dispatch's events are on their way, or the clocks have not taken them in."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self) -> tuple[datetime, int] | None:
        transport = self._service.transport
        watermark = transport.watermark(SOURCE) if transport else None
        if transport is None or watermark is None:
            return None
        position = transport.held(SOURCE)
        if position:
            seq = await self._service.pool.fetchval(SEQ_OF, SOURCE, position)
            if seq is None or not await _taken_in(self._service, seq, CLOCKS, CASE_CLOCKS):
                return None
        return watermark, position


class OwnHorizon:
    """For what only supervision's own log can tell: its last promise to record nothing earlier, which every process
    reads from the database, with all of it taken in by the clocks."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self) -> tuple[datetime, None] | None:
        head = await self._service.log.source_head(self._service.log.source)
        if head is None or head.time is None:
            return None
        seq = await self._service.pool.fetchval(SEQ_OF, head.source, head.position) if head.position else 0
        return (head.time, None) if await _taken_in(self._service, seq, OWN_CLOCKS) else None


async def _taken_in(service: Service, seq: int, *reactors: Reactor) -> bool:
    lag = await service.reactors.lag()
    return all(lag[reactor.name].seq >= seq for reactor in reactors)
