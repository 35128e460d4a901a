"""Whose share of the facts is looked at: one object in one period under one version of the rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from contracts.pack import Pack
from contracts.pack.assessing import Assessment
from services.chassis.zone import LOCAL
from services.reference.coverage.members import Member
from services.supervision.domain.assess_facts import AnswerFact, CaseFact, Facts, OrderFact

Thing = TypeVar("Thing")

LEVELS: dict[str, tuple[str, ...]] = {
    "unit": ("department", "town", "desk"),
    "section": ("department",),
    "town": ("town",),
    "community": ("community", "village"),
}
"""Which units of the directory are objects of a kind."""

GROUND = "community"
"""This kind is judged by what happens on its ground, the others by what they lead."""

LEADER = "leader"
"""This kind are persons: a leader is judged by the cases that they answer for by name."""

EXPLANATION = "explanation"
"""A visit that explains a dissatisfaction asks the same requester again: no rate counts it twice."""

TERRITORY = "territory"


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last one, both included, and up to which moment it was looked at."""

    since: date
    until: date
    as_of: datetime

    @property
    def opens(self) -> datetime:
        return datetime.combine(self.since, time(), LOCAL)

    @property
    def closes(self) -> datetime:
        """The first moment after the last day."""
        return datetime.combine(self.until + timedelta(days=1), time(), LOCAL)

    @property
    def over(self) -> bool:
        """Whether all of it was looked at."""
        return self.as_of >= self.closes

    def has(self, moment: datetime | None) -> bool:
        return moment is not None and self.opens <= moment < min(self.closes, self.as_of)


def objects(facts: Facts, kind: str) -> list[str]:
    """Who is assessed as this kind at the facts' positions: units of the directory, or leaders that cases name."""
    if kind == LEADER:
        return sorted(leader for leader in facts.headed if leader is not None)
    return sorted(unit for unit, told in facts.units.items() if told.level in LEVELS[kind])


@dataclass(frozen=True, slots=True)
class Scope:
    """One object."""

    facts: Facts
    kind: str
    object: str
    period: Period
    pack: Pack
    rules: Assessment

    def owns(self, case: CaseFact) -> bool:
        if self.kind == GROUND:
            return self.facts.covers(self.object, case.territory)
        if self.kind == LEADER:
            return case.leader == self.object
        return case.lead == self.object

    def cases(self) -> Iterator[CaseFact]:
        """Its cases that stand and that the pack does not leave out."""
        for case in self._mine(self.facts.led, self.facts.lying, self.facts.headed):
            left_out = case.status in self.rules.leave_out or (case.done and case.result in self.rules.leave_out)
            if case.status != "gone" and not left_out:
                yield case

    def orders(self) -> Iterator[OrderFact]:
        """Orders that it got in the period, as whatever it got them."""
        handed = self.facts.handed_to_leaders if self.kind == LEADER else self.facts.handed
        for order in handed.get(self.object, ()):
            if self.period.has(order.issued_at) and not order.cancelled:
                yield order

    def all_answers(self) -> Iterator[AnswerFact]:
        """Follow-ups that ask about its part in a case; of several legs each asks about one side."""
        sides = TERRITORY in self.pack.follow_up.legs
        wanted = self.kind == GROUND
        for answer in self._mine(self.facts.asked_of, self.facts.asked_about, self.facts.asked_of_leaders):
            stands = self.facts.cases[answer.case_id].status != "gone"
            if stands and answer.leg != EXPLANATION and (not sides or (answer.leg == TERRITORY) == wanted):
                yield answer

    def answers(self) -> Iterator[AnswerFact]:
        """Those that were concluded in the period."""
        return (answer for answer in self.all_answers() if self.period.has(answer.heard_at))

    def on_ground(self, of: str) -> Iterator[Member]:
        """Of the populations or rosters that the pack asks for: who is registered, or works, on its ground."""
        ground = self.facts.ground(self.object)
        return (one for one in self.facts.asked_for(self.pack, of) if {one.unit, one.community} & ground)

    def _mine(
        self,
        led: Mapping[str | None, Sequence[Thing]],
        lying: Mapping[str | None, Sequence[Thing]],
        headed: Mapping[str | None, Sequence[Thing]],
    ) -> Iterator[Thing]:
        if self.kind == GROUND:
            return self._lying_on(lying)
        return iter((headed if self.kind == LEADER else led).get(self.object, ()))

    def answers_for(self, case_id: str | None, unit: str) -> bool:
        """Whether what is held against a unit in a case is held against this object."""
        if self.kind != LEADER:
            return unit == self.object
        case = self.facts.cases.get(case_id or "")
        return case is not None and case.lead == unit and self.owns(case)

    def _lying_on(self, lying: Mapping[str | None, Sequence[Thing]]) -> Iterator[Thing]:
        return (one for place in sorted(self.facts.ground(self.object)) for one in lying.get(place, ()))
