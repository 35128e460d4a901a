"""The cards beside a case's history: who handles it, where it came from, extensions, the time each unit had it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from contracts.dispatch import (
    CaseOpened,
    CaseResumed,
    ExtensionDecided,
    ExtensionRequested,
    HandlingPlanFiled,
    OrderIssued,
)
from services.chassis.clock import LOCAL
from services.chassis.facts import Fact
from services.dispatch.domain.state import Case, Order
from services.dispatch.read.segments import Timeline, project
from services.dispatch.web import labels
from services.dispatch.web.caseviews import CommonView, ExtensionView, SegmentView, StepView
from services.dispatch.web.reads import listed
from services.dispatch.web.saying import Names
from services.dispatch.web.wording import duration, order_light
from services.reference.grid import LAYERS
from services.reference.programmes import ActivePack
from services.reference.words import CHANNELS
from services.ui.formats import moment
from services.ui.i18n import gettext as _
from services.ui.i18n import ngettext

MARKS = 5
"""Dates under the slider; more would run into each other on a phone."""

Pairs = list[tuple[str, Any]]


def handling(state: Case, opening: CaseOpened, names: Names, active: ActivePack | None) -> Pairs:
    """Who handles it and who answers for it."""
    way, lead = state.routed, state.lead
    area = next((o.unit for o in state.current if o.role == "territory"), way.territory if way else None)
    pairs: Pairs = [
        (_("主办（条）"), names.unit(lead.unit) if lead else None),
        (_("属地（块）"), names.unit(area or opening.territory_unit)),
        (_("会办"), listed(names.unit(unit) for unit in (way.co if way else ())) or None),
        (_("责任领导"), names.person(lead.leader) if lead and lead.leader else None),
        (_("责任人"), names.person(lead.person) if lead and lead.person else None),
        (_("责任部门"), names.unit(lead.dept) if lead and lead.dept else None),
        (_("跟踪单位"), _tracker(lead, names, active) if lead else None),
    ]
    if state.bound_leader and state.bound_kind:
        pairs.append((_(labels.BINDINGS[state.bound_kind]), names.person(state.bound_leader)))
    if state.designated:
        pairs.append((_("指定牵头"), names.unit(state.designated)))
    return pairs


def _tracker(lead: Order, names: Names, active: ActivePack | None) -> str:
    """谁转办交办，谁跟踪落实 (JW-24), unless the pack names another role (LT-22)."""
    tracker = active.pack.order.tracker if active else "issuer"
    return names.unit(lead.issued_by) if active is None or tracker == "issuer" else active.pack.role_name(tracker)


def origin(state: Case, opening: CaseOpened, names: Names, cells: Mapping[str, str], *, told: bool) -> Pairs:
    """Where it came from; the units complained of are not told of whom else it complains."""
    pairs: Pairs = [
        (_("来源"), _(CHANNELS.get(opening.channel, opening.channel))),
        (_("受理时间"), f"{opening.received_at.astimezone(LOCAL):%Y-%m-%d %H:%M}"),
        (_("属地"), names.unit(opening.territory_unit)),
    ]
    if opening.requester_kind:
        pairs.append((_("反映主体"), _(labels.ASKERS[opening.requester_kind])))
    if line := (state.classified.service_line if state.classified else None) or opening.service_line:
        pairs.append((_("服务线"), _(labels.SERVICE_LINES[line])))
    pairs += [(_(LAYERS.get(layer, layer)), cells.get(grid, grid)) for layer, grid in opening.grid_ids.items()]
    if len(state.request_ids) > 1:
        pairs.append((_("诉求"), ngettext("%(num)s 件", "%(num)s 件", len(state.request_ids))))
    if state.complained and told:
        pairs.append((_("回避单位"), listed(map(names.unit, state.complained))))
    if state.interested:
        pairs.append((_("利害关系回避"), listed(map(names.unit, state.interested))))
    return pairs


def extensions(own: Sequence[Fact], names: Names) -> list[ExtensionView]:
    """Every request in the order it was made, with the deadline before and after."""
    units: dict[str, str] = {}
    dues: dict[str, datetime] = {}
    found: dict[tuple[str, int], ExtensionView] = {}
    last: dict[str, tuple[str, int]] = {}
    for fact in own:
        match fact.event:
            case OrderIssued() as event:
                units[event.order_id] = names.unit(event.to_unit)
                dues[event.order_id] = event.dues.finish_by
            case CaseResumed() as event:
                dues |= event.finish_by
            case ExtensionRequested() as event:
                last[event.order_id] = (event.order_id, event.n)
                unit = units.get(event.order_id, "—")
                found[last[event.order_id]] = ExtensionView(
                    unit, dues.get(event.order_id), event.finish_by, None, _("待审批"), "warn"
                )
            case ExtensionDecided() as event if event.order_id in last:
                key = last[event.order_id]
                word, tone = (_("同意"), "good") if event.granted else (_("不同意"), "bad")
                new = event.finish_by if event.granted else None
                dues[event.order_id] = event.finish_by
                found[key] = ExtensionView(found[key].unit, event.old_finish_by, found[key].asked, new, word, tone)
            case _:
                pass  # only requests for more time are told here
    return list(found.values())


def stepper(step: str, state: Case) -> list[str]:
    """The stages in words; how much is done stands with the handling while it goes on."""
    if step not in labels.STEPPER_AT:
        return []
    words = [_(word) for word in labels.STEPPER]
    at, percent = labels.STEPPER_AT["handling"], state.lead.percent if state.lead else None
    if labels.STEPPER_AT[step] == at and percent is not None:
        words[at] = f"{words[at]} {percent}%"
    return words


def plan_of(own: Sequence[Fact], order: Order) -> HandlingPlanFiled | None:
    """The plan in force of one order."""
    plans = (fact.event for fact in reversed(own) if isinstance(fact.event, HandlingPlanFiled))
    return next((plan for plan in plans if plan.order_id == order.order_id), None)


def timetable(order: Order, since: datetime | None, now: datetime, *, paused: bool = False) -> list[StepView]:
    """The steps of the plan in force with their lights: red only past its day, green when it is done (HA-28).

    `since` is when the plan was filed; no light moves while the case is suspended.
    """
    return [
        StepView(
            f"{step.name} {moment(step.due)}",
            n in order.milestones,
            "green" if n in order.milestones else "paused" if paused else order_light(since or now, step.due, now),
        )
        for n, step in enumerate(order.timetable, start=1)
    ]


def filed_at(own: Sequence[Fact], order: Order) -> datetime | None:
    """When the plan in force was filed."""
    plans = (fact for fact in reversed(own) if isinstance(fact.event, HandlingPlanFiled))
    return next((fact.time for fact in plans if getattr(fact.event, "order_id", None) == order.order_id), None)


def checks(active: ActivePack | None, state: Case, order: Order) -> list[tuple[bool, str]]:
    """What the pack wants before this order may be completed, and whether it is there."""
    seen = state.classified
    if active is None or seen is None:
        return []
    needs, leads = active.pack.completion(seen.urgency, seen.difficulty), order.role == "lead"
    helpers = [one for one in state.current if one.role == "co"]
    wanted = [
        (leads and bool(helpers), not any(one.working for one in helpers), _("会办单位都已办结")),
        (needs.plan and leads, order.planned, _("已报办理方案")),
        (needs.consultation and leads, state.consulted, _("本轮已经会商会办")),
        (needs.site_visit and leads, any(one.site_verified for one in state.current), _("已到现场核实")),
        (True, order.reached, _("已联系上诉求人")),
    ]
    return [(done, word) for asked, done, word in wanted if asked]


SEGMENT_TONES = {
    "desk": "plain",
    "handed_over": "warn",
    "working": "info",
    "returned": "bad",
    "paused": "plain",
    "ended": "good",
}


def segments(own: Sequence[Fact], names: Names, now: datetime) -> list[SegmentView]:
    """Whose time ran, per unit and kind; together they are the case's own time."""
    spent = _spent(own, now)
    whole = sum(spent.values(), timedelta()) or timedelta(seconds=1)
    return [
        SegmentView(
            names.unit(unit) if unit else "—" if kind == "ended" else _("派单席"),
            _(labels.SEGMENTS[kind]),
            duration(time),
            time / whole,
            SEGMENT_TONES[kind],
        )
        for (unit, kind), time in spent.items()
    ]


def whole_time(own: Sequence[Fact], now: datetime) -> str:
    """The case's own time in words."""
    return duration(sum(_spent(own, now).values(), timedelta()))


def _spent(own: Sequence[Fact], now: datetime) -> dict[tuple[str | None, str], timedelta]:
    line = Timeline()
    for fact in own:
        project(line, fact)
    spent: dict[tuple[str | None, str], timedelta] = {}
    for one in line.segments:
        key = (one.unit, one.kind)
        spent[key] = spent.get(key, timedelta()) + ((one.ended_at or max(now, one.started_at)) - one.started_at)
    return spent


def common(row: asyncpg.Record, names: Names) -> CommonView:
    return CommonView(
        f"/dispatch/common/{row['common_id']}", row["title"], _(labels.COMMON_STAGES.get(row["stage"], row["stage"]))
    )


def marks(times: Sequence[datetime]) -> list[str]:
    """A few dates spread over the slider; the last is now."""
    if len(times) < 2:
        return []
    steps = min(MARKS, len(times)) - 1
    places = [round(n * (len(times) - 1) / steps) for n in range(steps)]
    return [*(f"{times[place].astimezone(LOCAL):%m-%d}" for place in places), _("现在")]
