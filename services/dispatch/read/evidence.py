"""The files that events of dispatch name."""

from contracts.dispatch import ConsultationHeld, OrderCompleted, OrderReturned, ProgressReported, SiteVerified
from contracts.event import Event
from services.reference.attachments.projection import evidence_of

NAMING: tuple[type[Event], ...] = (ProgressReported, OrderCompleted, OrderReturned, SiteVerified, ConsultationHeld)
"""Every event with a field `evidence`."""

EVIDENCE = evidence_of(NAMING, version=2)
