"""The page, at the address of each of its views, and its assets.

They are read once, with an ETag of their content and a strict policy. The page loads its modules
as a few files (bundle.py); one by one they are there for source maps, and for other pages.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import orjson
from aiohttp import hdrs, web

from handlers.edges.middleware import NOTHING_HERE
from handlers.media.purposes import FILE_BYTES_MAX, IMAGE_SIDE_MAX
from handlers.text.rules import TEXT_RULES
from server.web.assets import constant, redirect
from server.web.bundle import EARLY, MAIN, Bundle, file_name
from server.web.head import with_head

TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
PAGE = "index.html"
ICON = "icon-192.png"  # for who asks for it where it is by old custom, and does not read the page
WORKER = "service_worker.js"
WORKER_PATH = "/sw.js"  # above all that it is for
# The module of a view, which is loaded when that is shown first.
VIEW_MODULES = {
    "feed": "/web/feed.js",
    "profile": "/web/profile.js",
    "post": "/web/thread.js",
    "tag": "/web/feed.js",
    "explore": "/web/explore.js",
}
# The addresses of its views: a script of it (routes.js) shows each.
VIEWS = (
    "/",
    r"/@{name:\w{1,30}}/{part:followers|following}",
    r"/@{name:\w{1,30}}/posts/{id:\d+}/{part:history|likes|quotes|retweets}",
    r"/users/{id:\d+}/{part:followers|following}",
    "/notifications",
    "/messages",
    r"/messages/{id:\d+}",
    r"/messages/{id:\d+}/group",
    "/join",
    "/bookmarks",
    "/settings",
    "/settings/webhooks",
    "/admin",
    "/admin/{part:reports|log}",
)
# Those that say what they are of, and show, before any script runs (head.py).
PUBLIC_VIEWS = {
    "/explore": "explore",
    r"/@{name:\w{1,30}}": "profile",
    r"/@{name:\w{1,30}}/{part:replies|media|likes}": "profile",
    r"/users/{id:\d+}": "profile",
    r"/@{name:\w{1,30}}/posts/{id:\d+}": "post",
    r"/posts/{id:\d+}": "post",
    "/tags/{tag}": "tag",
}
# What index.html itself loads: the modules and sheets one by one.
OWN_FILES = re.compile(rb'  <(?:link rel="stylesheet"|script type="module") [^\n]+\n')
DIGITS = 16  # of a digest that is part of a name
# What is filled in, in the address of a view, and what it may be.
FILLED = re.compile(r"{\w+(?::((?:[^{}]|{[^{}]*})+))?}")
ASSETS_PATH = "/web/"
BUILT_PATH = "/web/built/"
# The first is part of the page, the others are loaded by views (sheets.js).
STYLES = ("style.css", "messages.css", "settings.css", "talk.css")
FOR_EVER = "public, max-age=31536000, immutable"
CLIENT = "client"  # a link to clients/javascript/src
CLIENT_PATH = "/client/"
NOT_FOR_BROWSERS = "file-storage.js"

# Numbers and names of ours that scripts go by, as modules of theirs.
MODULES: Mapping[str, Mapping[str, object]] = {
    "limits.js": {"FILE_BYTES_MAX": FILE_BYTES_MAX, "IMAGE_SIDE_MAX": IMAGE_SIDE_MAX},
    "text_rules.js": TEXT_RULES,
}


def add_page(app: web.Application, headers: Mapping[str, str], public_url: str) -> None:
    """Serve the page at its views, its assets at `/web/NAME`, the client at `/client/NAME`."""
    for path, file in assets().items():
        _add_file(app, path, file, headers)
    for path, script in generated(public_url).items():
        app.router.add_get(path, constant(script.encode(), TYPES[".js"], headers))
    bundle = bundled(public_url)
    styles = {name: (files(__package__) / name).read_bytes() for name in STYLES}
    built = {**bundle.files, **styles}
    version = version_of(built)
    for name, content in built.items():
        _add_built(app, version, name, content, headers)
    html = (files(__package__) / PAGE).read_bytes()
    icon = (files(__package__) / ICON).read_bytes()
    app.router.add_get("/favicon.ico", constant(icon, TYPES[".png"], headers))
    for path in (*VIEWS[1:], *PUBLIC_VIEWS):
        app.router.add_get(f"{path}/", _without_slash)
    pages = {
        of: with_files(html, version, bundle.needed(EARLY, MAIN, *entries))
        for of, entries in {"": (), **{of: (path,) for of, path in VIEW_MODULES.items()}}.items()
    }
    worker = service_worker(pages["feed"], version, built)
    app.router.add_get(WORKER_PATH, constant(worker, TYPES[".js"], headers))
    for path in VIEWS:
        of = "feed" if path == "/" else ""
        app.router.add_get(path, constant(pages[of], TYPES[".html"], headers))
    for path, of in PUBLIC_VIEWS.items():
        app.router.add_get(path, with_head(pages[of], of, public_url, headers))
    app[NOTHING_HERE] = constant(pages[""], TYPES[".html"], headers, 404)


def generated(public_url: str) -> Mapping[str, str]:
    """Return the modules that are made here, by their paths at this server."""
    values = {**MODULES, "site.js": {"PUBLIC_URL": public_url}}
    return {f"{ASSETS_PATH}{name}": module(of).decode() for name, of in values.items()}


@cache
def bundled(public_url: str) -> Bundle:
    """Return the files made of all modules that the page loads."""
    read = {path: file.read_text() for path, file in assets().items() if path.endswith(".js")}
    return Bundle({**read, **generated(public_url)}, VIEW_MODULES.values())


@cache
def assets() -> Mapping[str, Traversable]:
    """Return the files that the page may load, by their paths at this server."""
    own = files(__package__)
    client = {CLIENT_PATH + name: file for name, file in served(own / CLIENT)}
    left_out = (ASSETS_PATH + PAGE, ASSETS_PATH + WORKER, CLIENT_PATH + NOT_FOR_BROWSERS)
    found = {ASSETS_PATH + name: file for name, file in served(own)} | client
    return {path: file for path, file in found.items() if path not in left_out}


def with_files(html: bytes, version: str, scripts: Iterable[str]) -> bytes:
    """Return the page with its style sheets and scripts as they are built, in place of its own.

    All that it needs is asked for at once. The first script begins as soon as it is there, the
    others when they all are.
    """
    at = f"{BUILT_PATH}{version}/"
    lines = (
        f'<link rel="modulepreload" href="{at}{file_name(EARLY)}" fetchpriority="high">',
        f'<link rel="stylesheet" href="{at}style.css">',
        *(
            f'<link rel="modulepreload" href="{at}{name}">'
            for name in scripts
            if name != file_name(EARLY)
        ),
        f'<script type="module" src="{at}{file_name(EARLY)}" async></script>',
        f'<script type="module" src="{at}{file_name(MAIN)}"></script>',
    )
    built = "".join(f"  {line}\n" for line in lines).encode()
    return OWN_FILES.sub(b"", html).replace(b"</head>", built + b"</head>")


def version_of(built: Mapping[str, bytes]) -> str:
    """Return a digest of all files that are built."""
    digest = hashlib.sha256()
    for name, content in built.items():
        digest.update(b"%s %d\n%s" % (name.encode(), len(content), content))
    return digest.hexdigest()[:DIGITS]


def service_worker(html: bytes, version: str, built: Mapping[str, bytes]) -> bytes:
    """Return the service worker's script, with what it goes by: its version, its files and VIEWS.

    The files are what the page refers to, and all that is built but source maps.
    """
    referred = re.findall(r'(?:href|src)="(/web/[^"]+)"', html.decode())
    scripts = {f"{BUILT_PATH}{version}/{name}" for name in built if not name.endswith(".map")}
    paths = {"/", *referred, *scripts}
    digest = hashlib.sha256(html)
    for path in sorted(paths & assets().keys()):
        digest.update(assets()[path].read_bytes())
    known = {
        "VERSION": digest.hexdigest()[:DIGITS],
        "FILES": sorted(paths),
        "BUILT": f"{BUILT_PATH}{version}/",
        "VIEWS": addresses(),
    }
    lines = (b"const %s = %s;\n" % (name.encode(), orjson.dumps(known[name])) for name in known)
    return b"".join(lines) + (files(__package__) / WORKER).read_bytes()


def addresses() -> str:
    """Return a regular expression of JavaScript's for the addresses of all views."""
    patterns = (
        FILLED.sub(lambda filled: f"(?:{filled[1] or '[^/]+'})", path)
        for path in (*VIEWS, *PUBLIC_VIEWS)
    )
    return f"^(?:{'|'.join(patterns)})$"


def served(folder: Traversable) -> Iterator[tuple[str, Traversable]]:
    """Give each file in this folder and below with its path from there, without the client's."""
    for entry in folder.iterdir():
        if entry.is_file():
            yield entry.name, entry
        elif entry.name != CLIENT:
            yield from ((f"{entry.name}/{name}", file) for name, file in served(entry))


def module(values: Mapping[str, object]) -> bytes:
    """Return a JavaScript module that exports these values under their names."""
    lines = (
        b"export const %s = %s;\n" % (name.encode(), orjson.dumps(values[name])) for name in values
    )
    return b"".join(lines)


async def _without_slash(request: web.Request) -> web.StreamResponse:
    """Lead to the view's address."""
    path, mark, query = request.raw_path.partition("?")
    location = path.removesuffix("/") + mark + query
    return redirect(308, location)


def _add_file(
    app: web.Application, path: str, file: Traversable, headers: Mapping[str, str]
) -> None:
    content_type = TYPES.get(file.name[file.name.rfind(".") :])
    if content_type is not None and not file.name.endswith(".d.ts"):
        app.router.add_get(path, constant(file.read_bytes(), content_type, headers))


def _add_built(
    app: web.Application, version: str, name: str, content: bytes, headers: Mapping[str, str]
) -> None:
    """Serve a file that is built, at any version: while instances of two run, each knows its own.

    Only what has the version that it is asked for is kept.
    """
    content_type = TYPES[name[name.rfind(".") :]]
    lasting = constant(content, content_type, {**headers, hdrs.CACHE_CONTROL: FOR_EVER})
    passing = constant(content, content_type, {**headers, hdrs.CACHE_CONTROL: "no-store"})
    app.router.add_get(f"{BUILT_PATH}{version}/{name}", lasting)
    app.router.add_get(f"{BUILT_PATH}{{version:[0-9a-f]{{{DIGITS}}}}}/{name}", passing)
