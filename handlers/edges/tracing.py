"""Each HTTP request has an id: that which it brings, or a new one. Its answer says which."""

from aiohttp import web
from aiohttp.typedefs import Handler

from storage import tracing
from storage.tracing import Trace

REQUEST_ID_HEADER = "X-Request-Id"
TRACEPARENT_HEADER = "traceparent"
TRACE = web.RequestKey("trace", Trace)
USER_ID = web.RequestKey("user_id", int)  # of the token that was shown, where one was looked at


def add_tracing(app: web.Application) -> None:
    """Have answers say the ids of their requests. The middleware `traced` must come first."""
    app.on_response_prepare.append(_name_request)


@web.middleware
async def traced(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Have all that is done for the request know what it is done for."""
    headers = request.headers
    trace = tracing.trace_of(headers.get(REQUEST_ID_HEADER), headers.get(TRACEPARENT_HEADER))
    request[TRACE] = trace
    token = tracing.begin(trace)
    try:
        return await handler(request)
    finally:
        tracing.end(token)


async def _name_request(request: web.Request, response: web.StreamResponse) -> None:
    trace = request.get(TRACE)
    if trace is not None:
        response.headers[REQUEST_ID_HEADER] = trace.request_id
