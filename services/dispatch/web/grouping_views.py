"""What the pages of common issues show: a proposal with its reason, an issue with its members, the pooled lists."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.chassis.web import User
from services.dispatch.domain.grouping import LIVING, Stage
from services.dispatch.read import common_issues_found as issues
from services.dispatch.read.similar_search import Matter, similar
from services.dispatch.web import labels, wording
from services.dispatch.web.grouping import LISTING, OFFICE
from services.dispatch.web.reads import Reads, listed, title_of
from services.dispatch.web.recusal import barred
from services.dispatch.web.roles import DESK, HANDLING
from services.dispatch.web.similar import SHOWN, SHOWN_FROM, SimilarView, shown
from services.dispatch.web.views import Groups, Options
from services.reference.programmes import ActivePack
from services.reference.words import case_number
from services.ui.forms import Form
from services.ui.i18n import N_, ngettext
from services.ui.i18n import gettext as _

ASKED_MEMBERS = 4
"""Members whose likes are looked for: they are alike among themselves, so a few speak for all."""

STAGES = {"proposed": N_("待判断"), "dismissed": N_("已排除"), **labels.COMMON_STAGES}
TONES = {"proposed": "warn", "declared": "info", "reported": "info", "assigned": "warn", "resolved": "good"}


@dataclass(frozen=True, slots=True)
class MemberView:
    """One case of a common issue."""

    case_id: str
    href: str
    number: str
    title: str
    step: str
    tone: str
    lead: str
    to_complete: bool
    """The common issue is resolved and this case is not done: its lead unit may complete it, nobody must."""


@dataclass(frozen=True, slots=True)
class IssueView:
    """A common issue as a list shows it."""

    href: str
    title: str
    stage: str
    tone: str
    why: Sequence[str]
    members: Sequence[MemberView]
    list_number: int | None
    to_unit: str
    finish_by: datetime | None
    areas: str = ""
    done: int = 0
    measures: str = ""


@dataclass(frozen=True, slots=True)
class IssuesView:
    """All of a programme: candidates first."""

    programme: str
    programme_id: str
    candidates: Sequence[IssueView]
    living: Sequence[IssueView]
    resolved: Sequence[IssueView]
    can_declare: bool
    categories: Options
    groups: Groups
    form: Form


@dataclass(frozen=True, slots=True)
class OneIssueView:
    """One common issue with what this person may do."""

    issue: IssueView
    common_id: str
    version: int
    facts: Sequence[tuple[str, object]]
    newcomers: Sequence[tuple[str, SimilarView]]
    acts: frozenset[str]
    categories: Options
    category: str
    groups: Groups
    units: Groups
    lists: Options
    urgencies: Options
    unclassified: int
    """Members that nobody has classified: the assignment gives them their class."""
    suggested_unit: str
    finish_on: str
    forms: Mapping[str, Form]
    refused: Form


@dataclass(frozen=True, slots=True)
class ListsView:
    """R20: the pooled lists, each with its common issues."""

    programme: str
    programme_id: str
    lists: Sequence[tuple[int, str, Sequence[IssueView]]]


def members_of(rows: Sequence[Any], names: Mapping[str, str], *, resolved: bool) -> list[MemberView]:
    return [
        MemberView(
            case_id=row["case_id"],
            href=f"/dispatch/cases/{row['case_id']}",
            number=case_number(row["programme"], row["case_no"]),
            title=title_of(row),
            step=_(labels.STEPS.get(row["step"], row["step"])),
            tone=labels.STEP_TONES.get(row["step"], "plain"),
            lead=names.get(row["lead_unit"], row["lead_unit"] or "—"),
            to_complete=resolved and row["step"] in ("issued", "handling", "suspended"),
        )
        for row in rows
    ]


def issue_view(
    row: Any, members: Sequence[MemberView], names: Mapping[str, str], categories: Mapping[str, str]
) -> IssueView:
    """One row with its members."""
    category = categories.get(row["category"], row["category"] or "")
    unit = row["to_unit"] or row["suggested_unit"]
    return IssueView(
        href=f"/dispatch/common/{row['common_id']}",
        title=row["title"] or (members[0].title if members else category),
        stage=_(STAGES[row["stage"]]),
        tone=TONES.get(row["stage"], "plain"),
        why=_why(row, len(members), category, names),
        members=members,
        list_number=row["list_number"],
        to_unit=names.get(unit, unit) if unit else "",
        finish_by=row["finish_by"],
        areas=listed(names.get(area, area) for area in row.get("areas") or ()),
        done=row.get("done") or 0,
        measures=row["measures"] or row["suggested_measures"],
    )


def _why(row: Any, cases: int, category: str, names: Mapping[str, str]) -> list[str]:
    """The grounds on which it was proposed, or just how many it is."""
    said = [category, ngettext("%(num)s 件", "%(num)s 件", cases)]
    if row["within_days"]:
        said.append(ngettext("%(num)s 天内", "%(num)s 天内", row["within_days"]))
        said.append(names.get(row["area"], row["area"]) if row["area"] else _("全区"))
        said.append(_("两两相似至少 %(least)s%%", least=row["likeness"]))
    return [one for one in said if one]


async def issues_view(found: Reads, user: User, active: ActivePack, form: Form) -> IssuesView:
    """Everything of a programme that is not dismissed."""
    names = await found.directory.unit_names()
    words = wording.category_words(active)

    async def at(*stages: str) -> list[IssueView]:
        return [
            issue_view(row, await _members(found, row, names), names, words)
            for row in await issues.find(found.pool, active.programme_id, stages)
        ]

    return IssuesView(
        programme=active.name,
        programme_id=active.programme_id,
        candidates=await at("proposed"),
        living=await at(*LIVING),
        resolved=await at("resolved"),
        can_declare=user.has(*DESK),
        categories=list(words.items()),
        groups=await group_units(found),
        form=form,
    )


async def _members(found: Reads, row: Any, names: Mapping[str, str]) -> list[MemberView]:
    rows = await issues.members(found.pool, row["members"])
    return members_of(rows, names, resolved=row["stage"] == "resolved")


async def one_view(found: Reads, user: User, row: Any, active: ActivePack, forms: Mapping[str, Form]) -> OneIssueView:
    """One of them, with the forms for what this person may do now."""
    names, words = await found.directory.unit_names(), wording.category_words(active)
    units = await found.directory.units()
    rows = await issues.members(found.pool, row["members"])
    without = await barred(found, issues.complained(rows))
    issue = issue_view(row, members_of(rows, names, resolved=row["stage"] == "resolved"), names, words)
    finish = row["finish_by"] or found.now + timedelta(days=30)
    return OneIssueView(
        issue=issue,
        common_id=row["common_id"],
        version=row["version"],
        facts=[
            (_("类别"), words.get(row["category"], row["category"])),
            (_("牵头工作组"), names.get(row["lead_group"], row["lead_group"])),
            (_("清单号"), row["list_number"]),
            (_("建议部门"), names.get(row["suggested_unit"], row["suggested_unit"])),
            (_("建议措施"), row["suggested_measures"]),
            (_("承办部门"), names.get(row["to_unit"], row["to_unit"])),
            (_("办理要求"), row["instruction"]),
            (_("化解措施"), row["measures"]),
            (_("排除理由"), row["reason"]),
        ],
        newcomers=await _newcomers(found, row, rows) if row["stage"] != "resolved" else [],
        acts=acts_for(user, row),
        categories=list(words.items()),
        category=row["category"] or "",
        groups=await group_units(found, without),
        units=wording.unit_groups(units, without),
        lists=[
            (one["list_id"], _("第 %(number)s 号清单", number=one["number"]))
            for one in await issues.lists(found.pool, row["programme"])
        ],
        urgencies=list(wording.urgency_words(active).items()),
        unclassified=sum(1 for one in rows if one["step"] == "registered" and not one["classified"]),
        suggested_unit=row["to_unit"] or row["suggested_unit"] or "",
        finish_on=f"{finish:%Y-%m-%dT17:00}",
        forms=forms,
        refused=next(iter(forms.values()), Form()),
    )


def acts_for(user: User, row: Any) -> frozenset[str]:
    """What this person may do with it at its stage."""
    stage, may = Stage(row["stage"]), set()
    if user.has(*DESK):
        may |= {"declare", "dismiss"} if stage is Stage.PROPOSED else set()
        may |= {"members"} if stage in LIVING else set()
    leads = user.has(*OFFICE) or (user.has(*LISTING) and user.unit_id == row["lead_group"])
    if leads and stage in (Stage.DECLARED, Stage.REPORTED):
        may.add("report")
    if user.has(*OFFICE) and stage in (Stage.REPORTED, Stage.ASSIGNED):
        may.add("assign")
    if user.has(*HANDLING) and stage is Stage.ASSIGNED and user.unit_id == row["to_unit"]:
        may.add("resolve")
    return frozenset(may)


async def _newcomers(found: Reads, row: Any, members: Sequence[Any]) -> list[tuple[str, SimilarView]]:
    """Cases alike to its members that stand in no living common issue: a person may add them."""
    hits = {}
    for member in members[:ASKED_MEMBERS]:
        matter = Matter(member["title"], case_id=member["case_id"], area=member["territory"], at=found.now)
        for hit in await similar(found.pool, matter, limit=SHOWN + len(members)):
            if hit.likeness >= SHOWN_FROM and hit.programme == row["programme"]:
                hits[hit.case_id] = hit
    for case_id in (*row["members"], *await issues.elsewhere(found.pool, list(hits))):
        hits.pop(case_id, None)
    names = await found.directory.unit_names()
    best = sorted(hits.values(), key=lambda hit: (-hit.likeness, hit.case_id))[:SHOWN]
    return [(hit.case_id, shown(hit, names)) for hit in best]


async def lists_view(found: Reads, active: ActivePack) -> ListsView:
    """The pooled lists by their numbers."""
    names, words = await found.directory.unit_names(), wording.category_words(active)
    lines = await issues.on_lists(found.pool, active.programme_id)
    shown_lists = []
    for one in await issues.lists(found.pool, active.programme_id):
        on_it = [row for row in lines if row["list_id"] == one["list_id"]]
        group = names.get(one["lead_group"], one["lead_group"] or "")
        views = [issue_view(row, await _members(found, row, names), names, words) for row in on_it]
        shown_lists.append((one["number"], group, views))
    return ListsView(active.name, active.programme_id, shown_lists)


async def group_units(found: Reads, without: Collection[str] = ()) -> Groups:
    """Units that lead a working group; where nobody was given that role, any department."""
    leaders = {person.unit_id for person in await found.directory.in_role("work_group_lead")}
    units = await found.directory.units()
    may = [unit for unit in units if unit.unit_id in leaders or (not leaders and unit.level == "department")]
    return wording.unit_groups(may, without)
