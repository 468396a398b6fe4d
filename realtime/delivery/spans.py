"""Spans of hints, from who publishes to who delivers: used where they are recorded.

A hint has no place for a span's name: its tail is what clients are sent, and instances of the
release before read what stands before it. So another message goes ahead of it on the same channel,
which says of which span a hint with this checksum is. Those who record nothing drop it.
"""

from zlib import crc32

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind

from realtime.broker.broker import Broker, Publisher
from realtime.delivery.hub import Hub
from realtime.protocol import channels
from realtime.protocol.hint_codec import SPAN

AWAITED_MAX = 1000  # hints of which the span is known already; where one is lost, it stays

tracer = trace.get_tracer("mini_twitter.realtime")


class RecordedPublisher:
    """Publishes what is done within a recorded span with a span of its own."""

    def __init__(self, broker: Publisher) -> None:
        self._broker = broker

    def publish(self, channel: bytes, payload: bytes) -> bool:
        """Send a message, and before it of which span it is."""
        if not trace.get_current_span().is_recording():
            return self._broker.publish(channel, payload)
        with tracer.start_as_current_span(
            f"publish {_name(payload)}",
            kind=SpanKind.PRODUCER,
            attributes=_attributes(channel, "publish"),
        ):
            carrier: dict[str, str] = {}
            propagate.inject(carrier)
            span = carrier["traceparent"].encode()
            self._broker.publish(channel, b"%b%b %d" % (SPAN, span, crc32(payload)))
            return self._broker.publish(channel, payload)


class RecordedDelivery:
    """Has a hub deliver within the spans that hints were published in."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._awaited: dict[tuple[bytes, int], Context] = {}

    def on_message(self, channel: bytes, payload: bytes) -> None:
        """Note of which span a hint is that comes next, or deliver a hint."""
        if payload.startswith(SPAN):
            parent, _, checksum = payload[len(SPAN) :].partition(b" ")
            if len(self._awaited) >= AWAITED_MAX:
                del self._awaited[next(iter(self._awaited))]
            within = propagate.extract({"traceparent": parent.decode()})
            self._awaited[channel, int(checksum)] = within
            return
        context = None
        if self._awaited:
            context = self._awaited.pop((channel, crc32(payload)), None)
        if context is None:
            self._hub.on_hint(channel, payload)
            return
        with tracer.start_as_current_span(
            f"deliver {_name(payload)}",
            context=context,
            kind=SpanKind.CONSUMER,
            attributes=_attributes(channel, "process"),
        ) as span:
            stream = self._hub.streams.get(channels.subject_of(channel))
            is_log = stream is not None and channel == channels.user(stream.user_id)
            head = stream.head if stream is not None and is_log else None
            self._hub.on_hint(channel, payload)
            if stream is not None and is_log:
                # One that is ahead of others waits for these: it is sent after this span.
                span.set_attribute("mini_twitter.sent", stream.head != head)
                span.set_attribute("mini_twitter.sockets", len(stream.live))


def record_deliveries(broker: Broker, hub: Hub) -> None:
    """Have what this broker receives for the hub be delivered within spans."""
    broker.on_message = RecordedDelivery(hub).on_message


def _name(payload: bytes) -> str:
    return payload.partition(b" ")[0].decode()


def _attributes(channel: bytes, operation: str) -> dict[str, str]:
    return {
        "messaging.system": "redis",
        "messaging.operation.type": operation,
        "messaging.destination.name": channel.decode(),
    }
