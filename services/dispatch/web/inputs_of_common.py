"""What people and programs send about a common issue."""

from pydantic import Field

from contracts.event import Code
from services.chassis.web import Many
from services.dispatch.web.inputs import Input, LocalMoment, Words


class DeclareInput(Input):
    """One matter in several cases; from a proposal only what differs from it."""

    title: Words = ""
    category: Code = ""
    case_ids: Many[Code] = Field(default_factory=list)
    lead_group: Code = ""
    programme: Code | None = None
    """Only when it is declared by hand."""


class DismissInput(Input):
    reason: Words = ""


class MembersInput(Input):
    added: Many[Code] = Field(default_factory=list)
    removed: Many[Code] = Field(default_factory=list)
    reason: Words = ""


class ReportInput(Input):
    """Without `list_id` it begins a new list."""

    list_id: Code | None = None
    suggested_unit: Code = ""
    suggested_measures: Words = ""
    finish_by: LocalMoment | None = None


class AssignInput(Input):
    to_unit: Code = ""
    finish_by: LocalMoment | None = None
    instruction: Words = ""
    urgency: Code | None = None
    """Of the members that nobody has classified yet."""


class ResolveInput(Input):
    measures: Words = ""
