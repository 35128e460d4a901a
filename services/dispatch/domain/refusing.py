"""Refusals that several decisions share."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from services.chassis.decider import Rejected
from services.chassis.words import N_
from services.chassis.zone import LOCAL
from services.dispatch.domain.state import DONE, ENDED, Case, Order, OrderStatus, Status

CLOCK_TOLERANCE = timedelta(minutes=15)
"""How far the clock of somebody's own device may run ahead."""

ENDINGS: dict[Status, str] = {
    Status.MERGED: N_("此件已并入其他问题，请到并入的问题中办理。"),
    Status.SPLIT: N_("此件已拆分，请到拆分后的问题中办理。"),
    Status.CLOSED_UNHANDLED: N_("此件已不予办理了结。"),
}


def refuse_ended(case: Case) -> None:
    if case.status in ENDED:
        raise Rejected("case-ended", ENDINGS[case.status])


def refuse_finished(case: Case) -> None:
    """Nothing more is handed out for what is done or gone."""
    refuse_ended(case)
    if case.status in DONE:
        raise Rejected("case-finished", N_("此件已办结；如需再办，请先重办。"))


def refuse_suspended(case: Case) -> None:
    if case.status is Status.SUSPENDED:
        raise Rejected("case-suspended", N_("此件正挂账；请先恢复办理。"))


def refuse_redirected(case: Case) -> None:
    """Discipline, courts, an emergency, a secret: explained, told where, and never handed to a department."""
    if case.classified is not None and case.classified.secret:
        raise Rejected(
            "secret", N_("此件已定为涉密或涉个人隐私，不得交单位办理；请“不予办理”并向诉求人说明。"), "secret"
        )
    if case.classified is not None and case.classified.redirect is not None:
        raise Rejected(
            "redirected", N_("此件已定为应转其他渠道的事项，不得交单位办理；请“不予办理”并告知诉求人。"), "redirect"
        )


def known_order(case: Case, order_id: str) -> Order:
    order = case.order(order_id)
    if order is None:
        raise Rejected("no-such-order", N_("没有这张交办单。"))
    return order


def own_order(case: Case, order_id: str, unit: str) -> Order:
    """The order, if it is this unit's."""
    order = known_order(case, order_id)
    if order.unit != unit:
        raise Rejected("other-unit", N_("这张交办单不是交给本单位的。"))
    return order


def refuse_unless_open(order: Order) -> None:
    if order.status is OrderStatus.RETURNED:
        raise Rejected("order-returned", N_("已退单，等候审理；审理前不能办理。"))
    if order.status is not OrderStatus.OPEN:
        raise Rejected("order-closed", N_("这张交办单已经办结或撤销。"))


def refuse_unsigned(order: Order) -> None:
    if not order.signed:
        raise Rejected("not-signed", N_("请先签收，再办理。"))


def order_at_work(case: Case, order_id: str, unit: str) -> Order:
    """The unit's own order, signed and neither disputed nor done, in a case that is not suspended."""
    order = own_order(case, order_id, unit)
    refuse_unless_open(order)
    refuse_suspended(case)
    refuse_unsigned(order)
    return order


def refuse_empty(text: str | None, code: str, message: str, field: str) -> None:
    if text is None or not text.strip():
        raise Rejected(code, message, field)


def refuse_future(moment: datetime, now: datetime, message: str, field: str) -> None:
    """What people say happened must have happened."""
    if moment > now + CLOCK_TOLERANCE:
        raise Rejected("in-future", message, field)


def refuse_wrong_time(case: Case, moment: datetime, now: datetime, message: str, field: str) -> None:
    """What people say they did about a case they did since it was received. Days are compared: a case is often taken
    down after the talk in which it was answered."""
    refuse_future(moment, now, message, field)
    received = case.received_at
    if received is not None and moment.astimezone(LOCAL).date() < received.astimezone(LOCAL).date():
        raise Rejected("before-receipt", N_("早于收到诉求的那天；请核对日期和时间。"), field)


def refuse_interested(interested: Sequence[str], units: Iterable[tuple[str, str | None]]) -> None:
    """Nor what they have a personal interest in."""
    for field, unit in units:
        if unit and unit in interested:
            raise Rejected("interested-unit", N_("该单位与此件有利害关系，须回避；请另选单位。"), field)


ITSELF = N_("诉求反映的就是该单位，不得交其办理；请另选单位。")
BELOW = N_("诉求反映的是该单位的上级单位，不得交其办理；请另选单位。")


def refuse_complained(case: Case, units: Iterable[tuple[str, str | None]], barred: Collection[str] = ()) -> None:
    """Nobody handles a complaint about themselves or about the unit above them: `barred` are those below."""
    units = list(units)
    refuse_interested(case.interested, units)
    for field, unit in units:
        if unit and unit in case.complained:
            raise Rejected("complained-unit", ITSELF, field)
        if unit and unit in barred:
            raise Rejected("complained-unit", BELOW, field)
