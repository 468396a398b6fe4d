"""What comes too late, for a client that has gone meanwhile, leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from realtime.delivery.namespace import SocketNamespace
from realtime.transport.polling import OutgoingQueue
from server.config.load import Config
from storage.database.pool import Database
from storage.social import last_seen
from tests.realtime.polling_session import polling_session
from tests.realtime.socket_client import OpenInstance, open_instance, raw_socket
from tests.waiting import until


@pytest.fixture
async def here(settings: Config) -> AsyncIterator[OpenInstance]:
    async with open_instance(settings) as one:
        yield one


async def test_a_watch_that_is_looked_up_while_its_client_goes_is_none(
    here: OpenInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = last_seen.last_seen
    gone = asyncio.Event()

    async def slow(db: Database, viewer_id: int, user_ids: list[int]) -> Any:
        await gone.wait()
        return await looked_up(db, viewer_id, user_ids)

    monkeypatch.setattr(last_seen, "last_seen", slow)
    ann, bob = await here.instance.people("ann", "bob")
    async with raw_socket(here.instance) as raw:
        await raw.log_in(ann)
        (session,) = here.services.hub.sessions()
        watching = here.services.context.presence.watch(session, ann.id, [bob.id])
        task = asyncio.create_task(watching)
        await asyncio.sleep(0)
    await until(lambda: not here.services.hub.sessions())
    gone.set()
    await task
    post = (await here.instance.write(bob, "hi"))["id"]
    await here.services.context.post_watchers.watch(session, [post])
    assert session.watched_users == session.watched_posts == set()
    await until(lambda: here.services.broker.channels == 0)


async def test_a_second_connect_that_waits_while_its_connection_ends_leaves_no_entry(
    here: OpenInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    admit, entered, go_on = SocketNamespace.on_connect, asyncio.Event(), asyncio.Event()

    async def slow(namespace: SocketNamespace, *args: Any) -> Any:
        entered.set()
        await go_on.wait()
        return await admit(namespace, *args)

    ann = await here.instance.person("ann")
    async with polling_session(here.instance, ann) as session:
        assert await session.post_whole(b"41") == 200
        monkeypatch.setattr(SocketNamespace, "on_connect", slow)
        connect = f'40{{"token":"{ann.access}"}}'.encode()
        posts = [asyncio.create_task(session.post_whole(connect)) for _ in range(2)]
        await entered.wait()
        await asyncio.sleep(
            0.1
        )  # the second waits for the first by then, and has no event to say so
        (socket,) = here.services.sockets.eio.sockets.values()
        socket.abort()
        go_on.set()
        await asyncio.gather(*posts, return_exceptions=True)
    assert here.services.sockets.entries == 0


async def test_a_poll_that_waits_is_released_when_what_waits_for_it_goes_another_way() -> None:
    queue = OutgoingQueue()
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    assert queue.drain() == []
    queue.put_nowait(None)
    assert await asyncio.wait_for(waiting, 20) is None
