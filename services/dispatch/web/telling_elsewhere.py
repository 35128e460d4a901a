"""Events of other services in a case's history, in words: its request, its clocks, its follow-ups."""

from collections.abc import Callable, Mapping
from typing import Any

from contracts import intake, supervision
from contracts.event import Event
from services.dispatch.web.reads import clauses
from services.dispatch.web.saying import Names, Said
from services.reference.words import CALLED_OFF, CHANNELS, CLOCK_KINDS, METHODS, SATISFACTION
from services.ui.formats import moment
from services.ui.i18n import gettext as _

Teller = Callable[[Any, Names], Said]


def registered(e: intake.RequestRegistered, n: Names) -> Said:
    return Said("clipboard-list", _("登记诉求"), notes=(_(CHANNELS.get(e.channel, e.channel)),), sealed=e.title)


def accepted(e: intake.RequestAccepted, n: Names) -> Said:
    return Said("check", _("受理"), e.note)


def erased(e: intake.PersonalDataErased, n: Names) -> Said:
    return Said("trash", _("依法删除个人信息"), _("依据：%(basis)s", basis=e.legal_basis), "warn")


def breached(e: supervision.DeadlineBreached, n: Names) -> Said:
    text = _("%(clock)s期限 %(due)s 已过。", clock=_(CLOCK_KINDS[e.kind]), due=moment(e.due))
    return Said("bolt", _("亮红灯"), text, "bad", (n.unit(e.unit),))


def withdrawn(e: supervision.BreachWithdrawn, n: Names) -> Said:
    return Said("refresh", _("撤销红灯"), _("查明已于 %(at)s 完成。", at=moment(e.met_at)))


def reminded(e: supervision.DeadlineReminderSent, n: Names) -> Said:
    text = _("%(clock)s期限 %(due)s，请抓紧办理。", clock=_(CLOCK_KINDS[e.kind]), due=moment(e.due))
    return Said("bell", _("催办"), text, "warn", (n.unit(e.to_unit),))


def noticed(e: supervision.SupervisionNoticeIssued, n: Names) -> Said:
    return Said("speakerphone", _("发出督办单"), e.problem, "bad", (n.unit(e.target_unit),))


def scheduled(e: supervision.FollowUpScheduled, n: Names) -> Said:
    return Said("phone", _("安排回访"), _("应于 %(due)s 前回访。", due=moment(e.due)))


def attempted(e: supervision.FollowUpAttempted, n: Names) -> Said:
    return Said("phone", _("回访未接通"), notes=(_("第 %(n)s 次", n=e.attempt),))


def cancelled(e: supervision.FollowUpCancelled, n: Names) -> Said:
    return Said("phone", _("取消回访"), _(CALLED_OFF[e.reason]))


def conducted(e: supervision.FollowUpConducted, n: Names) -> Said:
    words = {"pass": _("回访通过"), "fail": _("回访未通过"), "unreachable": _("回访未联系上")}
    tone = {"pass": "good", "fail": "bad", "unreachable": "warn"}[e.verdict]
    parts = []
    if e.solved is not None:
        parts.append(_("问题已解决") if e.solved else _("问题未解决"))
    if e.satisfaction is not None:
        parts.append(_(SATISFACTION[e.satisfaction]))
    return Said("message", words[e.verdict], clauses(parts), tone, (_(METHODS[e.method]),), e.comment)


ELSEWHERE: Mapping[type[Event], Teller] = {
    intake.RequestRegistered: registered,
    intake.RequestAccepted: accepted,
    intake.PersonalDataErased: erased,
    supervision.DeadlineBreached: breached,
    supervision.BreachWithdrawn: withdrawn,
    supervision.DeadlineReminderSent: reminded,
    supervision.SupervisionNoticeIssued: noticed,
    supervision.FollowUpScheduled: scheduled,
    supervision.FollowUpAttempted: attempted,
    supervision.FollowUpConducted: conducted,
    supervision.FollowUpCancelled: cancelled,
}
