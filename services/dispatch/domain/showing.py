"""典型案例: a handled case that the office holds up as an example (HA-23)."""

from collections.abc import Sequence

from contracts.dispatch import CaseShowcased, ShowcaseWithdrawn
from contracts.event import Event
from services.chassis.decider import Rejected
from services.chassis.words import N_
from services.dispatch.domain.commands import Showcase, WithdrawShowcase
from services.dispatch.domain.refusing import refuse_empty, refuse_wrong_time
from services.dispatch.domain.state import DONE, Case


def showcase(case: Case, c: Showcase) -> Sequence[Event]:
    """Only what is handled; what is secret never, what is sensitive or was told in confidence only with the word of
    whoever asked (JW-06)."""
    if case.showcased:
        return []
    if case.status not in DONE:
        raise Rejected("not-completed", N_("尚未办结，不能列为典型案例。"))
    refuse_empty(c.reason, "reason-missing", N_("请写明列为典型案例的理由。"), "reason")
    if case.classified is not None and case.classified.secret:
        raise Rejected("secret", N_("涉密或涉个人隐私的事项不能列为典型案例。"))
    if c.consented_at is not None:
        refuse_wrong_time(case, c.consented_at, c.at, N_("同意时间不能在将来。"), "consented_at")
    elif case.classified is not None and case.classified.sensitive:
        raise Rejected("no-consent", N_("敏感事项须经诉求人同意才能公开；请填写同意的时间。"), "consented_at")
    elif c.confidential:
        raise Rejected("no-consent", N_("诉求人要求保密，须经其同意才能公开；请填写同意的时间。"), "consented_at")
    return [
        CaseShowcased(case_id=case.case_id, case_no=c.case_no, reason=c.reason, consented_at=c.consented_at),
    ]


def withdraw(case: Case, c: WithdrawShowcase) -> Sequence[Event]:
    if not case.showcased:
        return []
    refuse_empty(c.reason, "reason-missing", N_("请写明撤下典型案例的理由。"), "reason")
    return [ShowcaseWithdrawn(case_id=case.case_id, case_no=c.case_no, reason=c.reason)]
