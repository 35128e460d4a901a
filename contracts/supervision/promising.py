"""What units and cadres take on: task plans with progress, and public commitments confirmed each week."""

from typing import Literal

from pydantic import Field

from contracts.event import Code, Event, Moment, Note
from contracts.supervision.values import Value


class Task(Value):
    """One row of the work plan (R05)."""

    task_id: Code
    category: str = Field(min_length=1, max_length=100)
    subject: str = Field(min_length=1, max_length=200)
    mandatory: Note = ""
    """规定动作."""
    deed: Note = ""
    """办实事."""
    due: Moment
    lead: Code
    participants: tuple[Code, ...] = ()
    liaison: Code
    target: int = Field(ge=1)
    unit_of_target: str = Field(default="件", min_length=1, max_length=40)


class TaskPlanAdopted(Event, type="task-plan-adopted", version=1, owner="supervision", stream="plan", key="plan_id"):
    """A plan with all its leaves; every leaf has a due day, a lead and a liaison (DI-31, DI-32)."""

    plan_id: Code
    programme_id: Code
    title: str = Field(min_length=1, max_length=200)
    owner_unit: Code
    tasks: tuple[Task, ...] = Field(min_length=1)


class TaskProgressUpdated(
    Event, type="task-progress-updated", version=1, owner="supervision", stream="plan", key="plan_id"
):
    """How far a task is."""

    plan_id: Code
    task_id: Code
    done: int = Field(ge=0)
    text: Note = ""
    state: Literal["working", "done", "blocked"]


class Promise(Value):
    """One thing promised: who, what goal, by when (SH-31)."""

    item_id: Code
    text: Note = Field(min_length=1)
    responsible: Code
    goal: Note = Field(min_length=1)
    due: Moment


class CommitmentPublished(
    Event, type="commitment-published", version=1, owner="supervision", stream="commitment", key="commitment_id"
):
    """承诺卡: promises of one owner, and the places where they hang in public (SH-28)."""

    commitment_id: Code
    programme_id: Code
    owner: Code
    subject_id: Code | None = None
    items: tuple[Promise, ...] = Field(min_length=1)
    places: tuple[str, ...] = Field(min_length=1)


class ItemState(Value):
    """How one promise stands this week."""

    item_id: Code
    state: Literal["working", "done", "blocked"]
    text: Note = ""


class CommitmentProgressConfirmed(
    Event,
    type="commitment-progress-confirmed",
    version=1,
    owner="supervision",
    stream="commitment",
    key="commitment_id",
):
    """进度卡: filled in and confirmed for one week (SH-29)."""

    commitment_id: Code
    week: str = Field(pattern=r"^\d{4}-W\d{2}$")
    items: tuple[ItemState, ...] = Field(min_length=1)
    confirmed_by: Code


class CommitmentSettled(
    Event, type="commitment-settled", version=1, owner="supervision", stream="commitment", key="commitment_id"
):
    """Kept or not."""

    commitment_id: Code
    item_id: Code
    fulfilled: bool
    text: Note = ""
