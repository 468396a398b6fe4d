"""Text of people in every script: who is named in it, what is found by it, how long it may be."""

import re
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest

from handlers.jobs import JOBS
from handlers.text import limits
from storage.database.pool import Database, open_database
from storage.migrations import files
from tests.conftest import Services
from tests.people import Instance, Person
from tests.storage.own_database import own_database

POSTS = "/api/posts/"
INVISIBLE = ("\u200b", "\u2060\ufeff", "\u00ad", "\u3164", "\u2800", "\ufe0f", "\u202e", "\u0301")


@pytest.mark.parametrize(
    "around", ["の{}に到着", "{}さん", "你好{}，请看", "สวัสดี{}ครับ", "RT{}: hi"]
)
async def test_who_is_named_beside_writing_without_spaces_is_told(
    instance: Instance, around: str
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = await instance.write(ann, around.format(f"@{bob.username}"))
    assert [one["id"] for one in post["mentions"]] == [bob.id]
    [told] = await instance.walk("/api/notifications/", bob)
    assert (told["kind"], told["post_id"]) == ("mention", post["id"])


async def test_a_name_in_an_address_is_told_nothing(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    name = bob.username
    urls = (f"https://example.com/?bar=@{name}", f"https://example.com/~@{name}", f"a.de/@{name}")
    post = await instance.write(ann, " ".join([*urls, f"иван@{name}.ru"]))
    assert post["mentions"] == []
    assert await instance.walk("/api/notifications/", bob) == []


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("＃ｆｕｌｌ{}", "full{}"),
        ("#İSTANBUL{}", "#istanbul{}"),
        ("#straße{}", "＃STRASSE{}"),
        ("#メ～テレ{}", "メ〜テレ{}"),
        ("#ぼっち・ざ・ろっく{}", "ぼっち・ざ・ろっく{}"),
        ("#צה״ל{}", "#צה״ל{}"),
    ],
)
async def test_a_tag_is_found_by_every_spelling(
    instance: Instance, written: str, asked: str
) -> None:
    ann = await instance.person("ann")
    own = ann.username
    post = await instance.write(ann, written.format(own))
    [tag] = post["hashtags"]
    for spelling in (asked.format(own), asked.format(own.upper()), tag, f"#{tag}"):
        found = await instance.walk(f"{POSTS}?hashtag={quote(spelling)}")
        assert [one["id"] for one in found] == [post["id"]], spelling
        path = f"/api/search/?type=hashtags&q={quote(spelling)}"
        assert (await instance.get(path))["results"][0]["tag"] == tag


async def test_a_sign_that_is_no_tag_finds_nothing(instance: Instance) -> None:
    await instance.write(await instance.person("ann"), "hello")
    assert (await instance.get(f"{POSTS}?hashtag={quote('・')}"))["results"] == []


async def test_a_link_counts_as_23_and_what_is_seen_as_one_as_one(instance: Instance) -> None:
    ann = await instance.person("ann")
    family, link = "👨\u200d👩\u200d👧\u200d👦", "https://example.com/" + 400 * "x"
    for content in (f"{link} {256 * 'x'}", 280 * family, 280 * "e\u0301", 280 * "ก็", 280 * "क्षि"):
        assert (await instance.write(ann, content))["content"] == content
    for content in (f"{link} {257 * 'x'}", 281 * family, 281 * "日", "x" + 11_000 * "\u0301"):
        refused = await instance.post(POSTS, ann, {"content": content}, status=422)
        assert "Longer than" in refused["errors"]["content"][0]


async def test_every_text_is_as_long_as_a_reader_sees_it(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    family = "👨\u200d👩\u200d👧\u200d👦"
    profile = "/api/users/profiles/update_my_profile/"
    for field, limit in (
        ("display_name", limits.DISPLAY_NAME),
        ("bio", limits.BIO),
        ("location", limits.LOCATION),
    ):
        for length, status in ((limit.characters, 200), (limit.characters + 1, 422)):
            json = {field: length * family}
            await instance.call("PATCH", profile, ann, json=json, status=status)
    for length, status in ((100, 201), (101, 422)):
        group = {"participants": [bob.id], "title": length * family}
        await instance.post("/api/messages/", ann, group, status=status)
    for length, status in ((600, 201), (1001, 422)):
        report = {"user_id": bob.id, "reason": length * family}
        await instance.post("/api/reports/", ann, report, status=status)
    chat = f"/api/messages/{await instance.chat(ann, bob)}/send_message/"
    link = "https://example.com/" + 5000 * "x"
    for content, status in (
        (4000 * "e\u0301", 201),
        (link, 201),
        (4001 * "e\u0301", 422),
        (4000 * family, 422),
    ):
        await instance.post(chat, ann, {"content": content}, status=status)


def blank_calls(
    instance: Instance, ann: Person, bob: Person, post: int, chat: int, group: int
) -> dict[str, Callable[[str], Awaitable[Any]]]:
    """What takes text that must be seen, by a name of it."""

    def sent(method: str, path: str, field: str, **more: Any) -> Callable[[str], Awaitable[Any]]:
        return lambda text: instance.call(method, path, ann, json={field: text, **more}, status=422)

    people = [bob.id]
    return {
        "post": sent("POST", POSTS, "content"),
        "reply": sent("POST", POSTS, "content", reply_to=post),
        "edited post": sent("PUT", f"{POSTS}{post}/", "content"),
        "message": sent("POST", f"/api/messages/{chat}/send_message/", "content"),
        "group": sent("POST", "/api/messages/", "title", participants=people),
        "renamed group": sent("PATCH", f"/api/messages/{group}/", "title"),
        "name": sent("PATCH", "/api/users/profiles/update_my_profile/", "display_name"),
        "report": sent("POST", "/api/reports/", "reason", user_id=bob.id),
    }


async def test_what_cannot_be_seen_is_blank_everywhere(instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = (await instance.write(ann, "x"))["id"]
    chat = await instance.chat(ann, bob)
    group = await instance.chat(ann, bob, title="Two")
    calls = blank_calls(instance, ann, bob, post, chat, group)
    for name, call in calls.items():
        for text in INVISIBLE:
            refused = await call(text)
            [complaints] = refused["errors"].values()
            assert complaints == ["There is nothing to see in this."], (name, text)
    async with instance.socket(ann) as client:
        for command, body in (
            ("post.create", {}),
            ("post.update", {"id": post}),
            ("message.send", {"conversation_id": chat}),
        ):
            ack = await client.call(command, {"content": INVISIBLE[0], **body})
            assert ack["error"]["code"] == "invalid", command


async def test_an_account_without_a_visible_name_is_called_by_its_username(
    instance: Instance,
) -> None:
    name = f"u{(await instance.person('ann')).id}_zoe"
    body = {"username": name, "email": f"{name}@example.org", "password": "a good password"}
    me = await instance.post(
        "/api/users/", json={**body, "display_name": "\u200b\u3164"}, status=201
    )
    assert me["display_name"] == name


# By the constraint, or the function of the trigger that is one.
BOUNDS = {
    "posts_content_bytes": limits.POST,
    "messages_content_bytes": limits.MESSAGE,
    "users_display_name_bytes": limits.DISPLAY_NAME,
    "profiles_bio_bytes": limits.BIO,
    "profiles_location_bytes": limits.LOCATION,
    "conversation_is_sound": limits.TITLE,
    "reports_reason_bytes": limits.REASON,
}


async def test_the_schema_bounds_the_same_bytes(db: Database) -> None:
    for name, limit in BOUNDS.items():
        definition = await db.fetchval(
            """
            SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1
             UNION ALL SELECT prosrc FROM pg_proc WHERE proname = $1""",
            name,
        )
        assert re.search(rf"(<=|BETWEEN 1 AND) {limit.bytes}\b", definition), name


async def test_tags_of_before_get_their_present_spelling(
    services: Services,
) -> None:
    async with own_database(services.database_url) as url, open_database(url) as db:
        await db.execute("""
            WITH made AS (
                INSERT INTO users (username, email, password_hash, display_name)
                VALUES ('ann', 'ann@example.org', '', 'ann') RETURNING id)
            INSERT INTO profiles (user_id) SELECT id FROM made""")
        await db.execute(
            "INSERT INTO posts (author_id, content) "
            "SELECT u.id, 'x' FROM users u, generate_series(1, 1200) WHERE u.username = 'ann'"
        )
        await db.execute(
            "INSERT INTO hashtags (tag) VALUES ('ｆｕｌｌ'), ('full'), ('straße'), ('x')"
        )
        # Every post has the first; every second one its other spelling, too.
        await db.execute("""
            INSERT INTO post_hashtags (post_id, hashtag_id, author_id, position)
            SELECT p.id, h.id, p.author_id, 1 FROM posts p, hashtags h
             WHERE h.tag IN ('ｆｕｌｌ', 'straße', 'x') OR (h.tag = 'full' AND p.id % 2 = 0)""")
        for _ in range(2):
            await JOBS["hashtags.refold"](SimpleNamespace(db=db))
            rows = await db.fetch("""
                SELECT h.tag, count(*) FROM post_hashtags t JOIN hashtags h ON h.id = t.hashtag_id
                 GROUP BY h.tag ORDER BY h.tag COLLATE "C" """)
            assert [tuple(row) for row in rows] == [("full", 1200), ("strasse", 1200), ("x", 1200)]


async def test_the_migration_has_tags_refolded_where_there_are_some(services: Services) -> None:
    sql = dict(files())["0006_text.sql"]
    queue = sql[sql.index("INSERT INTO jobs") :]
    async with own_database(services.database_url) as url:
        db = await asyncpg.connect(url)
        assert await db.fetchval("SELECT count(*) FROM jobs WHERE kind = 'hashtags.refold'") == 0
        await db.execute("INSERT INTO hashtags (tag) VALUES ('x')")
        await db.execute(queue)
        kinds = await db.fetch("SELECT kind, run_at > now() AS later FROM jobs ORDER BY id")
        await db.close()
    assert [tuple(row) for row in kinds] == [("hashtags.refold", False), ("hashtags.refold", True)]
