"""The operator's way out when a log's lost tail is nowhere to be had: go on in a new epoch, and say so in the log.

Run it while the service refuses commands. It sees the new epoch within seconds and opens; the others follow it.
"""

import uuid
from pathlib import Path

from contracts.codec import encode_open
from contracts.envelope import Actor, Meta
from contracts.log import LogRestored
from services.chassis.identity import body_hash
from services.chassis.log.log import Log
from services.chassis.log.types import Append, Draft, SourceHead
from services.chassis.transport.witness import Witness


async def begin_epoch(log: Log, data_dir: Path, *, operator: str, reason: str) -> SourceHead:
    """Start a new epoch whose first event says who decided it, why, and where the old one ended here.

    `data_dir` is the service's own: its witness file is moved on, or it would go on refusing the older database. It
    is moved last: a crash before leaves a mark of the old epoch, which is no objection to the new one.
    """
    head = await log.new_epoch(reason, lambda left: _restored(log, left, operator=operator, reason=reason))
    Witness(data_dir, log.district, log.source).write(head)
    return head


def _restored(log: Log, left: SourceHead, *, operator: str, reason: str) -> Append:
    command_id = str(uuid.uuid4())
    event = LogRestored(
        source=log.source,
        reason=reason,
        left_epoch=left.epoch,
        left_position=left.position,
        left_chain=left.chain.hex(),
    )
    meta = Meta(command_id, Actor(operator, "operations", "operator"))
    body = encode_open(event, meta, event_id=command_id, district=log.district, source=log.source)
    draft = Draft(event.stream, event.TYPE, event.VERSION, body)
    return Append(command_id, body_hash(body), drafts=[draft])
