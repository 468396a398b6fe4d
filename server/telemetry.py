"""OpenTelemetry: what this process does as spans, exported where OTEL_EXPORTER_OTLP_ENDPOINT says.

Without that setting nothing that records is imported, nor in the way of anything: each of the
seams below is asked once, when what it is about is made.
"""

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING
from uuid import uuid4

from storage import tracing

if TYPE_CHECKING:
    from handlers.edges.socketio import SocketCommands
    from realtime.broker.broker import Broker, Publisher
    from realtime.delivery.hub import Hub
    from server.config import Config
    from server.jobs.attempt import Outcome

SERVICE = "mini-twitter"
FLUSH_SECONDS = 2.0  # at the end, for the last spans, whether or not somebody takes them

Attempt = Callable[..., Awaitable["Outcome"]]


@contextmanager
def exporting(config: "Config") -> Iterator[None]:
    """Record and export spans for the time of the block, if the settings say so.

    What else the SDK reads from the environment (OTEL_*) is in force.
    """
    if not config.otel_exporter_otlp_endpoint:
        yield
        return
    from opentelemetry import propagate, trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    def current() -> str | None:
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        return carrier.get("traceparent")

    about = {"service.instance.id": str(uuid4())}
    if not _names_service():
        about["service.name"] = SERVICE
    provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    tracing.record_spans(current)
    try:
        yield
    finally:
        tracing.record_spans(None)
        flush = Thread(target=provider.shutdown, daemon=True)
        flush.start()
        flush.join(FLUSH_SECONDS)


def _names_service() -> bool:
    attributes = os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return bool(os.environ.get("OTEL_SERVICE_NAME")) or "service.name=" in attributes


# The seams: each returns what it is given where nothing is recorded.


def publisher(broker: "Publisher") -> "Publisher":
    """Return what publishes on the broker."""
    if not tracing.is_recorded():
        return broker
    from realtime.delivery.spans import RecordedPublisher

    return RecordedPublisher(broker)


def record_deliveries(broker: "Broker", hub: "Hub") -> None:
    """Have what the hub is told by the broker be delivered within spans."""
    if tracing.is_recorded():
        from realtime.delivery import spans

        spans.record_deliveries(broker, hub)


def commands(made: "type[SocketCommands]") -> "type[SocketCommands]":
    """Return the class that carries commands out."""
    if not tracing.is_recorded():
        return made
    from handlers.edges.spans import RecordedCommands

    return RecordedCommands


def attempts(attempt: Attempt) -> Attempt:
    """Return what attempts a job."""
    if not tracing.is_recorded():
        return attempt
    from server.jobs.spans import recorded_attempt

    return recorded_attempt
