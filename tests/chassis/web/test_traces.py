"""A command and what it causes in another service belong to one trace, over real logs and a real broker."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr

from contracts.dispatch import ProgressReported
from contracts.event import Event
from contracts.supervision import ClockMet
from deploy.local.broker import Broker
from services.chassis.decider import Decider
from services.chassis.facts import Fact, decode_fact
from services.chassis.reactor import ReactContext, Reactor, caused_by
from services.chassis.service import Service, ServiceSpec
from services.chassis.settings import Settings
from services.chassis.web.app import make_app
from tests.chassis.transport.until import until
from tests.chassis.web.conftest import SECRET
from tests.chassis.web.notebook import SPEC, WRITER
from tests.clients import client
from tests.conftest import DsnFactory


@dataclass(frozen=True)
class Meet:
    fact: Fact


def decide(state: bool, command: Meet) -> list[Event]:
    fact = command.fact
    return [ClockMet(clock_id="k-1", case_id="c-1", kind="contact", at=fact.time, late=False)]


clock: Decider[bool, Meet] = Decider("clock", False, lambda state, event: True, decide)


async def react(fact: Fact, ctx: ReactContext) -> None:
    await ctx.commands.handle(clock, "clock-k-1", Meet(fact), caused_by(fact, "meet"))


WATCHER = ServiceSpec(
    "supervision",
    Path(__file__).parent,
    reactors=(Reactor("meet_clock_on_progress", (ProgressReported,), react),),
    sources=("dispatch",),
)


@pytest.fixture(scope="module")
def spans() -> Iterator[InMemorySpanExporter]:
    """The process has one tracer provider, and it can be set only once; other tests' spans are harmless."""
    exporter = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    processor = SimpleSpanProcessor(exporter)
    provider.add_span_processor(processor)
    yield exporter
    processor.shutdown()


@pytest.fixture
async def both(
    pg_dsn_factory: DsnFactory, nats_server: Broker, district: str, tmp_path: Path
) -> AsyncIterator[tuple[FastAPI, Service]]:
    settings = Settings(
        district=district,
        dsn=pg_dsn_factory("log"),
        nats_url=nats_server.url,
        secret=SecretStr(SECRET),
        data_dir=tmp_path,
    )
    app = make_app(Service(replace(SPEC, sources=("supervision",)), settings))
    watcher = Service(WATCHER, settings.model_copy(update={"dsn": pg_dsn_factory("log")}))
    await watcher.start()
    async with app.router.lifespan_context(app):
        yield app, watcher
    await watcher.stop()


async def test_a_command_and_its_effect_share_a_trace(
    both: tuple[FastAPI, Service], spans: InMemorySpanExporter
) -> None:
    app, watcher = both
    token = app.state.sessions.issue(WRITER)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k-1", "X-Correlation-Id": "quoted-in-a-letter"}
    await until(lambda: not (app.state.service.log.refused or watcher.log.refused))
    async with client(app, **headers) as api:
        answer = await api.post("/dispatch/api/cases/c-1/lines", json={"text": "已到现场"})
    assert answer.status_code == 201, answer.text
    effect = await _effect(watcher)
    named = {span.name: span for span in spans.get_finished_spans()}
    server, reaction = named["POST /dispatch/api/cases/{case_id}/lines"], named["react meet_clock_on_progress"]
    assert _trace(server) == _trace(reaction) == _trace(named["command Meet"])
    assert effect.envelope.meta.traceparent
    assert _trace(server) in effect.envelope.meta.traceparent
    assert effect.envelope.meta.correlation_id == "quoted-in-a-letter"


async def _effect(watcher: Service) -> Fact:
    await until(lambda: watcher.log.stream("clock-k-1"))
    return decode_fact((await watcher.log.stream("clock-k-1"))[0])


def _trace(span: ReadableSpan) -> str:
    assert span.context is not None
    return trace.format_trace_id(span.context.trace_id)
