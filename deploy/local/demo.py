"""Fill an empty installation with the demo programme and with sample work, each once."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import httpx

from deploy.local.children import Say
from deploy.local.installation import Installation
from services.chassis.clock import SystemClock

DEMO, SAMPLES = "demo", "samples"


async def load_once(installation: Installation) -> Sequence[Mapping[str, str]]:
    """Load the demo when this installation never had it; returns the accounts people can log in with."""
    from deploy.demo.load import accounts, load  # it needs the installation, which must not need it

    if installation.is_new(DEMO):
        await installation.wait_ready()
        await load(installation)
        installation.done(DEMO)
    return accounts()


async def tell_once(installation: Installation, say: Say) -> None:
    """Sample work, beside whoever already looks around. What fails is said; the next start goes on from there."""
    from deploy.demo.opening import open_with_life

    if not installation.is_new(SAMPLES):
        return
    try:
        began = datetime.fromisoformat(installation.remembered("samples_began", SystemClock().now().isoformat()))
        await open_with_life(installation.url, began)
    except (RuntimeError, TimeoutError, httpx.HTTPError) as failure:
        say(f"the sample work stopped, the next start goes on with it: {failure!r}")
        return
    installation.done(SAMPLES)
    say("the demo district now has some forty sample cases")
