"""Ranked searches for posts, users and hashtags."""

import secrets
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from handlers.schemas.fields import SEARCH_MAX
from handlers.schemas.search import CURSOR_MAX
from storage.database.pool import Database
from tests.handlers.post_helpers import create_post, ids
from tests.people import Instance, Person


def found(kind: str, q: str, more: str = "") -> str:
    return f"/api/search/?type={kind}&q={quote(q)}{more}"


async def renamed(instance: Instance, person: Person, display_name: str) -> Person:
    update = "/api/users/profiles/update_my_profile/"
    await instance.call("PATCH", update, person, json={"display_name": display_name})
    return person


async def tags(instance: Instance, path: str) -> list[tuple[str, int]]:
    return [(result["tag"], result["posts_count"]) for result in await instance.walk(path)]


async def test_posts_are_ranked_by_words_and_age(instance: Instance, db: Database) -> None:
    ann = await instance.person("ann")
    apart = f"alpha{ann.id}x"
    loose = await create_post(
        instance, ann, f"{apart} one two three four five six seven eight beta"
    )
    dense = await create_post(instance, ann, f"{apart} beta")
    newer = await create_post(instance, ann, f"{apart} beta")
    old = await create_post(instance, ann, f"{apart} beta {apart} beta")
    await db.execute("UPDATE posts SET created_at = now() - interval '1 year' WHERE id = $1", old)
    assert await ids(instance, found("posts", f"{apart} beta")) == [newer, dense, loose, old]
    assert await ids(instance, f"/api/search/?q={apart}&limit=1") == [newer, dense, loose, old]
    ancient = "UPDATE posts SET created_at = '1900-01-01' WHERE id = $1"
    await db.execute(ancient, old)
    assert (await ids(instance, found("posts", apart)))[-1] == old


async def test_users_are_ranked_exact_then_prefix_then_alike_and_by_followers(
    instance: Instance,
) -> None:
    key = f"zork{(await instance.person('key')).id}q"
    fan = await instance.person("fan")
    alike = await renamed(instance, await instance.person("any"), f"The great {key}z of old")
    begins = await renamed(instance, await instance.person("any"), f"{key.upper()} the second")
    popular = await renamed(instance, await instance.person("any"), f"{key}ling")
    exact = await renamed(instance, await instance.person("any"), key.title())
    for person in (popular, alike):
        await instance.post(f"/api/users/{person.id}/follow/", fan)
    expected = [person.id for person in (exact, popular, begins, alike)]
    assert await ids(instance, found("users", key)) == expected
    assert await ids(instance, found("users", key.upper(), "&limit=1")) == expected
    users = await instance.walk(found("users", f"@{popular.username}"), fan)
    assert users[0] == (await instance.get(f"/api/users/{popular.id}/", fan)).body
    assert users[0]["is_following"] is True


async def test_username_that_is_asked_for_exactly_comes_first(instance: Instance) -> None:
    ann = await instance.person("ann")
    impostor = await renamed(instance, await instance.person("imp"), ann.username)
    await instance.post(f"/api/users/{impostor.id}/follow/", ann)
    assert (await ids(instance, found("users", ann.username)))[:2] == [ann.id, impostor.id]


async def test_hashtags_are_ranked_exact_then_prefix_then_alike_and_by_use(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    key = f"flip{ann.id}é"
    await create_post(instance, ann, f"#{key}fast #{key} #x{key}y #{key}gone")
    gone = await create_post(instance, ann, f"#{key}fast #{key}gone2")
    await create_post(instance, ann, f"#{key.upper()}Slow #{key}fast")
    await instance.call("PUT", f"/api/posts/{gone}/", ann, json={"content": f"#{key}fast"})
    expected = [(key, 1), (f"{key}fast", 3), (f"{key}gone", 1), (f"{key}slow", 1), (f"x{key}y", 1)]
    for q in (key, f"#{key.upper()}"):
        assert await tags(instance, found("hashtags", q)) == expected
    assert await tags(instance, found("hashtags", key, "&limit=2")) == expected


@pytest.mark.parametrize("kind", ["posts", "users", "hashtags"])
@pytest.mark.parametrize(
    "text",
    [
        "a & | !",
        "'",
        '"',
        "\\",
        "%_\\",
        "%",
        "_",
        "(((",
        "a:*",
        "<->",
        "!!",
        "@",
        "#",
        "💥",
        "日本",
    ],
)
async def test_any_text_can_be_searched_for(instance: Instance, kind: str, text: str) -> None:
    page = await instance.get(found(kind, text))
    assert page.body.keys() == {"results", "next"}


async def test_wildcards_of_like_match_only_themselves(instance: Instance) -> None:
    ann = await instance.person("ann")
    # Usernames of tests end in hexadecimal digits: to digits alone some would be alike.
    key = f"%_vyx{ann.id}"
    percent = await renamed(instance, await instance.person("any"), f"{key}\\%")
    profiles = "/api/users/profiles/?search="
    for beginning in (key, f"{key}\\", f"{key}\\%"):
        assert await ids(instance, found("users", beginning)) == [percent.id]
        assert await ids(instance, profiles + quote(beginning)) == [percent.id]
    for other in ("%%", "_%", "__", "\\%"):
        assert percent.id not in await ids(instance, found("users", other))
        assert percent.id not in await ids(instance, profiles + quote(other))


@pytest.mark.parametrize(
    "query",
    ["type=posts", "q=", "q=%20", "q=%00", "q=a&type=people", "q=" + 201 * "a", "q=a&limit=0"],
)
async def test_search_for_nothing_or_of_no_kind_is_refused(instance: Instance, query: str) -> None:
    await instance.get(f"/api/search/?{query}", status=422)


async def test_walk_keeps_the_order_of_its_beginning(instance: Instance, db: Database) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    key = f"w{secrets.token_hex(6)}"
    sql = """
        WITH made AS (
            INSERT INTO users (username, email, password_hash, display_name)
            SELECT $1 || '_' || n, $1 || n || '@example.org', '', 'Walker'
              FROM generate_series(1, 30) n RETURNING id)
        INSERT INTO profiles (user_id, followers_count) SELECT id, id % 3 FROM made
        RETURNING user_id"""
    everybody = sorted(row["user_id"] for row in await db.fetch(sql, key))
    posts = [await create_post(instance, ann, f"{key} #{key}tag{n}") for n in range(7)]
    expected: dict[str, list[Any]] = {
        "users": sorted(everybody, key=lambda id: (-(id % 3), id)),
        "posts": posts[::-1],
        "hashtags": [f"{key}tag{n}" for n in range(7)],
    }
    name = {"users": "id", "posts": "id", "hashtags": "tag"}
    pages = {kind: await instance.get(found(kind, key, "&limit=3")) for kind in expected}
    seen = {kind: [each[name[kind]] for each in page["results"]] for kind, page in pages.items()}
    change = "UPDATE profiles SET followers_count = 100 - followers_count WHERE user_id = ANY($1)"
    await db.execute(change, everybody)
    await create_post(instance, bob, f"{key} {key} #{key}tag6 #{key}tag5 #{key}")
    for kind, page in pages.items():
        rest = await instance.walk(page["next"])
        assert seen[kind] + [each[name[kind]] for each in rest] == expected[kind]
    await db.execute("DELETE FROM users WHERE id = ANY($1::bigint[])", everybody)


async def test_one_who_is_gone_shortens_the_page(instance: Instance) -> None:
    ann = await instance.person("ann")
    posts = [await create_post(instance, ann, f"short{ann.id}") for _ in range(5)]
    page = await instance.get(found("posts", f"short{ann.id}", "&limit=2"))
    await instance.call("DELETE", f"/api/posts/{posts[1]}/", ann)
    assert [post["id"] for post in await instance.walk(page["next"])] == [posts[2], posts[0]]


async def test_cursor_of_another_kind_is_refused(instance: Instance) -> None:
    ann = await instance.person("ann")
    for _ in range(2):
        await create_post(instance, ann, f"kind{ann.id}")
    page = await instance.get(found("posts", f"kind{ann.id}", "&limit=1"))
    assert page["next"].startswith("/api/search/?type=posts&q=kind")
    other = page["next"].replace("type=posts", "type=users")
    await instance.get(other, status=422)
    for cursor in ("x", "W10", "WyJwb3N0cyIsIDEuNV0", "WyJwb3N0cyIsIDk5OTk5OTk5OTk5OTk5OTk5OTld"):
        await instance.get(f"/api/search/?q=a&cursor={cursor}", status=422)


async def test_longest_of_searches_is_read(instance: Instance) -> None:
    """The path that `next` gives must not be too long for the server that gave it.

    A cursor carries all that is still to be shown.
    """
    query = urlencode({"q": "𝕏" * SEARCH_MAX, "cursor": "W" * CURSOR_MAX})
    reply = await instance.get(f"/api/search/?{query}", status=422)
    assert list(reply["errors"]) == ["cursor"]


async def test_searcher_does_not_find_those_they_are_apart_from(
    instance: Instance, db: Database
) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    word = f"apart{ann.id}"
    await renamed(instance, bob, word)
    id = await create_post(instance, bob, word)
    paths = [found("posts", word), found("users", word), f"/api/users/profiles/?search={word}"]

    async def seen(by: Person | None) -> list[list[int]]:
        return [await ids(instance, path, by) for path in paths]

    everything = [[id], [bob.id], [bob.id]]
    for blocker, blocked in ((ann, bob), (bob, ann)):
        await instance.post(f"/api/users/{blocked.id}/block/", blocker)
        assert await seen(ann) == [[], [], []]
        assert await seen(bob) == await seen(None) == everything
        await instance.post(f"/api/users/{blocked.id}/unblock/", blocker)
    await instance.post(f"/api/users/{bob.id}/mute/", ann)
    assert await seen(ann) == [[], [bob.id], [bob.id]]  # a muted user can be found, and unmuted
    assert await seen(bob) == everything
    await db.execute("UPDATE users SET suspended_at = now() WHERE id = $1", bob.id)
    assert await seen(None) == [[], [], []]


async def test_profiles_are_found_by_beginning_and_likeness_exactly_once(
    instance: Instance,
) -> None:
    key = f"quux{(await instance.person('key')).id}z"
    alike = await renamed(instance, await instance.person("any"), f"My {key}y self")
    begin = [
        await renamed(instance, await instance.person("any"), f"{key.title()}{n}") for n in range(4)
    ]
    exact = await renamed(instance, await instance.person("any"), key)
    path = f"/api/users/profiles/?search={key}"
    expected = [exact.id, *(person.id for person in begin[::-1]), alike.id]
    assert await ids(instance, path) == expected
    page = await instance.get(f"{path}&limit=2")
    await renamed(instance, await instance.person("any"), f"{key}9")  # equal to those just shown
    rest = await ids(instance, page["next"])
    assert [*(profile["id"] for profile in page["results"]), *rest] == expected
    assert (await instance.get(f"{path}&limit=1"))["results"] == [
        (await instance.get(f"/api/users/profiles/{exact.id}/")).body
    ]
    newest = await instance.get("/api/users/profiles/?search=%20&limit=1")
    assert newest["results"][0]["id"] > exact.id


async def test_misspelt_name_is_found(instance: Instance) -> None:
    key = (await instance.person("key")).id
    person = await renamed(instance, await instance.person("any"), f"Bartholomeus{key}")
    for path in (
        found("users", f"bartolomeus{key}"),
        f"/api/users/profiles/?search=bartolomeus{key}",
    ):
        assert person.id in await ids(instance, path)
