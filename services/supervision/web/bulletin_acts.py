"""What people do with 通报: issue one on the grounds of the pack, look at it before, withdraw it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.event import Code
from contracts.supervision import Ground, NoticeIssued
from contracts.supervision.values import Figure
from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.web import Forbidden, Many, User, command_meta, perform
from services.chassis.web.inputs import LocalMoment, Words
from services.chassis.words import N_
from services.reference.programmes import ActivePack
from services.supervision.domain.bulletin import (
    BULLETIN,
    DeclineProposal,
    GroundRule,
    IssueBulletin,
    Kind,
    Target,
    WithdrawBulletin,
    stream,
)
from services.supervision.read import assessments, bulletins
from services.supervision.read.bulletin_cases import case_ids
from services.supervision.read.bulletin_proposals import proposals
from services.supervision.web.acts import Input
from services.supervision.web.bulletin_values import RECKONED, reckoned
from services.supervision.web.ladder_acts import SEEING_ALL, new_id, programme_of
from services.supervision.web.reads import Reads, reads

MOST = 200
"""Targets of one notice, and cases of one ground: more is a report and no notice."""

LEADING = ("unit_leader",)
"""Who also sees what their people are named in."""


def _parts(value: object) -> object:
    """Several numbers or names on one line or on lines of their own."""
    return [part for part in re.split(r"[、，,；;\s]+", value) if part] if isinstance(value, str) else value


def _figure(value: object) -> object:
    """People write 96.5 %; the event keeps the figure, in the unit of its indicator."""
    return value.replace("%", "").replace("％", "").strip() if isinstance(value, str) else value


Listed = Annotated[list[Annotated[str, Field(max_length=100)]], BeforeValidator(_parts), Field(max_length=MOST)]


class GroundInput(Input):
    """What stands behind one ground; cases by number or id."""

    text: Words = ""
    cases: Listed = Field(default_factory=list)
    value: Annotated[Figure, BeforeValidator(_figure)] | None = None


class IssueInput(Input):
    """A notice. A ground counts when it is chosen or anything is written to it; `cases` stand behind every ground."""

    programme: Code | None = None
    kind: Kind
    targets: Many[Code] = Field(default_factory=list, max_length=MOST)
    persons: Listed = Field(default_factory=list)
    chosen: Many[Code] = Field(default_factory=list)
    grounds: dict[Code, GroundInput] = Field(default_factory=dict)
    cases: Listed = Field(default_factory=list)
    scope: Annotated[str, Field(max_length=100)] = ""
    rectify_by: LocalMoment | None = None
    text: Words = ""
    assessment_id: Code | None = None
    """The final assessment that it rewards or punishes for."""


class DeclineInput(Input):
    """Why there will be no notice on what the pack proposes."""

    programme: Code
    kind: Kind
    target: Code
    ground: Code
    reason: Words = ""


class WithdrawInput(Input):
    """Why it should not have been issued."""

    reason: Words = ""


@dataclass(frozen=True, slots=True)
class OnBulletin:
    """One request about one notice."""

    request: Request
    user: User
    reads: Reads
    row: dict[str, Any]
    active: ActivePack

    @property
    def bulletin_id(self) -> str:
        found: str = self.row["bulletin_id"]
        return found


def viewer(user: User, issuing: Iterable[str] = ()) -> bulletins.Viewer:
    """Whose notices this person sees."""
    return bulletins.Viewer(user.has(*SEEING_ALL, *issuing), user.person_id, user.unit_id, user.has(*LEADING))


async def may_issue(found: Reads, user: User) -> list[ActivePack]:
    """The programmes whose pack lets this person issue notices."""
    return [one for one in await found.programmes.all() if user.has(*one.pack.notices.issued_by)]


def issuing_role(user: User, active: ActivePack) -> str:
    """In which role this person issues and withdraws."""
    for role in active.pack.notices.issued_by:
        if user.has(role):
            return role
    raise Forbidden(active.pack.notices.issued_by)


async def on_bulletin(request: Request, user: User, bulletin_id: str) -> OnBulletin:
    """The notice, for whoever may see it; to all others it says only that they may not."""
    found = reads(request)
    row = await bulletins.bulletin(found.pool, bulletin_id)
    if row is None:
        raise HTTPException(404)
    active = await programme_of(found, row["programme"])
    seeing = viewer(user, active.pack.notices.issued_by)
    if not await bulletins.visible(found.pool, seeing, bulletin_id):
        raise Forbidden(SEEING_ALL)
    return OnBulletin(request, user, found, row, active)


async def issue(request: Request, user: User, data: IssueInput) -> tuple[str, Outcome]:
    command = await _command(request, user, data)
    meta = command_meta(request, user, role=command.role, programme=command.programme_id)
    return command.bulletin_id, await perform(request, BULLETIN, stream(command.bulletin_id), command, meta)


async def draft(request: Request, user: User, data: IssueInput) -> tuple[ActivePack, NoticeIssued]:
    """The notice as it would be issued now, under its programme's rules; nothing is recorded."""
    [event] = BULLETIN.decide(BULLETIN.initial, await _command(request, user, data))
    assert isinstance(event, NoticeIssued), "issuing makes nothing else"
    return await programme_of(reads(request), event.programme_id), event


async def _command(request: Request, user: User, data: IssueInput) -> IssueBulletin:
    found = reads(request)
    active = await programme_of(found, data.programme)
    role = issuing_role(user, active)
    rules = tuple(
        GroundRule(row.code, "cases" in row.needs, row.kpi if "kpi" in row.needs else None, row.rectify)
        for row in active.pack.notice_grounds(data.kind)
    )
    kpis = {row.code: row.kpi for row in active.pack.notice_grounds(data.kind)}
    codes = list(dict.fromkeys([*data.chosen, *(code for code, said in data.grounds.items() if _says(said))]))
    asked = [*data.cases, *(case for said in data.grounds.values() for case in said.cases)]
    ids = await case_ids(found.pool, active.programme_id, asked)
    targets = await _targets(found, data)
    grounds = [await _ground(request, code, data, kpis.get(code), ids, active, targets) for code in codes]
    return IssueBulletin(
        bulletin_id=new_id(request, "bulletin"),
        programme_id=active.programme_id,
        kind=data.kind,
        targets=targets,
        grounds=tuple(grounds),
        scope=data.scope,
        text=data.text,
        at=found.now,
        role=role,
        unit=user.unit_id,
        rules=rules,
        issued_by=active.pack.notices.issued_by,
        scopes=active.pack.notices.scopes,
        known_cases=frozenset(ids.values()),
        rectify_by=data.rectify_by,
        assessment_id=data.assessment_id,
        assessed=await assessments.objects_of(found.pool, active.programme_id, data.assessment_id),
    )


def _says(said: GroundInput) -> bool:
    return bool(said.text or said.cases or said.value)


async def _ground(
    request: Request,
    code: str,
    data: IssueInput,
    kpi: str | None,
    ids: dict[str, str],
    active: ActivePack,
    targets: Sequence[Target],
) -> Ground:
    """A case that nobody knows keeps the words it was asked by: deciding refuses it by them."""
    said = data.grounds.get(code) or GroundInput()
    cases, value = dict.fromkeys(ids.get(case, case) for case in (*said.cases, *data.cases)), said.value
    if kpi is not None and kpi in RECKONED:
        field = f"grounds.{code}.value"
        if value is not None:
            raise Rejected("value-is-reckoned", N_("这项指标由系统按名册和走访计算，不用填写。"), field)
        value = await reckoned(request, active, kpi, targets, field)
    return Ground(code=code, text=said.text, case_ids=tuple(cases), kpi=kpi if value is not None else None, value=value)


async def _targets(found: Reads, data: IssueInput) -> tuple[Target, ...]:
    """Units and persons, each once, with the unit that they belong to."""
    belongs: dict[str, str | None] = dict.fromkeys([*data.targets, *await _named(found, data.persons)])
    units = await found.directory.unit_names()
    for code in belongs:
        person = None if code in units else await found.directory.person(code)
        belongs[code] = person.unit_id if person else code if code in units else None
    return tuple(Target(code, unit) for code, unit in belongs.items())


async def _named(found: Reads, said: Sequence[str]) -> list[str]:
    """Persons by number, or by a name that only one of them has."""
    meant = await found.directory.persons_by_name() if said else {}
    for name in said:
        ids = meant.get(name, [])
        if len(ids) > 1:
            raise Rejected(
                "ambiguous-person",
                N_("“{name}”有多人同名，请改填人员编号：{ids}。"),
                "persons",
                name=name,
                ids="、".join(ids),
            )
        if not ids:
            raise Rejected("unknown-person", N_("名录中没有“{name}”，请填写姓名或人员编号。"), "persons", name=name)
    return [meant[name][0] for name in said]


async def decline(request: Request, user: User, data: DeclineInput) -> Outcome:
    """Decide against what the pack proposes now."""
    found = reads(request)
    active = await programme_of(found, data.programme)
    role = issuing_role(user, active)
    standing = await proposals(found.pool, active.pack, found.now)
    bulletin_id = new_id(request, "bulletin-declined")
    command = DeclineProposal(
        bulletin_id=bulletin_id,
        programme_id=active.programme_id,
        kind=data.kind,
        target=Target(data.target, data.target),
        ground=data.ground,
        reason=data.reason,
        role=role,
        unit=user.unit_id,
        issued_by=active.pack.notices.issued_by,
        proposed=any((one.kind, one.code, one.unit) == (data.kind, data.ground, data.target) for one in standing),
    )
    meta = command_meta(request, user, role=role, programme=active.programme_id)
    return await perform(request, BULLETIN, stream(bulletin_id), command, meta, pinned=False)


async def withdraw(x: OnBulletin, data: WithdrawInput) -> Outcome:
    role = issuing_role(x.user, x.active)
    persons = {one.person_id for one in await x.reads.directory.persons_of(x.user.unit_id)}
    command = WithdrawBulletin(
        reason=data.reason,
        role=role,
        issued_by=x.active.pack.notices.issued_by,
        own=frozenset({x.user.unit_id, *persons} & set(x.row["targets"])),
    )
    meta = command_meta(x.request, x.user, role=role, programme=x.row["programme"])
    return await perform(x.request, BULLETIN, stream(x.bulletin_id), command, meta)
