"""The decider of a case: which command goes where."""

from collections.abc import Sequence
from typing import assert_never

from contracts.event import Event
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_
from services.dispatch.domain import closing, handling, opening, returning
from services.dispatch.domain.commands import (
    CaseCommand,
    ClassifyCase,
    Command,
    CompleteOrder,
    ContactRequester,
    Dispatch,
    FilePlan,
    IssueOrders,
    OpenCase,
    OrderCommand,
    ReopenCase,
    ReportProgress,
    ResumeCase,
    ReturnOrder,
    RouteCase,
    RuleReturn,
    SignOrder,
    StrikeOff,
    SuspendCase,
)
from services.dispatch.domain.state import Case, Status, evolve


def decide(case: Case, command: Command) -> Sequence[Event]:
    """The events a command causes; none when it is already so."""
    if isinstance(command, OpenCase):
        return opening.open_case(case, command)
    if case.status is Status.UNKNOWN:
        raise Rejected("no-such-case", N_("没有这件问题。"))
    if isinstance(command, OrderCommand):
        return _of_order(case, command)
    return _of_case(case, command)


def _of_case(case: Case, command: CaseCommand) -> Sequence[Event]:
    match command:
        case OpenCase():
            return opening.open_case(case, command)
        case ClassifyCase():
            return opening.classify(case, command)
        case RouteCase():
            return opening.route(case, command)
        case IssueOrders():
            return opening.issue(case, command)
        case Dispatch():
            return opening.dispatch(case, command)
        case SuspendCase():
            return closing.suspend(case, command)
        case ResumeCase():
            return closing.resume(case, command)
        case StrikeOff():
            return closing.strike_off(case, command)
        case ReopenCase():
            return closing.reopen(case, command)
        case _:
            assert_never(command)


def _of_order(case: Case, command: OrderCommand) -> Sequence[Event]:
    match command:
        case SignOrder():
            return handling.sign(case, command)
        case ReturnOrder():
            return returning.return_order(case, command)
        case RuleReturn():
            return returning.rule(case, command)
        case ContactRequester():
            return handling.contact(case, command)
        case FilePlan():
            return handling.file_plan(case, command)
        case ReportProgress():
            return handling.report(case, command)
        case CompleteOrder():
            return handling.complete(case, command)
        case _:
            assert_never(command)


dispatch_case: Decider[Case, Command] = Decider("case", Case(), evolve, decide)


def stream(case_id: str) -> str:
    """The stream of a case."""
    return f"case-{case_id}"
