"""Errors under /api/ are answered as problem details, never as HTML or a trace."""

import orjson
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from handlers.edges.exchange import EXCHANGE
from handlers.edges.rest.endpoint import CONTEXT, TRUSTED_PROXIES
from handlers.edges.visitor import visitor_of
from handlers.error_codes import ErrorCode
from handlers.errors import Problem, problem_of
from handlers.rate_limits import Bucket, Spent, headers
from handlers.replica_reads import HEADER
from realtime.transport.handshake import HijackedResponse

HEADERS = {hdrs.CACHE_CONTROL: "no-store", "X-Content-Type-Options": "nosniff"}


async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer whatever goes wrong under /api/, and add the headers that every answer there has."""
    response = await _answered(request, handler)
    if isinstance(response, HijackedResponse):  # a WebSocket, whose handshake is answered
        return response
    if request.content.exception() is not None:
        response.force_close()  # after a body that cannot be read nothing can
    exchange = request[EXCHANGE]
    added = response.headers
    spent = exchange.spent or await _spend(request)
    if spent is not None:
        added.update(headers(spent))
    if exchange.consistency is not None and exchange.consistency.token is not None:
        added[HEADER] = exchange.consistency.token
    if exchange.cookie is not None:
        added[hdrs.SET_COOKIE] = exchange.cookie
    added.update(HEADERS)
    return response


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    allowed: set[str] = set()
    try:
        return await handler(request)
    except web.HTTPNotFound:
        problem = Problem(ErrorCode.UNKNOWN_ROUTE, "There is nothing here.")
    except web.HTTPMethodNotAllowed as error:
        problem = Problem(ErrorCode.METHOD_NOT_ALLOWED, f"{request.method} is not done here.")
        allowed = error.allowed_methods
    except web.HTTPRequestEntityTooLarge as error:
        problem = Problem(ErrorCode.PAYLOAD_TOO_LARGE, error.text or "The body is too large.")
    except web.HTTPException:  # a redirect to the canonical path
        raise
    except Exception as error:  # noqa: BLE001  problem_of() logs what nobody raised on purpose
        problem = problem_of(error)
    response = _response(problem, request.app[CONTEXT].public_url)
    if allowed:
        response.headers[hdrs.ALLOW] = ", ".join(sorted(allowed))
    return response


async def _spend(request: web.Request) -> Spent | None:
    """Count as reading what did not come to an operation, such as an unknown path."""
    address = visitor_of(request, request.app[TRUSTED_PROXIES]).address
    return await request.app[CONTEXT].limits.spend(Bucket.READ, None, address)


def _response(problem: Problem, public_url: str) -> web.Response:
    status = problem.code.status
    response = web.Response(
        body=orjson.dumps(problem.body(public_url)),
        status=status,
        content_type="application/problem+json",
        charset="utf-8",
    )
    if problem.code is ErrorCode.UPGRADE_REQUIRED:
        response.headers[hdrs.UPGRADE] = "websocket"
    if status == 401:
        response.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
    elif problem.code is ErrorCode.INSUFFICIENT_SCOPE:  # as RFC 6750, section 3.1
        needed = "" if problem.scope is None else f', scope="{problem.scope.value}"'
        response.headers[hdrs.WWW_AUTHENTICATE] = f'Bearer error="insufficient_scope"{needed}'
    if problem.retry_after is not None:
        response.headers[hdrs.RETRY_AFTER] = str(problem.retry_after)
    return response
