"""Search in every script, through both doors: /api/search/ and the list of posts."""

import unicodedata
from urllib.parse import quote

import pytest

from tests.handlers.post_helpers import create_post, ids
from tests.people import Instance, Person

FOUND = [
    ("我家在上海KEY东边", "上海KEY"),
    ("我KEY家在上海东边", "KEY 上海"),
    ("我KEY家在上海东边", "KEY 边"),
    ("KEY 서울에서 만나요", "KEY 에서"),
    ("KEY ฉันรักประเทศไทยมาก", "KEY ประเทศไทย"),
    ("https://example.com/KEY", "https://example.com/KEY"),
    ("look: https://example.com/a/KEY?x=1#y.", "https://example.com/a/KEY?x=1#y"),
    ("and/orKEY", "orKEY"),
    ("github.com/org/repoKEY/pull/5", "github.com/org/repoKEY/pull/5"),
    ("github.com/org/repoKEY/pull/5", "repoKEY"),
    ("name.KEY@example.com", "name.KEY@example.com"),
    ("KEY C++", "KEY C++"),
    ("cafe\u0301KEY", "caféKEY"),
    ("caféKEY", "cafe\u0301KEY"),
    ("ZürichKEY", "zurichKEY"),
    ("KEYёлка", "KEYелка"),
    ("ＫＥＹKEYＫＥＹ", "keyKEYkey"),
    ("İstanbulKEY", "istanbulKEY"),
]


def paths(q: str) -> list[str]:
    return [f"/api/search/?q={quote(q)}", f"/api/posts/?search={quote(q)}"]


@pytest.mark.parametrize(("text", "query"), FOUND)
async def test_post_is_found_by_both_searches_and_after_an_edit(
    instance: Instance, text: str, query: str
) -> None:
    ann = await instance.person("ann")
    key = f"q{ann.id}z"
    text, query = text.replace("KEY", key), query.replace("KEY", key)
    other = await create_post(instance, ann, f"not this {key}x")
    id = await create_post(instance, ann, text)
    for path in paths(query):
        assert await ids(instance, path) == [id]
    await instance.call("PUT", f"/api/posts/{id}/", ann, json={"content": "nothing any more"})
    await instance.call("PUT", f"/api/posts/{other}/", ann, json={"content": text})
    for path in paths(query):
        assert await ids(instance, path) == [other]


async def renamed(instance: Instance, display_name: str) -> Person:
    person = await instance.person("any")
    update = "/api/users/profiles/update_my_profile/"
    await instance.call("PATCH", update, person, json={"display_name": display_name})
    return person


NAMES = [
    ("ŁukaszKEY", "lukaszKEY"),
    ("lukaszKEY", "ŁukaszKEY"),
    ("Zoe\u0308KEY Novák", "zoëKEY"),
    ("ＦＵＬＬKEY", "fullKEY"),
    ("ЁлкаKEY", "елкаKEY"),
    ("王小明KEY", "王小"),
    ("KEY我是王小明", "小明"),
    ("김철수KEY", unicodedata.normalize("NFD", "김철수KEY")),
    ("مُحَمَّدKEY", "محمدKEY"),
    ("BartholomäusKEY", "bartolomausKEY"),
]


@pytest.mark.parametrize(("name", "query"), NAMES)
async def test_user_is_found_by_a_name_in_any_spelling(
    instance: Instance, name: str, query: str
) -> None:
    key = f"q{(await instance.person('key')).id}z"
    person = await renamed(instance, name.replace("KEY", key))
    other = await renamed(instance, "Somebody else")
    query = quote(query.replace("KEY", key))
    for path in (f"/api/search/?type=users&q={query}", f"/api/users/profiles/?search={query}"):
        found = await ids(instance, path)
        assert person.id in found
        assert other.id not in found


async def test_new_account_is_found_by_the_display_name_it_began_with(instance: Instance) -> None:
    key = f"q{(await instance.person('key')).id}z"
    account = {"username": key, "email": f"{key}@example.org", "password": "a long enough one"}
    me = await instance.post("/api/users/", json=account | {"display_name": f"Đorđe{key}"})
    assert await ids(instance, f"/api/search/?type=users&q=dorde{key}") == [me["id"]]


async def test_hashtag_is_found_without_its_accents_and_the_one_typed_comes_first(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    key = f"q{ann.id}z"
    await create_post(instance, ann, f"#zürich{key}")
    for _ in range(2):
        await create_post(instance, ann, f"#zurich{key}")

    async def tags(q: str) -> list[str]:
        path = f"/api/search/?type=hashtags&q={quote(q)}"
        return [hashtag["tag"] for hashtag in await instance.walk(path)]

    assert await tags(f"#zürich{key}") == [f"zürich{key}", f"zurich{key}"]
    assert await tags(f"ZURICH{key}") == [f"zurich{key}", f"zürich{key}"]
    await create_post(instance, ann, f"#上海{key}")
    assert await tags("上海") == [f"上海{key}"]
