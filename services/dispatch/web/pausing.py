"""Who may suspend and resume a case (挂账), and whose approval counts."""

from collections.abc import Collection, Sequence

from services.chassis.decider import Rejected
from services.chassis.web import User
from services.dispatch.web.context import CaseContext
from services.dispatch.web.reads import Reads
from services.dispatch.web.recusal import barred
from services.ui.i18n import N_

AT_THE_DESK = ("dispatcher", "programme_office")
PAUSING = ("unit_leader", *AT_THE_DESK)
APPROVING = ("leading_group", "programme_office")
"""They approve for every unit; a unit's own leader approves for the cases that the unit leads."""

NO_LEADER = N_("批准人须是名册中的主办单位负责人、活动办或领导小组成员。")


def at_desk(user: User) -> bool:
    """Whether the user may pause whatever case, because cases are handed out from there."""
    return user.has(*AT_THE_DESK)


def may_pause(user: User, lead_unit: str | None) -> bool:
    """The desk, and the leader of the unit that leads the case; nobody stops another unit's clock."""
    return at_desk(user) or (user.has("unit_leader") and user.unit_id == lead_unit)


async def approvers(
    reads: Reads, lead_unit: str | None, asking: str | None = None, *, without: Collection[str] = ()
) -> Sequence[tuple[str, str]]:
    """Everybody in the directory who may approve it, with the name; nobody approves what they ask for themselves.

    `without`: units complained of and those below them; nobody of theirs has a say in it.
    """
    found: dict[str, str] = {}
    for role in APPROVING:
        for person in await reads.directory.in_role(role):
            if person.unit_id not in without:
                found[person.person_id] = person.name
    if lead_unit is not None and lead_unit not in without:
        for person in await reads.directory.persons_of(lead_unit, "unit_leader"):
            found[person.person_id] = person.name
    return sorted((person, name) for person, name in found.items() if person != asking)


async def refuse_unknown(x: CaseContext, person: str, field: str, asking: str | None = None) -> None:
    """An approval counts only from somebody whom the directory knows as one who may give it."""
    lead = x.state.lead
    without = await barred(x.reads, x.state.complained)
    known = await approvers(x.reads, lead.unit if lead else None, asking, without=without)
    if person not in {one for one, _name in known}:
        raise Rejected("unknown-approver", NO_LEADER, field)
