"""Common issues (共性问题): proposed or found by hand, declared, listed upward, assigned, resolved (JW-12, JW-17)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from contracts.dispatch import (
    CommonIssueAssigned,
    CommonIssueDeclared,
    CommonIssueDismissed,
    CommonIssueProposed,
    CommonIssueReported,
    CommonIssueResolved,
    CommonMembersChanged,
)
from contracts.event import Event
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_
from services.dispatch.domain.grouping_commands import (
    AssignCommon,
    ChangeMembers,
    Command,
    DeclareCommon,
    DismissCommon,
    ProposeCommon,
    ReportCommon,
    ResolveCommon,
)

LEAST_MEMBERS = 2


class Stage(StrEnum):
    """Where a common issue stands."""

    UNKNOWN = "unknown"
    PROPOSED = "proposed"
    DISMISSED = "dismissed"
    DECLARED = "declared"
    REPORTED = "reported"
    ASSIGNED = "assigned"
    RESOLVED = "resolved"


LIVING = (Stage.DECLARED, Stage.REPORTED, Stage.ASSIGNED)
"""People work on it: members may come and go."""


@dataclass(frozen=True, slots=True)
class CommonIssue:
    """One common issue."""

    common_id: str = ""
    stage: Stage = Stage.UNKNOWN
    programme_id: str = ""
    category: str = ""
    members: tuple[str, ...] = ()
    lead_group: str | None = None
    listed: tuple[str, str, str, datetime] | None = None
    """List, proposed unit, proposed measures and time, as the group reported them last."""
    to_unit: str | None = None
    finish_by: datetime | None = None
    instruction: str = ""
    urgency: str | None = None
    """The class of members that nobody had classified, as the office gave it with the assignment."""


OwnEvent = (
    CommonIssueProposed
    | CommonIssueDismissed
    | CommonIssueDeclared
    | CommonMembersChanged
    | CommonIssueReported
    | CommonIssueAssigned
    | CommonIssueResolved
)


def evolve(issue: CommonIssue, event: Event) -> CommonIssue:
    """The issue after one of its events."""
    assert isinstance(event, OwnEvent), f"{event.TYPE} is no event of a common issue"
    match event:
        case CommonIssueProposed():
            return CommonIssue(
                event.common_id, Stage.PROPOSED, event.programme_id, event.category or "", event.case_ids
            )
        case CommonIssueDismissed():
            return replace(issue, stage=Stage.DISMISSED)
        case CommonIssueDeclared():
            about = (event.programme_id, event.category, event.case_ids)
            return CommonIssue(event.common_id, Stage.DECLARED, *about, event.lead_group)
        case CommonMembersChanged():
            kept = tuple(one for one in issue.members if one not in event.removed)
            return replace(issue, members=(*kept, *event.added))
        case CommonIssueReported():
            listed = (event.list_id, event.suggested_unit, event.suggested_measures, event.finish_by)
            return replace(issue, stage=Stage.REPORTED, listed=listed, finish_by=event.finish_by)
        case CommonIssueAssigned():
            return replace(
                issue,
                stage=Stage.ASSIGNED,
                to_unit=event.to_unit,
                finish_by=event.finish_by,
                instruction=event.instruction,
                urgency=event.urgency,
            )
        case CommonIssueResolved():
            return replace(issue, stage=Stage.RESOLVED)
        case _:
            assert_never(event)


def decide(issue: CommonIssue, command: Command) -> Sequence[Event]:
    """The events a command causes; none when it is already so."""
    if isinstance(command, ProposeCommon):
        return _propose(issue, command)
    if isinstance(command, DeclareCommon):
        return _declare(issue, command)
    if issue.stage is Stage.UNKNOWN:
        raise Rejected("no-such-common-issue", N_("没有这个共性问题。"))
    match command:
        case DismissCommon():
            return _dismiss(issue, command)
        case ChangeMembers():
            return _change_members(issue, command)
        case ReportCommon():
            return _report(issue, command)
        case AssignCommon():
            return _assign(issue, command)
        case ResolveCommon():
            return _resolve(issue, command)
        case _:
            assert_never(command)


def _propose(issue: CommonIssue, c: ProposeCommon) -> Sequence[Event]:
    if issue.stage is not Stage.UNKNOWN:
        return []
    return [
        CommonIssueProposed(
            common_id=c.common_id,
            programme_id=c.programme_id,
            case_ids=c.case_ids,
            category=c.category,
            area=c.area,
            within_days=c.within_days,
            likeness=c.likeness,
        )
    ]


def _dismiss(issue: CommonIssue, c: DismissCommon) -> Sequence[Event]:
    if issue.stage is Stage.DISMISSED:
        return []
    if issue.stage is not Stage.PROPOSED:
        raise Rejected("already-declared", N_("已认定为共性问题，不能再作为线索排除。"))
    if not c.reason:
        raise Rejected("no-reason", N_("请说明为什么不是共性问题。"), "reason")
    return [CommonIssueDismissed(common_id=issue.common_id, reason=c.reason)]


def _declare(issue: CommonIssue, c: DeclareCommon) -> Sequence[Event]:
    """From a proposal, or by hand; a dismissed proposal may be thought of again."""
    if issue.stage in (*LIVING, Stage.RESOLVED):
        if set(issue.members) == set(c.case_ids):
            return []
        raise Rejected("already-declared", N_("已认定为共性问题；要增减问题，请用“调整成员”。"))
    if not c.title:
        raise Rejected("no-title", N_("请写明共性问题的名称。"), "title")
    if not c.category:
        raise Rejected("no-category", N_("请选定类别。"), "category")
    if not c.lead_group:
        raise Rejected("no-lead-group", N_("请选定牵头的工作组。"), "lead_group")
    _refuse_complained(c.lead_group, c.complained, "lead_group")
    members = tuple(dict.fromkeys(c.case_ids))
    if len(members) < LEAST_MEMBERS:
        raise Rejected("too-few-members", N_("共性问题至少包含两件。"), "case_ids")
    _fitting(c.programme_id, c.programmes, c.elsewhere, "case_ids")
    return [
        CommonIssueDeclared(
            common_id=c.common_id,
            programme_id=c.programme_id,
            title=c.title,
            category=c.category,
            case_ids=members,
            lead_group=c.lead_group,
        )
    ]


def _fitting(programme: str, programmes: Sequence[str], elsewhere: Sequence[str], field: str) -> None:
    if any(one != programme for one in programmes):
        raise Rejected("other-programme", N_("只能归并同一活动的问题。"), field)
    if elsewhere:
        raise Rejected("member-elsewhere", N_("有的问题已归入另一个共性问题，请先移出。"), field, cases=list(elsewhere))


def _change_members(issue: CommonIssue, c: ChangeMembers) -> Sequence[Event]:
    added = tuple(one for one in dict.fromkeys(c.added) if one not in issue.members)
    removed = tuple(one for one in dict.fromkeys(c.removed) if one in issue.members)
    if not added and not removed:
        return []
    if issue.stage not in LIVING:
        raise Rejected("not-living", N_("尚未认定或已经化解，不能调整成员。"))
    if removed and not c.reason:
        raise Rejected("no-reason", N_("移出要说明理由。"), "reason")
    _fitting(issue.programme_id, c.programmes, c.elsewhere, "added")
    if len(issue.members) + len(added) - len(removed) < LEAST_MEMBERS:
        raise Rejected("too-few-members", N_("共性问题至少包含两件。"), "removed")
    return [CommonMembersChanged(common_id=issue.common_id, added=added, removed=removed, reason=c.reason)]


def _report(issue: CommonIssue, c: ReportCommon) -> Sequence[Event]:
    """Only the group that leads it, or the office for it; again on another list while it is not assigned."""
    if issue.stage not in (Stage.DECLARED, Stage.REPORTED):
        raise Rejected("not-to-report", N_("只有已认定、尚未交办的共性问题可以列入清单。"))
    if c.by_unit != issue.lead_group and not c.by_office:
        raise Rejected("not-lead-group", N_("只有牵头的工作组可以上报清单。"))
    if not c.suggested_measures:
        raise Rejected("no-measures", N_("请写明建议措施。"), "suggested_measures")
    unit = _unit(c.suggested_unit, c.complained, "suggested_unit")
    finish_by = _to_come(c.finish_by, c.at)
    if issue.listed == (c.list_id, unit, c.suggested_measures, finish_by):
        return []
    return [
        CommonIssueReported(
            common_id=issue.common_id,
            list_id=c.list_id,
            suggested_unit=unit,
            suggested_measures=c.suggested_measures,
            finish_by=finish_by,
        )
    ]


def _assign(issue: CommonIssue, c: AssignCommon) -> Sequence[Event]:
    """To a department; to another one as long as nothing is resolved."""
    if issue.stage not in (Stage.REPORTED, Stage.ASSIGNED):
        raise Rejected("not-reported", N_("牵头组上报清单后才能交办职能部门。"))
    unit = _unit(c.to_unit, c.complained, "to_unit")
    if unit in c.never_lead:
        raise Rejected("never-lead", N_("本活动规定该单位不能主办，只能作属地或会办单位。"), "to_unit")
    finish_by = _to_come(c.finish_by, c.at)
    if (issue.to_unit, issue.finish_by, issue.stage) == (unit, finish_by, Stage.ASSIGNED):
        return []
    if c.unclassified and not c.urgency:
        raise Rejected("no-urgency", N_("有的成员问题还没有定级；请选定分级。"), "urgency", cases=list(c.unclassified))
    return [
        CommonIssueAssigned(
            common_id=issue.common_id,
            to_unit=unit,
            finish_by=finish_by,
            instruction=c.instruction,
            urgency=c.urgency,
        )
    ]


def _unit(unit: str, complained: Sequence[str], field: str) -> str:
    if not unit:
        raise Rejected("no-unit", N_("请选定职能部门。"), field)
    _refuse_complained(unit, complained, field)
    return unit


def _refuse_complained(unit: str, complained: Sequence[str], field: str) -> None:
    if unit in complained:
        raise Rejected("complained-unit", N_("成员问题反映的是该单位或其上级单位，须回避。"), field)


def _to_come(finish_by: datetime | None, at: datetime) -> datetime:
    if finish_by is None:
        raise Rejected("no-finish", N_("请定完成时限。"), "finish_by")
    if finish_by <= at:
        raise Rejected("due-in-past", N_("期限已过；请选一个将来的时间。"), "finish_by")
    return finish_by


def _resolve(issue: CommonIssue, c: ResolveCommon) -> Sequence[Event]:
    if issue.stage is Stage.RESOLVED:
        return []
    if issue.stage is not Stage.ASSIGNED:
        raise Rejected("not-assigned", N_("交办职能部门后才能化解。"))
    if c.by_unit != issue.to_unit:
        raise Rejected("not-your-issue", N_("只有承办的职能部门可以报告化解。"))
    if not c.measures:
        raise Rejected("no-measures", N_("请写明化解措施和结果。"), "measures")
    return [CommonIssueResolved(common_id=issue.common_id, measures=c.measures)]


common_issue: Decider[CommonIssue, Command] = Decider("common", CommonIssue(), evolve, decide)


def stream(common_id: str) -> str:
    """The stream of a common issue."""
    return f"common-{common_id}"
