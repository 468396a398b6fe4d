"""The programs in examples/ do what they say, against a running server."""

import asyncio
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.clients.node import needs_node, printed, program
from tests.journeys.test_javascript_client import client_js
from tests.people import PASSWORD, Instance

__all__ = ["client_js"]  # the fixture, with the packages that the example needs

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = ("mention_bot.py", "chat.mjs", "session.sh")


async def answers(instance: Instance, post_id: int) -> Sequence[str]:
    replies = await instance.walk(f"/api/posts/{post_id}/replies/")
    return [reply["content"] for reply in replies]


async def test_the_bot_answers_mentions_once_also_those_of_while_it_was_away(
    instance: Instance, tmp_path: Path
) -> None:
    ann, bot = await instance.people("ann", "bot")
    command = (
        sys.executable, EXAMPLES / "mention_bot.py", instance.url, bot.username, PASSWORD,
        tmp_path / "state.json",
    )  # fmt: skip
    before = await instance.write(ann, f"early, @{bot.username}")
    async with program(*command) as running:
        assert await printed(running, "answered") == f"answered {before['id']}"
        live = await instance.write(ann, f"hello @{bot.username}")
        assert await printed(running, "answered") == f"answered {live['id']}"
    away = await instance.write(ann, f"are you there, @{bot.username}?")
    async with program(*command) as running:
        # The last one may be answered again, as it was killed before it noted it: still one reply.
        await printed(running, f"answered {away['id']}")
    for post in (before, live, away):
        assert len(await answers(instance, post["id"])) == 1


@needs_node
async def test_two_people_chat_in_two_terminals(client_js: Path, instance: Instance) -> None:
    chat = client_js.with_name("chat.mjs")
    shutil.copy(EXAMPLES / "chat.mjs", chat)
    ann, bob = await instance.people("ann", "bob")

    def command(me: str, other: str) -> Sequence[str | Path]:
        return ("node", chat, instance.url, me, PASSWORD, other)

    async with (
        program(*command(ann.username, bob.username)) as hers,
        program(*command(bob.username, ann.username)) as his,
    ):
        for terminal in (hers, his):
            await printed(terminal, "-- fresh")
        assert hers.stdin is not None
        hers.stdin.write(b"hello, Bob\n")
        for terminal in (hers, his):
            assert await printed(terminal, ann.username) == f"{ann.username}: hello, Bob"
        hers.stdin.close()
        assert await asyncio.wait_for(hers.wait(), 10) == 0


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
async def test_the_session_with_curl_runs_to_its_end(instance: Instance) -> None:
    async with program(EXAMPLES / "session.sh", instance.url) as running:
        out, _ = await asyncio.wait_for(running.communicate(), 30)
    assert running.returncode == 0
    told = out.decode()
    assert "a retry with the same client_id is the same post" in told
    assert '{"unread_count":3}' in told
    assert '"content":"hi bob"' in told
    assert '"status":422' in told
    assert told.endswith("== done\n")


def test_examples_are_small_and_explained() -> None:
    for name in PROGRAMS:
        assert len((EXAMPLES / name).read_text().splitlines()) <= 90
        assert f"({name})" in (EXAMPLES / "README.md").read_text()
