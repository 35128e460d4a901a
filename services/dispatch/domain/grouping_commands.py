"""What the detector, the groups, the office and departments ask of a common issue; facts from elsewhere are fields."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ProposeCommon:
    """The detector saw the same matter several times."""

    common_id: str
    programme_id: str
    case_ids: tuple[str, ...]
    category: str | None
    area: str | None
    within_days: int
    likeness: int


@dataclass(frozen=True, slots=True)
class DismissCommon:
    """A person says that the cases are no common issue."""

    reason: str


@dataclass(frozen=True, slots=True)
class DeclareCommon:
    """These cases are one matter. `elsewhere`: cases among them that belong to another living common issue."""

    common_id: str
    programme_id: str
    title: str
    category: str
    case_ids: tuple[str, ...]
    lead_group: str
    programmes: tuple[str, ...] = ()
    """The programmes of the members, as the list of cases knows them."""
    elsewhere: tuple[str, ...] = ()
    complained: tuple[str, ...] = ()
    """Units that some member complains of, and those below them."""


@dataclass(frozen=True, slots=True)
class ChangeMembers:
    """Cases that came later, or never belonged to it."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    reason: str = ""
    programmes: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportCommon:
    """The lead group puts it on its pooled list (R20) to the office."""

    list_id: str
    suggested_unit: str
    suggested_measures: str
    finish_by: datetime | None
    by_unit: str
    at: datetime
    by_office: bool = False
    complained: tuple[str, ...] = ()
    """As in `DeclareCommon`."""


@dataclass(frozen=True, slots=True)
class AssignCommon:
    """The office hands it to the department that answers for it."""

    to_unit: str
    finish_by: datetime | None
    at: datetime
    instruction: str = ""
    complained: tuple[str, ...] = ()
    urgency: str | None = None
    """For the members that nobody has classified yet: their orders follow from the assignment."""
    unclassified: tuple[str, ...] = ()
    never_lead: tuple[str, ...] = ()
    """The unit, where the pack does not let it lead."""


@dataclass(frozen=True, slots=True)
class ResolveCommon:
    """The department says what it did."""

    measures: str
    by_unit: str


Command = ProposeCommon | DismissCommon | DeclareCommon | ChangeMembers | ReportCommon | AssignCommon | ResolveCommon
