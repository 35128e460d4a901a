"""A programme pack: the numbers and words of one campaign, and what they decide about a case."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field, PrivateAttr

from contracts.duration import Duration
from contracts.pack.assessing import Assessment
from contracts.pack.codes import PLACES, ROLES, SCOPES, URGENCIES
from contracts.pack.errors import UnknownCode
from contracts.pack.fields import Table
from contracts.pack.noticing import NoticeGround, Notices, grounds_by_words
from contracts.pack.rows import Cadence, DirectoryRow, FunctionalLine, Lists, Report, Route, RouteWhen, Urgency
from contracts.pack.tables import (
    Analysis,
    CalendarTable,
    Category,
    Check,
    Closure,
    Commitments,
    Detector,
    Escalation,
    FollowUp,
    Order,
    Pass,
    Programme,
    Signals,
    Taxonomy,
    drawn,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What routing looks at; None is "not known yet" and meets no condition."""

    scope: str | None = None
    difficulty: str | None = None
    urgency: str | None = None
    category: str | None = None
    channel: str | None = None
    level: str | None = None
    site_scope: str | None = None
    focus: bool = False
    desk_suitable: bool = False
    departments: int = 1


@dataclass(frozen=True, slots=True)
class CompletionNeeds:
    """What the pack asks before an order of a class may be completed, besides a reply and a named person."""

    site_visit: bool
    plan: bool
    consultation: bool
    evidence: bool


@dataclass(frozen=True, slots=True)
class RouteHit:
    """The route that a case takes. `rule_id` is `route[1]` for the first row of that pack version."""

    rule_id: str
    lead: str
    order_kind: str
    issued_by: str | None = None
    prepared_by: str | None = None
    territory: str | None = None
    supervised_by: str | None = None
    report: str | None = None

    @property
    def designated_by(self) -> str | None:
        """The role that must name the lead unit first, or None when the lead role itself is known."""
        role = self.lead.removeprefix("designated_by:")
        return role if role != self.lead else None


class Pack(Table):
    """One version of one programme's rules. Made by `parse_pack`; every value has passed the lint."""

    schema_: Literal[1] = Field(alias="schema")
    programme: Programme
    calendar: CalendarTable
    role_names: dict[str, str]
    taxonomy: Taxonomy
    lists: Lists
    places: dict[str, str] = Field(default_factory=dict)
    order: Order
    closure: Closure
    follow_up: FollowUp
    check: Check
    escalation: Escalation
    detector: Detector = Detector()
    analysis: Analysis = Analysis()
    signals: Signals = Signals()
    commitments: Commitments | None = None
    notices: Notices = Notices()
    assessment: Assessment | None = None
    _sha256: str = PrivateAttr(default="")

    @property
    def sha256(self) -> str:
        """The hash of the file's exact bytes."""
        return self._sha256

    @property
    def version_id(self) -> str:
        """How an event names this pack version."""
        return f"{self.programme.id}@{self.programme.version}"

    @property
    def title(self) -> str:
        """The programme's full title for papers."""
        return self.programme.title or f"{self.programme.region}“{self.programme.name}”"

    def urgency(self, code: str) -> Urgency:
        """The limits of a class; `UnknownCode` when the pack has no such class."""
        for row in self.lists.urgency:
            if row.code == code:
                return row
        raise UnknownCode(code)

    def route(self, facts: CaseFacts) -> RouteHit | None:
        """The first route that applies; None when none does and the programme office decides (兜底)."""
        for number, row in enumerate(self.lists.route, start=1):
            if _applies(row.when, facts, self._group_of(facts.category)):
                return _hit(number, row)
        return None

    def place(self, role: str) -> str:
        """How a route's role is found among the units: see `codes.PLACES`."""
        return self.places.get(role) or PLACES.get(role) or "directory"

    def directory_row(self, category: str | None) -> tuple[int, DirectoryRow] | None:
        """The line of 派单目录 for a category with its number from 1; a leaf's own line goes before its group's."""
        rows = list(enumerate(self.lists.directory, start=1))
        for code in (category, self._group_of(category)):
            if code is not None and (found := [pair for pair in rows if pair[1].category == code]):
                return found[0]
        return None

    def must_solve(self, category: str) -> bool:
        """Whether a category, or its group, may end otherwise than solved only with a leader's word."""
        return bool({category, self._group_of(category)} & set(self.taxonomy.must_solve))

    def completion(self, urgency: str, difficulty: str | None = None) -> CompletionNeeds:
        """What an order of this class needs; a plan only where the class gives time for one (JW-18), a meeting where it
        is handled jointly (难事联办, JW-20)."""
        joint = {row.code for row in self.taxonomy.difficulty if row.mode == "joint"}
        joint.update(self.order.joint_meeting_before_completion)
        planned = any(row.code == urgency and row.plan is not None for row in self.lists.urgency)
        return CompletionNeeds(
            site_visit=self.order.verification_visit_required,
            plan=planned and bool(self.order.plan_required),
            consultation=not joint.isdisjoint({urgency, difficulty}),
            evidence=self.order.evidence_required,
        )

    def finish(self, urgency: str, round: int = 1) -> Duration:
        """How long a class has to finish; every round after the first may be shorter."""
        row = self.urgency(urgency)
        return row.finish if round == 1 else self.closure.rework.get(urgency, row.finish)

    def meeting(self, kind: str) -> Cadence | None:
        """The rhythm that holds meetings of a kind: who chairs, who must attend, which steps (LT-18, LT-19)."""
        return next((row for row in self.lists.cadence if row.meeting == kind), None)

    def notice_grounds(self, kind: str) -> tuple[NoticeGround, ...]:
        """On what a 通报 of this kind may stand."""
        if self.lists.notice:
            return tuple(row for row in self.lists.notice if row.kind == kind)
        return grounds_by_words(kind, self.taxonomy.merit, self.taxonomy.misconduct)

    def _group_of(self, category: str | None) -> str | None:
        """The group of a leaf category; a route may name either."""
        return next((g.code for g in self.categories if any(leaf.code == category for leaf in g.items)), None)

    def follow_up_rule(self, item: str, seed: str | None, classes: Iterable[str]) -> str | None:
        """Why a completed case of these classes is followed up, in the words of its event; None when it is not.

        The lot of `item`, one round of a case, falls by a seed that nobody knew when it was completed; where none was
        fixed by then everybody is called.
        """
        policy = self.follow_up
        if policy.mode == "none":
            return None
        if policy.mode == "all":
            return "all"
        if named := self._named(classes) & set(policy.classes):
            return f"class {min(named)}"
        if seed is None:
            return "no-seed"
        return f"sample {policy.rate}" if drawn(item, seed, policy.rate) else None

    def follow_up_due(self, urgency: str | None) -> Duration:
        """How soon after completion a case of this class is called back."""
        own = next((row.follow_up for row in self.lists.urgency if row.code == urgency), None)
        return own or self.follow_up.due

    def leader_within(self, classes: Iterable[str]) -> Duration | None:
        """How soon a leader must be bound to a case of these classes; None where the programme asks for none."""
        rule = self.order.leader_bound
        if rule is None:
            return None
        return rule.within if self._named(classes) & set(rule.classes) else None

    def _named(self, classes: Iterable[str]) -> set[str]:
        """Classes with the groups they belong to."""
        return {code for one in classes for code in (one, self._group_of(one)) if code}

    @property
    def pass_rule(self) -> Pass:
        """What a follow-up must hear: the closing rule's, else the follow-up's, else solved and not dissatisfied."""
        return self.closure.pass_ or self.follow_up.pass_ or Pass()

    def role_name(self, code: str) -> str:
        """The programme's word for a role."""
        return self.role_names.get(code) or ROLES.get(code) or code

    def urgency_name(self, code: str) -> str:
        """The programme's word for a class of urgency."""
        by_difficulty = {d.code: d.name for d in self.taxonomy.difficulty}
        by_row = {u.code: u.name for u in self.lists.urgency if u.name}
        return by_row.get(code) or by_difficulty.get(code) or URGENCIES.get(code) or code

    def scope_name(self, code: str) -> str:
        """个性 or 共性."""
        return SCOPES.get(code, code)

    def category_names(self) -> dict[str, tuple[str, str]]:
        """Every leaf category's code with its group's name and its own."""
        return {leaf.code: (group.name, leaf.name) for group in self.categories for leaf in group.items}

    def focus_categories(self) -> dict[str, list[str]]:
        """Each of the matters in focus (重点关注) with the leaf categories that belong to it, in the pack's order."""
        leaves = [(leaf.focus or group.focus, leaf.code) for group in self.categories for leaf in group.items]
        return {word: [code for named, code in leaves if named == word] for word in self.taxonomy.focus}

    def line_categories(self, line: FunctionalLine) -> list[str]:
        """The leaf categories of a functional line (LT-41)."""
        named = set(line.categories)
        return [leaf.code for group in self.categories for leaf in group.items if named & {group.code, leaf.code}]

    def in_focus(self, category: str | None) -> bool:
        """Whether a category belongs to one of the matters in focus: then every matter of it is one (LT-06)."""
        return any(category in codes for codes in self.focus_categories().values())

    @property
    def categories(self) -> tuple[Category, ...]:
        """The two-level list of categories."""
        return self.taxonomy.categories

    def report(self, id: str) -> Report:
        """A report's wording in this programme; without its own words, an empty row."""
        return next((row for row in self.lists.report if row.id == id), Report(id=id))

    def planned_share(self, kpi: str, day: date) -> Decimal | None:
        """The planned value of an indicator on a day, None without a plan."""
        return next((t.planned(day) for t in self.lists.target if t.kpi == kpi), None)


def _applies(when: RouteWhen, facts: CaseFacts, group: str | None) -> bool:
    if when.category is not None and when.category not in (facts.category, group):
        return False
    named = ("scope", "difficulty", "urgency", "channel", "level", "site_scope", "focus", "desk_suitable")
    for key in named:
        wanted = getattr(when, key)
        if wanted is not None and wanted != getattr(facts, key):
            return False
    return when.departments_min is None or facts.departments >= when.departments_min


def _hit(number: int, row: Route) -> RouteHit:
    return RouteHit(
        rule_id=f"route[{number}]",
        lead=row.lead,
        order_kind=row.order_kind,
        issued_by=row.issued_by,
        prepared_by=row.prepared_by,
        territory=row.territory,
        supervised_by=row.supervised_by,
        report=row.report,
    )
