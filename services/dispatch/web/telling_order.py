"""What happens to an order, in words: issued, signed, disputed, worked on, given more time, done."""

from collections.abc import Callable, Mapping
from typing import Any

from contracts import dispatch as d
from contracts.event import Event
from services.dispatch.web import labels
from services.dispatch.web.reads import listed
from services.dispatch.web.saying import Names, Said
from services.reference.words import METHODS
from services.ui.formats import moment, whole_day, whole_moment
from services.ui.i18n import gettext as _
from services.ui.i18n import pgettext

Teller = Callable[[Any, Names], Said]


def issued(e: d.OrderIssued, n: Names) -> Said:
    text = _(
        "%(role)s：%(unit)s，办结期限 %(due)s。",
        role=_(labels.ORDER_ROLES[e.role]),
        unit=n.unit(e.to_unit),
        due=moment(e.dues.finish_by),
    )
    notes = tuple(
        note
        for note in (
            _("签收期限 %(due)s", due=moment(e.dues.sign_by)) if e.dues.sign_by else "",
            _("预期成效：%(text)s", text=e.expected_outcome) if e.expected_outcome else "",
            _("责任人：%(name)s", name=n.person(e.responsible_person)) if e.responsible_person else "",
            _("依会商分工") if e.consult_id else "",
            _("依会议决定") if e.meeting_id else "",
            _("共性问题清单交办") if e.common_id else "",
        )
        if note
    )
    return Said("send", pgettext("event", "交办"), f"{text}{e.instruction}", "info", notes)


def signed(e: d.OrderSigned, n: Names) -> Said:
    person = _("责任人：%(name)s。", name=n.person(e.responsible_person)) if e.responsible_person else ""
    notes = [_("责任领导：%(name)s", name=n.person(e.responsible_leader))] if e.responsible_leader else []
    notes += [_("AB 岗，代%(name)s签收", name=n.person(e.acting_for))] if e.acting_for else []
    title = _("逾期签收") if e.late else pgettext("event", "签收")
    return Said("check", title, person, "warn" if e.late else "good", tuple(notes))


def returned(e: d.OrderReturned, n: Names) -> Said:
    notes = [_(labels.RETURN_REASONS.get(e.reason_code, e.reason_code)), _("第 %(n)s 次退单", n=e.n)]
    if e.proposed_unit:
        notes.append(_("建议：%(unit)s", unit=n.unit(e.proposed_unit)))
    return Said("arrow-back-up", pgettext("event", "退单"), e.reason, "warn", tuple(notes), evidence=e.evidence)


def ruled(e: d.ReturnRuled, n: Names) -> Said:
    notes = [_("终局")] if e.final else []
    if e.by_group:
        notes.append(_("领导小组裁定"))
    if e.new_unit:
        notes.append(_("改派：%(unit)s", unit=n.unit(e.new_unit)))
    return Said("gavel", _("准予退单") if e.accepted else _("驳回退单"), e.reason, notes=tuple(notes))


def contacted(e: d.RequesterContacted, n: Names) -> Said:
    text = _("已联系上诉求人。") if e.reached else _("未联系上诉求人。")
    return Said(
        "phone",
        _("联系诉求人"),
        text,
        notes=(_(METHODS[e.method]), _("第 %(n)s 次", n=e.attempt), moment(e.at)),
    )


def planned(e: d.HandlingPlanFiled, n: Names) -> Said:
    notes = [
        _("责任领导：%(name)s", name=n.person(e.responsible_leader)),
        _("责任部门：%(name)s", name=n.unit(e.responsible_dept)),
        _("责任人：%(name)s", name=n.person(e.responsible_person)),
        _("化解时限：%(day)s", day=whole_day(e.resolve_by)),
        *(f"{step.name} {moment(step.due)}" for step in e.timetable),
    ]
    text = " ".join(
        part
        for part in (
            _("化解措施：%(text)s", text=e.measures),
            _("任务书：%(text)s", text=e.task_book) if e.task_book else "",
            _("路线图：%(text)s", text=e.road_map) if e.road_map else "",
        )
        if part
    )
    return Said("checklist", _("报办理方案"), text, notes=tuple(notes))


def reported(e: d.ProgressReported, n: Names) -> Said:
    notes = tuple(
        note
        for note in (
            _("完成 %(percent)s %%", percent=e.percent) if e.percent is not None else "",
            _("下一步：%(text)s", text=e.next_step) if e.next_step else "",
            _("下次报告：%(due)s", due=moment(e.next_report_by)) if e.next_report_by else "",
        )
        if note
    )
    return Said("trending-up", _("进展"), e.text, notes=notes, evidence=e.evidence)


def order_completed(e: d.OrderCompleted, n: Names) -> Said:
    notes = [_("答复于 %(at)s", at=moment(e.replied_at)), _("责任人：%(name)s", name=n.person(e.responsible_person))]
    if e.policy_basis:
        notes.append(_("政策依据：%(text)s", text=e.policy_basis))
    if e.approved_by:
        notes.append(_("批准：%(name)s", name=n.person(e.approved_by)))
        notes += [_("批准意见：%(note)s", note=e.approval_note)] if e.approval_note else []
    if e.confirmation:
        said, how = _(labels.CONFIRMATIONS[e.confirmation.answer]), _(METHODS[e.confirmation.method])
        notes.append(_("诉求人确认：%(said)s（%(how)s，%(at)s）", said=said, how=how, at=moment(e.confirmation.at)))
    text = _("%(result)s。答复：", result=_(labels.RESULTS[e.result]))
    return Said("circle-check", _("办结交办单"), text, "good", tuple(notes), e.reply, evidence=e.evidence)


def cancelled(e: d.OrderCancelled, n: Names) -> Said:
    return Said("x", _("撤销交办单"), e.reason, "warn", (_(labels.CANCEL_CAUSES[e.cause]),))


def reached(e: d.MilestoneReached, n: Names) -> Said:
    text = " ".join(part for part in (e.name, e.text) if part)
    tone = "warn" if e.late else "good"
    return Said("flag", _("逾期完成节点") if e.late else _("完成节点"), text, tone)


def verified(e: d.SiteVerified, n: Names) -> Said:
    who = _("到场：%(names)s", names=listed(n.person(person) for person in e.visitors))
    return Said("map-pin", _("现场核实"), e.found, "info", (moment(e.visited_at), who), evidence=e.evidence)


def found(e: d.FindingsReported, n: Names) -> Said:
    return Said("notes", _("报送研判"), e.text, "warn" if e.late else "plain", (_("逾期报送"),) if e.late else ())


def more_asked(e: d.ExtensionRequested, n: Names) -> Said:
    notes = (_("请延至 %(due)s", due=whole_moment(e.finish_by)), _("第 %(n)s 次申请", n=e.n))
    return Said("hourglass", _("申请延期"), e.reason, "warn", notes)


def more_decided(e: d.ExtensionDecided, n: Names) -> Said:
    if not e.granted:
        notes = [_("办结期限仍为 %(due)s", due=whole_moment(e.old_finish_by))]
    else:
        notes = [
            _("原期限 %(due)s", due=whole_moment(e.old_finish_by)),
            _("新期限 %(due)s", due=whole_moment(e.finish_by)),
        ]
    notes.append(_("批准：%(name)s", name=n.person(e.approver)))
    if e.requester_told_at:
        notes.append(_("已于 %(at)s 告知诉求人", at=moment(e.requester_told_at)))
    title = _("同意延期") if e.granted else _("不同意延期")
    return Said("hourglass", title, e.reason, "plain", tuple(notes))


ORDERS: Mapping[type[Event], Teller] = {
    d.OrderIssued: issued,
    d.OrderSigned: signed,
    d.OrderReturned: returned,
    d.ReturnRuled: ruled,
    d.RequesterContacted: contacted,
    d.HandlingPlanFiled: planned,
    d.ProgressReported: reported,
    d.MilestoneReached: reached,
    d.SiteVerified: verified,
    d.FindingsReported: found,
    d.ExtensionRequested: more_asked,
    d.ExtensionDecided: more_decided,
    d.OrderCompleted: order_completed,
    d.OrderCancelled: cancelled,
}
