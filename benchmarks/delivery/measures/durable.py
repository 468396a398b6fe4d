"""Messages between two people: numbered, logged, delivered in order, once. Ours only.

Three instances: senders write over their sockets on the first; they have another socket each on the
second, and the recipients theirs on the third. So a message is delivered three times: across
instances to both participants, and on the sender's own socket where it was sent.
"""

import time
from collections.abc import Iterator

import psutil

from benchmarks.delivery.community import PAIRS
from benchmarks.delivery.crowd import crowd
from benchmarks.delivery.generator import Clients, generator
from benchmarks.delivery.machine import cpu_seconds
from benchmarks.delivery.measures.fanout import published
from benchmarks.delivery.process import Failed
from benchmarks.delivery.results import Goal, Ratio, Row, Table
from benchmarks.delivery.setting import redis_and_postgres
from benchmarks.delivery.sites import FAMILIES, OUR_READY, Setting, instance

PER_SECOND = 200
SECONDS = 8  # instances look for what they missed every other second
IDLE_SECONDS = 4
WARM_UP_S = 1
ARRIVED = '42["message.created"'
SEND = '["message.send",{"conversation_id":%a,"content":"%s the quick brown fox"}]'
DELIVERIES = 3
ALLOWED_US = 150  # of server CPU a message, beside two bare sends

ROW = "us"
ALLOWED = f"two bare sends + {ALLOWED_US} us"
TABLE = Table(
    f"{PER_SECOND} messages a second in {PAIRS} conversations of two",
    {
        "servers_us": "CPU of all three instances, us a message",
        "writer_us": "of it: where it is sent",
        "sender_us": "where the sender is",
        "recipient_us": "where the recipient is",
        "idle_us": "spent without any message, in the same time",
        "redis_us": "Redis, us",
        "postgres_us": "PostgreSQL, us",
        "stored_p50_ms": "stored to received p50, ms",
        "stored_p99_ms": "stored to received p99, ms",
        "sent_p50_ms": "sent to received p50, ms",
        "sent_p99_ms": "sent to received p99, ms",
    },
    [Ratio("servers_us", ROW, ALLOWED, 1.0)],
    [Goal("stored_p50_ms", ROW, 3), Goal("stored_p99_ms", ROW, 15)],
)


def measure(setting: Setting) -> Iterator[tuple[int, Row]]:
    allowed = ALLOWED_US + 2 * _bare_send_us(setting)
    people = setting.community
    with (
        instance(setting, measured=True) as writing,
        instance(setting) as sending,
        instance(setting) as receiving,
        generator(setting.binaries["generator"]) as clients,
    ):
        for group, server, tokens in (
            ("w", writing, people.senders),
            ("s", sending, people.senders),
            ("r", receiving, people.recipients),
        ):
            sockets = Clients(server.port, ready=OUR_READY, tokens=tokens, counted=True)
            clients.connect(group, sockets, PAIRS)

        def send(for_s: float) -> dict[str, float]:
            return clients.rate(
                "w", SEND, per_second=PER_SECOND, seconds=for_s, each=DELIVERIES, prefix=ARRIVED
            )

        send(WARM_UP_S)
        instances = [writing.pid, sending.pid, receiving.pid]
        at_rest = _cpu(instances)
        time.sleep(IDLE_SECONDS)
        idle_us = _spent(at_rest) / IDLE_SECONDS / PER_SECOND * 1e6
        redis, postgres = redis_and_postgres(setting)
        before = [_cpu(pids) for pids in (*([pid] for pid in instances), redis, postgres)]
        found = send(SECONDS)
        spent = [_spent(was) for was in before]
        if found["incomplete"] or found["gaps"] or found["refused"]:
            raise Failed(f"messages were lost, repeated, refused or out of order: {found}")
        each = [cpu / found["sent"] * 1e6 for cpu in spent]
        yield 3 * PAIRS, (ROW, _figures(found, each) | {"idle_us": idle_us})
        yield 3 * PAIRS, (ALLOWED, {"servers_us": allowed})


def _figures(found: dict[str, float], each: list[float]) -> dict[str, float]:
    return {
        "servers_us": sum(each[:3]),
        "writer_us": each[0],
        "sender_us": each[1],
        "recipient_us": each[2],
        "redis_us": each[3],
        "postgres_us": each[4],
        "stored_p50_ms": found["stored_p50_us"] / 1e3,
        "stored_p99_ms": found["stored_p99_us"] / 1e3,
        "sent_p50_ms": found["latency_p50_us"] / 1e3,
        "sent_p99_ms": found["latency_p99_us"] / 1e3,
    }


def _bare_send_us(setting: Setting) -> float:
    with crowd("raw C", FAMILIES["raw"]["raw C"], setting, sockets=100, seconds=0.5) as bare:
        [(_, figures)] = published(bare, 1)
        return figures["delivery_us"]


def _cpu(pids: list[int]) -> dict[int, float]:
    return {pid: cpu_seconds(pid) for pid in pids}


def _spent(before: dict[int, float]) -> float:
    """By those that are still there: PostgreSQL's housekeepers come and go."""
    return sum(cpu_seconds(pid) - was for pid, was in before.items() if psutil.pid_exists(pid))
