"""Fill an empty installation with the demo programme, once."""

from collections.abc import Mapping, Sequence

from deploy.local.installation import Installation

DEMO = "demo"


async def load_once(installation: Installation) -> Sequence[Mapping[str, str]]:
    """Load the demo when this installation never had it; returns the accounts people can log in with."""
    from deploy.demo.load import accounts, load  # it needs the installation, which must not need it

    if installation.is_new(DEMO):
        await installation.wait_ready()
        await load(installation)
        installation.done(DEMO)
    return accounts()
