"""Commands on activities: what was done, by whom, entered by one of them or the office, and taken back by the same."""

from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from starlette.exceptions import HTTPException
from starlette.requests import Request

from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.web import Forbidden, User, command_id, command_meta, perform
from services.chassis.words import N_
from services.intake.domain.activity import ACTIVITY, RecordActivity, WithdrawActivity, stream
from services.intake.domain.new_request import Unknown
from services.intake.read import outreach
from services.intake.web import naming, roles
from services.intake.web.filing import envelope_programme, known_persons
from services.intake.web.outreach_inputs import ActivityInput, WithdrawnInput
from services.intake.web.pairing_acts import today
from services.intake.web.reads import reads

CORRECTED_WITHIN = timedelta(days=31)
"""Whoever entered something may take it back so long; afterwards it has been reported on, and the office does."""


async def record(request: Request, user: User, data: ActivityInput) -> tuple[str, Outcome]:
    """The sender is one of those who did it, unless the office or the unit's leader enters it for others."""
    found = reads(request)
    active = await found.active(data.programme)
    persons = tuple(dict.fromkeys(data.persons)) or (user.person_id,)
    role = roles.acting(user, roles.VISIT)
    if user.person_id not in persons and not user.has(*roles.PAIR_ALL, *roles.PAIR_UNIT):
        raise Rejected("not-among-them", N_("参加人中应有您自己；代他人登记请找活动办或单位负责人。"), "persons")
    row = next((one for one in active.pack.lists.activity if one.id == data.kind), None)
    number = next((n for n, one in enumerate(active.pack.lists.activity, start=1) if one.id == data.kind), 0)
    unknown = [
        Unknown(f"subjects.{n}", "subject")
        for n, subject in enumerate(data.subjects)
        if await naming.subject(found, subject) is None
    ]
    unknown += await naming.unknown_units(found, [("joint_with", unit) for unit in data.joint_with])
    activity_id = data.activity_id or str(uuid5(NAMESPACE_URL, f"huiyin:activity:{command_id(request)}"))
    command = RecordActivity(
        activity_id=activity_id,
        programme_id=active.programme_id,
        row=row,
        rule_id=f"activity[{number}]",
        on=data.on or today(found),
        today=today(found),
        start=active.pack.programme.start,
        end=active.pack.programme.end,
        unit=await _unit(request, user, persons),
        persons=persons,
        roster=await known_persons(found, persons),
        subjects=tuple(data.subjects),
        joint_with=tuple(data.joint_with),
        topic=data.topic,
        topic_class=data.topic_class,
        services=tuple(data.services),
        participants=data.participants,
        document=data.document,
        also_counts_for=tuple(data.also_counts_for),
        others=active.pack.programme.also_counts_for,
        unknown=tuple(unknown),
        strangers=await _strangers(request, user, persons),
    )
    meta = command_meta(request, user, role=role, **envelope_programme(active))
    return activity_id, await perform(request, ACTIVITY, stream(activity_id), command, meta, pinned=False)


async def _strangers(request: Request, user: User, persons: tuple[str, ...]) -> tuple[str, ...]:
    """Nobody but the office gives people of another unit what counts for them."""
    if user.has(*roles.PAIR_ALL):
        return ()
    found = reads(request)
    named = [one for person in persons if (one := await found.directory.person(person)) is not None]
    return tuple(one.name for one in named if one.unit_id != user.unit_id and one.person_id != user.person_id)


async def _unit(request: Request, user: User, persons: tuple[str, ...]) -> str:
    """The unit of who did it: the sender's own, else that of the first."""
    if user.person_id in persons:
        return user.unit_id
    first = await reads(request).directory.person(persons[0])
    unit = first.unit_id if first else user.unit_id
    if not user.has(*roles.PAIR_ALL) and unit != user.unit_id:
        raise Forbidden(roles.PAIR_ALL)
    return unit


async def withdraw(request: Request, user: User, activity_id: str, data: WithdrawnInput) -> Outcome:
    """By whoever entered it while it is fresh, or by the office."""
    found = reads(request)
    row = await outreach.activity(found.pool, activity_id)
    if row is None:
        await found.caught_up("activities")
        row = await outreach.activity(found.pool, activity_id)
    if row is None:
        raise HTTPException(404)
    if not may_withdraw(user, row, found.now):
        raise Forbidden(roles.PAIR_ALL)
    role = roles.acting(user, (*roles.PAIR_ALL, *roles.VISIT))
    active = await found.active(row["programme"])
    meta = command_meta(request, user, role=role, **envelope_programme(active))
    command = WithdrawActivity(activity_id, data.reason)
    return await perform(request, ACTIVITY, stream(activity_id), command, meta, pinned=False)


def may_withdraw(user: User, row: Any, now: datetime) -> bool:
    """Whether this person may take it back now."""
    fresh = row["recorded_by"] == user.person_id and now - row["recorded_at"] <= CORRECTED_WITHIN
    return fresh or user.has(*roles.PAIR_ALL)
