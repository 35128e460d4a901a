"""Which files events name: who may look at one is decided by it, and what it does not list is swept."""

from collections.abc import Sequence

from contracts.dispatch import Evidence
from contracts.event import Event
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables

NAME = "evidence_file"

DDL = """
CREATE TABLE {t} (
    seq bigint NOT NULL,
    sha256 text NOT NULL,
    stream text NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    PRIMARY KEY (sha256, seq)
);
CREATE INDEX ON {t} (stream, seq)"""


async def _apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    """One row per file and event; an event that names the same file twice names it once."""
    rows = {}
    for fact in batch:
        named: tuple[Evidence, ...] = getattr(fact.event, "evidence")  # noqa: B009 - every handled type has it
        for one in named:
            rows[one.sha256, fact.seq] = (fact.seq, one.sha256, fact.stream, one.name, one.media_type, one.size)
    await db.executemany(f"INSERT INTO {t['evidence_file']} VALUES ($1, $2, $3, $4, $5, $6)", list(rows.values()))  # noqa: S608


def evidence_of(naming: tuple[type[Event], ...], version: int = 1) -> Projection:
    """The files that a service's own events name; `naming` is every one with a field `evidence`."""
    return Projection(name=NAME, version=version, handles=naming, ddl={NAME: DDL}, apply=_apply)
