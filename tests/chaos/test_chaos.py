"""Everything goes wrong for a while: what was acknowledged is heard once and in order by all."""

import asyncio
import os
import random
import secrets
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from storage.database.pool import Database
from tests.chaos.faults import Site, open_site
from tests.conftest import Services
from tests.journeys.reconnecting_client import ReconnectingClient, listening, send_surely
from tests.people import Person
from tests.realtime.message_helpers import conversation, entries, log_of
from tests.waiting import until

SECONDS = 60 * float(os.environ.get("CHAOS_MINUTES", "0.1"))  # make chaos
SEED = int(os.environ.get("CHAOS_SEED", "0"))
PEOPLE = 8
CLIENTS = 3  # of each
SENDERS = 4
PAUSE_SECONDS = 0.03  # of a sender, between an acknowledgement and the next message
LEVEL_SECONDS = 30  # after the last fault


@dataclass
class Tally:
    """What came of it."""

    sent: list[int] = field(default_factory=list)
    deliveries: int = 0
    connects: int = 0
    lost: int = 0
    twice: int = 0
    disorder: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, client: ReconnectingClient, log: list[tuple[int, str, int | None]]) -> None:
        numbers = [seq for seq, _, _ in client.log]
        heard = Counter(numbers)
        self.deliveries += len(numbers)
        self.connects += client.connects
        self.lost += len({seq for seq, _, _ in log} - heard.keys())
        self.twice += sum(count - 1 for count in heard.values())
        self.disorder += sum(a >= b for a, b in pairwise(numbers))
        self.faults += client.faults
        if entries(client.log) != log:
            self.faults.append(f"what {client.person.username} heard is not the log")


async def send(
    site: Site,
    rooms: list[tuple[int, list[Person]]],
    chance: random.Random,
    until_: float,
    tally: Tally,
) -> None:
    while asyncio.get_running_loop().time() < until_:
        room, members = chance.choice(rooms)
        order = chance.sample(site.fronts, len(site.fronts))
        content = secrets.token_hex(4)
        tally.sent.append(await send_surely(order, chance.choice(members), room, content))
        await asyncio.sleep(PAUSE_SECONDS)


async def level(db: Database, clients: list[ReconnectingClient]) -> None:
    async def all_have_all() -> bool:
        rows = await db.fetch("SELECT user_id, seq FROM user_seq")
        last = {row["user_id"]: row["seq"] for row in rows}
        return all(client.seq == last[client.person.id] for client in clients)

    await until(all_have_all, LEVEL_SECONDS)


async def test_what_is_acknowledged_is_heard_once_and_in_order_whatever_fails(
    services: Services, tmp_path: Path
) -> None:
    async with open_site(services, tmp_path) as site:
        here = site.fronts[0]
        people = await here.people(*(f"p{n}" for n in range(PEOPLE)))
        groups = [people, *([people[n], people[n + 1]] for n in range(PEOPLE - 1))]
        rooms = [(await conversation(here, *group), group) for group in groups]
        tally, chance = Tally(), random.Random(SEED)
        urls = [front.url for front in site.fronts]
        async with (
            listening(people, urls) as one,
            listening(people, urls) as two,
            listening(people, urls) as three,
        ):
            clients = [*one.values(), *two.values(), *three.values()]
            begun = {id(client): client.seq or 0 for client in clients}
            end = asyncio.get_running_loop().time() + SECONDS
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(site.misbehave(chance, end))
                for seed in range(SENDERS):
                    tasks.create_task(send(site, rooms, random.Random(seed), end, tally))
            await level(site.db, clients)
            for client in clients:
                tally.add(client, await log_of(site.db, client.person.id, begun[id(client)]))
        stored = await site.db.fetch("SELECT content FROM messages")
    rows = Counter(row["content"] for row in stored)
    print(
        f"{SECONDS:.0f} s, seed {SEED}: {len(tally.sent)} sends acknowledged,"
        f" {tally.deliveries} deliveries, {tally.connects} connections; faults {site.done};"
        f" lost {tally.lost}, twice {tally.twice}, out of order {tally.disorder}"
    )
    assert (tally.lost, tally.twice, tally.disorder, tally.faults) == (0, 0, 0, [])
    assert len(set(tally.sent)) == len(tally.sent)
    assert set(rows.values()) == {1}
    unowned = [line for front in site.fronts for line in front.logged if "never retrieved" in line]
    assert unowned == []
