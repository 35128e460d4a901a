"""督办台账: every slip as it stands, and its number: its rank among its programme's slips, gapless."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.supervision import (
    EscalationRaised,
    ReplyVerified,
    SupervisionClosed,
    SupervisionNoticeIssued,
    SupervisionReplied,
)
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables
from services.chassis.rows import Rows
from services.supervision.read.ranks import rank

BOARD_DDL = """
CREATE TABLE {t} (
    notice_id text PRIMARY KEY,
    programme text NOT NULL,
    matter text NOT NULL,
    case_id text,
    order_id text,
    source text NOT NULL,
    rule_id text,
    first_level text NOT NULL,
    level text NOT NULL,
    target_unit text NOT NULL,
    problem text NOT NULL,
    requirements text NOT NULL,
    cc text[] NOT NULL,
    issued_at timestamptz,
    issued_by text,
    issuer_unit text,
    reply_by timestamptz,
    first_reply_by timestamptz,
    standing text NOT NULL,
    replied_at timestamptz,
    replier text,
    reply text NOT NULL,
    reply_late bool NOT NULL,
    verified_at timestamptz,
    verifier text,
    holds bool,
    opinion text NOT NULL,
    raises int NOT NULL,
    raised_at timestamptz,
    raised_by text,
    closed_at timestamptz,
    verdict text NOT NULL,
    version int NOT NULL
);
CREATE INDEX ON {t} (reply_by) WHERE standing = 'open';
CREATE INDEX ON {t} (target_unit, standing);
CREATE INDEX ON {t} (matter);
CREATE INDEX ON {t} (programme, issued_at)
"""

NUMBER_DDL = {
    "notice_number": """
        CREATE TABLE {t} (notice_id text PRIMARY KEY, programme text NOT NULL, notice_no int NOT NULL);
        CREATE UNIQUE INDEX ON {t} (programme, notice_no)""",
    "notice_count": "CREATE TABLE {t} (programme text PRIMARY KEY, issued int NOT NULL)",
}


@dataclass(frozen=True, slots=True)
class NoticeRow:
    notice_id: str
    programme: str = ""
    matter: str = ""
    case_id: str | None = None
    order_id: str | None = None
    source: str = "office"
    rule_id: str | None = None
    first_level: str = ""
    level: str = ""
    target_unit: str = ""
    problem: str = ""
    requirements: str = ""
    cc: tuple[str, ...] = ()
    issued_at: datetime | None = None
    issued_by: str | None = None
    issuer_unit: str | None = None
    reply_by: datetime | None = None
    first_reply_by: datetime | None = None
    standing: str = "open"
    replied_at: datetime | None = None
    replier: str | None = None
    reply: str = ""
    reply_late: bool = False
    verified_at: datetime | None = None
    verifier: str | None = None
    holds: bool | None = None
    opinion: str = ""
    raises: int = 0
    raised_at: datetime | None = None
    raised_by: str | None = None
    closed_at: datetime | None = None
    verdict: str = ""
    version: int = 0


def project(row: NoticeRow, fact: Fact) -> NoticeRow:
    actor = fact.envelope.actor
    match fact.event:
        case SupervisionNoticeIssued() as e:
            return replace(
                row,
                programme=e.programme_id,
                matter=e.matter,
                case_id=e.case_id,
                order_id=e.order_id,
                source=e.source,
                rule_id=e.rule_id,
                first_level=e.level,
                level=e.level,
                target_unit=e.target_unit,
                problem=e.problem,
                requirements=e.requirements,
                cc=e.cc,
                issued_at=fact.time,
                issued_by=actor.person,
                issuer_unit=actor.unit,
                reply_by=e.reply_by,
                first_reply_by=e.reply_by,
                version=fact.version,
            )
        case SupervisionReplied(text=text, late=late):
            return replace(
                row,
                standing="replied",
                replied_at=fact.time,
                replier=actor.person,
                reply=text,
                reply_late=late,
                version=fact.version,
            )
        case ReplyVerified(holds=holds, text=text):
            return replace(
                row,
                standing=row.standing if holds else "open",
                verified_at=fact.time,
                verifier=actor.person,
                holds=holds,
                opinion=text,
                version=fact.version,
            )
        case EscalationRaised(to_level=level, rule_id=rule, reply_by=reply_by):
            return replace(
                row,
                level=level,
                reply_by=reply_by,
                raises=row.raises + 1,
                raised_at=fact.time,
                raised_by=rule,
                version=fact.version,
            )
        case SupervisionClosed(verdict=verdict):
            return replace(row, standing="closed", closed_at=fact.time, verdict=verdict, version=fact.version)
        case _:
            return row


NOTICE_ROWS: Rows[NoticeRow] = Rows(
    "notice_board", NoticeRow, lambda fact: fact.stream.removeprefix("notice-"), project
)

NOTICE_BOARD = Projection(
    name="notice_board",
    version=1,
    handles=(SupervisionNoticeIssued, SupervisionReplied, ReplyVerified, EscalationRaised, SupervisionClosed),
    ddl={"notice_board": BOARD_DDL},
    apply=NOTICE_ROWS.apply,
)


async def _number(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    issued = [(e.notice_id, e.programme_id) for fact in batch if isinstance(e := fact.event, SupervisionNoticeIssued)]
    await rank(db, t["notice_number"], t["notice_count"], issued)


NOTICE_NUMBERS = Projection(
    name="notice_number", version=1, handles=(SupervisionNoticeIssued,), ddl=NUMBER_DDL, apply=_number
)
