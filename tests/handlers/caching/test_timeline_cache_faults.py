"""A feed that is kept in Redis while Redis is away, silent, forgetful or wrong."""

import time
from dataclasses import replace

import orjson
import pytest
import redis

from handlers.caching import timeline_cache
from realtime.broker.redis import client
from server.config.load import Config
from storage.database.pool import Database
from tests.conftest import Services, running
from tests.faults.own_redis import own_redis_server
from tests.faults.proxy import Mode, fault_proxy
from tests.handlers.caching.warm_feeds import FEED, Reader
from tests.people import Instance

KEY = "mt:feed:{}"
COMMAND_SECONDS = 2.0  # what a command to Redis gets here: long beside what a busy machine adds


@pytest.fixture
def server(services: Services) -> redis.Redis:
    return redis.Redis.from_url(services.redis_url)


@pytest.fixture
async def reader(two_instances: tuple[Instance, Instance], db: Database) -> Reader:
    """Of one post; what is kept of it is in Redis, and in the memory of the other instance."""
    here, there = two_instances
    ann = await there.person("ann")
    await there.write(ann, "hello")
    await Reader(ann, there, db).warm()
    return Reader(ann, here, db)


def stored(server: redis.Redis, key: str) -> bytes:
    value = server.get(key)
    assert isinstance(value, bytes), f"nothing is at {key}"
    return value


async def test_what_is_kept_are_ids_for_five_minutes(reader: Reader, server: redis.Redis) -> None:
    key = KEY.format(reader.id)
    kept = orjson.loads(stored(server, key))
    assert sorted(kept) == ["complete", "entry_ids", "snapshot", "version"]
    assert len(kept["entry_ids"]) == 1
    assert 290 < server.ttl(key) <= 300


async def test_redis_forgets(reader: Reader, server: redis.Redis) -> None:
    server.flushall()
    assert (await reader.read()).source == "none"
    server.flushall()
    assert (await reader.read()).source == "memory"


HEAD = {"snapshot": "5:5:", "version": "1", "entry_ids": [1], "complete": True}


@pytest.mark.parametrize(
    ("garbage", "source"),
    [
        (b"", "none"),
        (b"\x00\xff", "none"),
        (b"[]", "none"),
        (b"null", "none"),
        (orjson.dumps(HEAD | {"entry_ids": []}), "none"),
        (orjson.dumps(HEAD | {"entry_ids": [1.5]}), "none"),
        (orjson.dumps(HEAD | {"entry_ids": [2**64 - 1]}), "none"),
        (orjson.dumps(HEAD | {"entry_ids": ["1"]}), "none"),
        (orjson.dumps(HEAD | {"complete": 1}), "none"),
        (orjson.dumps(HEAD | {"snapshot": None}), "none"),
        (orjson.dumps(HEAD | {"snapshot": "x"}), "outdated"),
        (orjson.dumps(HEAD | {"snapshot": "\0"}), "outdated"),
        (orjson.dumps(HEAD | {"version": "\0"}), "outdated"),
        (orjson.dumps(HEAD), "outdated"),
    ],
)
async def test_redis_has_something_else(
    reader: Reader, server: redis.Redis, garbage: bytes, source: str
) -> None:
    server.set(KEY.format(reader.id), garbage)
    assert (await reader.read()).source == source
    assert orjson.loads(stored(server, KEY.format(reader.id)))["complete"] is True


async def test_redis_has_something_of_another_type(reader: Reader, server: redis.Redis) -> None:
    server.delete(KEY.format(reader.id))
    server.rpush(KEY.format(reader.id), "a list")
    assert (await reader.read()).source == "none"
    assert server.type(KEY.format(reader.id)) == b"string"


async def test_version_that_another_server_gave_out_is_not_believed(
    reader: Reader, server: redis.Redis
) -> None:
    """After a restore, say, or a failover that lost commits."""
    key = KEY.format(reader.id)
    kept = orjson.loads(stored(server, key))
    started, number = kept["version"].split("/")
    server.set(key, orjson.dumps(kept | {"version": f"{float(started) - 1:.6f}/{number}"}))
    assert (await reader.read()).source == "outdated"


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "COMMAND_SECONDS", COMMAND_SECONDS)
    monkeypatch.setattr(timeline_cache, "COMMAND_SECONDS", COMMAND_SECONDS)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("silence", ["blackhole", "refuse"])
async def test_redis_goes_away_and_comes_back(
    settings: Config, db: Database, silence: Mode
) -> None:
    with own_redis_server() as own:
        own.start()
        async with fault_proxy(own.socket) as link:
            far = replace(settings, redis_url=f"redis://127.0.0.1:{link.port}")
            async with running(far) as here:
                ann, bob, cat = await here.people("ann", "bob", "cat")
                await here.follow(ann, bob)
                await here.write(bob, "hello")
                reader, newcomer = Reader(ann, here, db), Reader(bob, here, db)
                await reader.warm()
                await link.set_mode(silence)
                begun = time.monotonic()
                assert (await newcomer.read()).source == "none"
                assert time.monotonic() - begun < 2 * COMMAND_SECONDS
                await here.write(bob, "more")
                assert (await newcomer.read()).source == "memory"
                assert (await reader.read()).source == "memory"
                begun = time.monotonic()
                await here.follow(ann, cat)
                assert time.monotonic() - begun < 2 * COMMAND_SECONDS
                assert (await reader.read()).source == "none"
                await link.set_mode("pass")


@pytest.mark.usefixtures("patient")
async def test_redis_is_not_asked_again_and_again_while_it_is_silent(
    settings: Config, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline_cache, "PAUSE_SECONDS", 3600)
    with own_redis_server() as own:
        own.start()
        async with fault_proxy(own.socket) as link:
            far = replace(settings, redis_url=f"redis://127.0.0.1:{link.port}")
            async with running(far) as here:
                people = await here.people(*(10 * ["ann"]))
                for person in people:
                    await here.write(person, "hello")
                await link.set_mode("blackhole")
                await here.get(FEED, people[0])
                begun = time.monotonic()
                for person in people[1:5]:
                    assert (await Reader(person, here, db).read()).source == "none"
                assert time.monotonic() - begun < COMMAND_SECONDS
                await link.set_mode("pass")
