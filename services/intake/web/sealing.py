"""What people said, sealed under the request's own key; who said it, as a row beside the events."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.sealed import Sealed
from services.chassis.decider import Rejected
from services.chassis.keys import Erased
from services.chassis.log.types import SideRow
from services.chassis.words import N_
from services.intake.web.callers import Caller
from services.intake.web.inputs import TITLE_FROM_TEXT, HeardInput, Requester
from services.intake.web.reads import Reads

SENTENCE = re.compile(r"[。！？!?\n\r]")


@dataclass(frozen=True, slots=True)
class Words:
    """What was said, sealed under the request's own key."""

    title: Sealed
    text: Sealed
    answer: Sealed | None


def key_of(request_id: str) -> str:
    """The key that seals everything said in a request."""
    return f"request-{request_id}"


def note_key_of(visit_id: str) -> str:
    """The key that seals what was noted on a visit."""
    return f"visit-{visit_id}"


def title_from(text: str) -> str:
    """The beginning of a text, as its title."""
    first = next((part.strip() for part in SENTENCE.split(text) if part.strip()), text.strip())
    return first if len(first) <= TITLE_FROM_TEXT else first[: TITLE_FROM_TEXT - 1] + "…"


async def make_keys(found: Reads, key_ids: Sequence[str]) -> None:
    """Keys for what is about to be sealed; a request whose data were erased is not written again."""
    try:
        await found.keys.new_many(key_ids)
    except Erased as error:
        raise Rejected("erased", N_("这件诉求的内容已依法删除，不再办理。")) from error


async def sealed_words(found: Reads, request_id: str, said: HeardInput) -> Words:
    """Seal under a key that exists already."""
    key = key_of(request_id)
    return Words(
        await found.keys.seal(said.title or title_from(said.text), key),
        await found.keys.seal(said.text, key),
        await found.keys.seal(said.answer, key) if said.answer else None,
    )


def requester_row(
    request_id: str, requester: Requester, said_at: datetime | None = None, *, caller: Caller | None = None
) -> tuple[SideRow, ...]:
    """Who asked, as a row beside the events; none when nothing is known. `caller`: how they are known again."""
    if not (requester.name or requester.phone or requester.user or said_at):
        return ()
    row = {
        "requester_ref": f"q-{request_id}",
        "request_id": request_id,
        "name": requester.name,
        "phone": requester.phone,
        "source_user": requester.user,
        "said_at": said_at.isoformat() if said_at else None,
        "known_by": caller.known_by if caller else None,
        "caller_ref": caller.ref if caller else None,
    }
    return (SideRow("requester", row, "upsert"),)
