"""What happens to a case as a whole, in words: opened, joined, routed, paused, done, struck off, handled again."""

from collections.abc import Callable, Mapping
from typing import Any

from contracts import dispatch as d
from contracts.event import Event
from services.dispatch.web import labels
from services.dispatch.web.reads import clauses, listed
from services.dispatch.web.saying import Names, Said
from services.reference.words import CHANNELS, ROLE_NAMES, SCOPES, TAKEN
from services.ui.formats import moment, whole_day, whole_moment
from services.ui.i18n import gettext as _
from services.ui.i18n import pgettext

Teller = Callable[[Any, Names], Said]


def opened(e: d.CaseOpened, n: Names) -> Said:
    notes = (n.unit(e.territory_unit),) if e.territory_unit else ()
    if e.split_from:
        return Said("arrows-split", _("拆分立案"), notes=notes, links=(n.case(e.split_from),))
    return Said("folder", _("立案"), notes=notes)


def classified(e: d.CaseClassified, n: Names) -> Said:
    text = _(
        "类别：%(category)s；%(scope)s；分级：%(urgency)s。",
        category=n.categories.get(e.category, e.category),
        scope=_(SCOPES[e.scope]),
        urgency=n.urgencies.get(e.urgency, e.urgency),
    )
    return Said("filter", _("梳理定级"), text, notes=(*_marks(e), e.rule_id, e.calendar_version))


def _marks(e: d.CaseClassified) -> tuple[str, ...]:
    said = (
        (e.must_solve, _("必须解决")),
        (e.desk_suitable, _("适合专席直接办理")),
        (e.focus, _("重点关注")),
        (e.sensitive, _("敏感事项")),
        (e.redirect is not None, _("应转其他渠道")),
        (e.secret, _("涉密或涉个人隐私")),
    )
    site = (_(labels.SITES[e.site_scope]),) if e.site_scope else ()
    line = (_(labels.SERVICE_LINES[e.service_line]),) if e.service_line else ()
    return (*(word for holds, word in said if holds), *site, *line)


def routed(e: d.CaseRouted, n: Names) -> Said:
    parts = [_("主办：%(unit)s", unit=n.unit(e.lead))]
    if e.co:
        parts.append(_("会办：%(units)s", units=listed(n.unit(unit) for unit in e.co)))
    if e.territory:
        parts.append(_("属地：%(unit)s", unit=n.unit(e.territory)))
    notes = [e.rule_id]
    if e.supervised_by:
        notes.append(_("督办：%(unit)s", unit=n.unit(e.supervised_by)))
    if e.reason:
        notes.append(_("未按规则的理由：%(text)s", text=e.reason))
    if e.draft and e.draft.instruction:
        notes.append(_("拟交办意见：%(text)s", text=e.draft.instruction))
    if e.draft and e.draft.expected_outcome:
        notes.append(_("拟定预期成效：%(text)s", text=e.draft.expected_outcome))
    return Said("arrows-split", _("定承办单位"), clauses(parts), notes=tuple(notes))


def joined(e: d.RequestJoined, n: Names) -> Said:
    title = _("同一诉求人再次反映") if e.link == "repeat" else _("并入一件诉求")
    return Said(
        "git-merge", title, notes=(_(CHANNELS.get(e.channel, e.channel)), moment(e.received_at)), sealed=e.title
    )


def join_undone(e: d.JoinUndone, n: Names) -> Said:
    return Said("arrow-back-up", _("撤销并入的诉求"), e.reason, "warn", links=(n.case(e.into),))


def fallback_begun(e: d.FallbackBegun, n: Names) -> Said:
    text = _("没有规则可定主办单位，已到限定时间，改由%(role)s决定。", role=_(ROLE_NAMES.get(e.role, e.role)))
    return Said("alert-triangle", _("兜底"), text, "warn", (_("期限 %(due)s", due=whole_moment(e.due)),))


def merged(e: d.CaseMerged, n: Names) -> Said:
    return Said("git-merge", _("并入另一件"), e.reason, "warn", (_(labels.LINKS[e.link]),), links=(n.case(e.into),))


def absorbed(e: d.CaseAbsorbed, n: Names) -> Said:
    notes = (_(labels.LINKS[e.link]), _("带来 %(n)s 件诉求", n=len(e.request_ids)))
    return Said("git-merge", _("并入本件"), notes=notes, links=(n.case(e.from_case),))


def merge_undone(e: d.MergeUndone, n: Names) -> Said:
    return Said("arrow-back-up", _("撤销并案"), e.reason, "warn", links=(n.case(e.from_case),))


def absorption_undone(e: d.AbsorptionUndone, n: Names) -> Said:
    notes = (_("退回 %(n)s 件诉求", n=len(e.request_ids)),)
    return Said("arrow-back-up", _("撤销并案"), e.reason, "warn", notes, links=(n.case(e.to_case),))


def split(e: d.CaseSplit, n: Names) -> Said:
    return Said("arrows-split", _("拆分为多件"), e.reason, "warn", links=tuple(n.case(one) for one in e.into))


def designated(e: d.LeadUnitDesignated, n: Names) -> Said:
    text = _("由%(unit)s牵头。", unit=n.unit(e.unit))
    return Said("user-check", _("指定牵头单位"), f"{text}{e.reason}", notes=(_("指定：%(name)s", name=n.person(e.by)),))


def bound(e: d.LeaderBoundToCase, n: Names) -> Said:
    return Said("star", _(labels.BINDINGS[e.kind]), n.person(e.leader))


def suggestion_decided(e: d.SuggestionDecided, n: Names) -> Said:
    grounds = _("相似 %(whole)s 件中 %(matching)s 件", whole=e.looked_at, matching=e.matching)
    title = _("建议的类别") if e.what == "category" else _("建议的主办单位")
    suggested, chosen = (_suggestible(e, n, code) for code in (e.suggested, e.chosen))
    if e.accepted:
        return Said("target", title, _("采纳：%(chosen)s", chosen=chosen), notes=(grounds,))
    text = _("建议%(suggested)s，改为%(chosen)s", suggested=suggested, chosen=chosen)
    return Said("target", title, text, notes=(grounds,))


def _suggestible(e: d.SuggestionDecided, n: Names, code: str) -> str:
    return n.categories.get(code, code) if e.what == "category" else n.unit(code)


def sent_back(e: d.CaseSentBack, n: Names) -> Said:
    return Said("arrow-back-up", _("退回补充"), e.missing, "warn")


def supplemented(e: d.CaseSupplemented, n: Names) -> Said:
    return Said("plus", _("补充情况"), sealed=e.text)


def meeting_noted(e: d.MeetingNoted, n: Names) -> Said:
    said = [f"{n.unit(one.unit)}：{one.text}（{_(TAKEN[one.outcome])}）" for one in e.taken]
    link = (f"/supervision/cadence/meetings/{e.meeting_id}", _("会议记录"))
    return Said("users", _("会议决定"), "\n".join(said), "info", (moment(e.held_at),), links=(link,))


def consulted(e: d.CaseConsulted, n: Names) -> Said:
    title = _(labels.CONSULTATIONS[e.kind])
    held = _("形成 %(n)s 项决定", n=e.decisions) if e.decisions else _("未形成决定")
    link = (f"/dispatch/consultations/{e.consult_id}", _("会议记录"))
    return Said("users", title, held, "info", (moment(e.held_at),), links=(link,))


def verifying(e: d.VerificationStarted, n: Names) -> Said:
    return Said("phone", _("等待回访核实"), notes=(_("第 %(n)s 轮", n=e.round),))


def reported_up(e: d.StrikeOffReported, n: Names) -> Said:
    title = _("逾期上报销号") if e.late else _("上报销号")
    return Said("file-export", title, e.text, "warn" if e.late else "good")


def closed_unhandled(e: d.CaseClosedUnhandled, n: Names) -> Said:
    notes = [
        _(labels.CLOSE_REASONS.get(e.reason_code, e.reason_code)),
        _("批准：%(name)s", name=n.person(e.approver)),
        _("已于 %(at)s 告知诉求人", at=moment(e.told_at)),
    ]
    notes += [_("批准意见：%(note)s", note=e.approval_note)] if e.approval_note else []
    if e.channel:
        notes.append(_("转至：%(channel)s", channel=e.channel))
    return Said("x", _("不予办理"), e.reason, "warn", tuple(notes))


def recomputed(e: d.DeadlinesRecomputed, n: Names) -> Said:
    dues = sorted({dues.finish_by for dues in e.dues.values()})
    notes = (e.calendar_version, *(_("新的办结期限 %(due)s", due=whole_moment(due)) for due in dues))
    return Said("calendar", _("重新计算期限"), e.reason, notes=notes)


def suspended(e: d.CaseSuspended, n: Names) -> Said:
    notes = [
        _("恢复条件：%(text)s", text=e.condition),
        _("复查：%(day)s", day=whole_day(e.review_on)),
        _("批准：%(name)s", name=n.person(e.approver)),
    ]
    notes += [_("批准意见：%(note)s", note=e.approval_note)] if e.approval_note else []
    if e.requester_told_at:
        notes.append(_("已于 %(at)s 告知诉求人", at=moment(e.requester_told_at)))
    return Said("player-pause", _("挂账"), e.reason, "warn", tuple(notes))


def suspension_reviewed(e: d.SuspensionReviewed, n: Names) -> Said:
    notes = (_("下次复查：%(day)s", day=whole_day(e.review_on)),)
    return Said("player-pause", _("复查后继续挂账"), e.note, "warn", notes)


def resumed(e: d.CaseResumed, n: Names) -> Said:
    dues = sorted(set(e.finish_by.values()))
    notes = tuple(_("新的办结期限 %(due)s", due=moment(due)) for due in dues)
    return Said("player-play", _("恢复办理"), e.reason, notes=notes)


def case_completed(e: d.CaseCompleted, n: Names) -> Said:
    text = _(
        "%(result)s，%(when)s，历时 %(days)s 天。",
        result=_(labels.RESULTS[e.result]),
        when=_("按期") if e.on_time else _("逾期"),
        days=f"{e.elapsed_s / 86400:.1f}",
    )
    return Said("file-check", _("全件办结"), text, "good" if e.on_time else "warn")


def struck_off(e: d.CaseStruckOff, n: Names) -> Said:
    notes = [n.unit(e.by_unit)]
    if e.report_up_by:
        notes.append(_("须于 %(due)s 前上报", due=moment(e.report_up_by)))
    return Said("certificate", pgettext("event", "销号"), _(labels.BASES[e.basis]), "good", tuple(notes))


def reopened(e: d.CaseReopened, n: Names) -> Said:
    text = " ".join(part for part in (_(labels.REOPEN_REASONS[e.reason]), e.text) if part)
    notes = [_("第 %(n)s 轮", n=e.round)]
    if e.durations:
        notes.append(_("本轮期限缩短"))
    return Said("repeat", _("重办"), text, "bad", tuple(notes))


def showcased(e: d.CaseShowcased, n: Names) -> Said:
    notes = (_("诉求人于 %(at)s 同意公开", at=moment(e.consented_at)),) if e.consented_at else ()
    return Said("star", _("列为典型案例"), e.reason, "good", notes)


def showcase_withdrawn(e: d.ShowcaseWithdrawn, n: Names) -> Said:
    return Said("star", _("撤下典型案例"), e.reason, "warn")


CASES: Mapping[type[Event], Teller] = {
    d.CaseOpened: opened,
    d.RequestJoined: joined,
    d.JoinUndone: join_undone,
    d.FallbackBegun: fallback_begun,
    d.CaseMerged: merged,
    d.CaseAbsorbed: absorbed,
    d.MergeUndone: merge_undone,
    d.AbsorptionUndone: absorption_undone,
    d.CaseSplit: split,
    d.SuggestionDecided: suggestion_decided,
    d.CaseSentBack: sent_back,
    d.CaseSupplemented: supplemented,
    d.CaseClassified: classified,
    d.LeadUnitDesignated: designated,
    d.LeaderBoundToCase: bound,
    d.CaseRouted: routed,
    d.CaseConsulted: consulted,
    d.MeetingNoted: meeting_noted,
    d.CaseSuspended: suspended,
    d.SuspensionReviewed: suspension_reviewed,
    d.CaseResumed: resumed,
    d.DeadlinesRecomputed: recomputed,
    d.CaseCompleted: case_completed,
    d.VerificationStarted: verifying,
    d.CaseStruckOff: struck_off,
    d.StrikeOffReported: reported_up,
    d.CaseReopened: reopened,
    d.CaseShowcased: showcased,
    d.ShowcaseWithdrawn: showcase_withdrawn,
    d.CaseClosedUnhandled: closed_unhandled,
}
