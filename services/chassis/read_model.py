"""A read model: which events it handles, its tables, and the builds of it that lie in the database."""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from asyncpg.pool import PoolConnectionProxy

from contracts.event import Event
from services.chassis.clock import Clock
from services.chassis.facts import Fact

if TYPE_CHECKING:
    from services.chassis.keys import Arrival, KeyRing

Connection = PoolConnectionProxy
Tables = Mapping[str, str]
"""View name -> the table that holds its rows in the build that is being written."""

CHANGE_VIEWS_WITHIN = "3s"
"""A page's query that holds a view longer must not make all other pages queue behind the switch."""

DROP_RETIRED_AFTER = "1 day"
"""Long enough to look at what the old build said; a rollback builds again anyway."""

_ONE_AT_A_TIME = 0x7265_6164  # "read": key of the advisory lock around creating and switching builds
_NAME = re.compile(r"^[a-z][a-z0-9_]{0,49}$")


@dataclass
class Context:
    """What `apply` may use besides its connection. `bulk` is set while a build is filled from the log."""

    clock: Clock
    keys: "KeyRing | None" = None
    bulk: "Bulk | None" = None


@dataclass
class Bulk:
    """Rows kept back while a build is filled, so that each is written once per flush and not once per event.

    `complete`: the tables were empty when it began, so a row that is not in `memory` is in no table either.
    """

    complete: bool = False
    memory: dict[str, Any] = field(default_factory=dict)
    flushes: dict[str, Callable[[Connection], Awaitable[None]]] = field(default_factory=dict)

    async def flush(self, db: Connection) -> None:
        for write in self.flushes.values():
            await write(db)


Apply = Callable[[Connection, Sequence[Fact], Tables, Context], Awaitable[None]]
OnKeys = Callable[[Connection, "Sequence[Arrival]", Tables, Context], Awaitable[None]]


@dataclass(frozen=True)
class Projection:
    """A pure function of the log into tables. `version` grows with every change of `ddl`, `handles` or `apply`.

    `ddl` maps each view to its statements, with `{t}` for the table: `CREATE TABLE {t} (…); CREATE INDEX ON {t} (…)`.
    Pages read the view. `on_keys` hears of keys of sealed text that arrived late or were erased.
    """

    name: str
    version: int
    handles: Collection[type[Event]]
    ddl: Mapping[str, str]
    apply: Apply
    on_keys: OnKeys | None = None

    def __post_init__(self) -> None:
        for name in (self.name, *self.ddl):
            if not _NAME.match(name):
                raise ValueError(f"{name!r} cannot name a read model or a view")

    @property
    def types(self) -> frozenset[str]:
        return frozenset(event.TYPE for event in self.handles)


class Build(NamedTuple):
    """One filling of a read model's tables: a version of its code, and which time it was built with that version."""

    name: str
    version: int
    generation: int
    state: Literal["building", "live", "retired"]

    @property
    def checkpoint(self) -> str:
        return self.name if self.generation == 1 else f"{self.name}~{self.generation}"

    @property
    def key_checkpoint(self) -> str:
        """Up to which arrival of a key this build has heard."""
        return f"{self.checkpoint}:keys"

    def table(self, view: str) -> str:
        return f"{view}_v{self.version}" if self.generation == 1 else f"{view}_v{self.version}_{self.generation}"

    def tables(self, projection: Projection) -> dict[str, str]:
        return {view: self.table(view) for view in projection.ddl}


async def one_at_a_time(db: Connection) -> None:
    """Several processes start at once; the first creates, the others find it done. Held to the transaction's end."""
    await db.execute("SELECT pg_advisory_xact_lock($1)", _ONE_AT_A_TIME)


async def live_build(db: Connection, name: str) -> Build | None:
    row = await db.fetchrow(
        "SELECT name, version, generation, state FROM read_model WHERE name = $1 AND state = 'live'", name
    )
    return None if row is None else Build(*row)


async def open_build(db: Connection, projection: Projection) -> Build | None:
    """The build of this version that an earlier start began and did not finish."""
    row = await db.fetchrow(
        "SELECT name, version, generation, state FROM read_model"
        " WHERE name = $1 AND version = $2 AND state = 'building' ORDER BY generation DESC LIMIT 1",
        projection.name,
        projection.version,
    )
    return None if row is None else Build(*row)


async def checkpoint_of(db: Connection, build: Build) -> int | None:
    """Up to which seq the build holds the log; None when it is no longer kept."""
    seq: int | None = await db.fetchval(
        "SELECT seq FROM checkpoint WHERE name = $1 AND version = $2", build.checkpoint, build.version
    )
    return seq


async def create_build(db: Connection, projection: Projection, state: Literal["building", "live"]) -> Build:
    """New empty tables with a checkpoint at the beginning of the log; with `live` their views too."""
    last = await db.fetchval(
        "SELECT max(generation) FROM read_model WHERE name = $1 AND version = $2", projection.name, projection.version
    )
    build = Build(projection.name, projection.version, (last or 0) + 1, state)
    tables = build.tables(projection)
    for view, statements in projection.ddl.items():
        await db.execute(f"DROP TABLE IF EXISTS {tables[view]}")
        await db.execute(statements.replace("{t}", tables[view]))
    await db.execute(
        "INSERT INTO checkpoint (name, version, seq) VALUES ($1, $2, 0)"
        " ON CONFLICT (name, version) DO UPDATE SET seq = 0, updated_at = clock_timestamp()",
        build.checkpoint,
        build.version,
    )
    # A key that is here before the first event is applied is found then; only later arrivals are news.
    await db.execute(
        "INSERT INTO checkpoint (name, version, seq) SELECT $1, $2, arrival FROM key_feed"
        " ON CONFLICT (name, version) DO UPDATE SET seq = excluded.seq, updated_at = clock_timestamp()",
        build.key_checkpoint,
        build.version,
    )
    await db.execute(
        "INSERT INTO read_model (name, version, generation, state, tables) VALUES ($1, $2, $3, $4, $5)",
        *build,
        list(tables.values()),
    )
    if state == "live":
        await _show(db, projection, build)
    return build


async def switch(db: Connection, projection: Projection, build: Build) -> None:
    """Show `build` instead of the live one, in the caller's transaction. The old build's checkpoint goes, so that a
    projector that still fills it finds out at its next step."""
    await db.execute(f"SET LOCAL lock_timeout = '{CHANGE_VIEWS_WITHIN}'")
    old = await live_build(db, projection.name)
    if old is not None:
        both = [old.checkpoint, old.key_checkpoint]
        await db.execute("DELETE FROM checkpoint WHERE name = ANY ($1) AND version = $2", both, old.version)
        await _mark(db, old, "retired")
    await _mark(db, build, "live")
    await db.execute(
        "UPDATE read_model SET state = 'retired', since = clock_timestamp()"
        " WHERE name = $1 AND version < $2 AND state = 'building'",
        build.name,
        build.version,
    )
    await _show(db, projection, build)


async def _mark(db: Connection, build: Build, state: str) -> None:
    await db.execute(
        "UPDATE read_model SET state = $4, since = clock_timestamp() WHERE (name, version, generation) = ($1, $2, $3)",
        *build[:3],
        state,
    )


async def _show(db: Connection, projection: Projection, build: Build) -> None:
    for view in projection.ddl:
        # Dropped and made again: REPLACE could neither remove a column nor change its type.
        await db.execute(f"DROP VIEW IF EXISTS {view}")
        await db.execute(f"CREATE VIEW {view} AS SELECT * FROM {build.table(view)}")  # noqa: S608 - checked names


async def drop_retired(db: Connection) -> list[str]:
    """Drop the tables of builds that were retired long enough ago; returns their names."""
    rows = await db.fetch(
        "DELETE FROM read_model WHERE state = 'retired' AND since < clock_timestamp() - $1::text::interval"
        " RETURNING tables",
        DROP_RETIRED_AFTER,
    )
    dropped = [table for row in rows for table in row["tables"]]
    for table in dropped:
        await db.execute(f"DROP TABLE IF EXISTS {table}")
    return dropped
