"""The page at `/`: whole, of one piece with the API, and closed to what others put in."""

import gzip
import hashlib
import re
from html.parser import HTMLParser
from importlib.resources import files

import aiohttp
import brotli
import orjson
import pytest

from server.web.page import served
from server.web.policy import page_headers
from storage.events import types
from tests.people import Instance

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json; charset=utf-8",
}
WORKER = "service_worker.js"  # which is no module of the page's: the browser runs it by itself
FILES = {
    **dict(served(files("server.web"))),
    "client/index.d.ts": files("server.web") / "client/index.d.ts",
    "client/operations.js": files("server.web") / "client/operations.js",
}
# Ours: those of others are held by their hashes.
SCRIPTS = {
    name: file.read_text()
    for name, file in FILES.items()
    if name.endswith(".js") and not name.startswith(("vendor/", "client/"))
}
CATALOGUES = {name: text for name, text in SCRIPTS.items() if name.startswith("languages/")}


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
        for name in re.findall(r'(?:from|import|import\() ?"\./([^"]+)"', script)
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
    assert {f"/web/{name}" for name in SCRIPTS} - {f"/web/{WORKER}"} <= set(assets())


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
    listed = FILES["client/operations.js"].read_text()
    operations = set(re.findall(r'^  "?([a-z_.]+)"?: \{', listed, re.MULTILINE))
    declared = FILES["client/index.d.ts"].read_text().partition("class Client {")[2]
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
    ways = r"\bfetch\(|XMLHttpRequest|new WebSocket|sendBeacon|[\"`]/api/(?!docs/)"
    for name, script in SCRIPTS.items():
        if name not in (WORKER, "given.js"):  # which the library asks by
            assert not re.findall(ways, script), name


def test_every_icon_is_drawn() -> None:
    drawn = set(re.findall(r'^  (\w+): "M', SCRIPTS["icons.js"], re.MULTILINE))
    used = {
        name
        for script in SCRIPTS.values()
        for name in re.findall(r'(?:\bicon\(|symbol: )"(\w+)"', script)
    }
    assert {"home", "settings"} <= used <= drawn


def routes() -> list[re.Pattern[str]]:
    """The addresses for which the page has a view."""
    found = re.findall(r"^  \[/(.+)/, \(", SCRIPTS["routes.js"], re.MULTILINE)
    return [re.compile(pattern.replace("\\/", "/")) for pattern in found]


def links() -> set[str]:
    """The addresses within the page that its scripts name, with 1 for what is filled in."""
    named = {
        re.sub(r"\$\{[^}]+\}", "1", re.sub(r"\$\{person\([^}]+\}", "/@ann", link)).split("?")[0]
        for script in SCRIPTS.values()
        for link in re.findall(r'(?<!sWith\()["`](/[^"`\s<>]*|\$\{person\([^"`\s<>]*)["`]', script)
    }
    return {
        link
        for link in named
        if not link.startswith(("/client/", "/web/", "/swagger/", "/api/docs/"))
    } - {"//", "/sw.js", "/texts"}


async def test_every_link_within_the_page_leads_to_a_view(instance: Instance) -> None:
    found = links()
    assert {"/settings", "/admin/reports", "/messages/1", "/posts/1", "/@ann/posts/1"} <= found
    for link in found:
        assert any(route.match(link) for route in routes()), link
        answer = await instance.http.get(f"{instance.url}{link}")  # a 404 where nobody is named so
        assert answer.content_type == "text/html", link


async def test_an_address_that_is_no_view_is_not_found(instance: Instance) -> None:
    for path in ("/nothing", "/@ann/nothing", "/messages/ann", "/admin/nothing", "/explore/more"):
        await instance.get(path, status=404)
        assert not any(route.match(path) for route in routes()), path


async def test_a_browser_gets_the_page_where_nothing_is_and_programs_as_ever(
    instance: Instance,
) -> None:
    page = await instance.get("/settings")
    browsers = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    assert (await instance.get("/nothing", status=404, headers=browsers)).body == page.body
    assert b"<html" not in (await instance.get("/nothing", status=404)).body
    refused = await instance.get("/api/nothing/", status=404, headers=browsers)
    assert refused["code"] == "unknown_route"


async def test_the_service_worker_answers_at_every_view_and_nowhere_else(
    instance: Instance,
) -> None:
    script = (await instance.get("/sw.js")).body.decode()
    (views,) = re.findall(r'^const VIEWS = (".*");$', script, re.MULTILINE)
    own = re.compile(orjson.loads(views))
    assert [link for link in links() if not own.search(link)] == []
    for path in (
        "/swagger/",
        "/api/docs/openapi.json",
        "/media/1",
        "/explore/more",
        "/@ann/nothing",
    ):
        assert not own.search(path), path


async def test_a_view_is_the_page_whatever_its_address(instance: Instance) -> None:
    page = await instance.get("/")
    body = page.body.partition(b"<body>")[2]
    for path in ("/@ann", "/@ann/posts/1", "/tags/%E6%97%A5%E6%9C%AC", "/messages/1"):
        answer = await instance.http.get(f"{instance.url}{path}")
        assert (await answer.read()).partition(b"<body>")[2] == body
    assert all(path.startswith(("/", "#")) for path in Elements(page.body.decode()).references())


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
    for way, does in (("confirm", "act()"), ("reset", "client."), ("unsubscribe", "client.")):
        body = re.search(rf"^function {way}\(\w+\) {{\n(.*?)^}}", script, re.MULTILINE | re.DOTALL)
        assert body is not None, way
        before, _, after = body[1].partition("act: async")
        assert "ask({" in before
        assert does not in before
        assert does in after
    for way in ("verify", "change"):
        assert re.search(
            rf"^function {way}\(token\) {{\n  confirm\(\(\) => [^\n]+\n}}", script, re.MULTILINE
        )


def test_every_event_that_is_listened_for_is_told() -> None:
    told = {kind.name for kind in vars(types).values() if hasattr(kind, "name")}
    heard = {
        name
        for script in SCRIPTS.values()
        for name in re.findall(r'(?<!path)name === "([^"]+)"', script)
    }
    assert {"session.ready", "post.created", "message.created"} <= heard
    assert heard <= told


async def test_text_goes_compressed_to_who_takes_that(instance: Instance) -> None:
    async with aiohttp.ClientSession(auto_decompress=False) as raw:
        bodies = {}
        for asked in (
            *("gzip, deflate, br", "GZIP;q=0.5", "gzip, br;q=0"),
            *("identity", "gzip;q=0, *;q=0.1", ""),
        ):
            headers = {"Accept-Encoding": asked}
            async with raw.get(f"{instance.url}/web/app.js", headers=headers) as answer:
                assert answer.headers["Vary"] == "Accept-Encoding"
                encoding = answer.headers.get("Content-Encoding")
                bodies[asked] = (encoding, answer.headers["ETag"], await answer.read())
            headers["If-None-Match"] = bodies[asked][1]
            async with raw.get(f"{instance.url}/web/app.js", headers=headers) as answer:
                assert answer.status == 304
    plain = SCRIPTS["app.js"].encode()
    assert bodies["gzip, deflate, br"][0] == "br"
    assert brotli.decompress(bodies["gzip, deflate, br"][2]) == plain
    for asked in ("GZIP;q=0.5", "gzip, br;q=0"):
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


def test_libraries_of_others_are_as_they_were_published() -> None:
    for name, sums in FILES.items():
        if name.startswith("vendor/") and name.endswith("/SHA256SUMS"):
            folder = name.removesuffix("SHA256SUMS")
            pinned = dict(line.split("  ./")[::-1] for line in sums.read_text().splitlines())
            found = {
                path.removeprefix(folder): hashlib.sha256(file.read_bytes()).hexdigest()
                for path, file in FILES.items()
                if path.startswith(folder) and path != name
            }
            assert found == pinned


def texts(catalogue: str) -> dict[str, str]:
    """The names in a catalogue, each with what it says, in all its plural forms."""
    return dict(re.findall(r'^  "([\w.]+)": (.+),$', catalogue, re.MULTILINE))


def test_every_language_says_everything_with_the_same_names_in_it() -> None:
    english = texts(CATALOGUES["languages/en.js"])
    assert list(english) == sorted(english)
    for name, catalogue in CATALOGUES.items():
        other = texts(catalogue)
        assert other.keys() == english.keys(), name
        for key, text in other.items():
            assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", english[key])), (
                key
            )


def test_every_text_that_is_said_is_in_the_catalogue_and_all_of_it_is_said() -> None:
    name = re.compile(r'"(\w+\.[\w.]+)"')
    said = {
        found
        for script in SCRIPTS.values()
        for argument in re.findall(r"\btr?\(((?:[^(),]|\([^()]*\))*)", script)
        for found in name.findall(argument)
    } | {
        found
        for script in SCRIPTS.values()
        for found in re.findall(
            r'\b\w*(?:name|text|label|Name|Text|Label): "(\w+\.[\w.]+)"', script
        )
    }
    english = texts(CATALOGUES["languages/en.js"])
    assert said <= english.keys()
    assert english.keys() <= said | {"app.name"}


def test_nothing_is_said_but_by_the_catalogue() -> None:
    """Words between tags, or in an attribute that is read out, are nobody's language."""
    attribute = r'(?:aria-label|title|placeholder|alt)=?"?:? ?"([A-Z][a-z][^"]*)"'
    element = r"<(?:p|h\d|span|button|a|strong|label)\b[^<>$]*>([A-Z][a-z]+ ?[^<>]*)<"
    for path, script in SCRIPTS.items():
        if not path.startswith("languages/"):
            assert re.findall(f"{attribute}|{element}", script) == [], path


def test_sides_are_those_of_the_text_not_of_the_screen() -> None:
    style = FILES["style.css"].read_text()
    sided = r"(?:margin|padding|border)-(?:left|right)\b|(?:text-align|float): (?:left|right)"
    assert re.findall(sided, style) == []
    assert re.findall(r"[;{] ?(?:left|right): (?!50%)[^;]*;", style) == []
