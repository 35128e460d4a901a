"""The decider of a case: which command goes where."""

from collections.abc import Sequence
from typing import assert_never

from contracts.event import Event
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_
from services.dispatch.domain import (
    closing,
    completing,
    consulting,
    extending,
    handling,
    issuing,
    joining,
    meeting,
    opening,
    returning,
    showing,
    supplementing,
    suspending,
)
from services.dispatch.domain import commands as c
from services.dispatch.domain.evolve import evolve
from services.dispatch.domain.state import Case, Status


def decide(case: Case, command: c.Command) -> Sequence[Event]:
    """The events a command causes; none when it is already so."""
    if isinstance(command, c.OpenCase):
        return opening.open_case(case, command)
    if case.status is Status.UNKNOWN:
        raise Rejected("no-such-case", N_("没有这件问题。"))
    if isinstance(command, c.OrderCommand):
        return _of_order(case, command)
    if isinstance(command, c.JoiningCommand):
        return _joining(case, command)
    if isinstance(command, c.ClosingCommand):
        return _closing(case, command)
    return _opening(case, command)


def _opening(case: Case, command: c.OpeningCommand) -> Sequence[Event]:
    match command:
        case c.OpenCase():
            return opening.open_case(case, command)
        case c.ClassifyCase():
            return opening.classify(case, command)
        case c.RouteCase():
            return opening.route(case, command)
        case c.DesignateLead():
            return opening.designate(case, command)
        case c.BindLeader():
            return opening.bind_leader(case, command)
        case c.DecideSuggestion():
            return opening.decide_suggestion(case, command)
        case c.SendBack():
            return supplementing.send_back(case, command)
        case c.SupplementCase():
            return supplementing.supplement(case, command)
        case c.BeginFallback():
            return opening.begin_fallback(case, command)
        case c.Prepare():
            return issuing.prepare(case, command)
        case c.HandOverCommon():
            return issuing.hand_over_common(case, command)
        case c.IssueOrders():
            return issuing.issue(case, command)
        case c.Dispatch():
            return issuing.dispatch(case, command)
        case _:
            assert_never(command)


def _of_order(case: Case, command: c.OrderCommand) -> Sequence[Event]:
    match command:
        case c.ReturnOrder():
            return returning.return_order(case, command)
        case c.RuleReturn():
            return returning.rule(case, command)
        case c.CancelOrder():
            return issuing.cancel(case, command)
        case c.RequestExtension():
            return extending.request(case, command)
        case c.DecideExtension():
            return extending.decide(case, command)
        case c.CompleteOrder():
            return completing.complete(case, command)
        case _:
            return _handling(case, command)


def _handling(case: Case, command: c.HandlingCommand) -> Sequence[Event]:
    match command:
        case c.SignOrder():
            return handling.sign(case, command)
        case c.ContactRequester():
            return handling.contact(case, command)
        case c.FilePlan():
            return handling.file_plan(case, command)
        case c.ReachMilestone():
            return handling.reach(case, command)
        case c.ReportProgress():
            return handling.report(case, command)
        case c.VerifyOnSite():
            return handling.verify_on_site(case, command)
        case c.ReportFindings():
            return handling.report_findings(case, command)
        case _:
            assert_never(command)


def _closing(case: Case, command: c.ClosingCommand) -> Sequence[Event]:
    match command:
        case c.NoteConsultation():
            return consulting.note(case, command)
        case c.NoteMeeting():
            return meeting.note(case, command)
        case c.SuspendCase():
            return suspending.suspend(case, command)
        case c.ReviewSuspension():
            return suspending.review(case, command)
        case c.ResumeCase():
            return suspending.resume(case, command)
        case c.RecomputeDeadlines():
            return extending.recompute(case, command)
        case c.StartVerification():
            return closing.start_verification(case, command)
        case c.StrikeOff():
            return closing.strike_off(case, command)
        case c.ReportUp():
            return closing.report_up(case, command)
        case c.ReopenCase():
            return closing.reopen(case, command)
        case c.CloseUnhandled():
            return closing.close_unhandled(case, command)
        case c.Showcase():
            return showing.showcase(case, command)
        case c.WithdrawShowcase():
            return showing.withdraw(case, command)
        case _:
            assert_never(command)


def _joining(case: Case, command: c.JoiningCommand) -> Sequence[Event]:
    match command:
        case c.JoinRequest():
            return joining.join(case, command)
        case c.UndoJoin():
            return joining.undo_join(case, command)
        case c.MergeCase():
            return joining.merge(case, command)
        case c.AbsorbCase():
            return joining.absorb(case, command)
        case c.UndoMerge():
            return joining.undo_merge(case, command)
        case c.UndoAbsorption():
            return joining.undo_absorption(case, command)
        case c.SplitCase():
            return joining.split(case, command)
        case _:
            assert_never(command)


dispatch_case: Decider[Case, c.Command] = Decider("case", Case(), evolve, decide)


def stream(case_id: str) -> str:
    """The stream of a case."""
    return f"case-{case_id}"
