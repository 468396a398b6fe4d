"""Whatever goes wrong under /api/ is answered as a problem, never as HTML or a trace."""

import orjson
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from handlers.edges.rest.endpoint import CONTEXT, SPENT, address_of
from handlers.errors import MethodNotAllowed, NotFound, Problem, TooLarge, problem
from handlers.rate_limits import Bucket, Spent, headers


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    if not request.path.startswith("/api/"):
        return await handler(request)
    try:
        response = await handler(request)
    except web.HTTPNotFound:
        response = answer(problem(NotFound("There is nothing here.")))
    except web.HTTPMethodNotAllowed as error:
        response = answer(problem(MethodNotAllowed(f"{request.method} is not done here.")))
        response.headers[hdrs.ALLOW] = ", ".join(sorted(error.allowed_methods))
    except web.HTTPRequestEntityTooLarge as error:
        response = answer(problem(TooLarge(error.text or "The body is too large.")))
    except web.HTTPException:  # a redirect to the canonical path
        raise
    except Exception as error:
        response = answer(problem(error))
    if request.content.exception() is not None:
        response.force_close()  # after a body that cannot be read nothing can
    spent = request.get(SPENT) or await _spend(request)
    if spent is not None:
        response.headers.update(headers(spent))
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


async def _spend(request: web.Request) -> Spent | None:
    """What did not come to an operation, such as an unknown path, counts as reading."""
    return await request.app[CONTEXT].limits.spend(Bucket.READ, None, address_of(request))


def answer(told: Problem) -> web.Response:
    response = web.Response(
        body=orjson.dumps(told.body()),
        status=told.status,
        content_type="application/problem+json",
        charset="utf-8",
    )
    if told.status == 401:
        response.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
    if told.retry_after is not None:
        response.headers[hdrs.RETRY_AFTER] = str(told.retry_after)
    return response
