"""Every block of code in the documents is run by a test, or says why not."""

import asyncio
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from server.cli.parser import build_parser
from tests.clients.node import printed, program
from tests.people import PASSWORD, Instance
from tests.server.docs.snippets import ROOT, Snippet, snippets

ALL = list(snippets())
RUN = [one for one in ALL if one.said == "runs"]
NOT_RUN = [one for one in ALL if one.said.startswith("not run: ")]
READS_PAGES = re.compile(r"\b(?:pasted|snippet|block)\(")
PRINTS = re.compile(r"print\(.*\)  # (.*)")
OURS = re.compile(r"(?:\.venv/bin/python -m server|mini-twitter) (.*)")


@pytest.mark.parametrize("snippet", ALL, ids=str)
def test_snippet_is_run_or_says_why_not(snippet: Snippet) -> None:
    kind, _, more = snippet.said.partition(": ")
    assert kind in ("runs", "tested", "not run", "excerpt"), f"say what runs {snippet}"
    if kind == "tested":
        test = (ROOT / more).read_text()
        named = str(snippet.page.relative_to(ROOT)) in test
        assert named or READS_PAGES.search(test), f"{more} reads no document"
    if kind == "not run":
        assert len(more) > 20


def test_snippets_are_found() -> None:
    assert len(ALL) >= 30
    assert len(RUN) >= 4


async def variables(instance: Instance) -> dict[str, str]:
    """What the snippets expect in their environment: two people."""
    ann, bob = await instance.people("ann", "bob")
    return {
        "TOKEN": ann.access,
        "REFRESH": ann.refresh,
        "OTHER": str(bob.id),
        "USERNAME": ann.username,
        "PASSWORD": PASSWORD,
    }


def command(snippet: Snippet, instance: Instance) -> list[str]:
    text = snippet.text.replace("http://127.0.0.1:8000", instance.url)
    return [sys.executable, "-c", text] if snippet.language == "python" else ["bash", "-euc", text]


@pytest.mark.parametrize("snippet", [one for one in RUN if PRINTS.search(one.text)], ids=str)
async def test_snippet_prints_what_it_says(
    instance: Instance, snippet: Snippet, tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        *command(snippet, instance),
        cwd=tmp_path,
        env={**os.environ, **await variables(instance)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, errors = await asyncio.wait_for(process.communicate(), 60)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, errors.decode()
    assert out.decode().splitlines() == PRINTS.findall(snippet.text)


async def test_the_bot_of_the_page_answers_messages_also_those_of_while_it_was_away(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bot,) = (one for one in RUN if one.page.name == "bots.md")
    robot, ann = await instance.people("robot", "ann")
    monkeypatch.setenv("USERNAME", robot.username)
    monkeypatch.setenv("PASSWORD", PASSWORD)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "clients/python"))
    chat = await instance.chat(ann, robot)
    async with instance.socket(ann) as hers:
        await hers.ready()

        async def answered() -> str:
            while True:
                message = (await hers.next("message.created"))["message"]
                if message["sender"]["id"] == robot.id:
                    return str(message["content"])

        async with program(*command(bot, instance), cwd=tmp_path) as running:
            await printed(running, "listening")
            await instance.say(ann, chat, "hello")
            assert await answered() == "5 code points"
        await instance.say(ann, chat, "are you there")
        async with program(*command(bot, instance), cwd=tmp_path) as running:
            await printed(running, "listening")
            assert await answered() == "13 code points"


@pytest.mark.parametrize("snippet", NOT_RUN, ids=str)
def test_commands_of_ours_that_are_not_run_are_there(snippet: Snippet) -> None:
    """As far as can be seen without doing them: the program's by its parser, make's by its file."""
    makefile = (ROOT / "Makefile").read_text()
    for line in snippet.text.splitlines() if snippet.language == "sh" else ():
        code = line.partition("  #")[0].strip()
        if found := OURS.fullmatch(code):
            build_parser().parse_args(shlex.split(found[1]))
        for target in re.findall(r"^make (\w+)", code):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), code
        for path in re.findall(r"(?:^| )((?:examples|docker|\.ci)/[\w./-]+)", code):
            assert (ROOT / path).exists(), path
