"""A case's history in sentences: what happened, who did it, and the hash of the record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts import dispatch as d
from contracts import intake, supervision
from contracts.event import Event
from contracts.sealed import Sealed
from services.dispatch.read.proof import Record
from services.dispatch.web import labels
from services.dispatch.web.reads import Reads, clauses, listed
from services.reference.reads import shown
from services.reference.words import CHANNELS, CLOCK_KINDS, METHODS, ROLE_NAMES, SATISFACTION, SCOPES
from services.ui.formats import moment, whole_day
from services.ui.i18n import gettext as _
from services.ui.i18n import pgettext


@dataclass(frozen=True, slots=True)
class Said:
    """One event in words; sealed texts are opened afterwards, all at once."""

    sign: str
    title: str
    text: str = ""
    tone: str = "plain"
    notes: tuple[str, ...] = ()
    sealed: Sealed | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline as the screens draw it."""

    time: datetime
    sign: str
    tone: str
    title: str
    actor: tuple[str, ...]
    text: str
    notes: tuple[str, ...]
    version: int
    hash: str
    captured_at: datetime | None
    own_version: int | None
    """The case's own version after this entry; none for another source's."""


@dataclass(frozen=True, slots=True)
class Names:
    """Units, persons and the pack's words for codes."""

    units: Mapping[str, str]
    persons: Mapping[str, str]
    categories: Mapping[str, str]
    urgencies: Mapping[str, str]

    def unit(self, code: str | None) -> str:
        return self.units.get(code, code) if code else "—"

    def person(self, code: str | None) -> str:
        return self.persons.get(code, code) if code else "—"


async def entries(records: Sequence[Record], names: Names, reads: Reads, own: str) -> list[Entry]:
    """Oldest first."""
    told = [_say(record.recorded.event, names) if record.recorded else _unreadable() for record in records]
    opened = await _texts([said.sealed for said in told], reads)
    return [
        Entry(
            record.time,
            said.sign,
            said.tone,
            said.title,
            _actor(record, names),
            " ".join(part for part in (said.text, text) if part),
            said.notes,
            record.number,
            record.hash,
            record.recorded.envelope.meta.captured_at if record.recorded else None,
            record.version if record.stream == own else None,
        )
        for record, said, text in zip(records, told, opened, strict=True)
    ]


def _actor(record: Record, names: Names) -> tuple[str, ...]:
    if record.recorded is None:
        return ()
    actor = record.recorded.envelope.actor
    if actor.person == "system":
        return (_("系统"),)
    role = _(ROLE_NAMES.get(actor.role, actor.role))
    return names.person(actor.person), names.unit(actor.unit), role


def _unreadable() -> Said:
    return Said("alert-triangle", _("记录无法读取"), _("这条记录的内容被改动过。"), "bad")


async def _texts(sealed: Sequence[Sealed | None], reads: Reads) -> list[str]:
    wanted = [one for one in sealed if one is not None]
    opened = iter(await reads.keys.opened_many(wanted))
    return ["" if one is None else shown(next(opened)) for one in sealed]


def _say(event: Event, n: Names) -> Said:
    teller: Callable[[Any, Names], Said] | None = TELLERS.get(type(event))
    return teller(event, n) if teller else Said("file-text", event.TYPE)


def _registered(e: intake.RequestRegistered, n: Names) -> Said:
    return Said("clipboard-list", _("登记诉求"), notes=(_(CHANNELS.get(e.channel, e.channel)),), sealed=e.title)


def _accepted(e: intake.RequestAccepted, n: Names) -> Said:
    return Said("check", _("受理"), e.note)


def _erased(e: intake.PersonalDataErased, n: Names) -> Said:
    return Said("trash", _("依法删除个人信息"), _("依据：%(basis)s", basis=e.legal_basis), "warn")


def _opened(e: d.CaseOpened, n: Names) -> Said:
    return Said("folder", _("立案"), notes=(n.unit(e.territory_unit),) if e.territory_unit else ())


def _classified(e: d.CaseClassified, n: Names) -> Said:
    text = _(
        "类别：%(category)s；%(scope)s；分级：%(urgency)s。",
        category=n.categories.get(e.category, e.category),
        scope=_(SCOPES[e.scope]),
        urgency=n.urgencies.get(e.urgency, e.urgency),
    )
    return Said("filter", _("梳理定级"), text, notes=(e.rule_id, e.calendar_version))


def _routed(e: d.CaseRouted, n: Names) -> Said:
    parts = [_("主办：%(unit)s", unit=n.unit(e.lead))]
    if e.co:
        parts.append(_("会办：%(units)s", units=listed(n.unit(unit) for unit in e.co)))
    if e.territory:
        parts.append(_("属地：%(unit)s", unit=n.unit(e.territory)))
    return Said("arrows-split", _("定承办单位"), clauses(parts), notes=(e.rule_id,))


def _issued(e: d.OrderIssued, n: Names) -> Said:
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
        )
        if note
    )
    return Said("send", pgettext("event", "交办"), f"{text}{e.instruction}", "info", notes)


def _signed(e: d.OrderSigned, n: Names) -> Said:
    person = _("责任人：%(name)s。", name=n.person(e.responsible_person)) if e.responsible_person else ""
    return Said("check", _("逾期签收") if e.late else pgettext("event", "签收"), person, "warn" if e.late else "good")


def _returned(e: d.OrderReturned, n: Names) -> Said:
    notes = [_(labels.RETURN_REASONS.get(e.reason_code, e.reason_code)), _("第 %(n)s 次退单", n=e.n)]
    if e.proposed_unit:
        notes.append(_("建议：%(unit)s", unit=n.unit(e.proposed_unit)))
    return Said("arrow-back-up", pgettext("event", "退单"), e.reason, "warn", tuple(notes))


def _ruled(e: d.ReturnRuled, n: Names) -> Said:
    notes = [_("终局")] if e.final else []
    if e.new_unit:
        notes.append(_("改派：%(unit)s", unit=n.unit(e.new_unit)))
    return Said("gavel", _("准予退单") if e.accepted else _("驳回退单"), e.reason, notes=tuple(notes))


def _contacted(e: d.RequesterContacted, n: Names) -> Said:
    text = _("已联系上诉求人。") if e.reached else _("未联系上诉求人。")
    return Said(
        "phone",
        _("联系诉求人"),
        text,
        notes=(_(METHODS[e.method]), _("第 %(n)s 次", n=e.attempt), moment(e.at)),
    )


def _planned(e: d.HandlingPlanFiled, n: Names) -> Said:
    notes = [
        _("责任领导：%(name)s", name=n.person(e.responsible_leader)),
        _("责任部门：%(name)s", name=e.responsible_dept),
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


def _reported(e: d.ProgressReported, n: Names) -> Said:
    notes = (_("下一步：%(text)s", text=e.next_step),) if e.next_step else ()
    return Said("trending-up", _("进展"), e.text, notes=notes)


def _suspended(e: d.CaseSuspended, n: Names) -> Said:
    notes = (
        _("恢复条件：%(text)s", text=e.condition),
        _("复查：%(day)s", day=whole_day(e.review_on)),
        _("批准：%(name)s", name=n.person(e.approver)),
    )
    return Said("player-pause", _("挂账"), e.reason, "warn", notes)


def _resumed(e: d.CaseResumed, n: Names) -> Said:
    dues = sorted(set(e.finish_by.values()))
    notes = tuple(_("新的办结期限 %(due)s", due=moment(due)) for due in dues)
    return Said("player-play", _("恢复办理"), e.reason, notes=notes)


def _order_completed(e: d.OrderCompleted, n: Names) -> Said:
    notes = [_("答复于 %(at)s", at=moment(e.replied_at)), _("责任人：%(name)s", name=n.person(e.responsible_person))]
    if e.policy_basis:
        notes.append(_("政策依据：%(text)s", text=e.policy_basis))
    text = _("%(result)s。答复：", result=_(labels.RESULTS[e.result]))
    return Said("circle-check", _("办结交办单"), text, "good", tuple(notes), e.reply)


def _case_completed(e: d.CaseCompleted, n: Names) -> Said:
    text = _(
        "%(result)s，%(when)s，历时 %(days)s 天。",
        result=_(labels.RESULTS[e.result]),
        when=_("按期") if e.on_time else _("逾期"),
        days=f"{e.elapsed_s / 86400:.1f}",
    )
    return Said("file-check", _("全件办结"), text, "good" if e.on_time else "warn")


def _struck_off(e: d.CaseStruckOff, n: Names) -> Said:
    return Said("certificate", pgettext("event", "销号"), _(labels.BASES[e.basis]), "good", (n.unit(e.by_unit),))


def _reopened(e: d.CaseReopened, n: Names) -> Said:
    text = " ".join(part for part in (_(labels.REOPEN_REASONS[e.reason]), e.text) if part)
    return Said("repeat", _("重办"), text, "bad", (_("第 %(n)s 轮", n=e.round),))


def _breached(e: supervision.DeadlineBreached, n: Names) -> Said:
    text = _("%(clock)s期限 %(due)s 已过。", clock=_(CLOCK_KINDS[e.kind]), due=moment(e.due))
    return Said("bolt", _("亮红灯"), text, "bad", (n.unit(e.unit),))


def _withdrawn(e: supervision.BreachWithdrawn, n: Names) -> Said:
    return Said("refresh", _("撤销红灯"), _("查明已于 %(at)s 完成。", at=moment(e.met_at)))


def _scheduled(e: supervision.FollowUpScheduled, n: Names) -> Said:
    return Said("phone", _("安排回访"), _("应于 %(due)s 前回访。", due=moment(e.due)))


def _attempted(e: supervision.FollowUpAttempted, n: Names) -> Said:
    return Said("phone", _("回访未接通"), notes=(_("第 %(n)s 次", n=e.attempt),))


def _conducted(e: supervision.FollowUpConducted, n: Names) -> Said:
    words = {"pass": _("回访通过"), "fail": _("回访未通过"), "unreachable": _("回访未联系上")}
    tone = {"pass": "good", "fail": "bad", "unreachable": "warn"}[e.verdict]
    parts = []
    if e.solved is not None:
        parts.append(_("问题已解决") if e.solved else _("问题未解决"))
    if e.satisfaction is not None:
        parts.append(_(SATISFACTION[e.satisfaction]))
    return Said("message", words[e.verdict], clauses(parts), tone, (_(METHODS[e.method]),), e.comment)


TELLERS: dict[type[Event], Callable[[Any, Names], Said]] = {
    intake.RequestRegistered: _registered,
    intake.RequestAccepted: _accepted,
    intake.PersonalDataErased: _erased,
    d.CaseOpened: _opened,
    d.CaseClassified: _classified,
    d.CaseRouted: _routed,
    d.OrderIssued: _issued,
    d.OrderSigned: _signed,
    d.OrderReturned: _returned,
    d.ReturnRuled: _ruled,
    d.RequesterContacted: _contacted,
    d.HandlingPlanFiled: _planned,
    d.ProgressReported: _reported,
    d.CaseSuspended: _suspended,
    d.CaseResumed: _resumed,
    d.OrderCompleted: _order_completed,
    d.CaseCompleted: _case_completed,
    d.CaseStruckOff: _struck_off,
    d.CaseReopened: _reopened,
    supervision.DeadlineBreached: _breached,
    supervision.BreachWithdrawn: _withdrawn,
    supervision.FollowUpScheduled: _scheduled,
    supervision.FollowUpAttempted: _attempted,
    supervision.FollowUpConducted: _conducted,
}
"""Every type that the history holds has its sentence; a test compares the two."""
