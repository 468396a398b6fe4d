"""What was under way when a block was acknowledged."""

from realtime import hints
from server.config.load import Config
from tests.realtime.message_helpers import conversation, send
from tests.realtime.socket_client import open_instance
from tests.waiting import until


async def test_a_hint_that_a_block_has_overtaken_is_a_void(settings: Config) -> None:
    async with open_instance(settings) as here:
        ann, bob = await here.instance.people("ann", "bob")
        room = await conversation(here.instance, ann, bob)
        hear, held = here.services.hub.on_hint, list[tuple[bytes, bytes]]()

        def overtaken(channel: bytes, payload: bytes) -> None:
            """Hold a message back until the block has come."""
            name, _ = hints.decode(payload)
            if name == "message.created":
                held.append((channel, payload))
            else:
                hear(channel, payload)
                for one in held if name == "relationship.changed" else ():
                    hear(*one)

        here.services.broker.on_message = overtaken
        async with here.instance.socket(bob) as client:
            begun = (await client.ready())["seq"]
            await send(here.instance, ann, room, "before the block")
            await until(lambda: bool(held))
            await here.instance.post(f"/api/users/{ann.id}/block/", bob)
            await client.next("relationship.changed")
            told = [(seq - begun, name) for seq, name, _ in client.durable()]
            assert told[:2] == [(1, "void"), (2, "relationship.changed")]
