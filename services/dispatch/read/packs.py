"""The packs by which the board tells from when a light is yellow, kept beside it so that it rebuilds alone."""

from dataclasses import dataclass, field
from functools import lru_cache

from contracts.pack import Mark, parse_pack
from contracts.supervision import ProgrammePackActivated
from services.chassis.deadlines import Calendar, calendar_for
from services.chassis.read_model import Connection

PACK_DDL = "CREATE TABLE {t} (programme text PRIMARY KEY, content text NOT NULL)"

PARSED_PACKS = 32
"""More programmes than a district runs at once; parsing one again would only cost milliseconds."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the board needs of a pack."""

    yellow: Mark
    calendar: Calendar


@dataclass(slots=True)
class Packs:
    """The rules of every programme, read when asked for."""

    contents: dict[str, str] = field(default_factory=dict)

    def rules(self, programme: str) -> Rules | None:
        content = self.contents.get(programme)
        return None if content is None else _parsed(content)


@lru_cache(PARSED_PACKS)
def _parsed(content: str) -> Rules:
    pack = parse_pack(content.encode())
    return Rules(pack.escalation.yellow, calendar_for(pack))


async def keep_pack(db: Connection, table: str, event: ProgrammePackActivated) -> None:
    """The newest pack of a programme."""
    await db.execute(
        f"INSERT INTO {table} VALUES ($1, $2) ON CONFLICT (programme) DO UPDATE SET content = excluded.content",  # noqa: S608
        event.programme_id,
        event.content,
    )


async def load_packs(db: Connection, table: str) -> Packs:
    """All of them: a district has a handful."""
    rows = await db.fetch(f"SELECT programme, content FROM {table}")  # noqa: S608
    return Packs({row["programme"]: row["content"] for row in rows})
