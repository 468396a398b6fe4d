"""The refresh token of a browser, in a cookie that no script can read.

A browser sends a cookie whoever made the page that asks, so a request that is to use it, or to be
given one, must come from a page of ours (OWASP: Cross-Site Request Forgery Prevention). SameSite
alone would not do: a page of another port or subdomain is of the same site.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from handlers.edges.exchange import EXCHANGE
from handlers.edges.known_origins import KnownOrigins
from handlers.error_codes import ErrorCode
from handlers.errors import OperationError, error_code
from handlers.operation import Operation, WithCookie
from handlers.schemas.accounts import REFRESH_MAX

ORIGINS = web.AppKey("origins", KnownOrigins)

NAME = "mini_twitter_refresh"
SECURE_NAME = f"__Secure-{NAME}"  # a browser takes it only by https (RFC 6265bis, section 4.1.3)
PATH = "/api/users/token/"
SPENT_TOKEN = {ErrorCode.TOKEN_INVALID, ErrorCode.TOKEN_EXPIRED, ErrorCode.SESSION_ENDED}


async def run_with_cookie(
    request: web.Request,
    operation: Operation,
    given: dict[str, Any],
    run: Callable[[dict[str, Any]], Awaitable[Any]],
) -> Any:
    """Run an operation that takes or gives a refresh token, and return its result.

    Where the input has no token, that of the cookie is used. The next one then goes into the cookie
    whatever the input says: what is in there must never come within a script's reach. The cookie is
    deleted when its token is good no longer.

    Args:
        request: What came, whose answer sets the cookie.
        operation: One whose input may have `refresh` or `cookie`.
        given: The input, not validated yet.
        run: Runs the operation with an input.

    Raises:
        OperationError: CROSS_ORIGIN or UNSUPPORTED_MEDIA_TYPE where the cookie is to be used or
            set, but the request need not be one of our own page's. And what `run` raises.
    """
    fields = operation.request_schema.fields
    token = None
    if "refresh" in fields and given.get("refresh") is None:
        token = request.cookies.get(_name(request), "")[:REFRESH_MAX] or None
    if token is not None:
        given = given | {"refresh": token} | ({"cookie": True} if "cookie" in fields else {})
    if token is not None or given.get("cookie") is True:
        _check(request)
    try:
        result = await run(given)
    except Exception as error:
        if token is not None and error_code(error) in SPENT_TOKEN:
            _set(request, "", 0)
        raise
    if isinstance(result, WithCookie):
        _set(request, result.refresh, int(result.lifetime.total_seconds()))
        return result.data
    if token is not None:
        _set(request, "", 0)
    return result


def _set(request: web.Request, value: str, seconds: int) -> None:
    attributes = [f"Max-Age={seconds}", f"Path={PATH}", "HttpOnly", "SameSite=Strict"]
    if request.app[ORIGINS].is_secure(request):
        attributes.append("Secure")
    request[EXCHANGE].cookie = "; ".join([f"{_name(request)}={value}", *attributes])


def _name(request: web.Request) -> str:
    return SECURE_NAME if request.app[ORIGINS].is_secure(request) else NAME


def _check(request: web.Request) -> None:
    if request.content_type != "application/json":  # which a form cannot have
        raise OperationError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json.")
    if not request.app[ORIGINS].is_own_page(request):
        raise OperationError(
            ErrorCode.CROSS_ORIGIN,
            "Only a page of this server, by https where it is reached so, may use the cookie.",
        )
