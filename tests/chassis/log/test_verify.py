"""Whatever is done to a log behind its back, verification names the place."""

import asyncpg
import pytest

from services.chassis.log import Log
from services.chassis.log.verify import check_stream, verify, verify_stream
from tests.chassis.log.making import command

UNLOCK = "SET session_replication_role = replica"  # what a person with the superuser's password can do


@pytest.fixture
async def filled(log: Log, admin: asyncpg.Connection) -> Log:
    for turn in range(10):
        await log.append(command(f"case-{turn % 3}", "notebook"))
    await admin.execute(UNLOCK)
    return log


async def test_an_honest_log_verifies(filled: Log, admin: asyncpg.Connection) -> None:
    report = await verify(admin, against=await filled.source_heads())
    assert report.ok, report.findings
    assert report.events == 20
    assert [(head.source, head.position) for head in report.heads] == [("dispatch", 20)]
    assert (await verify_stream(admin, "case-1")).ok
    assert check_stream(await filled.stream("case-1")).ok


async def test_a_flipped_byte_is_named(filled: Log, admin: asyncpg.Connection) -> None:
    await admin.execute("UPDATE event SET payload = set_byte(payload, 40, get_byte(payload, 40) # 1) WHERE seq = 7")
    first = (await verify(admin)).first
    assert first is not None
    assert (first.seq, first.position, first.stream) == (7, 7, "case-0")
    report = await verify_stream(admin, "case-0")
    assert report.first is not None
    assert report.first.seq == 7
    assert (await verify_stream(admin, "case-1")).ok


async def test_a_changed_column_is_named(filled: Log, admin: asyncpg.Connection) -> None:
    await admin.execute("UPDATE event SET time = time - interval '1 day' WHERE seq = 4")
    first = (await verify(admin)).first
    assert first is not None
    assert (first.seq, first.what) == (4, "the columns differ from the payload")


async def test_a_deleted_row_is_named(filled: Log, admin: asyncpg.Connection) -> None:
    await admin.execute("DELETE FROM event WHERE seq = 9")
    findings = (await verify(admin)).findings
    assert findings[0].what == "seq 9 is missing"
    assert "position 9 of dispatch is missing" in [finding.what for finding in findings]


async def test_swapped_rows_are_named(filled: Log, admin: asyncpg.Connection) -> None:
    """Two events exchange all their contents, so that every number still runs without a gap."""
    await admin.execute(
        "UPDATE event e SET payload = o.payload, stream = o.stream, version = o.version, chain = o.chain"
        "  FROM event o WHERE (e.seq, o.seq) IN ((5, 6), (6, 5))"
    )
    first = (await verify(admin)).first
    assert first is not None
    assert first.position == 5


async def test_a_cut_tail_is_named(filled: Log, admin: asyncpg.Connection) -> None:
    await admin.execute("DELETE FROM event WHERE seq > 17")
    findings = (await verify(admin)).findings
    assert findings[0].what == "the log ends at seq 17, its head says 20"
    assert (findings[1].source, findings[1].position) == ("dispatch", 18)
    report = await verify_stream(admin, "notebook")
    assert report.first is not None
    assert report.first.version == 9


async def test_a_tail_cut_with_its_heads_shows_only_to_whoever_saw_it(filled: Log, admin: asyncpg.Connection) -> None:
    """A restored backup is whole in itself: another service's memory of the head gives it away."""
    seen = await filled.source_heads()
    await admin.execute("DELETE FROM event WHERE seq > 17")
    await admin.execute("UPDATE log_head SET seq = 17")
    await admin.execute("UPDATE source_head SET position = 17, chain = (SELECT chain FROM event WHERE seq = 17)")
    await admin.execute(
        "UPDATE stream_head h SET version = e.version, prev = encode(sha256(e.payload), 'hex')"
        "  FROM (SELECT DISTINCT ON (stream) * FROM event ORDER BY stream, version DESC) e WHERE e.stream = h.stream"
    )
    assert (await verify(admin)).ok
    first = (await verify(admin, against=seen)).first
    assert first is not None
    assert (first.source, first.position) == ("dispatch", 18)
    assert "another service saw position 20, this log ends at 17" in first.what


async def test_another_history_of_the_same_length_is_named(filled: Log, admin: asyncpg.Connection) -> None:
    seen = [head._replace(position=12, chain=b"\x01" * 32) for head in await filled.source_heads()]
    first = (await verify(admin, against=seen)).first
    assert first is not None
    assert first.position == 12
