"""Fill an empty installation with the demo programme, once."""

import importlib
import importlib.util
from collections.abc import Mapping, Sequence

from deploy.local.installation import Installation

DEMO = "demo"


async def load_once(installation: Installation) -> Sequence[Mapping[str, str]]:
    """Load the demo when this installation never had it; returns the accounts people can log in with."""
    if importlib.util.find_spec("deploy.demo") is None:
        return []
    demo = importlib.import_module("deploy.demo.load")
    if installation.is_new(DEMO):
        await installation.wait_ready()
        await demo.load(installation)
        installation.done(DEMO)
    return list(demo.accounts())
