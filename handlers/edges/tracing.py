"""Each HTTP request has an id: that which it brings, or a new one. Its answer says which."""

from contextvars import Token

from aiohttp import web

from handlers.edges.exchange import EXCHANGE, Exchange
from storage import tracing
from storage.tracing import Trace

REQUEST_ID_HEADER = "X-Request-Id"
TRACEPARENT_HEADER = "traceparent"


def add_tracing(app: web.Application) -> None:
    """Have answers say the ids of their requests. Between `begin` and `end` is all that is done."""
    app.on_response_prepare.append(_name_request)


def begin(request: web.Request) -> Token[Trace | None]:
    """Have all that is done know for which request, until `tracing.end` is given the token."""
    headers = request.headers
    trace = tracing.trace_of(headers.get(REQUEST_ID_HEADER), headers.get(TRACEPARENT_HEADER))
    request[EXCHANGE] = Exchange(trace)
    return tracing.begin(trace)


async def _name_request(request: web.Request, response: web.StreamResponse) -> None:
    exchange = request.get(EXCHANGE)
    if exchange is not None:
        response.headers[REQUEST_ID_HEADER] = exchange.trace.request_id
