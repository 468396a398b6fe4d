"""Commands to a Redis that ends connections, on the event loop that the server runs on."""

import asyncio
import secrets
import socket
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from realtime.broker.redis.client import UNAVAILABLE, open_redis
from tests.conftest import Services
from tests.faults.proxy import ABORT_ON_CLOSE

uvloop = pytest.importorskip("uvloop")

ATTEMPTS = 1600  # of which some write just then


@pytest.fixture
def resetting_port() -> Iterator[int]:
    """Of a server that ends each connection by an RST as soon as it is made."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT_ON_CLOSE)
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_a_connection_that_ends_before_it_is_written_to_is_redis_away(resetting_port: int) -> None:
    async def ask() -> Counter[str]:
        """What commands ended in."""
        ends: Counter[str] = Counter()
        async with open_redis(f"redis://127.0.0.1:{resetting_port}") as redis:

            async def command() -> None:
                try:
                    await redis.execute_command("PING")
                except UNAVAILABLE:
                    ends["unavailable"] += 1
                except Exception as error:  # noqa: BLE001 - that there is none is what is tested
                    ends[repr(error)] += 1

            for _ in range(ATTEMPTS // 8):
                await asyncio.gather(*(command() for _ in range(8)))
        return ends

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(ask()) == {"unavailable": ATTEMPTS}


async def test_a_client_that_is_closed_leaves_no_connection_and_opens_none(
    services: Services,
) -> None:
    name = f"closed-{secrets.token_hex(4)}"
    async with open_redis(f"{services.redis_url}?client_name={name}") as redis:
        begun = asyncio.create_task(redis.execute_command("PING"))
        await asyncio.sleep(0)  # it connects
    await asyncio.gather(begun, return_exceptions=True)
    with pytest.raises(UNAVAILABLE):
        await redis.execute_command("PING")
    async with open_redis(services.redis_url) as other, asyncio.timeout(20):
        while f"name={name}".encode() in await other.execute_command("CLIENT", "LIST"):
            await asyncio.sleep(0.01)


async def test_a_client_whose_connection_does_not_end_in_time_is_closed_all_the_same(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with open_redis(services.redis_url) as redis:
        await redis.execute_command("PING")
        monkeypatch.setattr(asyncio.StreamWriter, "wait_closed", never)
