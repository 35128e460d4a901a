"""Carries every log to every other service, in order, verified, and brings it back when something was lost."""

from services.chassis.transport.link import LinkOptions
from services.chassis.transport.promises import Place, Promise, Promises
from services.chassis.transport.transport import SourceHealth, Transport, TransportHealth

__all__ = ["LinkOptions", "Place", "Promise", "Promises", "SourceHealth", "Transport", "TransportHealth"]
