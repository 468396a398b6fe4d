"""What is done on one instance is heard on another, by stock clients."""

from tests.people import Instance

Instances = tuple[Instance, Instance]


async def test_message_sent_over_rest_on_one_instance_is_heard_on_the_other(
    two_instances: Instances,
) -> None:
    here, there = two_instances
    ann, bob = await here.person("ann"), await there.person("bob")
    async with there.socket(bob) as ears:
        await ears.ready()
        conversation = await here.post("/api/messages/", ann, {"participants": [bob.id]})
        created = await ears.next("conversation.created")
        assert created["conversation"]["id"] == conversation["id"]
        sent = await here.post(
            f"/api/messages/{conversation['id']}/send_message/", ann, {"content": "hi"}, status=201
        )
        assert await ears.next("message.created") == {"message": sent.body}
        assert [seq for seq, _, _ in ears.durable()] == [1, 2]
