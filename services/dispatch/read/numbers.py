"""A case's number: its rank among the openings of its programme in dispatch's own log, gapless."""

from collections import Counter
from collections.abc import Sequence

from contracts.dispatch import CaseOpened
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables

DDL = {
    "case_number": """
        CREATE TABLE {t} (case_id text PRIMARY KEY, programme text NOT NULL, case_no int NOT NULL);
        CREATE UNIQUE INDEX ON {t} (programme, case_no)""",
    "case_count": "CREATE TABLE {t} (programme text PRIMARY KEY, opened int NOT NULL)",
}


async def apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    """Count on from what the table says; own events come in the order of their positions."""
    opened = [fact for fact in batch if isinstance(fact.event, CaseOpened)]
    rows = await db.fetch(f"SELECT programme, opened FROM {t['case_count']}")  # noqa: S608
    counts = Counter({row["programme"]: row["opened"] for row in rows})
    numbered = []
    for fact in opened:
        programme = fact.envelope.meta.programme or ""
        counts[programme] += 1
        numbered.append((fact.stream.removeprefix("case-"), programme, counts[programme]))
    if not numbered:
        return
    await db.copy_records_to_table(t["case_number"], records=numbered)
    await db.executemany(
        f"INSERT INTO {t['case_count']} VALUES ($1, $2) ON CONFLICT (programme) DO UPDATE SET opened = excluded.opened",  # noqa: S608
        list(counts.items()),
    )


NUMBERS = Projection(name="case_number", version=1, handles=(CaseOpened,), ddl=DDL, apply=apply)
