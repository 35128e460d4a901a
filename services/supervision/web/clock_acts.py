"""催办 by hand: one command for each chosen deadline, so that one refusal holds up no other."""

from dataclasses import dataclass

from pydantic import Field
from starlette.requests import Request

from contracts.event import Code
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.web import Many, User, command_meta, perform
from services.chassis.words import N_
from services.supervision.domain.clock import CLOCK, RemindByHand
from services.supervision.read import clock_questions as questions
from services.supervision.web.acts import Input
from services.supervision.web.reads import reads

REMINDING = ("supervisor", "programme_office", "discipline", "work_group_lead", "leading_group")

MOST = 200
"""Deadlines reminded of at once: four pages of the wall, two seconds of appends."""


class RemindInput(Input):
    clock_ids: Many[Code] = Field(default_factory=list, max_length=MOST)
    back: str = Field(default="", max_length=500)


@dataclass(frozen=True, slots=True)
class Reminded:
    """How many were sent; the others had been reminded today, rest, or are done."""

    sent: int
    others: int
    last: Outcome


async def remind(request: Request, user: User, role: str, data: RemindInput) -> Reminded:
    rows = await questions.by_id(reads(request).pool, data.clock_ids)
    if not rows:
        raise Rejected("nothing-chosen", N_("请选择要催办的期限。"), field="clock_ids")
    sent, last = 0, None
    for row in rows:
        meta = command_meta(request, user, role=role, part=row["clock_id"], programme=row["programme"])
        command = RemindByHand(reads(request).now)
        outcome = await perform(request, CLOCK, f"clock-{row['clock_id']}", command, meta, pinned=False)
        sent += bool(outcome.events)
        last = outcome if last is None or outcome.position > last.position else last
    assert last is not None, "there was at least one"
    return Reminded(sent, len(data.clock_ids) - sent, last)
