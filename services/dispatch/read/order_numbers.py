"""An order's number: its rank among those that one unit issued within a year, gapless, as official papers count."""

from collections import Counter
from collections.abc import Sequence

from contracts.dispatch import OrderIssued
from services.chassis.clock import LOCAL
from services.chassis.facts import Fact
from services.chassis.read_model import Connection, Context, Projection, Tables

DDL = {
    "order_number": """
        CREATE TABLE {t} (order_id text PRIMARY KEY, unit text NOT NULL, year int NOT NULL, order_no int NOT NULL);
        CREATE UNIQUE INDEX ON {t} (unit, year, order_no)""",
    "order_count": "CREATE TABLE {t} (unit text, year int, issued int NOT NULL, PRIMARY KEY (unit, year))",
}


async def apply(db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
    """Count on from what the table says; own events come in the order of their positions."""
    rows = await db.fetch(f"SELECT unit, year, issued FROM {t['order_count']}")  # noqa: S608
    counts = Counter({(row["unit"], row["year"]): row["issued"] for row in rows})
    numbered = []
    for fact in batch:
        event = fact.event
        assert isinstance(event, OrderIssued), "the only handled type"
        key = (event.issued_by_unit, fact.time.astimezone(LOCAL).year)
        counts[key] += 1
        numbered.append((event.order_id, *key, counts[key]))
    if not numbered:
        return
    await db.copy_records_to_table(t["order_number"], records=numbered)
    await db.executemany(
        f"INSERT INTO {t['order_count']} VALUES ($1, $2, $3)"  # noqa: S608
        " ON CONFLICT (unit, year) DO UPDATE SET issued = excluded.issued",
        [(*key, count) for key, count in counts.items()],
    )


ORDER_NUMBERS = Projection(name="order_number", version=1, handles=(OrderIssued,), ddl=DDL, apply=apply)
