"""The rows of a pack's lists: who takes part, what must be covered, limits, routes, rhythms, reports."""

from decimal import Decimal
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import Field, PlainValidator

from contracts.duration import Duration
from contracts.pack.covering import Coverage, Population, Roster
from contracts.pack.duties import Activity, Pairing, Quota, Roll, Slot
from contracts.pack.fields import AtLeastOne, Code, Day, Flag, Share, Table, Text, refuse
from contracts.pack.noticing import NoticeGround


class Phase(Table):
    """A named part of the programme."""

    id: Code | None = None
    """Without one the name is what it is known by: a phase may be moved or given another in front, but not renamed."""
    name: Text
    start: Day
    end: Day
    checklist: Code | None = None
    """The things that must be confirmed before it ends: 层层召开会议、制定方案、成立机构 (EB-21)."""

    @property
    def code(self) -> str:
        """By which its beginning and end are recorded, whatever stands before it in the pack."""
        return self.id or "phase-" + sha256(self.name.encode()).hexdigest()[:12]


def _point(value: object) -> tuple[object, object]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise refuse("应写作 [日期, 比例]，如 [2017-07-17, 0.632]", "write [date, share], as [2017-07-17, 0.632]")
    return value[0], value[1]


class PlanPoint(Table):
    """One point of a planned curve."""

    day: Day
    share: Share


def _plan_point(value: object) -> PlanPoint:
    if isinstance(value, PlanPoint):
        return value
    day, share = _point(value)
    return PlanPoint.model_validate({"day": day, "share": share})


class Target(Table):
    """An indicator's aim and the planned way there."""

    kpi: Code
    ratio: Share
    due: Day
    plan: tuple[Annotated[PlanPoint, PlainValidator(_plan_point)], ...] = ()

    def planned(self, day: Day) -> Decimal | None:
        """The planned share on a day: straight lines through the points; None before the first."""
        before = [p for p in self.plan if p.day <= day]
        after = [p for p in self.plan if p.day > day]
        if not before or not after:
            return before[-1].share if before else None
        (a, b) = before[-1], after[0]
        return a.share + (b.share - a.share) * (day - a.day).days / (b.day - a.day).days


class Checklist(Table):
    """Named things to be done or asked."""

    id: Code
    name: Text
    items: tuple[Text, ...] = Field(min_length=1)


class NamedSet(Table):
    """A set that the sources name; `known` says whether its content is known."""

    id: Code | None = None
    name: Text
    known: Flag = False
    items: tuple[Text, ...] = ()


class Urgency(Table):
    """The limits of one class of matters."""

    code: Code
    name: Text | None = None
    sign: Duration | None = None
    contact: Duration | None = None
    plan: Duration | None = None
    finish: Duration
    follow_up: Duration | None = None
    """Within so long of completion a case of this class is called back; absent, as `follow_up.due` says."""


class RouteWhen(Table):
    """What a case must be for a route to apply; what is left out does not matter."""

    scope: Code | None = None
    difficulty: Code | None = None
    urgency: Code | None = None
    category: Code | None = None
    channel: Code | None = None
    level: Literal["town", "district"] | None = None
    site_scope: Literal["inside_wall", "outside_wall"] | None = None
    focus: Flag | None = None
    desk_suitable: Flag | None = None
    departments_min: AtLeastOne | None = None


class Route(Table):
    """Who leads which cases, and who issues the order."""

    when: RouteWhen
    lead: Annotated[str, Field(strict=True, pattern=r"^(designated_by:)?[^\s:\[\]]{1,100}$")]
    order_kind: Literal["assign", "hotline_desk", "pooled_list", "supervised"]
    issued_by: Code | None = None
    """The role whose holder issues the orders of such cases; absent: anybody at the desk."""
    prepared_by: Code | None = None
    territory: Code | None = None
    supervised_by: Code | None = None
    report: Code | None = None


class Redirect(Table):
    """A class of matters for another channel, and the words of a request that make one think of it."""

    code: Code
    kind: Literal["emergency", "legal"]
    name: Text
    channel: Text
    words: tuple[Text, ...] = ()


class DirectoryRow(Table):
    """One line of 派单目录: who leads and who helps with a category or a whole group of them."""

    category: Code
    lead: Code
    co: tuple[Code, ...] = ()


class Cadence(Table):
    """A meeting or report that comes again and again."""

    id: Code
    name: Text | None = None
    every: Literal["weekly", "half_monthly", "monthly", "month_end"]
    months: AtLeastOne = 1
    """With `monthly` or `month_end`: only in every so-many-th month, counted from the programme's first (SH-22)."""
    slots: tuple[Slot, ...] = ()
    roll: Roll | None = None
    owner: Code | None = None
    report: Code | None = None
    meeting: Code | None = None
    to: Code | None = None
    """The role that it is brought to, shown on the board of rhythms."""
    chair: Code | None = None
    must_attend: tuple[Code, ...] = ()
    steps: tuple[Text, ...] = ()
    groups: Code | None = None
    """The role whose units each bring a report to the meeting (DI-35)."""
    must: tuple[Literal["this_month_done", "next_month_plan"], ...] = ()
    """What each group's report must say; a group without it refuses the meeting."""


class Deliverable(Table):
    """A paper that every unit of a role owes before the programme may end (EB-22)."""

    id: Code
    name: Text
    owner: Code


class Report(Table):
    """A report's title and, for a narrative, its sentence and the style of each number in it."""

    id: Code
    title: Text | None = None
    template: Text | None = None
    styles: dict[str, Text] = Field(default_factory=dict)


class FunctionalLine(Table):
    """主管口: categories that one functional line answers for and brings together regularly (LT-41, LT-44)."""

    code: Code
    name: Text
    categories: Annotated[tuple[Code, ...], Field(min_length=1)]
    """Leaf categories or groups; none belongs to two lines."""
    by: Code = "unit_leader"
    """The role that brings them together and reports them up."""


class Lists(Table):
    """All row sets of a pack."""

    phase: tuple[Phase, ...] = ()
    roster: tuple[Roster, ...] = ()
    population: tuple[Population, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    target: tuple[Target, ...] = ()
    pairing: tuple[Pairing, ...] = ()
    activity: tuple[Activity, ...] = ()
    quota: tuple[Quota, ...] = ()
    checklist: tuple[Checklist, ...] = ()
    named_set: tuple[NamedSet, ...] = ()
    urgency: tuple[Urgency, ...] = Field(min_length=1)
    redirect: tuple[Redirect, ...] = ()
    route: tuple[Route, ...] = Field(min_length=1)
    directory: tuple[DirectoryRow, ...] = ()
    line: tuple[FunctionalLine, ...] = ()
    cadence: tuple[Cadence, ...] = ()
    deliverable: tuple[Deliverable, ...] = ()
    notice: tuple[NoticeGround, ...] = ()
    report: tuple[Report, ...] = ()
