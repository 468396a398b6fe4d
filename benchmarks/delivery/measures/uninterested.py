"""What an instance pays for events that none of its sockets wants, while another exchanges them.

It has 50 sockets, of people who follow nobody (peers': who are not in the room). What it spends
when nothing happens is taken off; "received" is what our broker counts in /metrics.
"""

import re
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.delivery.community import STRANGERS
from benchmarks.delivery.crowd import AUDIENCE, PUBLISHERS
from benchmarks.delivery.generator import generator
from benchmarks.delivery.machine import cpu_seconds, rest
from benchmarks.delivery.process import Failed, Server
from benchmarks.delivery.results import Goal, Row, Table
from benchmarks.delivery.sites import POSTED, Open, Setting

PER_SECOND = 300
SECONDS = 4  # twice what an instance waits between two looks at what it has missed
LISTENERS = 10  # on the other instance
BYSTANDERS = "b"
RECEIVED = re.compile(r'^mini_twitter_broker_messages_total\{what="received"\} (\S+)', re.MULTILINE)

TABLE = Table(
    f"An instance without interest in {PER_SECOND} events a second",
    {
        "event_us": "CPU, us an event",
        "idle_us": "CPU when idle, us a second",
        "received": "messages received an event",
    },
    goals=[Goal("received", "us", 0)],
)


def measure(name: str, opened: Open, setting: Setting) -> Iterator[tuple[int, Row]]:
    with opened(setting) as site, generator(setting.binaries["generator"]) as clients:
        publisher = next(one for one in reversed(site.publishers) if one.instance is not None)
        assert site.other is not None
        assert site.bystanders is not None
        clients.connect(BYSTANDERS, site.bystanders, STRANGERS)
        clients.connect(AUDIENCE, replace(site.audience, port=site.other.port), LISTENERS)
        clients.connect(PUBLISHERS, publisher.clients, publisher.count)
        rest(site.measured.pid)
        cpu = cpu_seconds(site.measured.pid)
        time.sleep(SECONDS)
        idle_s = cpu_seconds(site.measured.pid) - cpu
        received, cpu = _received(site.measured), cpu_seconds(site.measured.pid)
        found = clients.rate(
            PUBLISHERS,
            publisher.template,
            per_second=PER_SECOND,
            seconds=SECONDS,
            each=LISTENERS,
            prefix=POSTED,
        )
        spent_s = cpu_seconds(site.measured.pid) - cpu
        if found["incomplete"]:
            raise Failed(f"not every event reached {LISTENERS} sockets, once: {found}")
        figures = {
            "event_us": (spent_s - idle_s * found["seconds"] / SECONDS) / found["sent"] * 1e6,
            "idle_us": idle_s / SECONDS * 1e6,
        }
        now = _received(site.measured)
        if now is not None and received is not None:
            figures["received"] = (now - received) / found["sent"]
        yield STRANGERS, (name, figures)


def _received(server: Server) -> float | None:
    """None of those who have no such count."""
    try:
        with urllib.request.urlopen(f"{server.url}/metrics", timeout=5) as answer:
            counted = RECEIVED.search(answer.read().decode())
    except OSError:
        return None
    return float(counted[1]) if counted else None
