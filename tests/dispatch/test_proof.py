"""A case's proof: what was altered or deleted in the log is named, on the page and in the file anybody recomputes."""

import base64
import hashlib
import json
from typing import Any

from contracts.supervision import FollowUpScheduled
from tests.dispatch.asking import handed_over
from tests.dispatch.world import AUDITOR, DESK, World

EVENT_AND_PARTITIONS = (
    "SELECT 'event'::regclass UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = 'event'::regclass"
)


async def tamper(world: World, statement: str, *arguments: object) -> None:
    """What only the database's owner can do: history changed with its triggers off."""
    async with world.service.pool.acquire() as db, db.transaction():
        tables = [row[0] for row in await db.fetch(f"SELECT regclass::text FROM ({EVENT_AND_PARTITIONS}) x")]
        for table in tables:
            await db.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        done = await db.execute(statement, *arguments)
        assert done.split()[-1] != "0"
        for table in tables:
            await db.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


async def proof_of(world: World, case_id: str) -> dict[str, Any]:
    async with world.api(AUDITOR) as auditor:
        found: dict[str, Any] = (await auditor.get(f"/dispatch/api/cases/{case_id}/proof")).json()
    return found


def recomputed(proof: dict[str, Any]) -> str:
    """The tail that a stranger computes from the file alone."""
    prev = ""
    for record in proof["records"]:
        payload = base64.b64decode(record["payload"])
        assert json.loads(payload)["prev"] == prev
        prev = hashlib.sha256(payload).hexdigest()
    return prev


async def page_of(world: World, case_id: str) -> str:
    async with world.browser(DESK) as desk:
        answer = await desk.get(f"/dispatch/cases/{case_id}")
    assert answer.status_code == 200
    return answer.text


async def test_the_proof_can_be_recomputed_and_names_what_was_altered(world: World) -> None:
    case_id, _ = await handed_over(world)
    proof = await proof_of(world, case_id)
    assert recomputed(proof) == proof["tail"]
    assert (proof["broken_at"], proof["missing"]) == (None, False)
    await tamper(
        world,
        "UPDATE event SET payload = replace(payload::text, encode('individual', 'hex'),"
        " encode('collective', 'hex'))::bytea WHERE type = 'case-classified'",
    )
    broken = await proof_of(world, case_id)
    assert broken["broken_at"] is not None
    assert not broken["missing"]


async def test_the_last_record_altered_with_its_chain_made_to_fit_is_named(world: World) -> None:
    case_id, _ = await handed_over(world)
    whole = await proof_of(world, case_id)
    await tamper(
        world,
        "UPDATE event e SET payload = x.payload, chain = sha256(p.chain || x.payload)"
        " FROM event p, (SELECT seq, payload || ' '::bytea AS payload FROM event) x"
        " WHERE x.seq = e.seq AND p.source = e.source AND p.position = e.position - 1 AND e.stream = $1"
        " AND e.version = $2",
        f"case-{case_id}",
        len(whole["records"]),
    )
    broken = await proof_of(world, case_id)
    assert broken["broken_at"] is not None
    assert not broken["missing"]


async def test_a_deleted_last_record_is_missed(world: World) -> None:
    case_id, _ = await handed_over(world)
    whole = await proof_of(world, case_id)
    assert "完整性已验证" in await page_of(world, case_id)
    await tamper(
        world, "DELETE FROM event WHERE stream = $1 AND version = $2", f"case-{case_id}", len(whole["records"])
    )
    cut = await proof_of(world, case_id)
    assert len(cut["records"]) == len(whole["records"]) - 1
    assert cut["missing"]
    assert cut["tail"] == whole["tail"] != recomputed(cut)
    page = await page_of(world, case_id)
    assert "完整性已验证" not in page
    assert "记录缺失" in page
    assert f"第 {cut['broken_at']} 条记录已不在日志中" in page


async def test_a_deleted_last_record_is_missed_when_the_read_model_forgot_it_too(world: World) -> None:
    case_id, _ = await handed_over(world)
    whole = await proof_of(world, case_id)
    own = f"case-{case_id}"
    seq = await world.service.pool.fetchval("SELECT max(seq) FROM event WHERE stream = $1", own)
    await tamper(world, "DELETE FROM event WHERE seq = $1", seq)
    assert await world.service.pool.execute("DELETE FROM case_history WHERE seq = $1", seq) == "DELETE 1"
    cut = await proof_of(world, case_id)
    assert cut["missing"]
    assert cut["tail"] == whole["tail"] != recomputed(cut)
    assert "记录缺失" in await page_of(world, case_id)


async def test_a_deleted_record_of_another_service_is_missed(world: World) -> None:
    case_id, _ = await handed_over(world)
    await world.hear(
        FollowUpScheduled(
            followup_id="f1",
            case_id=case_id,
            case_no=1,
            round=1,
            leg="phone",
            due=world.clock.now(),
            sample_rule="all",
            handler_units=("bureau-road",),
        )
    )
    await world.settled()
    whole = await proof_of(world, case_id)
    assert whole["broken_at"] is None
    await tamper(world, "DELETE FROM event WHERE type = 'follow-up-scheduled'")
    cut = await proof_of(world, case_id)
    assert (cut["missing"], cut["records"]) == (True, whole["records"])
    assert "这里有过一条记录，已从日志中被删除。" in await page_of(world, case_id)


async def test_a_read_model_that_is_a_moment_behind_is_no_loss(world: World) -> None:
    case_id, _ = await handed_over(world)
    own = f"case-{case_id}"
    seq = await world.service.pool.fetchval("SELECT max(seq) FROM event WHERE stream = $1", own)
    assert await world.service.pool.execute("DELETE FROM case_history WHERE seq = $1", seq) == "DELETE 1"
    behind = await proof_of(world, case_id)
    assert behind["broken_at"] is None
