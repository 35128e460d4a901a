"""The programme pack: one schema for one TOML file per campaign; code knows mechanisms, packs numbers and words."""

from contracts.pack.codes import SATISFACTION, Satisfaction
from contracts.pack.duties import Activity, Pairing, Quota
from contracts.pack.errors import PackError, PackErrors, UnknownCode
from contracts.pack.fields import Mark, Percent
from contracts.pack.fixtures import Fixtures, fixtures
from contracts.pack.pack import CaseFacts, CompletionNeeds, Pack, RouteHit
from contracts.pack.parse import parse_pack
from contracts.pack.rows import Cadence, DirectoryRow, Redirect, Report, Route, Urgency
from contracts.pack.tables import Analysis, Category, Detector, Pass, Signals

__all__ = [
    "SATISFACTION",
    "Activity",
    "Analysis",
    "Cadence",
    "CaseFacts",
    "Category",
    "CompletionNeeds",
    "Detector",
    "DirectoryRow",
    "Fixtures",
    "Mark",
    "Pack",
    "PackError",
    "PackErrors",
    "Pairing",
    "Pass",
    "Percent",
    "Quota",
    "Redirect",
    "Report",
    "Route",
    "RouteHit",
    "Satisfaction",
    "Signals",
    "UnknownCode",
    "Urgency",
    "fixtures",
    "parse_pack",
]
