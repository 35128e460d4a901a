"""The records of the scene as they are written: what a case, its orders and a call-back leave in the log."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from contracts.dispatch import (
    CaseClassified,
    CaseCompleted,
    CaseOpened,
    HandlingPlanFiled,
    OrderCompleted,
    OrderIssued,
    ProgressReported,
)
from contracts.dispatch.parts import Dues, Durations, Evidence
from contracts.sealed import Sealed
from contracts.supervision import FollowUpConducted

DAY = timedelta(days=1)
NOT_TOLD = Sealed(key_id="request-none", box="AAAA")


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def opened(case_id: str, place: str, at: datetime) -> CaseOpened:
    return CaseOpened(
        case_id=case_id,
        request_ids=(f"r-{case_id}",),
        title=NOT_TOLD,
        text=NOT_TOLD,
        channel="web",
        subject_id=place,
        received_at=at,
    )


def classified(case_id: str, category: str) -> CaseClassified:
    durations = Durations(finish="7d")
    return CaseClassified(
        case_id=case_id,
        category=category,
        scope="individual",
        urgency="real",
        durations=durations,
        rule_id="urgency[1]",
        calendar_version="CN@1",
    )


def issued(ids: dict[str, Any], unit: str, at: datetime) -> OrderIssued:
    return OrderIssued(
        **ids,
        order_id=f"o{ids['case_no']}",
        kind="assign",
        role="lead",
        to_unit=unit,
        dues=Dues(finish_by=at + 7 * DAY),
        issued_by_unit="office",
        rule_id="route[1]",
        calendar_version="CN@1",
    )


def planned(ids: dict[str, Any], n: int, at: datetime) -> HandlingPlanFiled:
    return HandlingPlanFiled(
        **ids,
        order_id=f"o{n}",
        responsible_person="p1",
        responsible_leader="p2",
        responsible_dept="d1",
        measures="派人处理",
        resolve_by=at + 5 * DAY,
    )


def progress(ids: dict[str, Any], n: int) -> ProgressReported:
    before = Evidence(sha256=digest(f"before {n}"), name="处理前.jpg", media_type="image/jpeg", size=9)
    return ProgressReported(**ids, order_id=f"o{n}", text="已到现场", evidence=(before,))


def completed(ids: dict[str, Any], n: int, at: datetime, file: Evidence) -> OrderCompleted:
    said: dict[str, Any] = {"reply": NOT_TOLD, "replied_at": at, "responsible_person": "p1"}
    return OrderCompleted(**ids, order_id=f"o{n}", result="solved", evidence=(file,), **said)


def done(ids: dict[str, Any], unit: str) -> CaseCompleted:
    return CaseCompleted(**ids, result="solved", on_time=True, elapsed_s=1, working_s=1, lead_unit=unit, round=1)


def heard(ids: dict[str, Any], contacted: bool, on_record: bool) -> FollowUpConducted:
    return FollowUpConducted(
        **ids,
        followup_id=f"f-{ids['case_id']}",
        round=1,
        leg="requester",
        method="phone",
        reached=True,
        contacted=contacted,
        solved=True,
        satisfaction="satisfied",
        verdict="pass",
        closes=False,
        reviewer_unit="office",
        call_record=f"call-{ids['case_no']}" if on_record else "",
    )
