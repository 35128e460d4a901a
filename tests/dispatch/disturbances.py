"""What may come in between on a case's way: returned, cancelled, merged, listed, asked about; most of it refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from contracts.dispatch import Dues
from services.dispatch.domain import commands as c
from services.dispatch.domain.joining import absorbing
from services.dispatch.domain.state import Order
from tests.dispatch.lifecycle import District
from tests.dispatch.moves import (
    DAY,
    UNITS,
    URGENCIES,
    ask_for_time,
    complete,
    consult,
    decide_extension,
    dispatch,
    frame,
    limits,
    look_again,
    never_leading,
    new_order,
    resume,
    rule,
    strike_off,
    undo,
    verdict,
)
from tests.dispatch.story import TEXT


def _any_order(act: Callable[[District, str, Order, int], None]) -> Callable[[District, str, int], None]:
    def on_one(d: District, case_id: str, pick: int) -> None:
        """Mostly one that somebody still has to do."""
        case = d.cases[case_id]
        orders = (case.working if pick % 5 else ()) or case.orders
        if orders:
            act(d, case_id, orders[pick % len(orders)], pick)

    return on_one


def _return(d: District, case_id: str, order: Order, pick: int) -> None:
    returned = c.ReturnOrder(
        order.order_id,
        d.number(case_id),
        order.unit,
        "not-ours",
        "职责不符",
        d.pack.order.max_returns,
        d.now,
        d.now + DAY,
        UNITS[pick % 5] if pick % 4 else None,
        names_unit=d.pack.order.return_names_unit,
    )
    d.ask(case_id, returned)


def _cancel(d: District, case_id: str, order: Order, _pick: int) -> None:
    taken = c.CancelOrder(order.order_id, d.number(case_id), "派错单位", at=d.now, calendar=d.calendar)
    d.ask(case_id, taken)


def _tell(d: District, case_id: str, order: Order, pick: int) -> None:
    no = d.number(case_id)
    told: tuple[c.Command, ...] = (
        c.ReportProgress(order.order_id, no, order.unit, "进展"),
        c.ReportFindings(order.order_id, no, order.unit, "管网老化", d.now, d.now + DAY),
        c.ReachMilestone(order.order_id, no, order.unit, 1 + pick % 3, d.now),
        c.VerifyOnSite(order.order_id, no, UNITS[pick % 5], d.now, ("p1",), "已到现场", d.now),
    )
    d.ask(case_id, told[pick % 4])


def _suspend(d: District, case_id: str, pick: int) -> None:
    rest = c.SuspendCase(
        d.number(case_id), "汛期", "汛期结束", d.now + 9 * DAY, "p9", d.now, UNITS[pick % 3], "p3", True, d.now
    )
    d.ask(case_id, rest)


def _reopen(d: District, case_id: str, pick: int) -> None:
    reasons: tuple[Any, ...] = ("spot_check", "false_report", "relapse")
    until = d.now + DAY if pick % 2 else None
    again = c.ReopenCase(
        d.number(case_id), reasons[pick % 3], "现场未修", relapse_until=until, at=d.now, by_oversight=pick % 5 != 0
    )
    d.ask(case_id, again)


def _close(d: District, case_id: str, pick: int) -> None:
    if pick % 3:
        return  # rare, or hardly a case would reach its end
    code = ("withdrawn", "legal-channel", "impossible")[pick % 2]
    closed = c.CloseUnhandled(
        d.number(case_id), code, "诉求人撤回", "p9", d.now, d.now, "人民法院" if pick % 2 else None, by_person="p8"
    )
    d.ask(case_id, closed)


def _join(d: District, case_id: str, pick: int) -> None:
    about = ("bureau-x",) if pick % 3 == 0 else ("town-a",) if pick % 7 == 0 else ()
    link: Any = "repeat" if pick % 2 else "merged"
    joined = c.JoinRequest(d.number(case_id), d.new_id("r"), link, "visit", TEXT, TEXT, d.now, complained_units=about)
    d.ask(case_id, joined)


def _merge(d: District, case_id: str, pick: int) -> None:
    others = [other for other in d.cases if other != case_id or pick % 17 == 0]
    if not others:
        return
    into = others[pick % len(others)]
    link: Any = "repeat" if pick % 4 == 0 else "merged"
    merging = c.MergeCase(d.number(case_id), into, d.number(into), link, "同一件事", same_programme=pick % 13 != 0)
    d.ask_both([(case_id, lambda _events: merging), (into, absorbing)])


def _split(d: District, case_id: str, pick: int) -> None:
    case = d.cases[case_id]
    if pick % 3:
        return  # as with closing
    one = c.OpenCase(d.new_id("c"), case.request_ids, TEXT, TEXT, "visit", d.now)
    d.ask(case_id, c.SplitCase(d.number(case_id), "两件事", (one, replace(one, case_id=d.new_id("c")))))


def _recompute(d: District, case_id: str, pick: int) -> None:
    shift = timedelta(days=pick % 5 - 2)
    dues = {
        o.order_id: Dues(
            sign_by=o.sign_by and o.sign_by + shift,
            contact_by=o.contact_by,
            plan_by=o.plan_by and o.plan_by + shift,
            finish_by=o.finish_by + shift,
        )
        for o in d.cases[case_id].orders
    }
    d.ask(case_id, c.RecomputeDeadlines(d.number(case_id), "CN@2", "公布放假安排", dues, at=d.now))


def _name(d: District, case_id: str, pick: int) -> None:
    no = d.number(case_id)
    named: tuple[c.Command, ...] = (
        c.BindLeader(no, f"p{pick % 2}", "contract"),
        c.DecideSuggestion(no, "lead", UNITS[pick % 5], UNITS[pick % 2], pick, 20),
        c.DesignateLead(no, UNITS[pick % 5], "p-main-leader", never_lead=never_leading(d)),
        c.RouteCase(UNITS[pick % 5], "assign", "route[1]", "dispatcher", never_lead=never_leading(d)),
    )
    d.ask(case_id, named[pick % 4])


def _verify(d: District, case_id: str, pick: int) -> None:
    case = d.cases[case_id]
    d.ask(case_id, c.StartVerification(d.number(case_id), d.new_id("f"), case.round - pick % 2))


def _fall_back(d: District, case_id: str, _pick: int) -> None:
    d.ask(case_id, c.BeginFallback(d.number(case_id), "programme_office", d.now, d.now, "1"))


def _unjoin(d: District, case_id: str, pick: int) -> None:
    joined = d.cases[case_id].joined
    if not joined:
        return
    request = joined[pick % len(joined)].request_id
    own = c.OpenCase(d.new_id("c"), (request,), TEXT, TEXT, "visit", d.now)
    d.ask(case_id, c.UndoJoin(d.number(case_id), request, "不是一件事", own))


def _show(d: District, case_id: str, pick: int) -> None:
    """典型案例, and back."""
    no = d.number(case_id)
    if d.cases[case_id].showcased and pick % 2:
        d.ask(case_id, c.WithdrawShowcase(no, "复发"))
    else:
        d.ask(case_id, c.Showcase(no, "按期办结，群众满意", d.now))


def _supplement(d: District, case_id: str, pick: int) -> None:
    case, no = d.cases[case_id], d.number(case_id)
    asked = c.SendBack(no, "具体是哪个路口") if pick % 2 else c.SupplementCase(no, case.request_ids[0], TEXT)
    d.ask(case_id, asked)


def _meet(d: District, case_id: str, pick: int) -> None:
    _, dues = limits(d, d.cases[case_id], URGENCIES[d.pack.programme.id][-1])
    order = replace(new_order(d, "co", UNITS[pick % 5], dues), instruction="配合现场勘察。")
    d.ask(case_id, c.NoteMeeting(d.number(case_id), d.new_id("m"), "dispatch", d.now, (order,), frame(d, case_id)))


def _list(d: District, case_id: str, pick: int) -> None:
    """A common issue that the case belongs to is assigned, now to one department, now to another."""
    case, names = d.cases[case_id], URGENCIES[d.pack.programme.id]
    lead, territory = UNITS[1 + pick % 2], "community-d" if d.pack.order.dual else None
    said, dues = limits(d, case, case.classified.urgency if case.classified else names[pick % len(names)])
    units: list[tuple[Any, str]] = [("lead", lead), *([("territory", territory)] if territory else [])]
    orders = [replace(new_order(d, role, unit, dues), common_id="k1") for role, unit in units]
    issue = frame(d, case_id, *orders)
    classify = c.ClassifyCase("road", "common", names[pick % len(names)], said, "urgency", d.calendar.id)
    route = c.RouteCase(lead, "pooled_list", "route[1]", "dispatcher", (), territory, dual=d.pack.order.dual)
    d.ask(case_id, c.HandOverCommon("k1", classify, route, issue, "改交"))


DISTURBANCES: tuple[Callable[[District, str, int], None], ...] = (
    _any_order(_return),
    _any_order(_cancel),
    _any_order(_tell),
    _any_order(ask_for_time),
    _any_order(decide_extension),
    _any_order(rule),
    _any_order(complete),
    consult,
    dispatch,
    _suspend,
    look_again,
    resume,
    _recompute,
    _name,
    _verify,
    strike_off,
    _show,
    lambda d, case_id, _pick: verdict(d, case_id, passed=False),
    _reopen,
    _close,
    _join,
    _merge,
    undo,
    _split,
    _fall_back,
    _unjoin,
    _supplement,
    _meet,
    _list,
)
"""Everything that may come in between; most of it is refused most of the time, which is the point."""
