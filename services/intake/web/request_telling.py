"""One request as lists show it, and its events as its timeline tells them."""

import hashlib
from collections.abc import Mapping
from typing import Any

from contracts.event import Event
from contracts.intake import (
    PersonalDataErased,
    RequestAccepted,
    RequestAnsweredOnSpot,
    RequestRedirected,
    RequestRejected,
    RequestSupplemented,
    RequestWithdrawn,
)
from services.intake.web.labels import EVENTS, STATUSES, STEPS
from services.intake.web.reads import Reads, title_of
from services.reference.words import CHANNELS
from services.ui.i18n import gettext as _


async def line(found: Reads, row: Any, units: Mapping[str, str]) -> dict[str, Any]:
    """One request as lists show it."""
    words, tone = STATUSES[row["status"]]
    step = STEPS.get(row["step"] or ("opened" if row["case_id"] else ""))
    return {
        "href": f"/intake/requests/{row['request_id']}",
        "title": title_of(row),
        "status": _(words),
        "tone": tone,
        "channel": _(CHANNELS.get(row["channel"], row["channel"])),
        "territory": units.get(row["territory_unit"] or "", ""),
        "unit": units.get(row["lead_unit"] or "", ""),
        "step": _(step[0]) if step else "",
        "step_tone": step[1] if step else "plain",
        "case_href": f"/dispatch/cases/{row['case_id']}" if row["case_id"] else "",
        "received_at": row["received_at"],
        "source_ref": row["source_ref"],
        "confidential": row["confidential"],
    }


async def entry(
    found: Reads, stored: Any, recorded: Any, names: Mapping[str, str], units: Mapping[str, str]
) -> dict[str, Any]:
    """One event as an entry of the timeline."""
    envelope = recorded.envelope
    words, sign, tone = EVENTS[stored.type]
    actor = envelope.actor
    return {
        "time": stored.time,
        "sign": sign,
        "tone": tone,
        "title": _(words),
        "actor": [names.get(actor.person, _("系统")), units.get(actor.unit, "")],
        "text": await _said(found, recorded.event),
        "version": stored.version,
        "hash": hashlib.sha256(stored.payload).hexdigest(),
        "captured_at": envelope.meta.captured_at,
    }


async def _said(found: Reads, event: Event) -> str:
    match event:
        case RequestAccepted():
            return event.note
        case RequestAnsweredOnSpot():
            return await found.text(event.answer)
        case RequestRejected() | RequestWithdrawn():
            return event.reason
        case RequestSupplemented():
            return await found.text(event.text)
        case RequestRedirected():
            return event.channel
        case PersonalDataErased():
            return event.legal_basis
        case _:
            return ""
