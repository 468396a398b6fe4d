"""What public pages say of themselves before any script runs."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import orjson
import pytest

from tests.people import Instance


class Head(HTMLParser):
    """The title, what is said in meta and link elements, and the hints to load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.title = ""
        self.said: dict[str, str] = {}
        self.preloaded: list[str] = []
        self._in_title = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self._in_title = tag == "title"
        if tag == "meta":
            name = given.get("property") or given.get("name")
            if name:
                assert name not in self.said
                self.said[name] = given["content"]
        if given.get("rel") == "canonical":
            self.said["canonical"] = given["href"]
        if given.get("rel") == "modulepreload":
            self.preloaded.append(given["href"])

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
            self._in_title = False


async def head(instance: Instance, path: str, status: int = 200) -> Head:
    return Head((await instance.call("GET", path, status=status)).body.decode())


async def test_a_post_is_named_by_its_author_and_its_words(instance: Instance) -> None:
    ann = await instance.person("ann")
    post = (await instance.write(ann, 'Mind the "gap" <b>\n& others'))["id"]
    for path in (f"/@{ann.username}/posts/{post}", f"/posts/{post}"):
        told = await head(instance, path)
        words = 'Mind the "gap" <b> & others'
        assert told.title == f"{ann.username} (@{ann.username}): {words} · Mini-Twitter"
        assert told.said["description"] == told.said["og:description"] == words
        assert told.said["og:type"] == "article"
        address = f"http://127.0.0.1:8000/@{ann.username}/posts/{post}"
        assert told.said["canonical"] == told.said["og:url"] == address


async def test_a_post_at_the_address_of_somebody_else_leads_to_its_author(
    instance: Instance,
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = (await instance.write(ann, "by ann"))["id"]
    for name in (bob.username, "nobody_at_all"):
        answer = await instance.get(f"/@{name}/posts/{post}", status=302)
        assert answer.headers["Location"] == f"/@{ann.username}/posts/{post}"
    await instance.get(f"/@{ann.username.upper()}/posts/{post}", status=200)


async def test_a_view_with_a_slash_at_its_end_leads_to_the_one_without(instance: Instance) -> None:
    for path, without in (
        ("/@ann/", "/@ann"),
        ("/explore/?q=a%20b", "/explore?q=a%20b"),
        ("/tags/%E5%8C%97%E4%BA%AC/", "/tags/%E5%8C%97%E4%BA%AC"),
        ("/@ann/posts/1/likes/", "/@ann/posts/1/likes"),
    ):
        answer = await instance.get(path, status=308)
        assert answer.headers["Location"] == without


async def test_the_icon_is_where_it_is_by_old_custom(instance: Instance) -> None:
    answer = await instance.get("/favicon.ico")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.body.startswith(b"\x89PNG")


async def test_a_long_post_is_cut_in_the_title(instance: Instance) -> None:
    ann = await instance.person("ann")
    post = (await instance.write(ann, "word " * 55))["id"]
    told = await head(instance, f"/posts/{post}")
    assert told.title.endswith("… · Mini-Twitter")
    assert len(told.title) < 150


async def test_a_profile_is_named_by_its_owner_in_capitals_or_not(instance: Instance) -> None:
    ann = await instance.person("ann")
    path = "/api/users/profiles/update_my_profile/"
    profile = {"display_name": "Ann <3", "bio": "I write.\nOften."}
    await instance.call("PATCH", path, ann, json=profile)
    for address in (f"/@{ann.username}", f"/@{ann.username.upper()}/media", f"/users/{ann.id}"):
        told = await head(instance, address)
        assert told.title == f"Ann <3 (@{ann.username}) · Mini-Twitter"
        assert told.said["og:description"] == "I write. Often."
        assert told.said["canonical"] == f"http://127.0.0.1:8000/@{ann.username}"


async def test_a_tag_is_named_in_any_script(instance: Instance) -> None:
    told = await head(instance, "/tags/%E5%8C%97%E4%BA%AC")
    assert told.title == "#北京 · Mini-Twitter"
    assert told.said["canonical"].endswith("/tags/%E5%8C%97%E4%BA%AC")


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/@nobody_at_all", "No such account"),
        ("/@nobody_at_all/likes", "No such account"),
        ("/posts/999999999", "No such post"),
        ("/users/999999999", "No such account"),
        (f"/users/{2**70}", "No such account"),
        pytest.param("/users/" + "1" * 5000, "No such account", id="5000-digits"),
        pytest.param("/posts/" + "1" * 5000, "No such post", id="post-5000-digits"),
    ],
)
async def test_what_is_not_there_is_404_with_the_page_that_says_so(
    instance: Instance, path: str, title: str
) -> None:
    told = await head(instance, path, 404)
    assert told.title == f"{title} · Mini-Twitter"
    assert told.preloaded


async def test_a_deleted_post_says_nothing_any_more(instance: Instance) -> None:
    ann = await instance.person("ann")
    post = (await instance.write(ann, "a secret"))["id"]
    await instance.call("DELETE", f"/api/posts/{post}/", ann, status=204)
    answer = await instance.call("GET", f"/posts/{post}", status=404)
    assert b"secret" not in answer.body


@pytest.mark.parametrize("view", ["", "/", "/explore", "/tags/one", "/messages"])
async def test_every_file_that_a_page_needs_is_asked_for_at_once(
    instance: Instance, view: str
) -> None:
    ann = await instance.person("ann")
    preloaded = (await head(instance, view or f"/@{ann.username}")).preloaded
    assert {"early.js", "app.js"} <= {path.rpartition("/")[2] for path in preloaded}
    for path in preloaded:
        answer = await instance.get(path)
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        for imported in re.findall(r'\bfrom ?"([^"]+)"', answer.body.decode()):
            assert urljoin(path, imported) in preloaded


async def test_a_public_page_comes_with_the_answers_that_a_visitor_would_get(
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    post = (await instance.write(ann, "Mind </script><script>alert(1)</script> #given"))["id"]
    asked = {
        f"/@{ann.username}": 4,
        f"/@{ann.username}/likes": 4,
        f"/users/{ann.id}": 3,
        f"/posts/{post}": 1,
        "/tags/given": 1,
        "/explore": 2,
        "/explore?q=mind": 0,
    }
    for view, count in asked.items():
        html = (await instance.get(view)).body.decode()
        (given,) = re.findall(r'<script type="application/json" id="given">(.*?)</script>', html)
        answers = orjson.loads(given)
        assert len(answers) == count
        for path, answer in answers.items():
            assert answer == (await instance.get(path)).body, path


async def test_a_page_that_has_not_changed_is_not_sent_again(instance: Instance) -> None:
    ann = await instance.person("ann")
    first = await instance.get(f"/@{ann.username}")
    known = {"If-None-Match": first.headers["ETag"]}
    await instance.call("GET", f"/@{ann.username}", headers=known, status=304)
    await instance.call(
        "PATCH", "/api/users/profiles/update_my_profile/", ann, json={"bio": "New."}
    )
    await instance.call("GET", f"/@{ann.username}", headers=known, status=200)
