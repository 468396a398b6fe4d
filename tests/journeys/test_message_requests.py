"""From a stranger's first message to an answer, over two instances and lost connections."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from mini_twitter_client import Client, MemoryStorage

from server.config import Config
from tests.conftest import running
from tests.people import PASSWORD, Instance
from tests.waiting import until

REQUESTS = "/api/messages/requests/"


@pytest.fixture
async def strict_instances(settings: Config) -> AsyncIterator[tuple[Instance, Instance]]:
    """Where new accounts begin as those of a server of its own do."""
    strict = replace(settings, new_accounts_open_to="followed")
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(running(strict))
        yield here, await stack.enter_async_context(running(strict))


async def test_from_a_strangers_first_message_to_an_answer(
    strict_instances: tuple[Instance, Instance],
) -> None:
    here, there = strict_instances
    ann, eve, bob = await here.people("ann", "eve", "bob")
    async with there.socket(bob) as bobs:
        since = (await bobs.ready())["seq"]
        wanted, unwanted = await here.chat(ann, bob), await there.chat(eve, bob)
        await here.say(ann, wanted, "hello, we met yesterday")
        await bobs.next("message_request.received")
        since = bobs.durable()[-1][0]
    await there.say(eve, unwanted, "buy my things")
    async with (
        here.socket(bob, since=since) as bobs,
        here.socket(ann) as anns,
        there.socket(eve) as eves,
    ):
        assert (await bobs.ready())["user"]["unread_messages"] == 0
        missed = (await bobs.next("message_request.received"))["message"]
        assert missed["conversation_id"] == unwanted
        await anns.ready()
        await eves.ready()
        listed = [one["id"] for one in await there.walk(REQUESTS, bob)]
        assert listed == [unwanted, wanted]
        await bobs.do("message_request.decline", {"conversation_id": unwanted})
        await there.say(eve, unwanted, "are you there?")
        answer = {"conversation_id": wanted, "content": "I remember"}
        said = await bobs.do("message.send", answer)
        assert (await anns.next("message.created"))["message"] == said
        again = await here.say(ann, wanted, "good")
        assert (await bobs.next("message.created"))["message"] == said
        assert (await bobs.next("message.created"))["message"] == again.body
        await bobs.do("conversation.read", {"conversation_id": wanted, "up_to": again["id"]})
        assert (await anns.next("conversation.read"))["up_to"] == again["id"]
        assert eves.names() == ["session.ready", "message.created"]
        numbers = [seq for seq, _, _ in bobs.durable()]
        assert numbers == list(range(since + 1, since + 1 + len(numbers)))
    for instance in strict_instances:
        assert [one["id"] for one in await instance.walk("/api/messages/", bob)] == [wanted]
        assert await instance.walk(REQUESTS, bob) == []


async def test_the_python_library_keeps_requests_apart(
    strict_instances: tuple[Instance, Instance],
) -> None:
    here, there = strict_instances
    ann, bob = await here.people("ann", "bob")
    async with Client(there.url, MemoryStorage()) as client:
        await client.log_in(bob.username, PASSWORD)
        await client.connect()
        store = client.store
        request = await here.chat(ann, bob)
        await here.say(ann, request, "one")
        await until(lambda: len(store.messages_of(request)) == 1)
        await client.message_request.list()
        assert [one["id"] for one in store.requests()] == [request]
        await here.say(ann, request, "two")
        await until(lambda: store.requests()[0]["unread_count"] == 2)
        assert store.unread["messages"] == 0
        await client.message_request.accept(conversation_id=request)
        await until(lambda: store.unread["messages"] == 2)
        assert store.requests() == []
        await here.say(ann, request, "three")
        await until(lambda: store.unread["messages"] == 3)
