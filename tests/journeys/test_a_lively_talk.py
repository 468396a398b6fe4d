"""A group that answers, reacts, pins and names one another, on two instances, also while away."""

from mini_twitter_client import Client, MemoryStorage

from storage.database.pool import Database
from tests.people import PASSWORD, Instance
from tests.waiting import until


async def all_is_told(db: Database) -> bool:
    """Whether no reactions wait to be told of: what comes in one moment is one event anyway."""
    return int(await db.fetchval("SELECT count(*) FROM reactions_to_tell")) == 0


async def test_a_group_that_answers_reacts_pins_and_names_one_another(
    two_instances: tuple[Instance, Instance], db: Database
) -> None:
    here, there = two_instances
    ann, bob, cleo = await here.people("ann", "bob", "cleo")
    group = await here.chat(ann, bob, cleo, title="all")
    async with here.socket(ann) as anns, there.socket(bob) as bobs:
        await anns.ready()
        since = (await bobs.ready())["seq"]
        asked = await here.say(cleo, group, f"@{bob.username}, where do we meet?")
        named = (await bobs.next("notification.created"))["notification"]
        assert (named["kind"], named["message_id"]) == ("message_mention", asked["id"])
        order = {"conversation_id": group, "content": "at the well", "reply_to_id": asked["id"]}
        answer = await bobs.do("message.send", order)
        await anns.next("message.created")
        assert (await anns.next("message.created"))["message"] == answer
        which = {"id": answer["id"], "conversation_id": group}
        await anns.do("message.pin", which)
        assert (await bobs.next("message.pinned"))["message_id"] == answer["id"]
        await anns.do("message.react", {**which, "emoji": "👍"})
        heard = await bobs.next("message.reactions")
        assert heard["reactions"] == [{"emoji": "👍", "count": 1, "mine": None}]
        last = bobs.durable()[-1][0]
    # While Bob is away, the others go on; what he hears when he is back, elsewhere, is one of each.
    for emoji in ("🎉", "😀", "🔥"):
        path = f"/api/messages/{group}/messages/{answer['id']}/react/"
        await there.post(path, cleo, {"emoji": emoji})
        await until(lambda: all_is_told(db))
    edited = {"content": "never mind"}
    await here.call("PATCH", f"/api/messages/{group}/messages/{asked['id']}/", cleo, json=edited)
    async with here.socket(bob, since=last) as bobs:
        await bobs.ready()
        gone = await bobs.next("notification.deleted")
        assert gone == {"ids": [named["id"]], "unread_count": 0}
        told = [data for _, name, data in bobs.durable() if name == "message.reactions"]
        assert [[one["emoji"] for one in data["reactions"]] for data in told] == [
            ["👍", "🎉", "😀", "🔥"]
        ]
        numbers = [seq for seq, _, _ in bobs.durable()]
        assert numbers == list(range(last + 1, last + 1 + len(numbers)))
    assert since < last


async def test_the_python_library_keeps_answers_reactions_and_pins(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    first = await instance.say(ann, talk, "a mistake")
    async with Client(instance.url, MemoryStorage()) as client:
        await client.log_in(bob.username, PASSWORD)
        await client.connect()
        await client.conversation.list()
        await client.message.list(conversation_id=talk)
        store = client.store
        await client.outbox.send(
            "message.send", conversation_id=talk, content="really?", reply_to_id=first["id"]
        )
        await client.outbox.drained()
        await until(lambda: len(store.messages_of(talk)) == 2)
        await instance.call(
            "PATCH", f"/api/messages/{talk}/messages/{first['id']}/", ann, json={"content": "so"}
        )
        await until(lambda: store.messages_of(talk)[1]["reply_to"]["content"] == "so")
        await client.message.react(conversation_id=talk, id=first["id"], emoji="👍")
        path = f"/api/messages/{talk}/messages/{first['id']}/"
        await instance.post(f"{path}react/", ann, {"emoji": "👍"})
        both = [{"emoji": "👍", "count": 2, "mine": True}]
        await until(lambda: store.messages[first["id"]]["reactions"] == both)
        await instance.post(f"{path}pin/", ann)
        await until(lambda: store.conversations[talk]["pinned_count"] == 1)
        await instance.post(f"{path}unpin/", ann)
        await until(lambda: store.conversations[talk]["pinned_count"] == 0)
