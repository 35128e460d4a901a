"""Rows folded in memory: each row that a batch touches is read once and written once."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from services.chassis.read_model import Connection, Context

COPY_FROM = 50
"""With more new rows than this COPY is faster than one INSERT each."""


class Row(Protocol):
    """A dataclass whose fields are the columns of a table, the key first."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


R = TypeVar("R", bound=Row)


@dataclass
class Held(Generic[R]):
    """Rows in memory by key, and which of them differ from the table."""

    rows: dict[str, R] = field(default_factory=dict)
    dirty: set[str] = field(default_factory=set)
    new: set[str] = field(default_factory=set)
    """Keys that no table has yet."""

    def change(self, key: str) -> R:
        """The row to write into."""
        self.dirty.add(key)
        return self.rows[key]

    def put(self, key: str, row: R) -> None:
        if key not in self.rows:
            self.new.add(key)
        self.rows[key] = row
        self.dirty.add(key)


class Shape(Generic[R]):
    """How rows of one view are read and written."""

    def __init__(self, view: str, row: Callable[..., R], model: type[R]) -> None:
        self.view, self._row = view, row
        names = [one.name for one in fields(model)]
        self._names, self._key = names, names[0]
        self._columns = ", ".join(names)
        places = ", ".join(f"${n}" for n in range(1, len(names) + 1))
        changes = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
        into = f"INSERT INTO {{t}} ({self._columns}) VALUES ({places})"  # noqa: S608 - our own names
        self._upsert = f"{into} ON CONFLICT ({self._key}) DO UPDATE SET {changes}"

    async def hold(self, db: Connection, table: str, keys: Collection[str], ctx: Context) -> Held[R]:
        """The rows of `keys` that exist; while a build is filled they stay in memory from batch to batch."""
        if ctx.bulk is None:
            held: Held[R] = Held()
            await self._read(db, table, keys, held)
            return held
        held = ctx.bulk.memory.setdefault(self.view, Held())
        if not ctx.bulk.complete:
            await self._read(db, table, [key for key in keys if key not in held.rows], held)
        if self.view not in ctx.bulk.flushes:

            async def flush(connection: Connection) -> None:
                await self._write(connection, table, held)

            ctx.bulk.flushes[self.view] = flush
        return held

    async def keep(self, db: Connection, table: str, held: Held[R], ctx: Context) -> None:
        """Write what changed; while a build is filled that happens at its flushes."""
        if ctx.bulk is None:
            await self._write(db, table, held)

    async def _read(self, db: Connection, table: str, keys: Iterable[str], held: Held[R]) -> None:
        wanted = list(keys)
        if not wanted:
            return
        found = await db.fetch(
            f"SELECT {self._columns} FROM {table} WHERE {self._key} = ANY ($1)",  # noqa: S608 - our own names
            wanted,
        )
        for record in found:
            held.rows[record[self._key]] = self._row(*record)

    async def _write(self, db: Connection, table: str, held: Held[R]) -> None:
        fresh, known = sorted(held.new), sorted(held.dirty - held.new)
        if len(fresh) > COPY_FROM:
            await db.copy_records_to_table(
                table, records=(self._values(held.rows[key]) for key in fresh), columns=self._names
            )
        else:
            known = [*fresh, *known]
        if known:
            await db.executemany(self._upsert.format(t=table), [self._values(held.rows[key]) for key in known])
        held.dirty.clear()
        held.new.clear()

    def _values(self, row: R) -> tuple[Any, ...]:
        return tuple(getattr(row, name) for name in self._names)


def columns(model: type[Any], types: Mapping[str, str]) -> str:
    """The column list of a CREATE TABLE: the model's fields in order, with the types given for them."""
    return ",\n    ".join(f"{one.name} {types[one.name]}" for one in fields(model))
