"""After the decision to erase, the keys are destroyed, also when the process that decided died in between."""

from contracts.intake import PersonalDataErased
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor


async def react(fact: Fact, ctx: ReactContext) -> None:
    """Erasing again changes nothing."""
    event = fact.event
    assert isinstance(event, PersonalDataErased), "the only type it handles"
    assert ctx.keys is not None, "intake owns the keys"
    await ctx.keys.erase(event.key_ids)


ERASING = Reactor(name="erase-keys", handles=(PersonalDataErased,), react=react)
