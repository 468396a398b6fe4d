"""The List-Unsubscribe address of a mail as people see it: a page with a button, without scripts.

Mail programs POST to that address (RFC 8058). Programs that look for harm in mails GET it, as they
do every link; so does whoever opens it in a browser. A GET shows the page and changes nothing.
"""

from collections.abc import Awaitable, Callable
from html import escape

from aiohttp import hdrs, web

from handlers.edges.rest.endpoint import CONTEXT
from handlers.errors import problem_of

PATH = "/api/users/unsubscribe/"

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    hdrs.CACHE_CONTROL: "no-store",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",  # the token is in the URL
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def ask(request: web.Request) -> web.Response:
    """Answer a GET: the button, or that the link is none of ours."""
    if request.app[CONTEXT].tokens.unsubscribed(request.query.get("token", "")) is None:
        return _unknown(request)
    # Without an `action` a form is sent to the address of its page, with the token in it.
    return _page(
        request,
        "No more mails?",
        "You will not be mailed any more of new followers and of what you have not read. Mails "
        "about your password and address still come.",
        '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
        "<button>No more mails</button></form>",
    )


def in_words(handler: Handler) -> Handler:
    """Return the handler of a POST so that it answers a browser's form with a page."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if "text/html" not in request.headers.get(hdrs.ACCEPT, ""):
            return await handler(request)
        try:
            await handler(request)
        except web.HTTPException:
            raise
        except Exception as error:  # noqa: BLE001  problem_of() logs what nobody raised on purpose
            problem = problem_of(error)
            if problem.code.status == 422:
                return _unknown(request)
            page = _page(request, "That did not work", f"{problem.detail} Try again later.", AGAIN)
            page.set_status(problem.code.status)
            if problem.retry_after is not None:
                page.headers[hdrs.RETRY_AFTER] = str(problem.retry_after)
            return page
        return _page(request, "No more mails", "You can have them again under Settings.")

    return handle


AGAIN = '<form method="post"><button>Try again</button></form>'


def _unknown(request: web.Request) -> web.Response:
    """Answer 404: what the link was for is not found."""
    page = _page(
        request,
        "This link does not work",
        "It is not complete. Open it out of the mail once more, or turn these mails off under "
        "Settings.",
    )
    page.set_status(404)
    return page


def _page(request: web.Request, title: str, words: str, form: str = "") -> web.Response:
    home = escape(request.app[CONTEXT].public_url)
    return web.Response(
        text='<!doctype html>\n<html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<meta name="robots" content="noindex, nofollow"><title>{title} - Mini-Twitter</title>'
        '<link rel="stylesheet" href="/web/style.css"><link rel="stylesheet" href="/web/docs.css">'
        f'<body class="document"><main><h1>{title}</h1><p>{escape(words)}</p>\n{form}\n'
        f'<p><a href="{home}/">Mini-Twitter</a></p></main></body></html>\n',
        content_type="text/html",
        headers=HEADERS,
    )
