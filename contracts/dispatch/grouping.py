"""Common issues (共性问题): the same matter in several cases, listed upward and handed over together (JW-17)."""

from pydantic import Field

from contracts.event import Code, Event, Moment, Note


class CommonIssueProposed(
    Event, type="common-issue-proposed", version=1, owner="dispatch", stream="common", key="common_id"
):
    """The detector saw the same matter several times in one area; a person decides."""

    common_id: Code
    programme_id: Code
    case_ids: tuple[Code, ...] = Field(min_length=2)
    category: Code | None = None
    area: Code | None = None
    within_days: int = Field(ge=1)
    likeness: int = Field(ge=0, le=100)
    """The least likeness of two members, in percent."""


class CommonIssueDismissed(
    Event, type="common-issue-dismissed", version=1, owner="dispatch", stream="common", key="common_id"
):
    """A person says that these cases have nothing to do with each other."""

    common_id: Code
    reason: Note = Field(min_length=1)


class CommonIssueDeclared(
    Event, type="common-issue-declared", version=1, owner="dispatch", stream="common", key="common_id"
):
    """These cases are one matter; the group that leads it prepares the list."""

    common_id: Code
    programme_id: Code
    title: Note = Field(min_length=1)
    category: Code
    case_ids: tuple[Code, ...] = Field(min_length=2)
    lead_group: Code


class CommonMembersChanged(
    Event, type="common-members-changed", version=1, owner="dispatch", stream="common", key="common_id"
):
    """Cases that came to a common issue later, or never belonged to it."""

    common_id: Code
    added: tuple[Code, ...] = ()
    removed: tuple[Code, ...] = ()
    reason: Note = ""


class CommonIssueReported(
    Event, type="common-issue-reported", version=1, owner="dispatch", stream="common", key="common_id"
):
    """The lead group puts it on its pooled list (R20) to the office."""

    common_id: Code
    list_id: Code
    """The list it stands on; its number is the list's rank in the programme."""
    suggested_unit: Code
    suggested_measures: Note = Field(min_length=1)
    finish_by: Moment


class CommonIssueAssigned(
    Event, type="common-issue-assigned", version=1, owner="dispatch", stream="common", key="common_id"
):
    """The office hands it over to the department that answers for it at district level (JW-12)."""

    common_id: Code
    to_unit: Code
    finish_by: Moment
    instruction: Note = ""
    urgency: Code | None = None
    """The class of those members that nobody has classified yet; their orders need its limits."""


class CommonIssueResolved(
    Event, type="common-issue-resolved", version=1, owner="dispatch", stream="common", key="common_id"
):
    """The department says what it did; members' completion is proposed by this, never forced."""

    common_id: Code
    measures: Note = Field(min_length=1)
