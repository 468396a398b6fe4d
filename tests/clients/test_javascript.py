"""The JavaScript library: its own tests, types, package, and its README against a server."""

import asyncio
import tarfile
from pathlib import Path

import pytest

from tests.archives import unpack
from tests.clients.node import SOURCE, library, needs_node, printed, program, run
from tests.clients.readme import snippet
from tests.handlers.token_helpers import make_token
from tests.people import PASSWORD, Instance

__all__ = ["library"]

pytestmark = needs_node

BOT_LINES = 20


def test_its_own_tests_pass(library: Path) -> None:
    run(
        "node",
        "--test",
        "--test-reporter=spec",  # what failed stands at the end
        *(str(file) for file in sorted(library.glob("test/*.test.js"))),
        cwd=library,
    )


def test_its_types_hold_for_a_program_in_typescript(library: Path) -> None:
    run("npx", "--no-install", "tsc", "-p", ".", cwd=library)


@pytest.fixture
def installed(library: Path, tmp_path: Path) -> Path:
    """A project that has what `npm pack` makes."""
    name = run("npm", "pack", "--silent", "--pack-destination", str(tmp_path), cwd=library).strip()
    with tarfile.open(tmp_path / name) as archive:
        names = archive.getnames()
        unpack(archive, tmp_path)
    assert {"package/README.md", "package/LICENSE", "package/src/index.d.ts"} <= set(names)
    assert not [name for name in names if "test" in name]
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "package").rename(tmp_path / "node_modules/mini-twitter-client")
    return tmp_path


async def replies(instance: Instance, post_id: int) -> list[str]:
    found = await instance.walk(f"/api/posts/{post_id}/replies/")
    return [reply["content"] for reply in found]


async def test_bot_of_the_readme_answers_mentions_once_also_those_of_while_it_was_away(
    instance: Instance, installed: Path
) -> None:
    bot = snippet(SOURCE / "README.md", "js")
    assert len([line for line in bot.splitlines() if line.strip()]) <= BOT_LINES
    (installed / "bot.mjs").write_text(bot)
    ann, robot = await instance.people("ann", "bot")
    command = ("node", "bot.mjs", instance.url, robot.username, PASSWORD)
    async with program(*command, cwd=installed) as running:
        await printed(running, "listening")
        live = await instance.write(ann, f"hello @{robot.username}")
        await printed(running, f"answered {live['id']}")
    away = await instance.write(ann, f"are you there, @{robot.username}?")
    async with program(*command, cwd=installed) as running:
        await printed(running, f"answered {away['id']}")
        last = await instance.write(ann, f"bye @{robot.username}")
        await printed(running, f"answered {last['id']}")
    for post in (live, away, last):
        assert await replies(instance, post["id"]) == [f"Hello, {ann.username}!"]


async def test_modules_are_served_to_browsers_but_what_only_node_can_load(
    instance: Instance,
) -> None:
    paths = [f"/client/{file.name}" for file in (SOURCE / "src").glob("*.js")]
    paths.remove("/client/file-storage.js")
    answers = await asyncio.gather(*(instance.get(path) for path in paths))
    assert {answer.headers["Content-Type"] for answer in answers} == {
        "text/javascript; charset=utf-8"
    }
    await instance.get("/client/file-storage.js", status=404)
    await instance.get("/client/index.d.ts", status=404)


PROGRAM = """
import { Client } from "mini-twitter-client";
const [url, token] = process.argv.slice(2);
const client = new Client(url);
const me = await client.useToken(token);
const ended = new Promise((resolve) => client.on("ended", resolve));
await client.connect();
const post = await client.post.create({ content: `by ${me.username}` });
const refused = await client.conversation.list({}).catch((error) => error.code);
console.log("wrote", post.id, refused);
console.log("ended", (await ended).code);
client.close();
"""


async def test_a_program_acts_by_a_personal_token_and_is_told_when_it_is_revoked(
    instance: Instance, installed: Path
) -> None:
    (installed / "program.mjs").write_text(PROGRAM)
    ann = await instance.person("ann")
    made = await make_token(instance, ann, "account:read", "posts:write")
    async with program(
        "node", "program.mjs", instance.url, made["token"], cwd=installed
    ) as running:
        wrote = await printed(running, "wrote")
        [post] = await instance.walk(f"/api/users/{ann.id}/posts/")
        assert wrote == f"wrote {post['id']} insufficient_scope"
        await instance.call("DELETE", f"/api/users/tokens/{made['id']}/", ann)
        await printed(running, "ended session_ended")
