"""A case's history in sentences: what happened, who did it, and the hash of the record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.dispatch import Evidence
from contracts.event import Event
from contracts.sealed import Sealed
from services.dispatch.read.proof import Record
from services.dispatch.web.reads import Reads
from services.dispatch.web.saying import Names, Said
from services.dispatch.web.telling_case import CASES
from services.dispatch.web.telling_elsewhere import ELSEWHERE
from services.dispatch.web.telling_order import ORDERS
from services.reference.reads import shown
from services.reference.words import ROLE_NAMES
from services.ui.i18n import gettext as _

TELLERS: Mapping[type[Event], Callable[[Any, Names], Said]] = {**CASES, **ORDERS, **ELSEWHERE}
"""Every type that the history holds has its sentence; a test compares the two."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline as the screens draw it."""

    time: datetime
    sign: str
    tone: str
    title: str
    actor: tuple[str, ...]
    text: str
    notes: tuple[str, ...]
    version: int
    hash: str
    captured_at: datetime | None
    own_version: int | None
    """The case's own version after this entry; none for another source's."""

    links: tuple[tuple[str, str], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    files: Sequence[Any] = ()
    """The evidence as the page shows it, once it is known whether the files are there."""


async def entries(records: Sequence[Record], names: Names, reads: Reads, own: str) -> list[Entry]:
    """Oldest first."""
    told = [_say(record.recorded.event, names) if record.recorded else _unreadable(record) for record in records]
    opened = await _texts([said.sealed for said in told], reads)
    return [
        Entry(
            record.time,
            said.sign,
            said.tone,
            said.title,
            _actor(record, names),
            " ".join(part for part in (said.text, text) if part),
            said.notes,
            record.number,
            record.hash,
            record.recorded.envelope.meta.captured_at if record.recorded else None,
            record.version if record.stream == own else None,
            said.links,
            said.evidence,
        )
        for record, said, text in zip(records, told, opened, strict=True)
    ]


def _actor(record: Record, names: Names) -> tuple[str, ...]:
    if record.recorded is None:
        return ()
    actor = record.recorded.envelope.actor
    if actor.person == "system":
        return (_("系统"),)
    role = _(ROLE_NAMES.get(actor.role, actor.role))
    return names.person(actor.person), names.unit(actor.unit), role


def _unreadable(record: Record) -> Said:
    if record.missing:
        return Said("alert-triangle", _("记录缺失"), _("这里有过一条记录，已从日志中被删除。"), "bad")
    return Said("alert-triangle", _("记录无法读取"), _("这条记录的内容被改动过。"), "bad")


async def _texts(sealed: Sequence[Sealed | None], reads: Reads) -> list[str]:
    wanted = [one for one in sealed if one is not None]
    opened = iter(await reads.keys.opened_many(wanted))
    return ["" if one is None else shown(next(opened)) for one in sealed]


def _say(event: Event, n: Names) -> Said:
    teller = TELLERS.get(type(event))
    return teller(event, n) if teller else Said("file-text", event.TYPE)
