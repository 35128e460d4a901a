"""The ranks of papers among their programme's, gapless: what their numbers are made of."""

from collections import Counter
from collections.abc import Sequence

from services.chassis.read_model import Connection


async def rank(db: Connection, numbers: str, counts: str, issued: Sequence[tuple[str, str]]) -> None:
    """Number papers given as (id, programme), in their order: own events come in the order of their positions.

    `numbers` is the table of (id, programme, rank), `counts` that of (programme, issued), from which it counts on.
    """
    if not issued:
        return
    rows = await db.fetch(f"SELECT programme, issued FROM {counts}")  # noqa: S608 - names from code
    so_far = Counter({row["programme"]: row["issued"] for row in rows})
    numbered = []
    for paper, programme in issued:
        so_far[programme] += 1
        numbered.append((paper, programme, so_far[programme]))
    await db.copy_records_to_table(numbers, records=numbered)
    await db.executemany(
        f"INSERT INTO {counts} VALUES ($1, $2)"  # noqa: S608
        " ON CONFLICT (programme) DO UPDATE SET issued = excluded.issued",
        list(so_far.items()),
    )
