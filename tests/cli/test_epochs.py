"""`huiyin epoch begin` on a log that lost its tail: both heads are named, asked about, and the reason recorded."""

import asyncio
import json
from datetime import date
from pathlib import Path
from typing import NamedTuple

import asyncpg
import orjson
import pytest
from typer.testing import CliRunner, Result

from contracts.codec import decode
from contracts.log import LogRestored
from deploy.cli.__main__ import app
from deploy.local.addresses import Addresses
from deploy.local.record import Kind, Record
from services.chassis.clock import FixedClock
from services.chassis.log import Log
from services.chassis.log.inbound import take_in
from services.chassis.transport.witness import Witness
from tests.chassis.log.making import command
from tests.conftest import DsnFactory
from tests.spec import NOON

KEPT, KNOWN = 4, 7


class Damaged(NamedTuple):
    """An installation folder whose intake was restored from an older copy, while reporting holds more of it."""

    folder: Path
    intake: str
    data: Path


@pytest.fixture
def damaged(pg_dsn_factory: DsnFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Damaged:
    dsns = {name: pg_dsn_factory("log") for name in ("intake", "dispatch", "reporting")}
    monkeypatch.setattr(Addresses, "dsn", lambda _self, service: dsns.get(service, "postgresql://127.0.0.1:9/gone"))
    record = Record(tmp_path)
    record.kind(Kind("demo", None))
    record.remember("inner_ports", [1, 2, 3])
    asyncio.run(_fill(dsns["intake"], dsns["reporting"]))
    return Damaged(tmp_path, dsns["intake"], tmp_path / "data" / "intake")


async def _fill(intake: str, reporting: str) -> None:
    """The same commands make the same events, as in a copy; reporting took in what was written after it was made."""
    async with asyncpg.create_pool(intake, min_size=0) as own, asyncpg.create_pool(reporting, min_size=0) as other:
        clock = FixedClock(NOON)
        async with Log(own, district="demo", source="intake", clock=clock) as log:
            for turn in range(KEPT):
                await log.append(command("visit-1", source="intake", id=f"c-{turn}"))
            rows = await own.fetch("SELECT position, payload, chain FROM event ORDER BY position")
            async with Log(other, district="demo", source="reporting", clock=clock), other.acquire() as connection:
                await take_in(connection, "demo", "intake", 1, [tuple(row) for row in rows])
            await know_more(other, rows[-1]["chain"])


async def know_more(pool: asyncpg.Pool, chain: bytes) -> None:
    """What reporting knows beyond the copy; only its head is asked for."""
    await pool.execute("UPDATE source_head SET position = $1, chain = $2 WHERE source = 'intake'", KNOWN, chain[::-1])


def begin(damaged: Damaged, *arguments: str, answer: str = "") -> Result:
    given = ["epoch", "begin", *arguments, "--dir", str(damaged.folder)]
    return CliRunner().invoke(app, given, input=answer)


def events(dsn: str) -> list[tuple[int, int, str]]:
    async def read() -> list[tuple[int, int, str]]:
        connection = await asyncpg.connect(dsn)
        rows = await connection.fetch("SELECT epoch, position, type, payload FROM event WHERE type = 'log-restored'")
        await connection.close()
        return [(row["epoch"], row["position"], json.dumps(orjson.loads(row["payload"]))) for row in rows]

    return asyncio.run(read())


def test_both_heads_are_named_and_no_means_no(damaged: Damaged) -> None:
    said = begin(damaged, "intake", "--reason", "the broker's disk is gone", answer="n\n")
    assert said.exit_code == 1
    assert f"intake: the log ends at epoch 1 position {KEPT} chain " in said.output
    assert f"the furthest that is known elsewhere is epoch 1 position {KNOWN} chain " in said.output
    assert f"(reporting)\n  positions {KEPT + 1} to {KNOWN} are left behind for ever" in said.output
    assert "not asked, because they do not answer: supervision" in said.output
    assert events(damaged.intake) == []


def test_yes_begins_the_epoch_and_records_who_and_why(damaged: Damaged) -> None:
    said = begin(damaged, "intake", "--reason", "the disk is gone", "--operator", "li-lei", "--yes")
    assert said.exit_code == 0, said.output
    assert "epoch 2" in said.output
    ((epoch, position, payload),) = events(damaged.intake)
    assert (epoch, position) == (2, 1)
    told = json.loads(payload)
    assert (told["actorperson"], told["data"]["reason"]) == ("li-lei", "the disk is gone")
    assert (told["data"]["left_epoch"], told["data"]["left_position"]) == (1, KEPT)
    recorded = decode(payload.encode())
    assert isinstance(recorded.event, LogRestored)
    assert recorded.event.stream == recorded.envelope.subject == "log-intake"
    assert told["dataschema"] == "/contracts/schemas/log-restored.v1.json"
    mark = Witness(damaged.data, "demo", "intake").read()
    assert mark is not None
    assert mark.place == (2, 1)


def test_a_simulated_log_keeps_its_time_and_an_unknown_service_is_refused(
    damaged: Damaged, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no service 'audit'" in begin(damaged, "audit", "--reason", "r", "--yes").output
    monkeypatch.setattr(Addresses, "kind", Kind("demo", date(2017, 6, 8)))
    refused = begin(damaged, "intake", "--reason", "r", "--yes")
    assert refused.exit_code == 1
    assert "the installation is real, the settings say simulated" in refused.output
