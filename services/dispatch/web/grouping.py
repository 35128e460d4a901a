"""Acts on common issues: the JSON API and the forms, both through the same functions."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.decider import Rejected
from services.chassis.handle import Outcome
from services.chassis.identity import effect_id
from services.chassis.log.types import Claim
from services.chassis.web import (
    CurrentUser,
    User,
    accepted,
    command_id,
    command_meta,
    fresh,
    perform,
)
from services.dispatch.domain import grouping_commands as c
from services.dispatch.domain.grouping import common_issue, stream
from services.dispatch.read import common_issues_found as found_issues
from services.dispatch.web.inputs import Input
from services.dispatch.web.inputs_of_common import (
    AssignInput,
    DeclareInput,
    DismissInput,
    MembersInput,
    ReportInput,
    ResolveInput,
)
from services.dispatch.web.reads import Reads, reads
from services.dispatch.web.recusal import barred
from services.dispatch.web.roles import DESK, HANDLING, SEEING, permitted
from services.ui.i18n import N_

OFFICE = ("programme_office",)
LISTING = ("work_group_lead", "programme_office")

CommonId = Annotated[str, Path(max_length=100)]
api = APIRouter(prefix="/dispatch/api", tags=["dispatch"])


@dataclass(frozen=True, slots=True)
class IssueContext:
    """One request about one common issue; `row` is None before anything was recorded of it."""

    request: Request
    user: User
    reads: Reads
    common_id: str
    row: Any
    role: str

    async def perform(self, command: c.Command, claims: list[Claim] | None = None, programme: str = "") -> Outcome:
        meta = command_meta(
            self.request,
            self.user,
            role=self.role,
            programme=programme or (self.row["programme"] if self.row else None),
        )
        return await perform(self.request, common_issue, stream(self.common_id), command, meta, claims=claims or [])

    async def members(self) -> list[Any]:
        return await found_issues.members(self.reads.pool, self.row["members"])

    def claims(self, case_ids: list[str], *, release: bool = False) -> list[Claim]:
        """A case belongs to one living common issue at a time, also when two people declare at once."""
        return [Claim(f"common-member:{one}", stream(self.common_id), release) for one in dict.fromkeys(case_ids)]


async def declare(x: IssueContext, data: DeclareInput) -> Outcome:
    case_ids = data.case_ids or (list(x.row["members"]) if x.row else [])
    programme = (x.row["programme"] if x.row else data.programme) or ""
    command = c.DeclareCommon(
        common_id=x.common_id,
        programme_id=programme,
        title=data.title,
        category=data.category or (x.row["category"] or "" if x.row else ""),
        case_ids=tuple(case_ids),
        lead_group=await _unit(x, data.lead_group, "lead_group"),
        programmes=await _programmes(x, case_ids, "case_ids"),
        elsewhere=tuple(await found_issues.elsewhere(x.reads.pool, case_ids, x.common_id)),
        complained=await _barred(x, await found_issues.members(x.reads.pool, case_ids)),
    )
    return await x.perform(command, x.claims(case_ids), programme)


async def dismiss(x: IssueContext, data: DismissInput) -> Outcome:
    return await x.perform(c.DismissCommon(data.reason))


async def change_members(x: IssueContext, data: MembersInput) -> Outcome:
    command = c.ChangeMembers(
        added=tuple(data.added),
        removed=tuple(data.removed),
        reason=data.reason,
        programmes=await _programmes(x, data.added, "added"),
        elsewhere=tuple(await found_issues.elsewhere(x.reads.pool, data.added, x.common_id)),
    )
    gone = [one for one in data.removed if one in x.row["members"]]
    return await x.perform(command, [*x.claims(data.added), *x.claims(gone, release=True)])


async def report(x: IssueContext, data: ReportInput) -> Outcome:
    if data.list_id and data.list_id not in {
        row["list_id"] for row in await found_issues.lists(x.reads.pool, x.row["programme"])
    }:
        raise Rejected("no-such-list", N_("没有这份清单；不选即另起一份。"), "list_id")
    command = c.ReportCommon(
        # Derived from the command's id: sent twice it is the same list.
        list_id=data.list_id or effect_id(command_id(x.request), "pooled-list"),
        suggested_unit=await _unit(x, data.suggested_unit, "suggested_unit"),
        suggested_measures=data.suggested_measures,
        finish_by=data.finish_by,
        by_unit=x.user.unit_id,
        at=x.reads.now,
        by_office=x.user.has(*OFFICE),
        complained=await _barred(x, await x.members()),
    )
    return await x.perform(command)


async def assign(x: IssueContext, data: AssignInput) -> Outcome:
    """The members' orders follow by themselves: `react/grouping.py`."""
    members = await x.members()
    active = await x.reads.programmes.active(x.row["programme"])
    levels = active.pack.order.never_lead_levels if active else ()
    if data.urgency and active and data.urgency not in {row.code for row in active.pack.lists.urgency}:
        raise Rejected("unknown-urgency", N_("本活动没有这个分级。"), "urgency")
    to_unit = await _unit(x, data.to_unit, "to_unit")
    unit = await x.reads.directory.unit(to_unit)
    command = c.AssignCommon(
        to_unit=to_unit,
        finish_by=data.finish_by,
        at=x.reads.now,
        instruction=data.instruction,
        complained=found_issues.complained(members),
        urgency=data.urgency,
        unclassified=tuple(one["case_id"] for one in members if one["step"] == "registered" and not one["classified"]),
        never_lead=(to_unit,) if unit and unit.level in levels else (),
    )
    return await x.perform(command)


async def resolve(x: IssueContext, data: ResolveInput) -> Outcome:
    """The members are free again: the same matter may come back and be another common issue."""
    command = c.ResolveCommon(data.measures, x.user.unit_id)
    return await x.perform(command, x.claims(list(x.row["members"]), release=True))


async def _unit(x: IssueContext, unit: str, field: str) -> str:
    if unit and await x.reads.directory.unit(unit) is None:
        raise Rejected("unknown-unit", N_("没有这个单位；请从名册中选择。"), field)
    return unit


async def _barred(x: IssueContext, members: Sequence[Any]) -> tuple[str, ...]:
    """The units that some member complains of, and all below them."""
    return tuple(sorted(await barred(x.reads, found_issues.complained(members))))


async def _programmes(x: IssueContext, case_ids: list[str], field: str) -> tuple[str, ...]:
    rows = await found_issues.members(x.reads.pool, case_ids)
    if len(rows) < len(set(case_ids)):
        raise Rejected("no-such-case", N_("有的问题不存在，或刚立案还没有编号。"), field)
    return tuple(sorted({row["programme"] for row in rows}))


@dataclass(frozen=True, slots=True)
class CommonAct:
    """One act on a common issue."""

    name: str
    model: type[Input]
    roles: tuple[str, ...]
    run: Callable[[IssueContext, Any], Awaitable[Outcome]]


COMMON_ACTS = {
    act.name: act
    for act in (
        CommonAct("declare", DeclareInput, DESK, declare),
        CommonAct("dismiss", DismissInput, DESK, dismiss),
        CommonAct("members", MembersInput, DESK, change_members),
        CommonAct("report", ReportInput, LISTING, report),
        CommonAct("assign", AssignInput, OFFICE, assign),
        CommonAct("resolve", ResolveInput, HANDLING, resolve),
    )
}


async def issue_context(request: Request, user: User, act: CommonAct, common_id: str) -> IssueContext:
    """What the act needs to know; the read model is waited for before the issue counts as unknown."""
    role, found = permitted(user, act.roles), reads(request)
    service = request.app.state.service
    head = (await service.log.head()).seq
    await service.caught_up("common_issues", head, 5.0)
    row = await found_issues.one(found.pool, common_id)
    if row is None:
        raise HTTPException(404)
    return IssueContext(request, user, found, common_id, row, role)


async def by_hand(request: Request, user: User, data: DeclareInput) -> Outcome:
    """Somebody saw it before the detector did."""
    role = permitted(user, DESK)
    common_id = effect_id(command_id(request), "common-issue")
    return await declare(IssueContext(request, user, reads(request), common_id, None, role), data)


def _answer(outcome: Outcome, common_id: str) -> Response:
    content = {
        "common_id": common_id,
        "version": outcome.version,
        "position": outcome.token,
        "repeated": outcome.repeated,
        "events": [event.TYPE for event in outcome.events],
    }
    return accepted(outcome, content, status_code=201 if outcome.events and not outcome.repeated else 200)


@api.post("/common")
async def declare_by_hand(request: Request, user: CurrentUser, data: DeclareInput) -> Response:
    """Declare a common issue that the detector did not propose."""
    outcome = await by_hand(request, user, data)
    return _answer(outcome, effect_id(command_id(request), "common-issue"))


def _endpoint(act: CommonAct) -> Any:
    model = act.model

    async def endpoint(request: Request, user: CurrentUser, common_id: CommonId, data: model) -> Response:  # type: ignore[valid-type]
        context = await issue_context(request, user, act, common_id)
        return _answer(await act.run(context, data), common_id)

    return endpoint


for _act in COMMON_ACTS.values():
    api.add_api_route(
        f"/common/{{common_id}}/{_act.name}", _endpoint(_act), methods=["POST"], name=f"common issue {_act.name}"
    )


@api.get("/common")
async def list_common(request: Request, user: CurrentUser, programme: str, stage: str | None = None) -> dict[str, Any]:
    """Proposals and common issues of a programme, the latest first."""
    permitted(user, SEEING)
    await fresh(request, "common_issues")
    stages = [stage] if stage else ["proposed", "declared", "reported", "assigned", "resolved", "dismissed"]
    rows = await found_issues.find(reads(request).pool, programme, stages)
    return {"items": [dict(row) for row in rows]}


@api.get("/common/{common_id}")
async def one_common(request: Request, user: CurrentUser, common_id: CommonId) -> dict[str, Any]:
    """One common issue with how its members stand."""
    permitted(user, SEEING)
    await fresh(request, "common_issues", "case_board")
    pool = reads(request).pool
    row = await found_issues.one(pool, common_id)
    if row is None:
        raise HTTPException(404)
    shown = ("case_id", "case_no", "step", "lead_unit", "territory", "category")
    cases = [{name: one[name] for name in shown} for one in await found_issues.members(pool, row["members"])]
    return {**dict(row), "cases": cases}


@api.get("/pooled-lists")
async def pooled_lists(request: Request, user: CurrentUser, programme: str) -> dict[str, Any]:
    """R20: what stands on the pooled lists of a programme, by list number."""
    permitted(user, SEEING)
    await fresh(request, "common_issues", "case_board")
    return {"items": [dict(row) for row in await found_issues.on_lists(reads(request).pool, programme)]}
