"""Made-up histories of many cases, as the feeds of three services: every way a case can go, drawn from a seed."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal
from zoneinfo import ZoneInfo

from contracts.codec import close, encode_open
from contracts.dispatch import (
    CaseClassified,
    CaseCompleted,
    CaseOpened,
    CaseReopened,
    CaseResumed,
    CaseRouted,
    CaseStruckOff,
    CaseSuspended,
    Dues,
    Durations,
    HandlingPlanFiled,
    OrderCompleted,
    OrderIssued,
    OrderReturned,
    OrderSigned,
    ProgressReported,
    RequesterContacted,
    ReturnRuled,
)
from contracts.envelope import Actor, Meta
from contracts.event import Event
from contracts.intake import RequestRegistered, SubjectRegistered, UnitRegistered
from contracts.sealed import Sealed
from contracts.supervision import FollowUpCancelled, FollowUpConducted, FollowUpScheduled
from services.chassis.facts import Fact, decode_fact
from services.chassis.identity import uuid7
from services.chassis.log.chain import extend
from services.chassis.log.types import Stored

BEGIN = datetime(2017, 6, 8, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
DAY = timedelta(days=1)
UNITS = ("town-a", "town-b", "bureau-road", "bureau-city")
TEXT = Sealed(key_id="request-r1", box="AAECAwQFBgcICQoL")
PROGRAMME = "jw-2017"


@dataclass
class Told:
    """What the three services told, each in its own order; `time` moves on as it is told."""

    random: random.Random
    district: str = "demo"
    programme: str = PROGRAMME
    time: datetime = BEGIN
    pause: int = 300
    """Minutes at most between two events."""
    feeds: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    _streams: dict[str, tuple[int, str]] = field(default_factory=dict)

    def tell(self, event: Event, unit: str = "office") -> None:
        self.time += timedelta(minutes=self.random.randint(0, self.pause), microseconds=self.random.randint(0, 5))
        feed = self.feeds[event.OWNER]
        version, prev = self._streams.get(event.stream, (0, ""))
        meta = Meta(command_id=uuid7(), actor=Actor("p1", unit, "unit_clerk"), programme=self.programme)
        body = encode_open(event, meta, event_id=uuid7(), district=self.district, source=event.OWNER)
        payload = close(body, version=version + 1, prev=prev, time=self.time)
        chain = extend(feed[-1].chain if feed else bytes(32), payload)
        position = len(feed) + 1
        self._streams[event.stream] = (version + 1, sha256(payload).hexdigest())
        feed.append(
            Stored(0, event.OWNER, position, event.stream, version + 1, event.TYPE, 1, self.time, payload, chain)
        )

    def one_of(self, *choices: Any) -> Any:
        return self.random.choice(choices)


def history(seed: int, cases: int, *, district: str = "demo", programme: str = PROGRAMME) -> Told:
    """Cases that begin one after another and go on side by side, each as far as it happens to get."""
    told = Told(random.Random(seed), district, programme)
    for unit in UNITS:
        told.tell(UnitRegistered(unit_id=unit, name=f"示例{unit}", level="town"))
    told.tell(SubjectRegistered(subject_id="s1", kind="household", territory_unit="town-a", community_unit="town-b"))
    running: list[Iterator[None]] = []
    waiting = [_case(told, f"{programme}-c{n}") for n in range(cases)]
    while running or waiting:
        if waiting and (not running or told.random.random() < 0.3):
            running.append(waiting.pop(0))
        story = told.random.choice(running)
        if next(story, "ended") == "ended":
            running.remove(story)
    return told


def _case(told: Told, case: str) -> Iterator[None]:
    request = f"r-{case}"
    told.tell(
        RequestRegistered(
            request_id=request, channel="web", origin="reactive", title=TEXT, text=TEXT, received_at=told.time
        )
    )
    yield
    told.tell(
        CaseOpened(
            case_id=case,
            request_ids=(request,),
            title=TEXT,
            text=TEXT,
            channel="web",
            subject_id="s1",
            requester_ref=f"q-{case}",
            territory_unit="town-a",
            category_hint="road-lamp",
            received_at=told.time,
        )
    )
    yield
    rounds = told.one_of(0, 1, 1, 1, 2)
    for number in range(1, rounds + 1):
        yield from _round(told, case, number)
        if number < rounds:
            last = _last(told, case)
            if last not in ("case-completed", "case-struck-off"):
                return  # only what is done can be handled again
            told.tell(
                CaseReopened(
                    case_id=case,
                    case_no=1,
                    reason="follow_up_failed",
                    followup_id=f"f-{case}-{number}",
                    round=number + 1,
                    was_struck_off=last == "case-struck-off",
                )
            )
            yield


def _last(told: Told, case: str) -> str:
    return next(event.type for event in reversed(told.feeds["dispatch"]) if event.stream == f"case-{case}")


def _round(told: Told, case: str, number: int) -> Iterator[None]:
    told.tell(
        CaseClassified(
            case_id=case,
            category="road-lamp",
            scope="individual",
            urgency="real",
            durations=Durations(finish="7d"),
            rule_id="urgency[real]",
            calendar_version="CN-2017@1",
        )
    )
    unit = told.one_of(*UNITS)
    order = f"o-{case}-{number}-0"
    yield from _issue(told, case, order, unit, number)
    if told.one_of(True, False, False):
        beside = told.one_of("town-a", "town-b")
        told.tell(_order(told, case, f"o-{case}-{number}-t", beside, number, DAY, role="territory"))
    if told.one_of(True, False, False, False):
        told.tell(
            OrderReturned(case_id=case, order_id=order, case_no=1, reason_code="not-ours", reason="职责不符", n=1), unit
        )
        yield
        accepted = told.one_of(True, False)
        told.tell(ReturnRuled(case_id=case, order_id=order, case_no=1, accepted=accepted, reason="属实"))
        yield
        if accepted:
            if told.one_of(True, False, False):
                return
            unit, order = told.one_of(*UNITS), f"o-{case}-{number}-1"
            yield from _issue(told, case, order, unit, number)
    yield from _handle(told, case, order, unit, number)


def _issue(told: Told, case: str, order: str, unit: str, number: int) -> Iterator[None]:
    told.tell(CaseRouted(case_id=case, rule_id="route[2]", order_kind="assign", lead=unit, chosen_by="dispatcher"))
    due = told.time + told.one_of(DAY, 7 * DAY, 60 * DAY)
    told.tell(_order(told, case, order, unit, number, due - told.time))
    yield


def _order(
    told: Told,
    case: str,
    order: str,
    unit: str,
    number: int,
    within: timedelta,
    role: Literal["lead", "territory"] = "lead",
) -> OrderIssued:
    return OrderIssued(
        case_id=case,
        order_id=order,
        case_no=1,
        kind="assign",
        role=role,
        to_unit=unit,
        dues=Dues(finish_by=told.time + within),
        issued_by_unit="office",
        rule_id="route[2]",
        calendar_version="CN-2017@1",
        round=number,
    )


def _handle(told: Told, case: str, order: str, unit: str, number: int) -> Iterator[None]:
    told.tell(OrderSigned(case_id=case, order_id=order, case_no=1, responsible_person="p1"), unit)
    yield
    told.tell(
        RequesterContacted(
            case_id=case, order_id=order, case_no=1, method="phone", attempt=1, reached=True, at=told.time
        ),
        unit,
    )
    if told.one_of(True, False):
        told.tell(
            HandlingPlanFiled(
                case_id=case,
                order_id=order,
                case_no=1,
                responsible_person="p1",
                responsible_leader="p3",
                responsible_dept="城建办",
                measures=f"分段施工 {case}",
                resolve_by=told.time + 5 * DAY,
            ),
            unit,
        )
        yield
        told.tell(ProgressReported(case_id=case, order_id=order, case_no=1, text=f"已进场 {case}"), unit)
    if told.one_of(True, False, False, False):
        told.tell(
            CaseSuspended(
                case_id=case, case_no=1, reason="汛期", condition="汛期结束", review_on=told.time + DAY, approver="p9"
            )
        )
        yield
        if told.one_of(True, False):
            return
        told.tell(
            CaseResumed(
                case_id=case, case_no=1, reason="汛期结束", finish_by={order: told.time + told.one_of(DAY, 9 * DAY)}
            )
        )
        yield
    if told.one_of(True, False, False, False):
        return
    yield from _close(told, case, order, unit, number)


def _close(told: Told, case: str, order: str, unit: str, number: int) -> Iterator[None]:
    result = told.one_of("solved", "solved", "solved", "explained", "partly")
    told.tell(
        OrderCompleted(
            case_id=case,
            order_id=order,
            case_no=1,
            result=result,
            reply=TEXT,
            replied_at=told.time,
            policy_basis="办法第三条",
            responsible_person="p1",
        ),
        unit,
    )
    told.tell(
        CaseCompleted(
            case_id=case,
            case_no=1,
            result=result,
            on_time=told.one_of(True, False),
            elapsed_s=1,
            working_s=1,
            lead_unit=unit,
            round=number,
        ),
        unit,
    )
    yield
    if told.one_of(True, True, False):
        told.tell(
            CaseStruckOff(case_id=case, case_no=1, by_unit=unit, basis="unit_self", on_time=True, programme_position=1)
        )
        yield
    for leg in told.one_of(("requester",), ("department", "territory")):
        yield from _call_back(told, case, unit, number, leg)


def _call_back(told: Told, case: str, unit: str, number: int, leg: str) -> Iterator[None]:
    """Scheduled, and mostly made; now and then nobody is reached, and nobody has a view."""
    followup = f"f-{case}-{number}-{leg}"
    told.tell(
        FollowUpScheduled(
            followup_id=followup,
            case_id=case,
            case_no=1,
            round=number,
            leg=leg,
            due=told.time + 3 * DAY,
            sample_rule="all",
            handler_units=(unit,),
        )
    )
    yield
    if told.one_of(True, False, False, False):
        if told.one_of(True, False):
            over = {"round": number, "leg": leg, "reason": "reopened", "at": told.time}
            told.tell(FollowUpCancelled(followup_id=followup, case_id=case, case_no=1, **over))
            yield
        return
    reached = told.one_of(True, True, False)
    views = ("very", "satisfied", "basic", "dissatisfied", "very_dissatisfied", "no_view")
    told.tell(
        FollowUpConducted(
            followup_id=followup,
            case_id=case,
            case_no=1,
            round=number,
            leg=leg,
            method="phone",
            reached=reached,
            contacted=told.one_of(True, False) if reached else None,
            solved=told.one_of(True, False) if reached else None,
            satisfaction=told.one_of(*views) if reached else None,
            verdict="pass" if reached else "unreachable",
            closes=False,
            reviewer_unit="ducha",
        )
    )


def interleaved(feeds: dict[str, list[Stored]], draw: random.Random) -> list[Fact]:
    """One local order in which a service might hold these feeds: each source in its order, otherwise anyhow."""
    left = {source: list(feed) for source, feed in feeds.items()}
    order: list[Stored] = []
    while any(left.values()):
        source = draw.choice([name for name, feed in left.items() if feed])
        for _ in range(draw.randint(1, 5)):
            if left[source]:
                order.append(left[source].pop(0))
    return [decode_fact(stored._replace(seq=seq)) for seq, stored in enumerate(order, start=1)]


def in_order(feeds: dict[str, list[Stored]]) -> Sequence[Fact]:
    """As they were told."""
    merged = sorted((s for feed in feeds.values() for s in feed), key=lambda s: (s.time, s.source, s.position))
    return [decode_fact(stored._replace(seq=seq)) for seq, stored in enumerate(merged, start=1)]
