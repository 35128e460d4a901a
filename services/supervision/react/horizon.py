"""How far dispatch is known to supervision: the time and position behind which a deadline may be judged."""

from datetime import datetime

from services.chassis.service import Service
from services.supervision.react.clocks import CLOCKS

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
            clocks = (await self._service.reactors.lag())[CLOCKS.name]
            if seq is None or clocks.seq < seq:
                return None
        return watermark, position
