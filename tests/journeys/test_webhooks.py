"""A bot that is told by a webhook and answers by another, over two instances and two workers."""

from server.config.load import Config
from tests.conftest import Services, running
from tests.server.jobs.webhook_receiver import verified, webhook_receiver
from tests.server.jobs.worker_helpers import sending_here, stop, until, working
from tests.storage.own_database import own_database

MESSAGES = 40


async def test_a_bot_hears_all_that_is_said_though_workers_come_and_go_and_answers(
    settings: Config, services: Services
) -> None:
    async with (
        own_database(services.database_url) as url,
        webhook_receiver() as receiver,
        running(own := sending_here(settings, url)) as one,
        running(own) as other,
    ):
        ann, bot = await one.people("ann", "bot")
        chat = await one.chat(ann, bot)
        wanted = {"url": f"{receiver.url}/bot", "events": ["message.created"]}
        secret = (await one.post("/api/webhooks/", bot, wanted))["secret"]
        asked = {"name": "answers", "conversation_id": chat}
        answers = (await other.post("/api/webhooks/incoming/", bot, asked))["url"]

        def heard() -> dict[int, str]:
            events = [
                verified(secret, request.headers, request.body)
                for request in receiver.received.get("bot", [])
            ]
            return {event["seq"]: event["data"]["message"]["content"] for event in events}

        said = [f"{number}" for number in range(MESSAGES)]
        async with working(own) as worker:
            for text in said[: MESSAGES // 2]:
                await (one if int(text) % 2 else other).say(ann, chat, text)
            await stop(worker)
        for text in said[MESSAGES // 2 : -5]:  # nobody works
            await other.say(ann, chat, text)
        async with working(own), working(own):
            for text in said[-5:]:
                await one.say(ann, chat, text)
            await until(lambda: len(heard()) == MESSAGES)
            assert [content for _, content in sorted(heard().items())] == said

            async with other.socket(ann) as socket:
                await socket.ready()
                path = answers[answers.index("/api/") :]
                await one.post(path, json={"text": "heard"})
                assert (await socket.next("message.created"))["message"]["content"] == "heard"
            await until(lambda: "heard" in heard().values())
