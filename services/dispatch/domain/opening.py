"""Opening a case, saying what kind it is, who leads it and who answers for it."""

from collections.abc import Sequence

from contracts.dispatch import (
    CaseClassified,
    CaseOpened,
    CaseRouted,
    FallbackBegun,
    LeaderBoundToCase,
    LeadUnitDesignated,
    SuggestionDecided,
)
from contracts.event import Event
from services.chassis.decider import Rejected
from services.chassis.words import N_
from services.dispatch.domain.commands import (
    BeginFallback,
    BindLeader,
    ClassifyCase,
    DecideSuggestion,
    DesignateLead,
    OpenCase,
    RouteCase,
)
from services.dispatch.domain.refusing import (
    refuse_complained,
    refuse_empty,
    refuse_ended,
    refuse_finished,
    refuse_interested,
    refuse_redirected,
    refuse_suspended,
)
from services.dispatch.domain.state import Case, Classified, OrderStatus, Routed, Status, Suggested


def open_case(case: Case, c: OpenCase) -> Sequence[Event]:
    """A second opening of the same case is a repetition, not a mistake."""
    if case.status is not Status.UNKNOWN:
        return []
    return [opened(c)]


def opened(c: OpenCase, split_from: Case | None = None) -> CaseOpened:
    """A part of a split case keeps whom its requests complain of."""
    complained = (*c.complained_units, *(split_from.complained if split_from else ()))
    return CaseOpened(
        case_id=c.case_id,
        request_ids=c.request_ids,
        title=c.title,
        text=c.text,
        channel=c.channel,
        visit_id=c.visit_id,
        subject_id=c.subject_id,
        requester_ref=c.requester_ref,
        caller_ref=c.caller_ref,
        territory_unit=c.territory_unit,
        grid_ids=dict(c.grid_ids),
        service_line=c.service_line,
        requester_kind=c.requester_kind,
        category_hint=c.category_hint,
        urgency_hint=c.urgency_hint,
        complained_units=tuple(dict.fromkeys(complained)),
        received_at=c.received_at,
        split_from=split_from.case_id if split_from else None,
    )


def classify(case: Case, c: ClassifyCase) -> Sequence[Event]:
    """Possible until the case is handed over; afterwards the deadlines stand."""
    line = c.service_line or (case.classified.service_line if case.classified else None)
    said = Classified(
        c.category,
        c.scope,
        c.urgency,
        c.must_solve,
        c.desk_suitable,
        c.level,
        c.difficulty,
        c.focus,
        c.sensitive,
        c.site_scope,
        c.redirect,
        c.secret,
        line,
    )
    if case.classified == said:
        return []
    refuse_finished(case)
    refuse_suspended(case)
    if any(o.working or o.status is OrderStatus.COMPLETED for o in case.current):
        raise Rejected("handed-over", N_("已经交办，类别和分级不再改动。"), "category")
    refuse_empty(c.category, "no-category", N_("请选定类别。"), "category")
    refuse_empty(c.urgency, "no-urgency", N_("请选定分级。"), "urgency")
    return [
        CaseClassified(
            case_id=case.case_id,
            category=c.category,
            scope=c.scope,
            urgency=c.urgency,
            durations=c.durations,
            rule_id=c.rule_id,
            calendar_version=c.calendar_version,
            must_solve=c.must_solve,
            desk_suitable=c.desk_suitable,
            level=c.level,
            difficulty=c.difficulty,
            focus=c.focus,
            sensitive=c.sensitive,
            site_scope=c.site_scope,
            redirect=c.redirect,
            secret=c.secret,
            service_line=line,
        )
    ]


def route(case: Case, c: RouteCase) -> Sequence[Event]:
    """One lead, and no unit that the request complains of."""
    excluded = tuple(dict.fromkeys((*case.recused, *c.interested)))
    draft = c.draft or (case.routed.draft if case.routed else None)
    way = Routed(c.lead, c.co, c.territory or None, c.order_kind, c.rule_id, excluded, draft)
    if case.routed == way:
        return []
    refuse_finished(case)
    refuse_suspended(case)
    if case.classified is None:
        raise Rejected("not-classified", N_("请先定类别和分级，再定承办单位。"), "category")
    if case.lead is not None and case.lead.working and case.lead.unit != c.lead:
        raise Rejected("lead-at-work", N_("主办单位已有交办单在办；先由其退单，再改派。"), "lead")
    refuse_redirected(case)
    if c.elsewhere is not None and not c.reason.strip():
        raise Rejected(
            "redirect-class",
            N_("诉求文字像是{name}，应转{channel}；确属本活动办理的，请写明理由。"),
            "route_reason",
            name=c.elsewhere.name,
            channel=c.elsewhere.channel,
        )
    if not c.lead:
        raise Rejected("no-lead", N_("请选定一个主办单位。"), "lead")
    units = [("lead", c.lead), ("territory", c.territory), *(("co", unit) for unit in c.co)]
    refuse_complained(case, units)
    refuse_interested(c.interested, units)
    if any(order.unit in c.interested for order in case.working):
        raise Rejected("interested-at-work", N_("须回避的单位已有交办单在办；请先由其退单或撤销。"), "interested")
    refuse_lead(case, c.lead, c.never_lead, "lead")
    if len({c.lead, *c.co}) != 1 + len(c.co):
        raise Rejected("unit-twice", N_("同一单位不能既主办又会办。"), "co")
    if c.dual and c.territory in (None, "", c.lead):
        raise Rejected("no-territory", N_("本活动实行双向派单；请在主办单位之外选定属地单位。"), "territory")
    return [
        CaseRouted(
            case_id=case.case_id,
            rule_id=c.rule_id,
            order_kind=c.order_kind,
            lead=c.lead,
            co=c.co,
            territory=c.territory or None,
            excluded_units=excluded,
            chosen_by=c.chosen_by,
            desk=c.desk,
            supervised_by=c.supervised_by,
            reason=c.reason,
            draft=c.draft,
        )
    ]


def refuse_lead(case: Case, unit: str, never_lead: Sequence[str], field: str) -> None:
    """Who may not lead by the pack, and who may not because the main leader named another."""
    refuse_never_lead(unit, never_lead, field)
    if case.designated is not None and case.designated != unit:
        raise Rejected("other-lead-designated", N_("主要领导已确定另一个牵头单位；如需更换，请先重新确定。"), field)


def refuse_never_lead(unit: str, never_lead: Sequence[str], field: str) -> None:
    if unit in never_lead:
        raise Rejected("never-lead", N_("本活动规定该单位不能主办，只能作属地或会办单位。"), field)


def designate(case: Case, c: DesignateLead) -> Sequence[Event]:
    """Before the lead has the order, or while it disputes it (LT-16)."""
    if case.designated == c.unit:
        return []
    refuse_finished(case)
    refuse_empty(c.unit, "no-lead", N_("请选定一个牵头单位。"), "unit")
    refuse_empty(c.by, "no-leader", N_("请写明由哪位主要领导确定。"), "by")
    refuse_complained(case, [("unit", c.unit)])
    refuse_never_lead(c.unit, c.never_lead, "unit")
    lead = case.lead
    if lead is not None and lead.status is not OrderStatus.RETURNED and lead.unit != c.unit:
        raise Rejected("lead-at-work", N_("主办单位已有交办单在办；先由其退单，再改派。"), "unit")
    return [LeadUnitDesignated(case_id=case.case_id, case_no=c.case_no, unit=c.unit, by=c.by, reason=c.reason)]


def begin_fallback(case: Case, c: BeginFallback) -> Sequence[Event]:
    """兜底: once per wait, and only while nobody has said where it goes."""
    if case.status is not Status.REGISTERED or case.fallback is not None:
        return []
    return [
        FallbackBegun(
            case_id=case.case_id,
            case_no=c.case_no,
            role=c.role,
            since=c.since,
            due=c.due,
            pack_version=c.pack_version,
        )
    ]


def bind_leader(case: Case, c: BindLeader) -> Sequence[Event]:
    """包案 or 专办 (HA-06, DI-21); another leader takes over by being bound."""
    if (case.bound_leader, case.bound_kind) == (c.leader, c.kind):
        return []
    refuse_finished(case)
    refuse_empty(c.leader, "no-leader", N_("请选定包案领导。"), "leader")
    return [LeaderBoundToCase(case_id=case.case_id, case_no=c.case_no, leader=c.leader, kind=c.kind)]


def decide_suggestion(case: Case, c: DecideSuggestion) -> Sequence[Event]:
    """What the history suggested and what the person chose; the choice itself is another command."""
    if Suggested(c.what, c.suggested, c.chosen) in case.suggestions:
        return []
    refuse_ended(case)
    refuse_empty(c.suggested, "no-suggestion", N_("没有可供采纳的建议。"), "suggested")
    refuse_empty(c.chosen, "no-choice", N_("请说明选了什么。"), "chosen")
    if not 0 <= c.matching <= c.looked_at or c.looked_at < 1:
        raise Rejected("no-grounds", N_("建议须有依据：相符的件数不能多于所看的件数。"), "matching")
    return [
        SuggestionDecided(
            case_id=case.case_id,
            case_no=c.case_no,
            what=c.what,
            suggested=c.suggested,
            chosen=c.chosen,
            accepted=c.suggested == c.chosen,
            matching=c.matching,
            looked_at=c.looked_at,
        )
    ]
