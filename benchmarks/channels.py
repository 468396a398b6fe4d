"""A Redis channel for each user, or a few that users share: `make bench-channels`.

What is printed is what both cost.

Instances are processes with a broker each, who only look up for whom a message is; another process
publishes, to users of the first instance alone. So there is one that delivers, and the others have
no interested sockets. CPU is that of the processes themselves, Redis's by its own account.
"""

import asyncio
import json
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import redis
import uvloop

from benchmarks.delivery.machine import processor
from realtime.broker.redis.broker import RedisBroker, open_broker
from server.embedded import redis as embedded

INSTANCES = (1, 2, 8)
USERS = (1_000, 10_000)
SHARED = (0, 256, 16)  # channels that all users share; 0: each user has one
PAYLOAD = b"x" * 300
SINGLE, SINGLE_PAUSE_SECONDS = 1_500, 0.001
BURSTS, BURST, BURST_PAUSE_SECONDS = 200, 100, 0.004
ROUNDS = 3
HERD = 10_000
HERD_PER_TICK = 100


def name_of(shared: int) -> str:
    return f"{shared} shared" if shared else "per user"


def channel_of(user_id: int, shared: int) -> bytes:
    return b"s:%d" % (user_id % shared) if shared else b"u:%d" % user_id


def spread(users: int, instances: int) -> list[list[int]]:
    """The users connected to each instance: chance has it, but the same in every process."""
    everybody = random.Random(0).sample(range(users), users)
    return [everybody[number::instances] for number in range(instances)]


# The instance: a process that answers commands on its standard input


class Instance:
    def __init__(self, broker: RedisBroker, shared: int) -> None:
        self._broker = broker
        self._shared = shared
        self._here: dict[int, int] = {}  # users -> what was delivered to them
        broker.on_message = self._receive_shared if shared else self._receive_user

    def _receive_user(self, channel: bytes, payload: bytes) -> None:
        self._here[int(channel[2:])] += 1

    def _receive_shared(self, channel: bytes, payload: bytes) -> None:
        user_id = int(payload[: payload.index(b" ")])
        if user_id in self._here:
            self._here[user_id] += 1

    async def connect(self, user_ids: Sequence[int], per_tick: int) -> None:
        """So many at once that their channels join one tick of the loop."""
        for start in range(0, len(user_ids), per_tick):
            for user_id in user_ids[start : start + per_tick]:
                self._here[user_id] = 0
                self._broker.subscribe(channel_of(user_id, self._shared))
            await asyncio.sleep(0)
        assert await self._broker.subscribed(timeout_seconds=30)

    def state(self) -> dict[str, Any]:
        return {
            "cpu": time.process_time(),
            "received": self._broker.counters.messages_received,
            "delivered": sum(self._here.values()),
            "commands": self._broker.counters.subscribe_commands,
        }


async def instance(url: str, shared: int) -> None:
    async with open_broker(url) as broker:
        one = Instance(broker, shared)
        while line := await asyncio.to_thread(sys.stdin.readline):
            began = time.perf_counter()
            if line.strip() != "state":
                users, instances, number, per_tick = map(int, line.split())
                await one.connect(spread(users, instances)[number], per_tick)
            print(json.dumps(one.state() | {"took": time.perf_counter() - began}), flush=True)


# The measuring process, which publishes


class Remote:
    """An instance, from here."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n".encode())
        answer: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return answer


@asynccontextmanager
async def remote(url: str, shared: int) -> AsyncIterator[Remote]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.channels", "instance", url, str(shared)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Remote(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


@contextmanager
def valkey() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        try:
            yield embedded.start(Path(directory))
        finally:
            embedded.stop(Path(directory))


def redis_cpu(client: Any) -> float:
    info = client.info("cpu")
    return float(info["used_cpu_user"] + info["used_cpu_sys"])


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of CPU for each event."""

    delivering: float
    other: float | None  # the mean of those without an interested socket
    publisher: float
    redis: float
    other_received: int  # by one of them, of all events


async def publish(broker: RedisBroker, channels: list[tuple[bytes, bytes]], bursts: bool) -> None:
    each, pause = (BURST, BURST_PAUSE_SECONDS) if bursts else (1, SINGLE_PAUSE_SECONDS)
    for start in range(0, len(channels), each):
        for channel, payload in channels[start : start + each]:
            broker.publish(channel, payload)
        await asyncio.sleep(pause)


async def one_round(
    broker: RedisBroker,
    client: Any,
    remotes: list[Remote],
    users: list[int],
    shared: int,
    *,
    bursts: bool,
) -> Cost:
    """Events to random `users`, all of the first instance."""
    count = BURSTS * BURST if bursts else SINGLE
    events = [
        (channel_of(user_id, shared), b"%d %s" % (user_id, PAYLOAD))
        for user_id in random.choices(users, k=count)
    ]
    before = [await one.ask("state") for one in remotes]
    redis_before, own_before = redis_cpu(client), time.process_time()
    await publish(broker, events, bursts)
    own = time.process_time() - own_before
    for _ in range(100):
        if (await remotes[0].ask("state"))["delivered"] == before[0]["delivered"] + count:
            break
        await asyncio.sleep(0.05)
    else:
        raise TimeoutError("not all was delivered")
    redis_after = redis_cpu(client)
    after = [await one.ask("state") for one in remotes]
    spent = [(b["cpu"] - a["cpu"]) / count * 1e6 for a, b in zip(before, after, strict=True)]
    return Cost(
        delivering=spent[0],
        other=statistics.mean(spent[1:]) if spent[1:] else None,
        publisher=own / count * 1e6,
        redis=(redis_after - redis_before) / count * 1e6,
        other_received=after[-1]["received"] - before[-1]["received"] if spent[1:] else 0,
    )


def median(costs: list[Cost], pick: Callable[[Cost], float | None]) -> str:
    values = [value for cost in costs if (value := pick(cost)) is not None]
    return f"{statistics.median(values):.1f}" if values else "-"


async def deliver(url: str, client: Any, users: int, instances: int, shared: int) -> str:
    """A line of the first table."""
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(open_broker(url))
        remotes = [await stack.enter_async_context(remote(url, shared)) for _ in range(instances)]
        for number, one in enumerate(remotes):
            await one.ask(f"{users} {instances} {number} {users}")
        first_users = spread(users, instances)[0]
        rounds = {
            bursts: [
                await one_round(broker, client, remotes, first_users, shared, bursts=bursts)
                for _ in range(ROUNDS)
            ]
            for bursts in (False, True)
        }
    picks: list[Callable[[Cost], float | None]] = [
        lambda cost: cost.delivering,
        lambda cost: cost.other,
        lambda cost: cost.publisher,
        lambda cost: cost.redis,
    ]
    cells = [f"{median(rounds[False], pick)} / {median(rounds[True], pick)}" for pick in picks]
    received = rounds[True][0].other_received / (BURSTS * BURST)
    share = f"{received:.0%}" if instances > 1 else "-"
    return f"| {users:,} | {instances} | {name_of(shared)} | {' | '.join(cells)} | {share} |"


async def subscribe(url: str, client: Any, shared: int, per_tick: int) -> str:
    """A line of the second table."""
    async with remote(url, shared) as one:
        before = await one.ask("state")
        memory = client.info("memory")["used_memory"]
        redis_before = redis_cpu(client)
        after = await one.ask(f"{HERD} 1 0 {per_tick}")
        redis_us = (redis_cpu(client) - redis_before) / HERD * 1e6
        held = (client.info("memory")["used_memory"] - memory) / HERD
        cpu = (after["cpu"] - before["cpu"]) / HERD * 1e6
        when = "at once" if per_tick == HERD else f"{per_tick} in a tick"
        return (
            f"| {name_of(shared)}, {when} | {after['commands']} | {after['took'] * 1000:.0f} "
            f"| {cpu:.1f} | {redis_us:.1f} | {held:.0f} |"
        )


async def main() -> None:
    with valkey() as url, redis.Redis.from_url(url) as client:
        server = client.info("server")
        print(
            f"{processor()}, CPython {platform.python_version()}, uvloop {version('uvloop')}, "
            f"hiredis {version('hiredis')}, Valkey {server.get('valkey_version')}\n\n"
            "CPU in us for an event, one in a tick / 100 in a tick:\n\n"
            "| users | instances | channels | the one that delivers | each other | publisher "
            "| Redis | received by each other |\n" + "| --- " * 8 + "|"
        )
        for users in USERS:
            for instances in INSTANCES:
                for shared in SHARED:
                    print(await deliver(url, client, users, instances, shared), flush=True)
        print(
            f"\n{HERD:,} users connect to one instance:\n\n"
            "| channels | SUBSCRIBE commands | ms until all are confirmed | instance, us each "
            "| Redis, us each | Redis, bytes each |\n" + "| --- " * 6 + "|"
        )
        for shared in SHARED:
            for per_tick in (HERD, HERD_PER_TICK):
                print(await subscribe(url, client, shared, per_tick), flush=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if sys.argv[1:2] == ["instance"]:
            runner.run(instance(sys.argv[2], int(sys.argv[3])))
        else:
            runner.run(main())
