"""Read models with one row per key, written as a pure `project(row, fact) -> row`: reading, folding, upserting."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

from services.chassis.facts import Fact
from services.chassis.read_model import Bulk, Connection, Context, Tables

Row = TypeVar("Row")

KEPT_ROWS = 300_000
"""Rows kept in memory while a build is filled, about 1 KB each; beyond that the table is asked again."""


@dataclasses.dataclass
class _Kept:
    """Rows of one table while a build is filled: as they are now, and which of them the table does not have so."""

    rows: dict[Any, Any] = dataclasses.field(default_factory=dict)
    dirty: set[Any] = dataclasses.field(default_factory=set)
    stored: set[Any] = dataclasses.field(default_factory=set)
    complete: bool = False


@dataclasses.dataclass(frozen=True)
class Rows(Generic[Row]):
    """The rows of `view`: a frozen dataclass whose fields are the columns, the first one the primary key.

    `key` names the row an event belongs to (None: no row); `project` answers the new row, or None to delete it. A new
    row starts as `row(key)`, so all other fields need defaults. Use `Rows(...).apply` as a projection's `apply`.
    """

    view: str
    row: Callable[[Any], Row]
    key: Callable[[Fact], Any]
    project: Callable[[Row, Fact], Row | None]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(field.name for field in dataclasses.fields(self.row))  # type: ignore[arg-type]

    async def apply(self, db: Connection, batch: Sequence[Fact], t: Tables, ctx: Context) -> None:
        """At most one read and one write for any number of events; while filling, mostly none."""
        table = t[self.view]
        keyed = [(key, fact) for fact in batch if (key := self.key(fact)) is not None]
        if ctx.bulk is not None:
            await self._keep(db, keyed, table, ctx.bulk)
            return
        before = await self._read(db, table, {key for key, _ in keyed})
        after = self.fold(before, keyed)
        await self._write(db, table, [row for key, row in after.items() if row is not None and row != before.get(key)])
        await self._delete(db, table, [key for key, row in after.items() if row is None and key in before])

    def fold(self, before: Mapping[Any, Row], keyed: Sequence[tuple[Any, Fact]]) -> dict[Any, Row | None]:
        """The rows that the events lead to, from the rows there were."""
        after: dict[Any, Row | None] = {}
        for key, fact in keyed:
            row = after[key] if key in after else before.get(key)
            after[key] = self.project(self.row(key) if row is None else row, fact)
        return after

    async def _keep(self, db: Connection, keyed: Sequence[tuple[Any, Fact]], table: str, bulk: Bulk) -> None:
        kept: _Kept = bulk.memory.get(table) or _Kept(complete=bulk.complete)
        bulk.memory[table] = kept
        bulk.flushes[table] = lambda db: self._flush(db, table, kept)
        if not kept.complete and (unknown := {key for key, _ in keyed if key not in kept.rows}):
            found = await self._read(db, table, unknown)
            kept.rows.update(found)
            kept.stored.update(found)
        rows, project, fresh = kept.rows, self.project, self.row
        for key, fact in keyed:
            row = rows.get(key)
            rows[key] = project(fresh(key) if row is None else row, fact)
            kept.dirty.add(key)

    async def _flush(self, db: Connection, table: str, kept: _Kept) -> None:
        changed = [(key, kept.rows[key]) for key in kept.dirty]
        new = [row for key, row in changed if row is not None and key not in kept.stored]
        await db.copy_records_to_table(table, records=map(self._values, new), columns=self.columns)
        await self._write(db, table, [row for key, row in changed if row is not None and key in kept.stored])
        await self._delete(db, table, [key for key, row in changed if row is None and key in kept.stored])
        for key, row in changed:
            (kept.stored.discard if row is None else kept.stored.add)(key)
        kept.dirty.clear()
        if len(kept.rows) > KEPT_ROWS:
            kept.rows.clear()
            kept.stored.clear()
            kept.complete = False

    async def _read(self, db: Connection, table: str, keys: set[Any]) -> dict[Any, Row]:
        if not keys:
            return {}
        columns = ", ".join(self.columns)
        records = await db.fetch(
            f"SELECT {columns} FROM {table} WHERE {self.columns[0]} = ANY ($1)",  # noqa: S608 - names from code
            list(keys),
        )
        make: Any = self.row
        rows = [make(*map(_frozen, record)) for record in records]
        return {getattr(row, self.columns[0]): row for row in rows}

    async def _write(self, db: Connection, table: str, rows: Sequence[Row]) -> None:
        if rows:
            await db.executemany(self._upsert(table), list(map(self._values, rows)))

    async def _delete(self, db: Connection, table: str, keys: Sequence[Any]) -> None:
        if keys:
            await db.execute(f"DELETE FROM {table} WHERE {self.columns[0]} = ANY ($1)", list(keys))  # noqa: S608

    def _upsert(self, table: str) -> str:
        key, *others = self.columns
        places = ", ".join(f"${n}" for n in range(1, len(self.columns) + 1))
        action = "UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in others) if others else "NOTHING"
        return (
            f"INSERT INTO {table} ({', '.join(self.columns)}) VALUES ({places})"  # noqa: S608
            f" ON CONFLICT ({key}) DO {action}"
        )

    def _values(self, row: Row) -> tuple[Any, ...]:
        return tuple([getattr(row, name) for name in self.columns])


def _frozen(value: Any) -> Any:
    """Arrays come back as lists; a row that compares by content holds tuples."""
    return tuple(value) if isinstance(value, list) else value
