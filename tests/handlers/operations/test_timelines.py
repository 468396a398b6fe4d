"""Lists of posts and their filters, and what belongs to one post."""

from urllib.parse import quote

import pytest

from tests.handlers.post_helpers import create_post, ids
from tests.people import Instance


async def test_history_has_the_earlier_versions_newest_first(instance: Instance) -> None:
    ann = await instance.person("ann")
    post = await instance.post("/api/posts/", ann, {"content": "one"})
    path = f"/api/posts/{post['id']}/"
    assert (await instance.get(f"{path}history/")).body == {"results": [], "next": None}
    second = await instance.call("PUT", path, ann, json={"content": "two"})
    await instance.call("PUT", path, ann, json={"content": "two"})  # no change, no version
    await instance.call("PATCH", path, ann, json={"content": "three"})
    versions = await instance.walk(f"{path}history/?limit=1")
    fields = {"id", "content", "media", "created_at"}
    assert [version.keys() for version in versions] == 2 * [fields]
    assert [(version["content"], version["created_at"]) for version in versions] == [
        ("two", second["edited_at"]),
        ("one", post["created_at"]),
    ]
    await instance.get(f"/api/posts/{2**53 - 1}/history/", status=404)


@pytest.mark.parametrize(("verb", "name"), [("like", "likes"), ("retweet", "retweets")])
async def test_who_liked_or_retweeted_is_listed_newest_first(
    instance: Instance, verb: str, name: str
) -> None:
    ann, *others = [await instance.person(n) for n in ("ann", "bob", "cho", "dee", "eve")]
    id = await create_post(instance, ann, "hello")
    for person in others:
        await instance.post(f"/api/posts/{id}/{verb}/", person)
    await instance.post(f"/api/posts/{id}/un{verb}/", others[1])
    await instance.post(f"/api/users/{others[3].id}/follow/", ann)
    users = await instance.walk(f"/api/posts/{id}/{name}/?limit=2", ann)
    assert [user["id"] for user in users] == [others[at].id for at in (3, 2, 0)]
    assert [user["is_following"] for user in users] == [True, False, False]
    assert users[0] == (await instance.get(f"/api/users/{others[3].id}/", ann)).body
    # Whoever does it again meanwhile is behind the walk, and is not met twice.
    page = await instance.get(f"/api/posts/{id}/{name}/?limit=1", ann)
    await instance.post(f"/api/posts/{id}/{verb}/", others[1])
    rest = await ids(instance, page["next"], ann)
    assert rest == [others[2].id, others[0].id]
    await instance.get(f"/api/posts/{2**53 - 1}/{name}/", status=404)


async def test_filters_combine(instance: Instance) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    word, tag = f"word{ann.username}".replace("_", ""), f"tag{ann.username}"
    both = await create_post(instance, ann, f"{word} and #{tag.title()}")
    worded = await create_post(instance, ann, f"only {word.upper()}!")
    tagged = await create_post(instance, ann, f"only #{tag}")
    others = await create_post(instance, bob, f"{word} #{tag}")
    lists = "/api/posts/"
    assert await ids(instance, f"{lists}?search={word}") == [others, worded, both]
    for spelled in (tag, tag.upper(), f"%23{tag}"):
        assert await ids(instance, f"{lists}?hashtag={spelled}") == [others, tagged, both]
    for author in (ann.id, ann.username, ann.username.upper(), f"@{ann.username}"):
        assert await ids(instance, f"{lists}?author={author}") == [tagged, worded, both]
    assert await ids(instance, f"{lists}?author={ann.id}&search={word}") == [worded, both]
    assert await ids(instance, f"{lists}?author={ann.id}&hashtag={tag}") == [tagged, both]
    assert await ids(instance, f"{lists}?search={word}&hashtag={tag}") == [others, both]
    everything = f"{lists}?search={word}&hashtag={tag}&author={ann.username}"
    assert await ids(instance, everything) == [both]
    for nothing in (f"author=nobody{ann.id}", "author=99999999999999999999", f"hashtag=no{tag}"):
        assert await ids(instance, f"{lists}?{nothing}") == []
    assert len((await instance.get(f"{lists}?search=&hashtag=&author="))["results"]) >= 4


async def test_edit_moves_a_post_from_one_search_and_hashtag_to_another(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    old, new = f"old{ann.id}x", f"new{ann.id}x"
    id = await create_post(instance, ann, f"{old} #{old}t")
    await instance.call("PUT", f"/api/posts/{id}/", ann, json={"content": f"{new} #{new}t"})
    for path in (f"?search={old}", f"?hashtag={old}t"):
        assert await ids(instance, f"/api/posts/{path}") == []
    for path in (f"?search={new}", f"?hashtag={new}t"):
        assert await ids(instance, f"/api/posts/{path}") == [id]


@pytest.mark.parametrize(
    "text",
    [
        "a & | !",
        "'",
        '"',
        "\\",
        "%_\\",
        "(((",
        "a:*",
        "<->",
        "!!",
        "-",
        '"open',
        "💥",
        "or or",
        ":A",
    ],
)
async def test_any_text_can_be_searched_for(instance: Instance, text: str) -> None:
    await instance.get(f"/api/posts/?search={quote(text)}")
    await instance.get(f"/api/posts/?hashtag={quote(text)}&author={quote(text)}")


async def test_search_understands_phrases_alternatives_and_exclusions(instance: Instance) -> None:
    ann = await instance.person("ann")
    key = f"key{ann.id}x"
    first = await create_post(instance, ann, f"{key} Привет, мир! 日本語")
    second = await create_post(instance, ann, f"{key} мир ÄPFEL привет")
    for search, found in [
        ("привет", [second, first]),
        ('"привет мир"', [first]),
        ("äpfel or 日本語", [second, first]),
        ("-äpfel", [first]),
        ("äpfel 日本語", []),
    ]:
        path = f"/api/posts/?search={quote(f'{key} {search}')}"
        # `or` binds more loosely than the words beside it.
        assert await ids(instance, f"{path}&author={ann.id}") == found, search


@pytest.mark.parametrize("query", ["search=" + 201 * "a", "hashtag=%00", "author=" + 32 * "a"])
async def test_filter_too_long_or_unstorable_is_refused(instance: Instance, query: str) -> None:
    problem = await instance.get(f"/api/posts/?{query}", status=422)
    assert list(problem["errors"]) == [query.partition("=")[0]]


async def test_filtered_list_is_walked_exactly_once_while_others_write(instance: Instance) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    tag = f"walk{ann.id}x"
    there = [await create_post(instance, ann, f"{n} #{tag}") for n in range(7)]
    seen: list[int] = []
    following: str | None = f"/api/posts/?hashtag={tag}&search={tag}&limit=2"
    while following is not None:
        page = await instance.get(following)
        seen += [post["id"] for post in page["results"]]
        following = page["next"]
        await create_post(instance, bob, f"late #{tag}")
    assert seen == there[::-1]
