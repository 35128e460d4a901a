"""After the decision to erase, keys and rows are destroyed: also when the process that decided died in between, or an
older copy of the database brought them back."""

from contracts.intake import PersonalDataErased, PersonDataErased, SubjectDataErased
from services.chassis.facts import Fact
from services.chassis.reactor import ReactContext, Reactor

FORGET_REQUESTER = "DELETE FROM requester WHERE request_id = $1"
FORGET_ACCOUNT = "DELETE FROM account WHERE person_id = $1"
FORGET_SUBJECT = "DELETE FROM subject_particulars WHERE subject_id = $1"


async def react(fact: Fact, ctx: ReactContext) -> None:
    """Erasing again changes nothing. Rows do not follow the log, so a restored database forgets again here."""
    event = fact.event
    assert isinstance(event, PersonalDataErased | PersonDataErased | SubjectDataErased), "the three it handles"
    assert ctx.keys is not None, "intake owns the keys"
    await ctx.keys.erase(event.key_ids)
    match event:
        case SubjectDataErased():
            await ctx.pool.execute(FORGET_SUBJECT, event.subject_id)
        case PersonDataErased():
            await ctx.pool.execute(FORGET_ACCOUNT, event.person_id)
        case PersonalDataErased():
            await ctx.pool.execute(FORGET_REQUESTER, event.request_id)


ERASING = Reactor(name="erase-keys", handles=(PersonalDataErased, PersonDataErased, SubjectDataErased), react=react)
