"""Gathers an order's sheet from the records of its case, with names from the directory and texts by their keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from contracts.codec import Recorded, decode
from contracts.dispatch import (
    CaseClassified,
    CaseOpened,
    CaseResumed,
    CaseSupplemented,
    DeadlinesRecomputed,
    ExtensionDecided,
    HandlingPlanFiled,
    OrderCompleted,
    OrderIssued,
    OrderSigned,
    ProgressReported,
)
from contracts.intake import VisitRecorded
from contracts.sealed import Sealed
from contracts.supervision import ClockResumed, FollowUpConducted
from services.dispatch.paper.sheet import CANCELLED, OrderSheet
from services.reference import words
from services.reference.programmes import ActivePack
from services.reference.reads import Reads

WANTED = """
SELECT o.order_id, o.case_id, o.status, n.order_no
  FROM unnest($1::text[]) WITH ORDINALITY AS w (order_id, place)
  JOIN case_order o USING (order_id) LEFT JOIN order_number n USING (order_id) ORDER BY w.place"""
TOLD = """
SELECT payload FROM event
 WHERE stream = $1 OR seq IN (SELECT seq FROM case_history WHERE about = $1) OR stream = ANY ($2) ORDER BY seq"""
"""Supervision's clocks of the order tell which time was given back after a refused return."""

CLOCKS = ("sign", "finish")
"""Those of an order whose ends stand on the paper."""

VISIT = "SELECT payload FROM event WHERE stream = $1 ORDER BY version LIMIT 1"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The screens' words for codes."""

    roles: Mapping[str, str]
    results: Mapping[str, str]


@dataclass(slots=True)
class Told:
    """What the records say about one order."""

    opened: CaseOpened | None = None
    added: list[Sealed] = field(default_factory=list)
    programme: str = ""
    classified: CaseClassified | None = None
    issued: OrderIssued | None = None
    issued_at: datetime | None = None
    tracker: str = ""
    signed: OrderSigned | None = None
    signed_by: str = ""
    signed_at: datetime | None = None
    plan: HandlingPlanFiled | None = None
    progress: list[str] = field(default_factory=list)
    completed: OrderCompleted | None = None
    completed_at: datetime | None = None
    finish_now: datetime | None = None
    sign_now: datetime | None = None
    follow_up: FollowUpConducted | None = None

    def take(self, recorded: Recorded, order_id: str) -> None:
        """One record; those of other orders pass."""
        event, said = recorded.event, recorded.envelope
        match event:
            case CaseOpened():
                self.opened, self.programme = event, said.meta.programme or ""
            case CaseSupplemented():
                self.added.append(event.text)
            case CaseClassified() if self.issued is None:
                self.classified = event
            case CaseResumed() if order_id in event.finish_by:
                self.finish_now = event.finish_by[order_id]
            case DeadlinesRecomputed() if order_id in event.dues:
                self.finish_now = event.dues[order_id].finish_by
            case ClockResumed():
                self._moved(event)
            case FollowUpConducted() if self.issued and event.round == self.issued.round:
                self.follow_up = event
            case _ if getattr(event, "order_id", None) == order_id:
                self._of_order(recorded)
            case _:
                pass

    def _moved(self, event: ClockResumed) -> None:
        if event.kind == "finish":
            self.finish_now = event.due
        elif event.kind == "sign":
            self.sign_now = event.due

    def _of_order(self, recorded: Recorded) -> None:
        event, said = recorded.event, recorded.envelope
        match event:
            case OrderIssued():
                self.issued, self.issued_at, self.tracker = event, said.time, said.actor.person
            case OrderSigned():
                self.signed, self.signed_at, self.signed_by = event, said.time, said.actor.person
            case HandlingPlanFiled():
                self.plan = event
            case ProgressReported():
                done = f"（完成 {event.percent} %）" if event.percent is not None else ""
                self.progress.append(f"{event.text}{done}")
            case ExtensionDecided() if event.granted:
                self.finish_now = event.finish_by
            case OrderCompleted():
                self.completed, self.completed_at = event, said.time
            case _:
                pass

    @property
    def persons(self) -> set[str]:
        """Everybody whose name the sheet may show."""
        found = {self.tracker, self.signed_by}
        for event in (self.issued, self.signed, self.plan, self.completed):
            found |= {getattr(event, name, None) or "" for name in ("responsible_person", "responsible_leader")}
        return found - {""}


async def sheets(found: Reads, order_ids: Sequence[str], lexicon: Lexicon) -> list[OrderSheet]:
    """In the order asked for; unknown orders are left out."""
    rows = await found.pool.fetch(WANTED, list(order_ids))
    units = await found.directory.unit_names()
    return [await _sheet(found, row, units, lexicon) for row in rows]


async def _sheet(found: Reads, row: asyncpg.Record, units: Mapping[str, str], lexicon: Lexicon) -> OrderSheet:
    told = Told()
    clocks = [f"{ClockResumed.STREAM}-{row['order_id']}-{kind}" for kind in CLOCKS]
    for record in await found.pool.fetch(TOLD, f"case-{row['case_id']}", clocks):
        told.take(decode(record["payload"]), row["order_id"])
    opened, issued = told.opened, told.issued
    assert opened is not None, "a case's stream begins with its opening"
    assert issued is not None, "the order's row was made from its issue"
    assert told.issued_at is not None, "as above"
    visit = await visit_of(found, opened)
    names = await found.directory.person_names(told.persons | set(visit.visitors if visit else ()))
    active = await found.programmes.active(told.programme)
    plan = told.plan or issued
    person = (told.signed and told.signed.responsible_person) or issued.responsible_person
    leader = (told.signed and told.signed.responsible_leader) or issued.responsible_leader
    return OrderSheet(
        order_no=row["order_no"],
        issued_at=told.issued_at,
        issuer=_named(units, issued.issued_by_unit),
        unit=_named(units, issued.to_unit),
        role=lexicon.roles[issued.role],
        round=issued.round,
        case_number=words.case_number(told.programme, issued.case_no),
        tracker=tracked_by(active, _named(units, issued.issued_by_unit), _named(names, told.tracker)),
        **await opening_fields(found, opened, told.added, told.classified, active, units),
        visited_by=visited_by(visit, units, names),
        instruction=issued.instruction,
        outcome=issued.expected_outcome or "",
        person=_named(names, told.plan.responsible_person if told.plan else person),
        leader=_named(names, told.plan.responsible_leader if told.plan else leader),
        dept=_named(units, plan.responsible_dept),
        sign_by=told.sign_now or issued.dues.sign_by,
        contact_by=issued.dues.contact_by,
        plan_by=issued.dues.plan_by,
        finish_by=issued.dues.finish_by,
        finish_now=told.finish_now,
        signed=_named(names, told.signed_by),
        signed_at=told.signed_at,
        handled=await _handled(found, told, lexicon),
        completed_at=told.completed_at,
        opinion=_opinion(told.follow_up) or _confirmed(told.completed),
        mark=CANCELLED if row["status"] == "cancelled" else "",
    )


async def opening_fields(
    found: Reads,
    opened: CaseOpened,
    added: Sequence[Sealed],
    classified: CaseClassified | None,
    active: ActivePack | None,
    units: Mapping[str, str],
) -> dict[str, Any]:
    """What the case itself says, also before there is an order."""
    return {
        "source": words.CHANNELS.get(opened.channel, opened.channel),
        "received_at": opened.received_at,
        "place": _named(units, opened.territory_unit),
        "title": await found.text(opened.title),
        "text": "\n补充：".join([await found.text(one) for one in (opened.text, *added)]),
        **class_fields(
            active,
            classified.category if classified else None,
            classified.scope if classified else None,
            classified.urgency if classified else None,
        ),
    }


def tracked_by(active: ActivePack | None, issuer: str, person: str) -> str:
    """谁转办交办，谁跟踪落实 (JW-24), unless the pack names another role (LT-22)."""
    if active is not None and active.pack.order.tracker != "issuer":
        return active.pack.role_name(active.pack.order.tracker)
    return "　".join(word for word in (issuer, person) if word)


def class_fields(
    active: ActivePack | None, category: str | None, scope: str | None, urgency: str | None
) -> dict[str, str]:
    """The programme's own words for the codes."""
    if active is None:
        return {"category": category or "", "scope": "", "urgency": urgency or ""}
    known = active.pack.category_names()
    return {
        "category": "／".join(known[category]) if category in known else category or "",
        "scope": words.SCOPES[scope] if scope else "",
        "urgency": active.pack.urgency_name(urgency) if urgency else "",
    }


async def visit_of(found: Reads, opened: CaseOpened) -> VisitRecorded | None:
    """The visit at which it was said, if it came from one and has arrived here."""
    if opened.visit_id is None:
        return None
    payload = await found.pool.fetchval(VISIT, f"visit-{opened.visit_id}")
    event = decode(payload).event if payload else None
    return event if isinstance(event, VisitRecorded) else None


def visited_by(visit: VisitRecorded | None, units: Mapping[str, str], names: Mapping[str, str]) -> str:
    if visit is None:
        return ""
    return f"{_named(units, visit.territory_unit)}　{'、'.join(_named(names, one) for one in visit.visitors)}"


async def _handled(found: Reads, told: Told, lexicon: Lexicon) -> str:
    """The last report, and how it ended."""
    parts = told.progress[-1:]
    if told.completed is not None:
        parts.append(
            f"办理结果：{lexicon.results[told.completed.result]}。答复：{await found.text(told.completed.reply)}"
        )
        if told.completed.policy_basis:
            parts.append(f"政策依据：{told.completed.policy_basis}")
    return "\n".join(parts)


def _opinion(said: FollowUpConducted | None) -> str:
    """From the follow-up: solved and satisfied are two answers (HA-33)."""
    if said is None or not said.reached:
        return ""
    solved = {True: "认为已解决", False: "认为未解决", None: ""}[said.solved]
    satisfied = words.SATISFACTION[said.satisfaction] if said.satisfaction else ""
    return "，".join(part for part in (solved, satisfied) if part) + "（回访）"


def _confirmed(said: OrderCompleted | None) -> str:
    """Until the follow-up has asked: what the unit heard when it said done."""
    if said is None or said.confirmation is None or said.confirmation.answer == "not_reached":
        return ""
    word = {"yes": "认可办理结果", "no": "不认可办理结果"}[said.confirmation.answer]
    return f"{word}（承办单位确认）"


def _named(names: Mapping[str, str], code: str | None) -> str:
    return names.get(code, code) if code else ""
