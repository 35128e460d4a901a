"""The files that events of supervision name, and how a row of what was found keeps them."""

import json
from collections.abc import Sequence
from typing import Any

import asyncpg

from contracts.dispatch import Evidence
from contracts.event import Event
from contracts.supervision import DutyChecked, MisreportEstablished, SpotCheckConducted
from services.reference.attachments.projection import evidence_of

NAMING: tuple[type[Event], ...] = (SpotCheckConducted, DutyChecked, MisreportEstablished)
"""Every event of supervision with a field `evidence`."""

EVIDENCE = evidence_of(NAMING)


def kept(evidence: Sequence[Evidence]) -> str:
    """Photos and files of one look, as JSON of the event's own fields."""
    return json.dumps([one.model_dump(mode="json") for one in evidence], ensure_ascii=False)


def files_of(row: asyncpg.Record) -> list[dict[str, Any]]:
    """What a row has kept."""
    found: list[dict[str, Any]] = json.loads(row["evidence"])
    return found
