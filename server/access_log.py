"""One JSON line for each answer, where ACCESS_LOG is on."""

import logging
from collections.abc import Sequence

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from handlers.edges.exchange import EXCHANGE
from handlers.edges.visitor import Network, visitor_of
from handlers.secret_paths import shown
from server.logs import ACCESS_LOGGER

LOGGER = logging.getLogger(ACCESS_LOGGER)


def access_logger(trusted_proxies: Sequence[Network]) -> type[AbstractAccessLogger]:
    """Return the class that aiohttp writes the lines with."""

    class AccessLogger(AbstractAccessLogger):
        """Writes who asked for what, what it was answered, and how long that took.

        Of the address it writes the path alone: what follows may be a token of a mail. Of a path
        that ends in a token it leaves that out.
        """

        def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
            """Write one line. A socket's comes when it ends."""
            line: dict[str, object] = {"method": request.method, "path": shown(request.path)}
            exchange = request.get(EXCHANGE)
            if exchange is not None:
                line["request_id"] = exchange.trace.request_id
                if exchange.trace.trace_id is not None:
                    line["trace_id"] = exchange.trace.trace_id
            if isinstance(request, web.Request):
                visitor = visitor_of(request, trusted_proxies)
                line |= {"address": visitor.address, "user_agent": visitor.user_agent}
            line |= {
                "user_id": exchange and exchange.user_id,
                "status": response.status,
                "bytes": response.body_length,
                "seconds": round(time, 6),
            }
            LOGGER.info("%s %s", request.method, line["path"], extra=line)

    return AccessLogger
