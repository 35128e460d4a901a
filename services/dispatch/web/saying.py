"""What one event of a case's history says: sentences, notes, links and files, before sealed texts are opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.dispatch import Evidence
from contracts.sealed import Sealed


@dataclass(frozen=True, slots=True)
class Said:
    """One event in words; sealed texts are opened afterwards, all at once."""

    sign: str
    title: str
    text: str = ""
    tone: str = "plain"
    notes: tuple[str, ...] = ()
    sealed: Sealed | None = None
    links: tuple[tuple[str, str], ...] = ()
    """Address and words: the other case of a merge, a consultation."""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """Units, persons, cases and the pack's words for codes."""

    units: Mapping[str, str]
    persons: Mapping[str, str]
    categories: Mapping[str, str]
    urgencies: Mapping[str, str]
    numbers: Mapping[str, str] = field(default_factory=dict)
    """Numbers of other cases by their ids."""

    def unit(self, code: str | None) -> str:
        return self.units.get(code, code) if code else "—"

    def person(self, code: str | None) -> str:
        return self.persons.get(code, code) if code else "—"

    def anyone(self, code: str) -> str:
        """A unit or a person: who attended a consultation may be either."""
        return self.persons.get(code) or self.units.get(code, code)

    def case(self, case_id: str) -> tuple[str, str]:
        """A link to another case."""
        return f"/dispatch/cases/{case_id}", self.numbers.get(case_id, case_id)
