"""The files that events of supervision name."""

from contracts.event import Event
from contracts.supervision import DutyChecked, MisreportEstablished, SpotCheckConducted
from services.reference.attachments.projection import evidence_of

NAMING: tuple[type[Event], ...] = (SpotCheckConducted, DutyChecked, MisreportEstablished)
"""Every event of supervision with a field `evidence`."""

EVIDENCE = evidence_of(NAMING)
