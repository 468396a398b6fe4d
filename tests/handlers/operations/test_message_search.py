"""Search in messages: by words, people, places and days, only of what one may see."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest

from handlers.operations.message_search import sought
from server.config.load import Config
from storage.database.pool import Database, open_database
from storage.messaging import message_search
from storage.migrations import files, migrate
from storage.search_index import messages as index
from tests.conftest import running
from tests.handlers.message_index import fill
from tests.people import Instance, Person
from tests.storage.own_database import empty_database

MIGRATION = "0064_message_words.sql"


@pytest.fixture(params=["read by the job", "not yet"])
async def filled(request: pytest.FixtureRequest, db: Database) -> Any:
    """What makes sure that messages are in the index, or are not."""

    async def filling() -> None:
        if request.param != "not yet":
            await fill(db)

    return filling


async def search(instance: Instance, by: Person, q: str, **more: Any) -> list[str]:
    """What the messages say that are found, over all pages."""
    path = f"/api/messages/search/?q={quote(q)}"
    path += "".join(f"&{name}={value}" for name, value in more.items())
    return [one["content"] for one in await instance.walk(path, by)]


async def test_words_are_found_as_those_of_posts_in_all_of_ones_conversations(
    instance: Instance, filled: Any
) -> None:
    ann, bob, cem = await instance.people("ann", "bob", "cem")
    direct = await instance.chat(ann, bob)
    group = await instance.chat(cem, ann, bob, title="Three")
    for room, by, text in (
        (direct, ann, "Zürich is far"),
        (group, cem, "ZURICH, is it?"),
        (direct, bob, "我家在上海东边"),
        (group, bob, "the e-mail of lunch"),
    ):
        await instance.say(by, room, text)
    await filled()
    assert await search(instance, ann, "zurich") == ["ZURICH, is it?", "Zürich is far"]
    assert await search(instance, cem, "zurich") == ["ZURICH, is it?"]
    for q in ("上海", "海", "上海东边"):
        assert await search(instance, ann, q) == ["我家在上海东边"], q
    assert await search(instance, ann, "email lunch") == ["the e-mail of lunch"]
    assert await search(instance, ann, '"is far"') == ["Zürich is far"]
    assert await search(instance, ann, "zurich -far") == ["ZURICH, is it?"]
    assert await search(instance, ann, "far or lunch") == ["the e-mail of lunch", "Zürich is far"]
    assert await search(instance, ann, "nowhere") == []
    assert await search(instance, ann, "!!!") == []


async def test_answer_is_that_of_messages_and_of_the_command_alike(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    said = await instance.say(ann, room, "something rare")
    found = await instance.get("/api/messages/search/?q=rare", bob)
    assert found.body == {"results": [said.body], "next": None}
    async with instance.socket(bob) as client:
        await client.ready()
        assert await client.do("message.search", {"q": "rare"}) == found.body


@pytest.mark.parametrize("is_filled", [True, False], ids=["read by the job", "not yet"])
async def test_operators_narrow_it_down(
    own_settings: Config, own_db: Database, is_filled: bool
) -> None:
    async with running(own_settings) as instance:
        await check_operators(instance, own_db, is_filled)


async def check_operators(instance: Instance, db: Database, is_filled: bool) -> None:
    ann, bob, cem = await instance.people("ann", "bob", "cem")
    await instance.call(
        "PATCH",
        "/api/users/profiles/update_my_profile/",
        bob,
        json={"display_name": "Bobby Tables"},
    )
    direct = await instance.chat(ann, bob)
    other = await instance.chat(ann, cem)
    group = await instance.chat(ann, bob, cem, title="Lunch Team")
    ids = {
        text: (await instance.say(by, room, f"plan {text}"))["id"]
        for room, by, text in (
            (direct, ann, "a"), (direct, bob, "b"), (other, cem, "c"), (group, bob, "d"),
        )
    }  # fmt: skip
    for text, day in (("a", "2026-01-01 12:00"), ("b", "2026-01-02"), ("c", "2026-01-03")):
        await db.execute(f"UPDATE messages SET created_at = '{day}+00' WHERE id = $1", ids[text])
    if is_filled:
        await fill(db)
    for q, found in (
        (f"plan from:{bob.username}", "db"),
        (f"plan from:@{bob.username.upper()}", "db"),
        ('plan from:"bobby tables"', "db"),
        ("plan from:bobby", "db"),
        ("from:me plan", "a"),
        (f"from:{cem.username}", "c"),
        ("plan from:nobody_at_all", ""),
        (f"plan in:{direct}", "ba"),
        ("plan in:lunch", "d"),
        ('plan in:"lunch team" from:bobby', "d"),
        (f"plan in:{cem.username}", "c"),
        ("plan in:bobby", "ba"),
        ("plan in:nothing_called_so", ""),
        ("plan in:999999999999", ""),
        ("plan before:2026-01-03", "ba"),
        ("plan after:2026-01-02", "dcb"),
        ("plan after:2026-01-02 before:2026-01-03", "b"),
        ("after:2026-01-01 before:2026-01-02", "a"),
        ("plan after:2999-01-01", ""),
        ("plan after:0001-01-01", "dcba"),
        ("plan before:0001-01-01", ""),
        ("plan before:9999-12-31 in:lunch", "d"),
    ):
        said = [text.removeprefix("plan ") for text in await search(instance, ann, q)]
        assert "".join(said) == found, q


@pytest.mark.parametrize(
    ("q", "message"),
    [
        ("plan before:yesterday", "Behind `before:` stands a date, such as 2026-11-27."),
        ("after:2026-13-01", "Behind `after:` stands a date, such as 2026-11-27."),
        ("from:", "Behind `from:` stands nothing."),
        ('in:"" x', "Behind `in:` stands nothing."),
    ],
)
async def test_operator_that_means_nothing_is_told(
    instance: Instance, q: str, message: str
) -> None:
    ann = await instance.person("ann")
    wrong = await instance.get(f"/api/messages/search/?q={quote(q)}", ann, status=422)
    assert wrong["errors"] == {"q": [message]}


def test_what_is_no_operator_stays_a_word() -> None:
    for text in ("https://in:80/x", 'say "from: me"', 'the "in:here" of it', "xfrom:me"):
        assert sought(text).words == text
    found = sought('a FROM:“Ann B” b in:"x y" c')
    assert (found.words.split(), found.sender, found.place) == (["a", "b", "c"], "Ann B", "x y")


async def test_what_one_may_not_see_is_not_found(instance: Instance, filled: Any) -> None:
    ann, bob, cem, dan = await instance.people("ann", "bob", "cem", "dan")
    group = await instance.chat(ann, bob, cem, title="Group")
    await instance.say(ann, group, "before word")
    added = {"add": [dan.id]}
    await instance.call("PATCH", f"/api/messages/{group}/", ann, json=added)
    await instance.say(bob, group, "after word")
    gone = await instance.say(bob, group, "deleted word")
    await instance.call("DELETE", f"/api/messages/{group}/messages/{gone['id']}/", bob)
    await filled()
    both = ["after word", "before word"]
    assert await search(instance, ann, "word") == both
    assert await search(instance, dan, "word") == ["after word"]
    stranger = await instance.person("stranger")
    assert await search(instance, stranger, "word") == []
    assert await search(instance, stranger, f"word in:{group}") == []
    assert await search(instance, stranger, f"in:{group} from:{ann.username}") == []
    await instance.post(f"/api/users/{bob.id}/block/", ann)
    assert await search(instance, ann, "word") == ["before word"]
    assert await search(instance, bob, "word") == both
    await instance.call("PATCH", f"/api/messages/{group}/", cem, json={"leave": True})
    assert await search(instance, cem, "word") == []


async def test_message_requests_are_not_searched_until_they_are_accepted(
    instance: Instance, filled: Any
) -> None:
    ann, bob = await instance.people("ann", "bob")
    asks = {"who_may_write_to_me": "requests"}
    await instance.call("PATCH", "/api/users/me/", bob, json=asks)
    room = await instance.chat(ann, bob)
    await instance.say(ann, room, "asking word")
    await filled()
    assert await search(instance, ann, "word") == ["asking word"]
    assert await search(instance, bob, "word") == []
    await instance.post(f"/api/messages/requests/{room}/accept/", bob)
    assert await search(instance, bob, "word") == ["asking word"]


async def test_edit_is_found_at_once_and_what_it_said_before_no_more(
    instance: Instance, db: Database, filled: Any
) -> None:
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    said = await instance.say(ann, room, "first words")
    await filled()
    path = f"/api/messages/{room}/messages/{said['id']}/"
    await instance.call("PATCH", path, ann, json={"content": "second thoughts"})
    assert await search(instance, bob, "first") == []
    assert await search(instance, bob, "second") == ["second thoughts"]
    await instance.call("DELETE", path, ann)
    left = "SELECT count(*) FROM message_words WHERE message_id = $1"
    assert await db.fetchval(left, said["id"]) == 0
    await fill(db)
    assert await db.fetchval(left, said["id"]) == 0


async def test_pages_have_each_message_once_whatever_is_said_meanwhile(
    instance: Instance, db: Database, filled: Any
) -> None:
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    for number in range(12):
        await instance.say(ann, room, f"word {number}")
    await filled()
    for number in range(12, 17):
        await instance.say(ann, room, f"word {number}")
    found: list[str] = []
    async for results in instance.pages("/api/messages/search/?q=word&limit=3", bob):
        found += [one["content"] for one in results]
        await instance.say(ann, room, "word more")
        await fill(db)
    assert found == [f"word {number}" for number in reversed(range(17))]
    await instance.get("/api/messages/search/?q=word&cursor=nonsense", bob, status=422)


async def test_one_answer_looks_at_so_much_and_the_next_goes_on(
    instance: Instance, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_search, "NEW_MAX", 4)
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    await instance.say(ann, room, "needle")
    for number in range(10):
        await instance.say(ann, room, f"hay {number}")
    pages = [page async for page in instance.pages("/api/messages/search/?q=needle", bob)]
    assert len(pages) > 1
    assert [one["content"] for page in pages for one in page] == ["needle"]


@pytest.fixture
async def before(
    settings: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Config]:
    """Settings with a database of the release before."""
    async with empty_database(settings.database_url) as url:
        earlier = [file for file in files() if file[0] < MIGRATION]
        monkeypatch.setattr("storage.migrations.files", lambda: earlier)
        await migrate(url)
        monkeypatch.undo()
        yield replace(settings, database_url=url, media_dir=tmp_path / "media")


async def test_messages_from_before_come_in_portions_and_an_older_instance_may_go_on(
    before: Config,
) -> None:
    connection = await asyncpg.connect(before.database_url)
    try:
        await connection.execute("""
            INSERT INTO users (username, email, password_hash, display_name)
            SELECT n, n || '@example.org', '', n FROM unnest('{old_ann,old_bob}'::text[]) AS n;
            INSERT INTO conversations (kind, title, creator_id, created_rank, rank)
            VALUES ('group', 'Old', 1, 0, 500);
            INSERT INTO participants (conversation_id, user_id) VALUES (1, 1), (1, 2);
            INSERT INTO messages (conversation_id, sender_id, content)
            SELECT 1, 1 + i % 2, 'old word ' || i FROM generate_series(1, 450) AS i""")
        await migrate(before.database_url)
        async with running(before) as instance:
            cem = await instance.person("cem")
            await connection.execute(
                "INSERT INTO participants (conversation_id, user_id) VALUES (1, $1)", cem.id
            )
            path = "/api/messages/search/?q=word&limit=100"
            assert len(await instance.walk(path, cem)) == 0
            async with open_database(before.database_url, 2) as db:
                await index.index_old(db)
                assert len(await instance.walk(path, cem)) == index.PORTION
                await fill(db)
                assert len(await instance.walk(path, cem)) == 450
                # As an instance of the release before edits, deletes and sends.
                await connection.execute("UPDATE messages SET content = 'new 上海' WHERE id = 7")
                await connection.execute(
                    "UPDATE messages SET content = '', deleted_at = now() WHERE id = 8"
                )
                await connection.execute(
                    "INSERT INTO messages (conversation_id, sender_id, content)"
                    " VALUES (1, 1, 'word by the older')"
                )
                await connection.execute(
                    "UPDATE conversations SET rank = (SELECT max(id) FROM messages)"
                )
                assert len(await instance.walk(path, cem)) == 449
                assert await search(instance, cem, "上海") == []
                await fill(db)
                assert await search(instance, cem, "上海") == ["new 上海"]
                assert len(await instance.walk(path, cem)) == 449
    finally:
        await connection.close()


async def test_message_whose_transaction_ends_late_is_read_all_the_same(
    instance: Instance, db: Database, settings: Config
) -> None:
    ann, bob = await instance.people("ann", "bob")
    room = await instance.chat(ann, bob)
    connection = await asyncpg.connect(settings.database_url)
    try:
        writing = connection.transaction()
        await writing.start()
        await connection.execute("SELECT pg_current_xact_id()")
        await connection.execute(
            "INSERT INTO messages (conversation_id, sender_id, content) VALUES ($1, $2, 'late')",
            room,
            ann.id,
        )
        await instance.say(ann, room, "later but sooner")
        await fill(db)
        assert await search(instance, bob, "late") == []
        assert await search(instance, bob, "sooner") == ["later but sooner"]
        await writing.commit()
        assert await search(instance, bob, "late") == ["late"]
        await fill(db)
        assert await search(instance, bob, "late") == ["late"]
    finally:
        await connection.close()
