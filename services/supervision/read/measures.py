"""What stands above the slips: interviews, rectifications and referrals, one row each."""

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.supervision import (
    AccountabilityDeclined,
    AccountabilityProposed,
    AccountabilityReferred,
    InterviewHeld,
    RectificationLifted,
    RectificationOrdered,
    RectificationReported,
    RectificationVerified,
)
from services.chassis.facts import Fact
from services.chassis.projection import Projection
from services.chassis.rows import Rows

INTERVIEW_DDL = """
CREATE TABLE {t} (
    interview_id text PRIMARY KEY,
    programme text NOT NULL,
    unit text NOT NULL,
    head text NOT NULL,
    held_at timestamptz,
    content text NOT NULL,
    notice_id text,
    case_ids text[] NOT NULL,
    by_person text
);
CREATE INDEX ON {t} (notice_id)
"""

RECTIFICATION_DDL = """
CREATE TABLE {t} (
    rectification_id text PRIMARY KEY,
    programme text NOT NULL,
    unit text NOT NULL,
    items text[] NOT NULL,
    due timestamptz,
    grounds text[] NOT NULL,
    notice_id text,
    case_ids text[] NOT NULL,
    stage text NOT NULL,
    ordered_at timestamptz,
    ordered_by text,
    report text NOT NULL,
    reported_at timestamptz,
    report_late bool NOT NULL,
    opinion text NOT NULL,
    verified_at timestamptz,
    verifier text,
    failures int NOT NULL,
    bulletin_id text,
    version int NOT NULL
);
CREATE INDEX ON {t} (bulletin_id) WHERE bulletin_id IS NOT NULL;
CREATE INDEX ON {t} (due) WHERE stage = 'ordered';
CREATE INDEX ON {t} (unit, stage)
"""

REFERRAL_DDL = """
CREATE TABLE {t} (
    referral_id text PRIMARY KEY,
    programme text NOT NULL,
    unit text NOT NULL,
    grounds text[] NOT NULL,
    case_ids text[] NOT NULL,
    rule_id text NOT NULL,
    stage text NOT NULL,
    proposed_at timestamptz,
    decided_at timestamptz,
    decided_by text,
    approver text,
    body text,
    persons text[] NOT NULL,
    reason text NOT NULL,
    version int NOT NULL
);
CREATE INDEX ON {t} (stage, proposed_at)
"""


@dataclass(frozen=True, slots=True)
class InterviewRow:
    interview_id: str
    programme: str = ""
    unit: str = ""
    head: str = ""
    held_at: datetime | None = None
    content: str = ""
    notice_id: str | None = None
    case_ids: tuple[str, ...] = ()
    by_person: str | None = None


@dataclass(frozen=True, slots=True)
class RectificationRow:
    rectification_id: str
    programme: str = ""
    unit: str = ""
    items: tuple[str, ...] = ()
    due: datetime | None = None
    grounds: tuple[str, ...] = ()
    notice_id: str | None = None
    case_ids: tuple[str, ...] = ()
    stage: str = "ordered"
    ordered_at: datetime | None = None
    ordered_by: str | None = None
    report: str = ""
    reported_at: datetime | None = None
    report_late: bool = False
    opinion: str = ""
    verified_at: datetime | None = None
    verifier: str | None = None
    failures: int = 0
    bulletin_id: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class ReferralRow:
    referral_id: str
    programme: str = ""
    unit: str = ""
    grounds: tuple[str, ...] = ()
    case_ids: tuple[str, ...] = ()
    rule_id: str = ""
    stage: str = "proposed"
    proposed_at: datetime | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    approver: str | None = None
    body: str | None = None
    persons: tuple[str, ...] = ()
    reason: str = ""
    version: int = 0


def _interview(row: InterviewRow, fact: Fact) -> InterviewRow:
    e = fact.event
    assert isinstance(e, InterviewHeld), "the only handled type"
    person = fact.envelope.actor.person
    return InterviewRow(
        e.interview_id, e.programme_id, e.unit, e.head, e.held_at, e.content, e.notice_id, e.case_ids, person
    )


def _rectification(row: RectificationRow, fact: Fact) -> RectificationRow:
    person, version = fact.envelope.actor.person, fact.version
    match fact.event:
        case RectificationOrdered() as e:
            return RectificationRow(
                e.rectification_id,
                e.programme_id,
                e.unit,
                e.items,
                e.due,
                e.grounds,
                e.notice_id,
                e.case_ids,
                ordered_at=fact.time,
                ordered_by=person,
                bulletin_id=e.bulletin_id,
                version=version,
            )
        case RectificationLifted(reason=reason):
            return replace(row, stage="lifted", opinion=reason, version=version)
        case RectificationReported(text=text, late=late):
            return replace(row, stage="reported", report=text, reported_at=fact.time, report_late=late, version=version)
        case RectificationVerified(passed=passed, text=text):
            return replace(
                row,
                stage="passed" if passed else "ordered",
                opinion=text,
                verified_at=fact.time,
                verifier=person,
                failures=row.failures + (not passed),
                version=version,
            )
        case _:
            return row


def _referral(row: ReferralRow, fact: Fact) -> ReferralRow:
    person, version = fact.envelope.actor.person, fact.version
    match fact.event:
        case AccountabilityProposed() as e:
            return ReferralRow(
                e.referral_id,
                e.programme_id,
                e.unit,
                e.grounds,
                e.case_ids,
                e.rule_id,
                proposed_at=fact.time,
                version=version,
            )
        case AccountabilityReferred() as e:
            return replace(
                row,
                stage="referred",
                decided_at=fact.time,
                decided_by=person,
                approver=e.approver,
                body=e.body,
                persons=e.persons,
                version=version,
            )
        case AccountabilityDeclined(reason=reason, approver=approver):
            return replace(
                row,
                stage="declined",
                decided_at=fact.time,
                decided_by=person,
                approver=approver,
                reason=reason,
                version=version,
            )
        case _:
            return row


INTERVIEW_ROWS: Rows[InterviewRow] = Rows(
    "interview_held", InterviewRow, lambda fact: fact.stream.removeprefix("interview-"), _interview
)
RECTIFICATION_ROWS: Rows[RectificationRow] = Rows(
    "rectification", RectificationRow, lambda fact: fact.stream.removeprefix("rectification-"), _rectification
)
REFERRAL_ROWS: Rows[ReferralRow] = Rows(
    "referral", ReferralRow, lambda fact: fact.stream.removeprefix("referral-"), _referral
)

INTERVIEWS = Projection(
    name="interviews",
    version=1,
    handles=(InterviewHeld,),
    ddl={"interview_held": INTERVIEW_DDL},
    apply=INTERVIEW_ROWS.apply,
)
RECTIFICATIONS = Projection(
    name="rectifications",
    version=2,
    handles=(RectificationOrdered, RectificationReported, RectificationVerified, RectificationLifted),
    ddl={"rectification": RECTIFICATION_DDL},
    apply=RECTIFICATION_ROWS.apply,
)
REFERRALS = Projection(
    name="referrals",
    version=1,
    handles=(AccountabilityProposed, AccountabilityReferred, AccountabilityDeclined),
    ddl={"referral": REFERRAL_DDL},
    apply=REFERRAL_ROWS.apply,
)
