"""`huiyin verify` on damaged copies of a log: it ends with an error and names the position."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest
from psycopg.conninfo import conninfo_to_dict
from typer.testing import CliRunner

from deploy.cli.__main__ import app
from services.chassis.clock import FixedClock
from services.chassis.log import Log
from services.chassis.log.inbound import take_in
from tests.chassis.log.making import command
from tests.conftest import DsnFactory
from tests.spec import NOON

DISTRICT, SOURCE, EVENTS, CUT_TO = "demo", "dispatch", 12, 9
UNLOCK = "SET session_replication_role = replica"
"""What a person with the superuser's password can do: triggers no longer refuse."""

FLIP = "UPDATE event SET payload = set_byte(payload, 60, get_byte(payload, 60) # 1) WHERE position = 7"
DELETE = "DELETE FROM event WHERE position = 5"
SWAP = """
UPDATE event e SET payload = o.payload, stream = o.stream, version = o.version, chain = o.chain
  FROM event o WHERE (e.position, o.position) IN ((4, 5), (5, 4))"""
CUT = (
    f"DELETE FROM event WHERE position > {CUT_TO}",
    f"UPDATE log_head SET seq = {CUT_TO}",
    f"UPDATE source_head SET position = {CUT_TO}, chain = (SELECT chain FROM event WHERE position = {CUT_TO})",
    """
    UPDATE stream_head h SET version = e.version, prev = encode(sha256(e.payload), 'hex')
      FROM (SELECT DISTINCT ON (stream) * FROM event ORDER BY stream, version DESC) e WHERE e.stream = h.stream""",
)
"""With its heads, as a restored old copy has it: whole in itself."""


class Logs(NamedTuple):
    """A service's database, and another service's that holds a verified copy of its events."""

    own: str
    witness: str


@pytest.fixture
def logs(pg_dsn_factory: DsnFactory) -> Logs:
    found = Logs(pg_dsn_factory("log"), pg_dsn_factory("log"))
    asyncio.run(_fill(found))
    return found


async def _fill(logs: Logs) -> None:
    async with (
        asyncpg.create_pool(logs.own, min_size=0) as pool,
        asyncpg.create_pool(logs.witness, min_size=0) as other,
    ):
        async with Log(pool, district=DISTRICT, source=SOURCE, clock=FixedClock(NOON)) as log:
            for turn in range(EVENTS):
                await log.append(command(f"case-{turn % 3}"))
        async with Log(other, district=DISTRICT, source="reporting", clock=FixedClock(NOON)):
            rows = await pool.fetch("SELECT position, payload, chain FROM event ORDER BY position")
            async with other.acquire() as connection:
                await take_in(connection, DISTRICT, SOURCE, 1, [tuple(row) for row in rows])


def damaged(dsn: str, *statements: str) -> str:
    """A copy of the database, with that done to it; the log that was copied stays whole."""
    return asyncio.run(_damage(dsn, statements))


async def _damage(dsn: str, statements: Sequence[str]) -> str:
    name = str(conninfo_to_dict(dsn)["dbname"])
    admin = await asyncpg.connect(dsn, database="postgres")
    await admin.execute(f"CREATE DATABASE {name}_copy TEMPLATE {name}")
    await admin.close()
    copy = await asyncpg.connect(dsn, database=f"{name}_copy")
    await copy.execute(UNLOCK)
    for statement in statements:
        await copy.execute(statement)
    await copy.close()
    return dsn.removesuffix(name) + f"{name}_copy"


def verify(*arguments: str) -> tuple[int, str]:
    """The command's exit code and everything that it printed."""
    done = CliRunner().invoke(app, ["verify", *arguments])
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        (FLIP, "position 7"),
        (DELETE, "position 5 of dispatch is missing"),
        (SWAP, "position 4"),
    ],
    ids=["a flipped byte", "a deleted row", "swapped rows"],
)
def test_damage_is_named_by_its_position(logs: Logs, statement: str, place: str) -> None:
    copy = damaged(logs.own, statement)
    code, said = verify("--dsn", copy)
    assert code == 1, said
    findings = [line for line in said.splitlines() if line.startswith("  ")]
    assert any(place in line for line in findings[:2]), said
    assert verify("--dsn", logs.own)[0] == 0


def test_a_cut_tail_is_named_by_what_another_service_holds(logs: Logs, tmp_path: Path) -> None:
    heads = tmp_path / "heads.json"
    assert verify("--dsn", logs.witness, "--heads", str(heads))[0] == 0
    copy = damaged(logs.own, *CUT)
    assert verify("--dsn", copy)[0] == 0  # whole in itself
    code, said = verify("--dsn", copy, "--against", str(heads))
    assert code == 1, said
    assert f"position {CUT_TO + 1}: the tail is cut: another service saw position {EVENTS}" in said
    assert verify("--dsn", logs.own, "--against", str(heads))[0] == 0
