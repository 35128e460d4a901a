"""Signals with what was found about them, and the misreports that people established."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.supervision import MisreportEstablished, SignalRaised, SignalSettled
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables
from services.chassis.rows import Rows

SIGNAL_DDL = """
CREATE TABLE {t} (
    signal_id text PRIMARY KEY,
    programme text,
    kind text NOT NULL,
    unit text,
    case_id text,
    visit_ids text[] NOT NULL,
    seen text[] NOT NULL,
    measured text NOT NULL,
    raised_at timestamptz,
    outcome text,
    text text NOT NULL,
    settled_at timestamptz,
    version int NOT NULL
);
CREATE INDEX ON {t} (raised_at) WHERE outcome IS NULL;
CREATE INDEX ON {t} (case_id)"""

MISREPORT_DDL = """
CREATE TABLE {t} (
    misreport_id text PRIMARY KEY,
    programme text,
    case_id text,
    item text,
    code text NOT NULL,
    unit text NOT NULL,
    finding text NOT NULL,
    check_id text,
    signal_id text,
    established_by text NOT NULL,
    at timestamptz
);
CREATE INDEX ON {t} (signal_id)"""


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One signal."""

    signal_id: str
    programme: str | None = None
    kind: str = ""
    unit: str | None = None
    case_id: str | None = None
    visit_ids: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    measured: str = "{}"
    raised_at: datetime | None = None
    outcome: str | None = None
    text: str = ""
    settled_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class MisreportRow:
    """One misreport."""

    misreport_id: str
    programme: str | None = None
    case_id: str | None = None
    item: str | None = None
    code: str = ""
    unit: str = ""
    finding: str = ""
    check_id: str | None = None
    signal_id: str | None = None
    established_by: str = ""
    at: datetime | None = None


def _signal(row: SignalRow, fact: Fact) -> SignalRow:
    match fact.event:
        case SignalRaised() as e:
            return SignalRow(
                e.signal_id,
                e.programme_id,
                e.kind,
                e.unit,
                e.case_id,
                e.visit_ids,
                e.seen,
                json.dumps(e.measured, sort_keys=True),
                fact.time,
                version=fact.version,
            )
        case SignalSettled() as e:
            return replace(row, outcome=e.outcome, text=e.text, settled_at=fact.time, version=fact.version)
        case _:
            return row


def _misreport(row: MisreportRow, fact: Fact) -> MisreportRow:
    match fact.event:
        case MisreportEstablished() as e:
            return MisreportRow(
                e.misreport_id,
                e.programme_id,
                e.case_id,
                e.item,
                e.code,
                e.unit,
                e.finding,
                e.check_id,
                e.signal_id,
                e.established_by,
                fact.time,
            )
        case _:
            return row


def _key(prefix: str, fact: Fact) -> str | None:
    return fact.stream.removeprefix(prefix) if fact.stream.startswith(prefix) else None


SIGNAL_ROWS: Rows[SignalRow] = Rows("signal", SignalRow, lambda fact: _key("signal-", fact), _signal)
MISREPORT_ROWS: Rows[MisreportRow] = Rows("misreport", MisreportRow, lambda fact: _key("misreport-", fact), _misreport)


async def _apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    await SIGNAL_ROWS.apply(db, batch, t, ctx)
    await MISREPORT_ROWS.apply(db, batch, t, ctx)


SIGNAL_DOCKET = Projection(
    name="signal_docket",
    version=2,
    handles=(SignalRaised, SignalSettled, MisreportEstablished),
    ddl={"signal": SIGNAL_DDL, "misreport": MISREPORT_DDL},
    apply=_apply,
)
