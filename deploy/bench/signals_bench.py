"""Signals of made-up records on planted and honest ones: how many were found, and how many were raised for nothing.

`python -m deploy.bench signals` also writes docs/proof/signals.md.
"""

import asyncio
import os
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import asyncpg
from pydantic import SecretStr

from contracts.codec import close, encode_open
from contracts.dispatch import OrderCompleted
from contracts.envelope import Actor, Meta
from contracts.supervision import FollowUpConducted, ProgrammePackActivated
from deploy.bench.row import Row
from deploy.bench.server import temporary_postgres
from deploy.bench.signal_cases import START, Found, Scene, Told, found, scene
from services.chassis.clock import FixedClock
from services.chassis.identity import uuid7
from services.chassis.log.chain import extend
from services.chassis.log.types import Append, Draft, Expect
from services.chassis.migrate import LOG_SQL, migrate
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.reference.projections import PROJECTIONS
from services.supervision.app import HERE, SPEC
from services.supervision.react.signals import SIGNALS
from services.supervision.read.signal_docket import SIGNAL_DOCKET
from services.supervision.read.traces import TRACES

CASES = int(os.environ.get("HUIYIN_BENCH_SIGNAL_CASES", "1500"))
PLANTED = int(os.environ.get("HUIYIN_BENCH_SIGNAL_PLANTED", "12"))
REPORT = Path(__file__).parents[2] / "docs" / "proof" / "signals.md"
PACK = Path(__file__).parents[1] / "packs" / "jw-2017.toml"
ON_RECORD = "[signals]\ncall_record = true\n"
PROGRAMME = "jw-2017"
CHUNK = 500
"""Events taken in at once, as a broker would hand them over."""

RECALL, PRECISION = 0.95, 0.6
"""What is planted must be found; honest work that looks the same to any rule is part of the scene on purpose."""

WATCHING = replace(
    SPEC, projections=(*PROJECTIONS, TRACES, SIGNAL_DOCKET), reactors=(SIGNALS,), routers=(), install=(), on_start=None
)
"""Supervision with its watcher alone: clocks and slips would only take time."""


async def run() -> list[Row]:
    return await asyncio.to_thread(asyncio.run, _run())


async def _run() -> list[Row]:
    with temporary_postgres() as server, tempfile.TemporaryDirectory() as folder:
        connection = await asyncpg.connect(server.dsn())
        await connection.execute("CREATE DATABASE signals")
        await connection.close()
        await migrate(server.dsn("signals"), [LOG_SQL, HERE / "migrations"])
        stage = scene(CASES, PLANTED)
        results = await play(server.dsn("signals"), Path(folder), stage)
    REPORT.write_text(report(results, stage))
    planted, hit, wrong, _ = _total(results)
    told = f"{hit} of {planted} planted found, {wrong} signals for honest work, {CASES} honest cases"
    return [
        Row("made-up records that raise a signal", hit / planted, RECALL, "at least", "", told),
        Row("signals that are about something made up", hit / (hit + wrong), PRECISION, "at least", "", told),
    ]


async def play(dsn: str, folder: Path, stage: Scene) -> list[Found]:
    """Let it all happen to a fresh log, and compare what was raised with what was planted."""
    clock = FixedClock(START)
    secret = SecretStr(secrets.token_hex(32))
    settings = Settings(district="bench", dsn=dsn, nats_url=None, secret=secret, data_dir=folder, pool_size=4)
    service = Service(WATCHING, settings, clock=clock)
    await service.start()
    try:
        await _activate(service)
        told = await _sealed(service, stage.in_order())
        await _happen(service, clock, told)
        await _watched(service)
        rows = await service.pool.fetch("SELECT kind, case_id, visit_ids, seen FROM signal")
        names = [(row["kind"], frozenset(filter(None, (row["case_id"], *row["visit_ids"])))) for row in rows]
        return list(found(stage, names))
    finally:
        await service.stop()


async def _activate(service: Service) -> None:
    content = f"{PACK.read_text()}\n{ON_RECORD}"
    event = ProgrammePackActivated(
        programme_id=PROGRAMME,
        name=PROGRAMME,
        pack_version=1,
        sha256=sha256(content.encode()).hexdigest(),
        content=content,
        effective_from=START,
    )
    await _append(service, Told(START, event, "office", "p-office"))


async def _sealed(service: Service, told: Sequence[Told]) -> list[Told]:
    """Each answer under the key of its own request."""
    assert service.keys is not None, "supervision may read sealed words"
    answered = [one for one in told if one.reply is not None]
    ids = [f"request-{one.event.stream}" for one in answered]
    for at in range(0, len(ids), CHUNK):
        await service.keys.new_many(ids[at : at + CHUNK])
    events: dict[int, Told] = {}
    for one, key_id in zip(answered, ids, strict=True):
        assert isinstance(one.event, OrderCompleted), "only completions answer"
        reply = await service.keys.seal(str(one.reply), key_id)
        events[id(one)] = replace(one, event=one.event.model_copy(update={"reply": reply}))
    return [events.get(id(one), one) for one in told]


async def _happen(service: Service, clock: FixedClock, told: Sequence[Told]) -> None:
    """In the order of their times, each source by itself, a chunk at once."""
    chains: dict[str, bytes] = {}
    positions: dict[str, int] = {}
    versions: dict[str, int] = {}
    for start in range(0, len(told), CHUNK):
        waiting: dict[str, list[tuple[int, bytes, bytes]]] = {}
        for one in told[start : start + CHUNK]:
            if isinstance(one.event, FollowUpConducted):
                continue
            source = one.event.OWNER
            payload = _payload(one, source, versions)
            chains[source] = extend(chains.get(source, bytes(32)), payload)
            positions[source] = positions.get(source, 0) + 1
            waiting.setdefault(source, []).append((positions[source], payload, chains[source]))
        for source, messages in waiting.items():
            await service.log.insert_foreign(source, 1, messages)
        clock.set(max(clock.now(), told[min(start + CHUNK, len(told)) - 1].at))
        for one in told[start : start + CHUNK]:
            if isinstance(one.event, FollowUpConducted):
                await _append(service, one)


def _meta(one: Told) -> Meta:
    return Meta(
        command_id=uuid7(),
        actor=Actor(one.person, one.unit, "unit_clerk"),
        programme=PROGRAMME,
        occurred_at=one.occurred,
    )


def _payload(one: Told, source: str, versions: dict[str, int]) -> bytes:
    version = versions[one.event.stream] = versions.get(one.event.stream, 0) + 1
    body = encode_open(one.event, _meta(one), event_id=uuid7(), district="bench", source=source)
    return close(body, version=version, prev="" if version == 1 else "0" * 64, time=one.at)


async def _append(service: Service, one: Told) -> None:
    """An event of supervision's own log."""
    event = one.event
    body = encode_open(event, _meta(one), event_id=uuid7(), district="bench", source="supervision")
    draft = Draft(event.stream, event.TYPE, event.VERSION, body)
    await service.log.append(Append(uuid7(), b"bench", [Expect(event.stream, 0)], [draft]))


async def _watched(service: Service) -> None:
    """Until the watcher has looked at everything and the docket shows it."""
    head = (await service.log.head()).seq
    while (await service.reactors.lag())[SIGNALS.name].seq < head:
        await asyncio.sleep(0.05)
    if not await service.all_caught_up((await service.log.head()).seq, 30):
        raise RuntimeError("the docket does not show the signals")


def report(results: Sequence[Found], stage: Scene) -> str:
    """The page in docs/proof."""
    scene_words = SCENE.format(cases=CASES, planted=PLANTED, few=max(1, PLANTED // 2), events=len(stage.told))
    lines = [_line(f"`{one.kind}`", one.planted, one.hit, one.wrong, one.alike) for one in results]
    return "\n".join([HEAD, scene_words, TABLE, *lines, _line("all", *_total(results)), "", NOT_SEEN])


def _total(results: Sequence[Found]) -> tuple[int, int, int, int]:
    return (
        sum(one.planted for one in results),
        sum(one.hit for one in results),
        sum(one.wrong for one in results),
        sum(one.alike for one in results),
    )


def _line(kind: str, planted: int, hit: int, wrong: int, alike: int) -> str:
    recall, precision = _share(hit, planted), _share(hit, hit + wrong)
    return f"| {kind} | {planted} | {hit} | {recall} | {wrong} | {alike} | {precision} |"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "—"


HEAD = """# Signals of made-up records

`python -m deploy.bench signals` plants made-up records among honest ones, lets supervision watch the whole log, and
compares. A signal proposes that somebody looks and names the records behind it; it is never a verdict.
"""
SCENE = """Scene: {cases:,} honest cases, {planted} of each made-up kind, {few} times just inside every limit, and as
many honest look-alikes: one repair that solves six complaints at once with one photo and one answer, a lamp that fails
again by itself, a requester without a telephone, a neighbour who speaks for three households, a clerk who strikes off
ten cases for a leader who is away. {events:,} events, always the same.
"""
TABLE = """| kind | planted | found | recall | raised for honest work | of them look-alikes | precision |
|---|---|---|---|---|---|---|"""
NOT_SEEN = """A look-alike is what no record tells from the real thing; a person settles it as harmless.
One telephone for many households is seen by the random word that stands for a number, a call-back without a call by the
number of its record where the pack asks for one. Who completes and strikes off alone is told of only where somebody
else of the unit did either before: the one clerk of a unit may do both where the pack has units strike off
(`unit_self`), and what such a clerk makes up this kind does not find. Not watched: two visits that overlap by their
length (a visit has one time).
"""
