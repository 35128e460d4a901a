"""Imports every module that declares events, so that the registry is complete."""

from contracts import dispatch, intake, log, reporting, supervision, upcasts
from contracts.event import TYPES

__all__ = ["TYPES", "dispatch", "intake", "log", "reporting", "supervision", "upcasts"]
