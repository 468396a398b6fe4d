"""What a public page says of itself before any script runs, and what it shows first.

Title, description and Open Graph are for search engines, and for programs that show a link that
somebody has sent. What is shown first goes with it, as answers that the page would ask for
(given.js takes them): so a visitor on a slow network need not wait for it. Else the page is the
same at every address.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from html import escape
from typing import Any
from urllib.parse import quote, urlencode, urljoin

from aiohttp import hdrs, web

from handlers.edges.rest.endpoint import CONTEXT, TRUSTED_PROXIES, as_json
from handlers.edges.rest.routes import ROUTES
from handlers.edges.visitor import visitor_of
from handlers.errors import InvalidInput, OperationError
from handlers.operation import REGISTRY, execute
from server.web.assets import made, redirect
from storage.errors import NotFound, StorageError
from storage.records import Profile, Thread

NAME = "Mini-Twitter"
TITLE_MAX = 70  # characters of a post in the title
DESCRIPTION_MAX = 300
NONE = {
    "post": "No such post",
    "profile": "No such account",
    "tag": "Not found",
    "explore": "Not found",
}

PATHS = {route.operation: route.path for route in ROUTES if route.method == hdrs.METH_GET}
NEW_PEOPLE = 5  # as many as explore.js asks for

Tags = dict[str, str]


class Asked:
    """What a visitor gets when asking for it, and what of it goes with the page."""

    def __init__(self, request: web.Request) -> None:
        self.matched = request.match_info
        self.is_searched = bool(request.query_string)
        self._context = request.app[CONTEXT]
        self._visitor = visitor_of(request, request.app[TRUSTED_PROXIES])
        self.given: dict[str, bytes] = {}

    async def get(self, name: str, **data: Any) -> Any:
        """Run an operation for a visitor: nobody's own view, and within a visitor's limits."""
        result = await execute(REGISTRY[name], self._context, self._visitor, data)
        self.give(name, result, **data)
        return result

    async def also(self, name: str, **data: Any) -> None:
        """Have an answer go with the page if it can be had; else the page asks itself."""
        with suppress(OperationError, StorageError):
            await self.get(name, **data)

    @property
    def id(self) -> int:
        """The number in the address."""
        try:
            return int(self.matched["id"])
        except ValueError as error:  # thousands of digits
            raise NotFound("page") from error

    def give(self, name: str, result: object, **data: Any) -> None:
        """Have this go with the page as the answer to an operation."""
        path = PATHS[name].format_map(data)
        query = {key: str(value) for key, value in data.items() if f"{{{key}}}" not in PATHS[name]}
        answer = as_json(path, query, result)
        self.given[f"{path}?{urlencode(query)}" if query else path] = answer

    def html(self) -> bytes:
        """Return what has been asked for, as an element that no browser runs or shows."""
        answers = b",".join(b'"%s":%s' % (path.encode(), self.given[path]) for path in self.given)
        text = answers.replace(b"<", b"\\u003c")
        return b'  <script type="application/json" id="given">{%s}</script>\n' % text


def with_head(
    page: bytes, of: str, public_url: str, headers: Mapping[str, str]
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler that answers the page with the head of what is at the address.

    What is not there is a 404 with the page, which says so, too. A post at the address of somebody
    who has not written it leads to who has, a name of before to that of now. Where it cannot be
    found out just now, the page goes out as it is.

    Args:
        page: The HTML, with a title and a description to replace.
        of: What is there: `post`, `profile`, `tag` or `explore`.
        public_url: What addresses begin with.
        headers: Of the answer.
    """
    before, rest = re.split(rb'(?=  <meta name="description")', page, maxsplit=1)
    after = rest[rest.index(b"</title>") + len(b"</title>\n") :]
    hints, scripts = re.split(rb'(?=  <script type="module")', after, maxsplit=1)
    describe = DESCRIBED[of]
    none = re.sub(rb"<title>.*</title>", f"<title>{NONE[of]} · {NAME}</title>".encode(), page)

    async def handle(request: web.Request) -> web.StreamResponse:
        asked = Asked(request)
        try:
            tags = await describe(asked, public_url)
        except (NotFound, InvalidInput):  # an id that there cannot be
            return made(request, none, "text/html", headers, 404)
        except (OperationError, StorageError):  # which the page meets, too, and says
            return made(request, page, "text/html", headers, 200)
        if moved := _moved(request, tags["canonical"].removeprefix(public_url)):
            return redirect(302, moved)
        body = b"".join((before, _html(tags).encode(), hints, asked.html(), scripts))
        return made(request, body, "text/html", headers, 200)

    return handle


def _moved(request: web.Request, address: str) -> str | None:
    """Return where this page is instead, if it is at the address of another name."""
    named = request.match_info.get("name")
    if named is None:
        return None
    here, there = f"/@{named}", f"/@{address.removeprefix('/@').partition('/')[0]}"
    if here.lower() == there.lower():
        return None
    return there + request.path.removeprefix(here)


async def _of_post(asked: Asked, public_url: str) -> Tags:
    thread: Thread = await asked.get("post.thread", id=asked.id)
    post = thread.post
    author = f"{post.author.display_name} (@{post.author.username})"
    words = " ".join(post.content.split())
    image = None if post.sensitive else post.image
    tags = {
        "title": f"{author}: {_cut(words, TITLE_MAX)}" if words else author,
        "description": _cut(words, DESCRIPTION_MAX),
        "canonical": f"{public_url}/@{post.author.username}/posts/{post.id}",
        "og:type": "article",
        "article:published_time": post.created_at.isoformat(),
        "twitter:card": "summary_large_image" if image else "summary",
    }
    if image and post.media and post.media[0].alt:
        tags["og:image:alt"] = _cut(post.media[0].alt, DESCRIPTION_MAX)
    return _pictured(tags, image or post.author.avatar, public_url)


async def _of_profile(asked: Asked, public_url: str) -> Tags:
    if "name" in asked.matched:
        profile: Profile = await asked.get("profile.lookup", username=asked.matched["name"])
        asked.give("profile.get", profile, id=profile.id)
    else:
        profile = await asked.get("profile.get", id=asked.id)
    await asked.also("user.get", id=profile.id)
    await asked.also("user.posts", id=profile.id, kind=asked.matched.get("part", "posts"))
    username = profile.user.username
    tags = {
        "title": f"{profile.display_name} (@{username})",
        "description": _cut(" ".join(profile.bio.split()), DESCRIPTION_MAX)
        or f"What {profile.display_name} posts on {NAME}.",
        "canonical": f"{public_url}/@{username}",
        "og:type": "profile",
        "profile:username": username,
        "twitter:card": "summary",
    }
    return _pictured(tags, profile.avatar, public_url)


async def _of_tag(asked: Asked, public_url: str) -> Tags:
    tag = asked.matched["tag"]
    await asked.also("post.list", hashtag=tag)
    return {
        "title": f"#{tag}",
        "description": f"What is posted about #{tag} on {NAME}.",
        "canonical": f"{public_url}/tags/{quote(tag, safe='')}",
        "og:type": "website",
        "twitter:card": "summary",
    }


async def _of_explore(asked: Asked, public_url: str) -> Tags:
    if not asked.is_searched:
        await asked.also("post.list")
        await asked.also("profile.list", limit=NEW_PEOPLE)
    return {
        "title": "Explore",
        "description": f"Who and what is new on {NAME}.",
        "canonical": f"{public_url}/explore",
        "og:type": "website",
        "twitter:card": "summary",
    }


DESCRIBED = {"post": _of_post, "profile": _of_profile, "tag": _of_tag, "explore": _of_explore}


def _pictured(tags: Tags, image: str | None, public_url: str) -> Tags:
    return tags | ({"og:image": urljoin(f"{public_url}/", image)} if image else {})


def _cut(text: str, maximum: int) -> str:
    return text if len(text) <= maximum else f"{text[: maximum - 1].rstrip()}…"


def _html(tags: Tags) -> str:
    title, description, canonical = (tags[name] for name in ("title", "description", "canonical"))
    properties = {
        "og:site_name": NAME,
        "og:title": title,
        "og:description": description,
        "og:url": canonical,
        **{name: value for name, value in tags.items() if ":" in name},
    }
    return "".join(
        [
            f'  <meta name="description" content="{escape(description)}">\n',
            f"  <title>{escape(title)} · {NAME}</title>\n",
            f'  <link rel="canonical" href="{escape(canonical)}">\n',
            *(
                f'  <meta property="{name}" content="{escape(value)}">\n'
                for name, value in properties.items()
            ),
        ]
    )
