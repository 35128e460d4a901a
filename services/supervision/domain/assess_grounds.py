"""What brings and what costs points: for each ground of the pack the cases, slots and notices behind it."""

from collections.abc import Callable

from services.supervision.domain.assess_scope import GROUND, LEADER, Scope


def refs(scope: Scope, code: str, *, bonus: bool) -> tuple[str, ...]:
    """Everything behind one ground, each thing once for each time that it counts."""
    known = BONUSES if bonus else DEDUCTIONS
    if code in known:
        return tuple(sorted(known[code](scope)))
    return tuple(sorted(_merit(scope, code) if bonus else _misconduct(scope, code)))


def _rework(s: Scope) -> list[str]:
    """Each time that a case of theirs went back to work."""
    return [
        case.case_id
        for case in s.facts.cases.values()
        for at, led in case.reopenings
        if s.period.has(at) and (s.owns(case) if s.kind in (GROUND, LEADER) else led == s.object)
    ]


def _overdue(s: Scope) -> list[str]:
    """Limits of handling that were not kept; signing and calling late have indicators of their own."""
    return [
        breach.case_id
        for breach in s.facts.breaches.values()
        if s.answers_for(breach.case_id, breach.unit) and breach.kind == "finish" and s.period.has(breach.due)
    ]


def _returned(s: Scope) -> list[str]:
    """Orders that went back without reason: who returns rightly loses nothing."""
    return [
        order.case_id
        for order in s.facts.orders.values()
        if s.object == (order.leader if s.kind == LEADER else order.unit)
        and order.return_accepted is False
        and s.period.has(order.returned_at)
    ]


def _missed_meetings(s: Scope) -> list[str]:
    held = {row.id for row in s.pack.lists.cadence if row.meeting}
    return [
        slot.slot_id
        for slot in s.facts.slots.values()
        if slot.owner == s.object and slot.missed and slot.cadence in held
        if s.period.since <= slot.day <= s.period.until
    ]


def _bulletins(kind: str) -> Callable[[Scope], list[str]]:
    def found(s: Scope) -> list[str]:
        return [
            bulletin.event.bulletin_id
            for bulletin in s.facts.bulletins.values()
            if bulletin.event.kind == kind and s.object in bulletin.event.targets and s.period.has(bulletin.at)
        ]

    return found


def _merit(s: Scope, code: str) -> list[str]:
    """Praise on this ground."""
    return [
        bulletin.event.bulletin_id
        for bulletin in s.facts.bulletins.values()
        if bulletin.event.kind == "commend" and s.object in bulletin.event.targets and s.period.has(bulletin.at)
        if any(ground.code == code for ground in bulletin.event.grounds)
    ]


def _misconduct(s: Scope, code: str) -> list[str]:
    """Established misreports of this code, and public criticism on it unless it is about the same cases."""
    found, cases = [], set()
    for misreport in s.facts.misreports.values():
        event = misreport.event
        if (
            (s.answers_for(event.case_id, event.unit) or s.object in event.persons)
            and event.code == code
            and s.period.has(misreport.at)
        ):
            found.append(event.case_id or event.misreport_id)
            cases |= {event.case_id}
    for bulletin in s.facts.bulletins.values():
        told = bulletin.event
        if told.kind == "commend" or s.object not in told.targets or not s.period.has(bulletin.at):
            continue
        if any(ground.code == code and not cases & set(ground.case_ids) for ground in told.grounds):
            found.append(told.bulletin_id)
    return found


BONUSES: dict[str, Callable[[Scope], list[str]]] = {"commended": _bulletins("commend")}

DEDUCTIONS: dict[str, Callable[[Scope], list[str]]] = {
    "rework": _rework,
    "overdue": _overdue,
    "returned": _returned,
    "missed_meeting": _missed_meetings,
    "criticised": _bulletins("criticise"),
    "exposed": _bulletins("expose"),
}
