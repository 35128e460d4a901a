"""Logs, spans and metrics of one process, joined by correlation id and trace id."""

import importlib
import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import orjson
import structlog
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

TRACER = "huiyin"
_PROPAGATOR = TraceContextTextMapPropagator()

LATENCY_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5)
"""Seconds: fine around the millisecond of an append, coarse where a person already waits."""


def configure_logging(service: str, level: str) -> None:
    """One JSON object a line on stdout, also for lines of libraries that use `logging`."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_trace,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer = structlog.processors.JSONRenderer(serializer=_line)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    structlog.contextvars.bind_contextvars(service=service)


def _line(entry: dict[str, Any], **_options: Any) -> str:
    return orjson.dumps(entry, default=repr).decode()


def _with_trace(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
    return event


def configure_tracing(service: str, exporter: str) -> TracerProvider | None:
    """Install the process' tracer. With "none" spans cost next to nothing and carry no ids."""
    if exporter == "none":
        return None
    provider = TracerProvider(resource=Resource.create({"service.name": f"huiyin-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(_exporter(exporter)))
    trace.set_tracer_provider(provider)
    return provider


def _exporter(name: str) -> SpanExporter:
    if name == "console":
        return ConsoleSpanExporter()
    module = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
    try:
        exporter: SpanExporter = importlib.import_module(module).OTLPSpanExporter()
    except ModuleNotFoundError as error:
        raise RuntimeError(
            "HUIYIN_TRACE_EXPORTER=otlp needs the package opentelemetry-exporter-otlp-proto-http"
        ) from error
    return exporter


@contextmanager
def span(
    name: str, *, parent: str | None = None, kind: SpanKind = SpanKind.INTERNAL, **attributes: Any
) -> Iterator[Span]:
    """A span around a block. `parent` is a traceparent from outside, such as the one an event carries:
    the work it causes in another service then belongs to the same trace as the command."""
    context = _PROPAGATOR.extract({"traceparent": parent}) if parent else None
    tracer = trace.get_tracer(TRACER)
    with tracer.start_as_current_span(name, context=context, kind=kind, attributes=attributes) as current:
        yield current


def current_traceparent() -> str | None:
    """The W3C traceparent of the current span, to be carried by the events that are written under it."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


def mark_failed(current: Span, reason: str) -> None:
    current.set_status(Status(StatusCode.ERROR, reason))


class Metrics:
    """One process' Prometheus metrics, in a registry of their own so that two services fit in one test."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self._service = service
        self.requests = Histogram(
            "huiyin_http_request_seconds",
            "Time to answer, by route",
            ["service", "method", "route", "status"],
            registry=self.registry,
            buckets=LATENCY_BUCKETS,
        )
        self.appends = Histogram(
            "huiyin_append_seconds",
            "Time from a command's append to its durable answer",
            ["service"],
            registry=self.registry,
            buckets=LATENCY_BUCKETS,
        )
        self.refused = Counter(
            "huiyin_refusals_total", "Refused commands, by problem code", ["service", "code"], registry=self.registry
        )
        self.streams = self._gauge("huiyin_live_streams", "Open streams of live notices", [])
        self.head = self._gauge("huiyin_log_seq", "Last seq of the local log", [])
        self.positions = self._gauge("huiyin_source_position", "Last position held, by source", ["source"])
        self.source_lag = self._gauge(
            "huiyin_source_lag_events", "Events a source has published that are not held here", ["source"]
        )
        self.watermark_age = self._gauge(
            "huiyin_source_watermark_age_seconds", "Age of the last watermark, by source", ["source"]
        )
        self.reader_lag = self._gauge(
            "huiyin_reader_lag_events", "Events a projector or reactor is behind the local log", ["reader"]
        )
        self.reader_stopped = self._gauge(
            "huiyin_reader_stopped", "1 when a projector or reactor stopped and needs a person", ["reader"]
        )

    def _gauge(self, name: str, text: str, labels: list[str]) -> Gauge:
        return Gauge(name, text, ["service", *labels], registry=self.registry)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        self.requests.labels(self._service, method, route, str(status)).observe(seconds)

    def refusal(self, code: str) -> None:
        self.refused.labels(self._service, code).inc()

    def append(self, seconds: float) -> None:
        self.appends.labels(self._service).observe(seconds)
