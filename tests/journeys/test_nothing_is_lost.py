"""Instances are killed and stopped, Redis comes and goes: everyone hears all of it, in order."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path

from storage.database.pool import Database
from tests.conftest import Services
from tests.faults.own_redis import own_redis_server
from tests.journeys.reconnecting_client import (
    Process,
    ReconnectingClient,
    listening,
    send_surely,
    two_processes,
)
from tests.people import Person
from tests.realtime.message_helpers import conversation, entries, log_of
from tests.waiting import until

SENDS = 500


class Crowd:
    """Six people in a group and in pairs."""

    def __init__(self, people: list[Person], rooms: list[tuple[int, list[Person]]]) -> None:
        self.people = people
        self.rooms = rooms

    @classmethod
    async def gather(cls, instance: Process) -> "Crowd":
        people = list(await asyncio.gather(*(instance.person(f"p{n}") for n in range(6))))
        groups = [people, *([people[n], people[n + 1]] for n in range(5))]
        return cls(people, [(await conversation(instance, *group), group) for group in groups])

    async def send(
        self, instances: tuple[Process, ...], count: int, sent: list[int], at_once: int = 8
    ) -> None:
        """Each is acknowledged in the end; its id is in `sent` then."""
        numbers = iter(range(count))

        async def sender(seed: int) -> None:
            chance = random.Random(seed)
            for number in numbers:
                room, members = chance.choice(self.rooms)
                order = chance.sample(instances, len(instances))
                sent.append(await send_surely(order, chance.choice(members), room, str(number)))

        await asyncio.gather(*(sender(seed) for seed in range(at_once)))

    async def check(
        self,
        db: Database,
        clients: dict[int, ReconnectingClient],
        sent: Iterable[int],
        seconds: float,
    ) -> float:
        """Everyone has heard what their log holds; seconds until they had."""
        begun = time.monotonic()
        logs = {person.id: await log_of(db, person.id) for person in self.people}
        last = {id: log[-1][0] for id, log in logs.items()}
        with suppress(TimeoutError):  # then the numbers tell more
            await until(lambda: all(clients[id].seq == seq for id, seq in last.items()), seconds)
        assert {id: clients[id].seq for id in last} == last
        took = time.monotonic() - begun
        heard: set[int | None] = set()
        for id, client in clients.items():
            assert client.faults == []
            after = client.log[0][0] - 1
            assert entries(client.log) == logs[id][after:]
            heard |= {ref for _, name, ref in entries(client.log) if name == "message.created"}
        assert set(sent) == heard
        return took


async def amid_sends(
    crowd: Crowd,
    instances: tuple[Process, ...],
    fault: Callable[[list[int]], Awaitable[None]],
) -> list[int]:
    """SENDS messages, the fault after a third of them; it is told those acknowledged so far."""
    sent: list[int] = []
    sending = asyncio.create_task(crowd.send(instances, SENDS, sent))
    await until(lambda: len(sent) >= SENDS // 3 or sending.done(), 60)
    assert not sending.done(), sending.result()
    await fault(sent)
    await sending
    assert len(set(sent)) == SENDS
    return sent


async def test_killing_an_instance_amid_sends_loses_nothing(
    services: Services, tmp_path: Path, db: Database
) -> None:
    async with two_processes(services, tmp_path) as (here, there):
        crowd = await Crowd.gather(here)
        async with listening(crowd.people, [here.url, there.url]) as clients:

            async def kill(_sent: list[int]) -> None:
                there.kill()

            sent = await amid_sends(crowd, (here, there), kill)
            await crowd.check(db, clients, sent, 6)
            assert sum(client.connects for client in clients.values()) == len(clients) + 3


async def test_an_instance_that_is_stopped_sends_its_sockets_elsewhere_and_loses_nothing(
    services: Services, tmp_path: Path, db: Database
) -> None:
    async with two_processes(services, tmp_path) as (here, there):
        crowd = await Crowd.gather(here)
        async with listening(crowd.people, [here.url, there.url]) as clients:
            ends: list[tuple[int, float, str]] = []

            async def stop(_sent: list[int]) -> None:
                there.terminate()
                ends.append(await asyncio.to_thread(there.end))

            sent = await amid_sends(crowd, (here, there), stop)
            await crowd.check(db, clients, sent, 6)
            ((code, seconds, err),) = ends
            assert code == 0
            assert seconds <= 10
            assert "Traceback" not in err
            told = [closing for client in clients.values() for closing in client.closings]
            assert len(told) == 3
            for closing in told:
                assert closing["code"] == "draining"
                assert 0 <= closing["reconnect_in_ms"] <= 5000


async def test_killing_and_restarting_redis_amid_sends_loses_nothing(
    services: Services, tmp_path: Path, db: Database
) -> None:
    with own_redis_server() as redis:
        redis.start()
        async with two_processes(services, tmp_path, REDIS_URL=redis.url) as (here, there):
            crowd = await Crowd.gather(here)
            async with listening(crowd.people, [here.url, there.url]) as clients:

                async def restart(sent: list[int]) -> None:
                    redis.kill()
                    away = len(sent)
                    await until(lambda: len(sent) >= away + SENDS // 5, 60)
                    redis.start()

                sent = await amid_sends(crowd, (here, there), restart)
                await crowd.check(db, clients, sent, 8)
                assert all(client.connects == 1 for client in clients.values())


async def test_two_hundred_pairs_of_sends_are_heard_by_both_sides_in_one_order(
    services: Services, tmp_path: Path, db: Database
) -> None:
    async with two_processes(services, tmp_path) as (here, there):
        ann, bob = await here.person("ann"), await there.person("bob")
        room = await conversation(here, ann, bob)
        async with listening([ann, bob, ann, bob], [here.url, there.url]):
            pass
        crowd = Crowd([ann, bob], [(room, [ann, bob])])
        async with listening([ann, bob], [here.url, there.url]) as clients:
            pairs = iter(range(200))
            sent: list[int] = []

            async def sender() -> None:
                for _ in pairs:
                    sent.extend(
                        await asyncio.gather(
                            send_surely([here], ann, room, "from ann"),
                            send_surely([there], bob, room, "from bob"),
                        )
                    )

            await asyncio.gather(*(sender() for _ in range(6)))
            await crowd.check(db, clients, sent, 5)
            orders = [[ref for _, _, ref in entries(client.log)] for client in clients.values()]
            assert orders[0] == orders[1] == sorted(sent)
