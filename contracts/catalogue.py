"""Imports every module that declares events, so that the registry is complete."""

from contracts import dispatch, intake, log, reporting, supervision, upcasts
from contracts.event import TYPES
from contracts.intake import outreach

__all__ = ["TYPES", "dispatch", "intake", "log", "outreach", "reporting", "supervision", "upcasts"]
