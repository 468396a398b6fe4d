"""Ready is who can serve: without Redis an instance can, without PostgreSQL it cannot."""

from dataclasses import replace

from pytest_aiohttp import AiohttpClient

from server.app import DRAIN, create_app
from server.config.load import Config
from tests.conftest import running
from tests.faults.own_redis import OwnRedis
from tests.people import Instance
from tests.waiting import until


async def redis_is(instance: Instance, state: str) -> bool:
    """Whether the instance, which must be ready all the time, says so of Redis."""
    readiness = await instance.get("/readyz", status=200)
    assert readiness["status"] == readiness["redis"]
    assert (readiness["postgresql"], readiness["draining"]) == ("ok", False)
    return bool(readiness["redis"] == state)


async def test_an_instance_is_ready_while_redis_is_away_and_says_that_it_is(
    settings: Config, stopped_redis: OwnRedis
) -> None:
    async with running(replace(settings, redis_url=stopped_redis.url)) as instance:
        ann = await instance.person("ann")
        assert await redis_is(instance, "degraded")
        stopped_redis.start()
        await until(lambda: redis_is(instance, "ok"))
        stopped_redis.kill()
        await until(lambda: redis_is(instance, "degraded"))
        await instance.post("/api/posts/", ann, {"content": "still here"}, status=201)
        stopped_redis.start()
        await until(lambda: redis_is(instance, "ok"))


async def test_an_instance_that_drains_is_not_ready(
    settings: Config, aiohttp_client: AiohttpClient
) -> None:
    app = create_app(settings)
    client = await aiohttp_client(app)
    await app[DRAIN]()
    async with client.get("/readyz") as answer:
        assert answer.status == 503
        readiness = await answer.json()
    assert (readiness["status"], readiness["draining"]) == ("unavailable", True)
