"""Common issues, given/when/then: who may do what, in which order, and what a list of them shows."""

from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

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
from services.dispatch.domain import grouping_commands as c
from services.dispatch.domain.grouping import Stage, common_issue
from services.dispatch.read.common_issues import COMMON_ISSUES
from tests.dispatch.story import NOON
from tests.dispatch.test_read_models import fold
from tests.spec import facts, given

SOON = NOON + timedelta(days=20)

proposed = CommonIssueProposed(
    common_id="m1", programme_id="jw-2017", case_ids=("c1", "c2", "c3"), category="noise", within_days=30, likeness=31
)
dismissed = CommonIssueDismissed(common_id="m1", reason="三处各有原因")
declared = CommonIssueDeclared(
    common_id="m1",
    programme_id="jw-2017",
    title="搅拌站夜间噪音",
    category="noise",
    case_ids=("c1", "c2"),
    lead_group="group-a",
)
changed = CommonMembersChanged(common_id="m1", added=("c3",), removed=("c1",), reason="另一处工地")
reported = CommonIssueReported(
    common_id="m1", list_id="l1", suggested_unit="bureau-a", suggested_measures="限时作业", finish_by=SOON
)
assigned = CommonIssueAssigned(common_id="m1", to_unit="bureau-a", finish_by=SOON, instruction="尽快")
resolved = CommonIssueResolved(common_id="m1", measures="已加装隔音棚")
WHOLE: tuple[Event, ...] = (proposed, declared, changed, reported, assigned, resolved)

propose_it = c.ProposeCommon("m1", "jw-2017", ("c1", "c2", "c3"), "noise", None, 30, 31)
declare_it = c.DeclareCommon("m1", "jw-2017", "搅拌站夜间噪音", "noise", ("c1", "c2"), "group-a", ("jw-2017",))
report_it = c.ReportCommon("l1", "bureau-a", "限时作业", SOON, "group-a", NOON)
assign_it = c.AssignCommon("bureau-a", SOON, NOON, "尽快")
resolve_it = c.ResolveCommon("已加装隔音棚", "bureau-a")


@pytest.mark.parametrize(
    ("past", "command", "then"),
    [
        ((), propose_it, proposed),
        ((proposed,), c.DismissCommon("三处各有原因"), dismissed),
        ((), declare_it, declared),
        ((proposed,), declare_it, declared),
        ((proposed, dismissed), declare_it, declared),
        ((declared,), c.ChangeMembers(("c3", "c3", "c2"), ("c1", "c9"), "另一处工地"), changed),
        ((declared,), report_it, reported),
        ((declared, reported), replace(report_it, list_id="l2"), reported.model_copy(update={"list_id": "l2"})),
        ((declared,), replace(report_it, by_unit="office", by_office=True), reported),
        ((declared, reported), assign_it, assigned),
        (
            (declared, reported),
            replace(assign_it, unclassified=("c2",), urgency="real"),
            assigned.model_copy(update={"urgency": "real"}),
        ),
        (
            (declared, reported, assigned),
            replace(assign_it, to_unit="bureau-b"),
            assigned.model_copy(update={"to_unit": "bureau-b"}),
        ),
        ((declared, reported, assigned), resolve_it, resolved),
    ],
)
def test_each_step(past: tuple[Event, ...], command: c.Command, then: Event) -> None:
    given(common_issue, *past).when(command).then(then)


@pytest.mark.parametrize(
    ("past", "command"),
    [
        ((proposed,), propose_it),
        ((proposed, dismissed), c.DismissCommon("还是不是")),
        ((declared,), declare_it),
        ((declared,), c.ChangeMembers(("c1",), ("c9",), "")),
        ((declared, reported), report_it),
        ((declared, reported, assigned), assign_it),
        (WHOLE, resolve_it),
    ],
)
def test_what_is_already_so_changes_nothing(past: tuple[Event, ...], command: c.Command) -> None:
    given(common_issue, *past).when(command).then_nothing()


@pytest.mark.parametrize(
    ("past", "command", "code", "field"),
    [
        ((), c.DismissCommon("x"), "no-such-common-issue", None),
        ((declared,), c.DismissCommon("x"), "already-declared", None),
        ((proposed,), c.DismissCommon(""), "no-reason", "reason"),
        ((), replace(declare_it, title=""), "no-title", "title"),
        ((), replace(declare_it, category=""), "no-category", "category"),
        ((), replace(declare_it, lead_group=""), "no-lead-group", "lead_group"),
        ((), replace(declare_it, case_ids=("c1", "c1")), "too-few-members", "case_ids"),
        ((), replace(declare_it, programmes=("jw-2017", "lt-2019")), "other-programme", "case_ids"),
        ((), replace(declare_it, elsewhere=("c2",)), "member-elsewhere", "case_ids"),
        ((declared,), replace(declare_it, case_ids=("c1", "c3")), "already-declared", None),
        ((proposed,), c.ChangeMembers(("c4",)), "not-living", None),
        (WHOLE, c.ChangeMembers(("c4",)), "not-living", None),
        ((declared, reported), c.ChangeMembers((), ("c1",), ""), "no-reason", "reason"),
        ((declared,), c.ChangeMembers((), ("c1",), "误归"), "too-few-members", "removed"),
        ((declared,), c.ChangeMembers(("c4",), programmes=("lt-2019",)), "other-programme", "added"),
        ((declared,), c.ChangeMembers(("c4",), elsewhere=("c4",)), "member-elsewhere", "added"),
        ((proposed,), report_it, "not-to-report", None),
        ((declared, reported, assigned), report_it, "not-to-report", None),
        ((declared,), replace(report_it, by_unit="group-b"), "not-lead-group", None),
        ((declared,), replace(report_it, suggested_measures=""), "no-measures", "suggested_measures"),
        ((declared,), replace(report_it, suggested_unit=""), "no-unit", "suggested_unit"),
        ((declared,), replace(report_it, complained=("bureau-a",)), "complained-unit", "suggested_unit"),
        ((declared,), replace(report_it, finish_by=None), "no-finish", "finish_by"),
        ((declared,), replace(report_it, finish_by=NOON), "due-in-past", "finish_by"),
        ((declared,), assign_it, "not-reported", None),
        ((declared, reported), replace(assign_it, complained=("bureau-a",)), "complained-unit", "to_unit"),
        ((declared, reported), replace(assign_it, finish_by=NOON), "due-in-past", "finish_by"),
        ((declared, reported), replace(assign_it, never_lead=("bureau-a",)), "never-lead", "to_unit"),
        ((declared, reported), replace(assign_it, unclassified=("c2",)), "no-urgency", "urgency"),
        ((declared, reported), resolve_it, "not-assigned", None),
        ((declared, reported, assigned), replace(resolve_it, by_unit="bureau-b"), "not-your-issue", None),
        ((declared, reported, assigned), replace(resolve_it, measures=""), "no-measures", "measures"),
        (WHOLE, assign_it, "not-reported", None),
    ],
)
def test_refusals(past: tuple[Event, ...], command: c.Command, code: str, field: str | None) -> None:
    given(common_issue, *past).when(command).then_rejected(code, field)


def test_the_state_follows_the_members_and_the_unit() -> None:
    state = given(common_issue, *WHOLE).state
    assert (state.stage, state.members, state.to_unit, state.listed and state.listed[0]) == (
        Stage.RESOLVED, ("c2", "c3"), "bureau-a", "l1",
    )  # fmt: skip


async def test_the_list_of_common_issues_is_the_same_for_any_cut(database: str) -> None:
    def other(event: Event, common_id: str, list_id: str) -> Event:
        changes = {"common_id": common_id} | ({"list_id": list_id} if hasattr(event, "list_id") else {})
        return event.model_copy(update=changes)

    both = [event for one in WHOLE for event in (one, other(one, "m2", "l1"), other(one, "m3", "l2"))]
    told = facts(*both)
    async with asyncpg.create_pool(database, min_size=1, max_size=1) as pool, pool.acquire() as db:
        once = await fold(db, COMMON_ISSUES, told, [], "once")
        assert await fold(db, COMMON_ISSUES, told, range(1, len(told)), "single") == once
        assert await fold(db, COMMON_ISSUES, told, [9], "bulk", bulk=True) == once
        numbers = await db.fetch("SELECT list_id, number FROM pooled_list_once ORDER BY number")
        assert [tuple(row) for row in numbers] == [("l1", 1), ("l2", 2)], "three issues, two lists"
