"""工作任务计划表: tasks that each have a due day, a lead and a liaison, and how far each is (DI-31, DI-32)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from contracts.event import Event
from contracts.supervision import Task, TaskPlanAdopted, TaskProgressUpdated
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_

State = Literal["working", "done", "blocked"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What deciding needs to know of one plan."""

    plan_id: str = ""
    targets: tuple[tuple[str, int], ...] = ()
    done: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class AdoptPlan:
    """A plan with all its tasks at once."""

    plan_id: str
    programme_id: str
    title: str
    owner_unit: str
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class UpdateTask:
    """How far a task is; who may say so is known before."""

    task_id: str
    done: int
    text: str
    state: State


Command = AdoptPlan | UpdateTask


def evolve(plan: Plan, event: Event) -> Plan:
    match event:
        case TaskPlanAdopted() as e:
            return Plan(e.plan_id, tuple((task.task_id, task.target) for task in e.tasks))
        case TaskProgressUpdated() as e:
            return replace(plan, done=tuple(sorted({**dict(plan.done), e.task_id: e.done}.items())))
        case _:
            raise TypeError(f"{event.TYPE} is no event of a plan")


def decide(plan: Plan, command: Command) -> Sequence[Event]:
    match command:
        case AdoptPlan():
            return _adopt(plan, command)
        case UpdateTask():
            return _update(plan, command)
        case _:
            assert_never(command)


def _adopt(plan: Plan, c: AdoptPlan) -> Sequence[Event]:
    if plan.plan_id:
        raise Rejected("plan-adopted", N_("这份计划已经下达。"))
    if not c.title:
        raise Rejected("no-title", N_("请填写计划名称。"), "title")
    if not c.tasks:
        raise Rejected("no-tasks", N_("计划里没有任务。"), "file")
    seen: set[str] = set()
    for number, task in enumerate(c.tasks, start=1):
        if task.task_id in seen:
            raise Rejected("task-twice", N_("第 {n} 行的任务编号 {id} 前面已有。"), "tasks", n=number, id=task.task_id)
        seen.add(task.task_id)
        if not (task.mandatory or task.deed):
            raise Rejected("no-aim", N_("第 {n} 行没有写目标任务：规定动作和办实事至少填一项。"), "file", n=number)
    return [
        TaskPlanAdopted(
            plan_id=c.plan_id, programme_id=c.programme_id, title=c.title, owner_unit=c.owner_unit, tasks=c.tasks
        )
    ]


def _update(plan: Plan, c: UpdateTask) -> Sequence[Event]:
    target = dict(plan.targets).get(c.task_id)
    if target is None:
        raise Rejected("no-such-task", N_("没有这项任务。"))
    if c.done < dict(plan.done).get(c.task_id, 0) and not c.text:
        raise Rejected("less-without-reason", N_("完成数比上次少，请写明原因。"), "text")
    if c.state == "done" and c.done < target:
        raise Rejected("not-all-done", N_("完成数不到目标数 {target}，不能报完成。"), "done", target=target)
    if c.state == "blocked" and not c.text:
        raise Rejected("no-reason", N_("请写明困难。"), "text")
    return [TaskProgressUpdated(plan_id=plan.plan_id, task_id=c.task_id, done=c.done, text=c.text, state=c.state)]


PLAN: Decider[Plan, Command] = Decider("plan", Plan(), evolve, decide)


def stream(plan_id: str) -> str:
    """The stream of a plan."""
    return f"plan-{plan_id}"
