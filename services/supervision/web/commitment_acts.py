"""Promising in public, confirming each week, and saying whether it was kept."""

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.event import Code
from contracts.supervision import ItemState, Promise
from services.chassis.clock import LOCAL
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.identity import effect_id
from services.chassis.web import Forbidden, User, command_meta, perform
from services.chassis.web.inputs import LocalMoment, Words
from services.chassis.words import N_
from services.supervision.domain.commitment import (
    COMMITMENT,
    ConfirmWeek,
    PublishCommitment,
    SettlePromise,
    stream,
    week_of,
)
from services.supervision.read import commitments
from services.supervision.web.acts import SEEING, Input
from services.supervision.web.parties import known_persons
from services.supervision.web.reads import reads

OFFICE = ("programme_office",)
PROMISING = (*OFFICE, "leading_group", "unit_leader", "work_group_lead", "visitor")
SETTLING = ("programme_office", "supervisor", "leading_group")
LOOKING = (*SEEING, "visitor")


def _split(value: object) -> object:
    """Places as one line of words, or as a list."""
    return [part for part in re.split(r"[、，,\n\r]+", value) if part.strip()] if isinstance(value, str) else value


Places = Annotated[list[Annotated[str, Field(max_length=100)]], BeforeValidator(_split)]


class PromiseInput(Input):
    """One promise; a row without words is none."""

    text: Words = ""
    responsible: Code | None = None
    goal: Words = ""
    due: LocalMoment | None = None


class PublishInput(Input):
    """A card; without an owner it is the own."""

    programme: Code
    owner: Code | None = None
    subject_id: Code | None = None
    items: list[PromiseInput] = Field(default_factory=list)
    places: Places = Field(default_factory=list)


class StateInput(Input):
    """How one promise stands."""

    item_id: Code
    state: Literal["working", "done", "blocked"] = "working"
    text: Words = ""


class ConfirmInput(Input):
    """One week; without one, this week."""

    week: str | None = Field(default=None, pattern=r"^\d{4}-W\d{2}$")
    items: list[StateInput] = Field(default_factory=list)


class SettleInput(Input):
    """Kept or not."""

    fulfilled: bool | None = None
    text: Words = ""


def commitment_id(programme: str, owner: str, subject: str | None) -> str:
    """One card of an owner for one contact point."""
    return effect_id(f"{programme}/{owner}/{subject or ''}", "commitment")


async def publish(request: Request, user: User, data: PublishInput) -> Outcome:
    """The pack says how many promises a card has and where it hangs."""
    found = reads(request)
    active = await found.programmes.active(data.programme)
    if active is None:
        raise Rejected("programme-not-active", N_("活动尚未启用，不能公布承诺。"))
    rules = active.pack.commitments
    if rules is None:
        raise Rejected("no-commitments", N_("这项活动的方案没有规定承诺。"))
    role = _role(user, PROMISING)
    owner = data.owner if data.owner and role in OFFICE else user.person_id
    await known_persons(found, "owner", data.owner)
    for number, item in enumerate(data.items):
        await known_persons(found, f"items.{number}.responsible", item.responsible)
    card = commitment_id(data.programme, owner, data.subject_id)
    command = PublishCommitment(
        commitment_id=card,
        programme_id=data.programme,
        owner=owner,
        items=_promises(data, owner),
        places=tuple(dict.fromkeys(place.strip() for place in data.places)),
        least=rules.items_min,
        most=rules.items_max,
        must_hang=rules.public_at,
        at=found.now,
        subject_id=data.subject_id,
    )
    return await _perform(request, user, role, card, command, data.programme)


def _promises(data: PublishInput, owner: str) -> tuple[Promise, ...]:
    made: list[Promise] = []
    for number, one in enumerate(data.items):
        if not one.text:
            continue
        if not one.goal:
            raise Rejected("no-goal", N_("请填写完成目标。"), f"items.{number}.goal")
        if one.due is None:
            raise Rejected("no-due", N_("请填写完成时限。"), f"items.{number}.due")
        made.append(
            Promise(
                item_id=f"item-{len(made) + 1}",
                text=one.text,
                responsible=one.responsible or owner,
                goal=one.goal,
                due=one.due,
            )
        )
    return tuple(made)


async def confirm(request: Request, user: User, card_id: str, data: ConfirmInput) -> Outcome:
    """The owner, who is responsible, or the office; late weeks may be made up and stay marked as confirmed late."""
    row = await _card(request, card_id)
    mine = {row["owner"], *(item["responsible"] for item in row["items"])}
    role = _role(user, PROMISING if user.person_id in mine else OFFICE)
    this_week = week_of(reads(request).now.astimezone(LOCAL).date())
    command = ConfirmWeek(
        week=data.week or this_week,
        this_week=this_week,
        first_week=week_of(row["published_at"].astimezone(LOCAL).date()),
        items=tuple(ItemState(**one.model_dump()) for one in data.items),
        confirmed_by=user.person_id,
    )
    return await _perform(request, user, role, card_id, command, row["programme"])


async def settle(request: Request, user: User, card_id: str, item: str, data: SettleInput) -> Outcome:
    """Kept or not, said by somebody else than who promised."""
    row = await _card(request, card_id)
    command = SettlePromise(item, data.fulfilled, data.text, user.person_id)
    return await _perform(request, user, _role(user, SETTLING), card_id, command, row["programme"])


async def _card(request: Request, card_id: str) -> dict[str, Any]:
    row = await commitments.card(reads(request).pool, card_id)
    if row is None:
        raise HTTPException(404)
    return row


def _role(user: User, roles: tuple[str, ...]) -> str:
    for role in roles:
        if user.has(role):
            return role
    raise Forbidden(roles)


async def _perform(request: Request, user: User, role: str, card_id: str, command: Any, programme: str) -> Outcome:
    meta = command_meta(request, user, role=role, programme=programme)
    return await perform(request, COMMITMENT, stream(card_id), command, meta, pinned=False)
