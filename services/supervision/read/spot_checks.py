"""Spot checks as lists and pages show them: what was announced, what was drawn, what was found."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.supervision import DrawSeedCommitted, SpotCheckConducted, SpotCheckSampled
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables
from services.chassis.rows import Rows
from services.supervision.read.evidence import kept

CHECK_DDL = """
CREATE TABLE {t} (
    check_id text PRIMARY KEY,
    programme text,
    population text,
    population_from timestamptz,
    population_to timestamptz,
    rate_percent int NOT NULL,
    seed_sha256 text,
    committed_at timestamptz,
    record text,
    seed text,
    positions text NOT NULL,
    population_size int NOT NULL,
    population_hash text,
    sample text[] NOT NULL,
    sampled_at timestamptz,
    looked_at int NOT NULL,
    failed int NOT NULL,
    version int NOT NULL
);
CREATE INDEX ON {t} (population_to) WHERE sampled_at IS NULL"""

ITEM_DDL = """
CREATE TABLE {t} (
    item_key text PRIMARY KEY,
    check_id text NOT NULL,
    item text NOT NULL,
    case_id text,
    programme text,
    mode text NOT NULL,
    body text NOT NULL,
    passed bool NOT NULL,
    finding text NOT NULL,
    checked_at timestamptz,
    by_unit text,
    record text NOT NULL,
    evidence text NOT NULL
);
CREATE INDEX ON {t} (check_id);
CREATE INDEX ON {t} (case_id)"""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check; a listed one has neither seed nor sample."""

    check_id: str
    programme: str | None = None
    population: str | None = None
    population_from: datetime | None = None
    population_to: datetime | None = None
    rate_percent: int = 0
    seed_sha256: str | None = None
    committed_at: datetime | None = None
    record: str | None = None
    seed: str | None = None
    positions: str = "{}"
    population_size: int = 0
    population_hash: str | None = None
    sample: tuple[str, ...] = ()
    sampled_at: datetime | None = None
    looked_at: int = 0
    failed: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True)
class ItemRow:
    """What was found at one item."""

    item_key: str
    check_id: str = ""
    item: str = ""
    case_id: str | None = None
    programme: str | None = None
    mode: str = ""
    body: str = ""
    passed: bool = False
    finding: str = ""
    checked_at: datetime | None = None
    by_unit: str | None = None
    record: str = ""
    evidence: str = "[]"
    """Photos and files, as JSON of the event's own fields."""


def _check(row: CheckRow, fact: Fact) -> CheckRow:
    row = replace(row, programme=fact.envelope.meta.programme or row.programme, version=fact.version)
    match fact.event:
        case DrawSeedCommitted() as e:
            return replace(
                row,
                population=e.population,
                population_from=e.population_from,
                population_to=e.population_to,
                rate_percent=e.rate_percent,
                seed_sha256=e.seed_sha256,
                committed_at=fact.time,
                record=f"{fact.source}:{fact.position}",
            )
        case SpotCheckSampled() as e:
            return replace(
                row,
                seed=e.seed,
                positions=json.dumps(e.positions, sort_keys=True),
                population_size=e.population_size,
                population_hash=e.population_hash,
                sample=e.sample,
                sampled_at=fact.time,
            )
        case SpotCheckConducted(passed=passed):
            return replace(row, looked_at=row.looked_at + 1, failed=row.failed + (not passed))
        case _:
            return row


def _item(row: ItemRow, fact: Fact) -> ItemRow:
    match fact.event:
        case SpotCheckConducted() as e:
            return ItemRow(
                row.item_key,
                e.check_id,
                e.item,
                e.case_id,
                fact.envelope.meta.programme,
                e.mode,
                e.body,
                e.passed,
                e.finding,
                e.checked_at,
                fact.envelope.meta.actor.unit,
                f"{fact.source}:{fact.position}",
                kept(e.evidence),
            )
        case _:
            return row


def _item_key(fact: Fact) -> str | None:
    event = fact.event
    return f"{event.check_id}/{event.item}" if isinstance(event, SpotCheckConducted) else None


CHECK_ROWS: Rows[CheckRow] = Rows("spot_check", CheckRow, lambda fact: fact.stream.removeprefix("check-"), _check)
ITEM_ROWS: Rows[ItemRow] = Rows("spot_check_item", ItemRow, _item_key, _item)


async def _apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    await CHECK_ROWS.apply(db, batch, t, ctx)
    await ITEM_ROWS.apply(db, batch, t, ctx)


SPOT_CHECKS = Projection(
    name="spot_checks",
    version=2,
    handles=(DrawSeedCommitted, SpotCheckSampled, SpotCheckConducted),
    ddl={"spot_check": CHECK_DDL, "spot_check_item": ITEM_DDL},
    apply=_apply,
)
