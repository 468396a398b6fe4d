"""The page at `/`: whole, of one piece with the API, and closed to what others put in."""

import gzip
import re
from html.parser import HTMLParser
from importlib.resources import files

import aiohttp
import pytest

from server.web.policy import page_headers
from storage.events import types
from tests.people import Instance

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}
FILES = {file.name: file for file in files("server.web").iterdir()}
SCRIPTS = {name: file.read_text() for name, file in FILES.items() if name.endswith(".js")}


class Elements(HTMLParser):
    """(tag, attributes) of all elements, and the text within scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self._within = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))
        self._within = tag

    def handle_data(self, data: str) -> None:
        if self._within in ("script", "style"):
            self.inline += data.strip()

    def references(self) -> list[str]:
        """What the page loads by itself, and links to."""
        names = ("src", "href", "action")
        values = (attributes.get(name) for _, attributes in self.found for name in names)
        return [value for value in values if value is not None]


def page() -> Elements:
    return Elements(FILES["index.html"].read_text())


def assets() -> list[str]:
    """What the page refers to, scripts by one another, and pictures and fonts by the style."""
    imported = [
        f"/web/{name}"
        for script in SCRIPTS.values()
        for name in re.findall(r'(?:from|import\() ?"\./([^"]+)"', script)
    ]
    styled = re.findall(r"url\(\s*[\"']?([^)\"']+)", FILES["style.css"].read_text())
    loaded = [path for path in page().references() if path.startswith("/web/")]
    return sorted({*loaded, *imported, *styled})


async def test_the_page_and_all_that_it_refers_to_are_there(instance: Instance) -> None:
    html = await instance.get("/")
    assert html.headers["Content-Type"] == "text/html; charset=utf-8"
    assert len(assets()) > 5
    for path in assets():
        asset = await instance.get(path)
        assert asset.headers["Content-Type"] == TYPES[path[path.rindex(".") :]]
    for path in page().references():
        if not path.startswith("#"):
            await instance.get(path)


def test_every_script_is_used() -> None:
    assert {f"/web/{name}" for name in SCRIPTS} <= set(assets())


async def test_every_answer_is_closed_to_what_is_not_ours(instance: Instance) -> None:
    for path in ["/", *assets()]:
        headers = (await instance.get(path)).headers
        policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'self'"
        assert policy["img-src"] == "'self' data: blob: http://127.0.0.1:8000"
        assert policy["connect-src"] == "'self' ws://127.0.0.1:8000"
        assert not policy.keys() & {"script-src", "style-src"}
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


async def test_a_browser_asks_each_time_and_loads_only_what_is_new(instance: Instance) -> None:
    for path in ["/", *assets()]:
        first = await instance.get(path)
        assert first.headers["Cache-Control"] == "no-cache"
        known = {"If-None-Match": first.headers["ETag"]}
        again = await instance.call("GET", path, headers=known, status=304)
        assert again.body == b""
        assert again.headers["ETag"] == first.headers["ETag"]
        assert "Content-Security-Policy" in again.headers
        await instance.call("GET", path, headers={"If-None-Match": '"other"'}, status=200)


async def test_nothing_else_is_served_from_there(instance: Instance) -> None:
    for path in ("/web/", "/web/site.py", "/web/%2e%2e/app.py", "/web/index.html", "/web/none.js"):
        await instance.get(path, status=404)


def test_no_script_or_style_is_inline() -> None:
    elements = page()
    assert elements.inline == ""
    for tag, attributes in elements.found:
        assert tag != "style"
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert not str(attributes.get("href")).startswith("javascript:")


@pytest.mark.parametrize("name", SCRIPTS)
def test_text_goes_in_as_text(name: str) -> None:
    ways = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc"
    assert not re.findall(ways, SCRIPTS[name])


def test_every_call_is_an_operation() -> None:
    listed = (FILES["client"] / "operations.js").read_text()
    operations = set(re.findall(r'^  "?([a-z_.]+)"?: \{', listed, re.MULTILINE))
    declared = (FILES["client"] / "index.d.ts").read_text().partition("class Client {")[2]
    own = set(re.findall(r"^  (\w+)[<(]", declared, re.MULTILINE)) | {"on", "once"}
    called = {
        name
        for script in SCRIPTS.values()
        for direct, by_name in re.findall(
            r'\bclient\.(\w+(?:\.\w+)*)\(|\b(?:client\.each|client\.call|outbox\.send)\("([^"]+)"',
            script,
        )
        if (name := direct or by_name) not in own
    }
    assert len(called) > 40
    assert {"message.send", "post.create", "presence.watch", "session.end"} <= called
    assert called <= operations


def test_nothing_is_asked_of_the_server_but_by_the_client_library() -> None:
    ways = r"\bfetch\(|XMLHttpRequest|new WebSocket|sendBeacon|[\"`]/api/"
    for name, script in SCRIPTS.items():
        assert not re.findall(ways, script), name


def test_every_icon_is_drawn() -> None:
    drawn = set(re.findall(r'^  (\w+): "M', SCRIPTS["view.js"], re.MULTILINE))
    used = {
        name
        for script in SCRIPTS.values()
        for name in re.findall(r'(?:\bicon\(|symbol: )"(\w+)"', script)
    }
    assert {"home", "settings"} <= used <= drawn


def test_every_link_within_the_page_leads_to_a_view() -> None:
    routes = [
        re.compile(pattern.replace("\\/", "/"))
        for pattern in re.findall(r"^  \[/(.+)/, \(", SCRIPTS["app.js"], re.MULTILINE)
    ]
    links = {
        re.sub(r"\$\{[^}]+\}", "1", link)
        for script in SCRIPTS.values()
        for link in re.findall(r'["`]#(/[^"`]*)["`]', script)
    } - {"/@1"}  # a name, for which route() finds the person
    assert {"/settings", "/admin/reports", "/messages/1"} <= links
    assert [link for link in links if not any(route.match(link) for route in routes)] == []


def test_every_mailed_link_is_followed() -> None:
    followed = re.search(r"LINK = /\^#\(([a-z|]+)\)=", SCRIPTS["links.js"])
    assert followed is not None
    templates = (kind for kind in files("handlers.emails.templates").iterdir() if kind.is_dir())
    mailed = {
        kind.name for kind in templates if "{{ link }}" in (kind / "body.txt.jinja").read_text()
    }
    assert {*mailed, "unsubscribe"} == set(followed[1].split("|"))


def test_a_mailed_link_asks_before_it_does_anything() -> None:
    """A program that checks mails may run the scripts of the pages that links lead to."""
    script = SCRIPTS["links.js"]
    for way in ("verify", "reset", "unsubscribe"):
        body = re.search(
            rf"^function {way}\(token\) {{\n(.*?)^}}", script, re.MULTILINE | re.DOTALL
        )
        assert body is not None, way
        before, _, after = body[1].partition("act: async")
        assert "ask({" in before
        assert "client." not in before
        assert "client." in after


def test_every_event_that_is_listened_for_is_told() -> None:
    told = {kind.name for kind in vars(types).values() if hasattr(kind, "name")}
    heard = {
        name for script in SCRIPTS.values() for name in re.findall(r'name === "([^"]+)"', script)
    }
    assert {"session.ready", "post.created", "message.created"} <= heard
    assert heard <= told


async def test_text_goes_compressed_to_who_takes_that(instance: Instance) -> None:
    async with aiohttp.ClientSession(auto_decompress=False) as raw:
        bodies = {}
        for asked in ("gzip, deflate, br", "GZIP;q=0.5", "identity", "gzip;q=0, *;q=0.1", ""):
            headers = {"Accept-Encoding": asked}
            async with raw.get(f"{instance.url}/web/app.js", headers=headers) as answer:
                assert answer.headers["Vary"] == "Accept-Encoding"
                encoding = answer.headers.get("Content-Encoding")
                bodies[asked] = (encoding, answer.headers["ETag"], await answer.read())
            headers["If-None-Match"] = bodies[asked][1]
            async with raw.get(f"{instance.url}/web/app.js", headers=headers) as answer:
                assert answer.status == 304
    plain = SCRIPTS["app.js"].encode()
    for asked in ("gzip, deflate, br", "GZIP;q=0.5"):
        assert bodies[asked][0] == "gzip"
        assert gzip.decompress(bodies[asked][2]) == plain
    for asked in ("identity", "gzip;q=0, *;q=0.1", ""):
        assert bodies[asked][0] is None
        assert bodies[asked][2] == plain
    assert bodies["identity"][1] != bodies["GZIP;q=0.5"][1]


def test_images_come_from_their_store_and_sockets_of_the_public_address_are_named() -> None:
    headers = page_headers("https://chat.example", "https://cdn.example:8443/pictures/")
    policy = headers["Content-Security-Policy"].split("; ")
    assert "img-src 'self' data: blob: https://cdn.example:8443" in policy
    assert "connect-src 'self' wss://chat.example" in policy
