"""aiohttp's runner, which refuses what is not HTTP by a problem."""

from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import hdrs, web
from aiohttp.web_protocol import _ErrInfo

from handlers.edges.tracing import REQUEST_ID_HEADER
from handlers.error_codes import ErrorCode
from handlers.errors import Problem
from storage.tracing import new_trace


class Runner(web.AppRunner):
    """Answers what cannot be read, and so has no path, as everything under /api/ is answered.

    A header that is too long, a bad request line, a bad chunk: aiohttp itself would answer these
    in plain text, before any middleware. See docs/upstream.md.
    """

    __slots__ = ("_handler_class",)

    def __init__(self, app: web.Application, public_url: str, **options: Any) -> None:
        """Take what AppRunner does, and the URL before that of a problem's description."""
        super().__init__(app, **options)
        self._handler_class = _handler_class(public_url)

    @property
    def server(self) -> Any:
        """What makes a handler for each connection."""
        made = super().server
        return None if made is None else partial(self._make_handler, made)

    def _make_handler(self, server: web.Server) -> web.RequestHandler:
        handler = server()
        handler.__class__ = self._handler_class
        return handler


def _handler_class(public_url: str) -> type[web.RequestHandler]:
    problem = Problem(ErrorCode.MALFORMED, "The request cannot be read as HTTP.")

    class Handler(web.RequestHandler):
        __slots__ = ()

        def data_received(self, data: bytes) -> None:
            """Read requests; an error keeps nothing of what it was found in.

            Its traceback leads to the frame that has it among its messages, and all that came: up
            to 256 KiB a read, until a full garbage collection.
            """
            super().data_received(data)
            if self._messages and isinstance(error := self._messages[-1][0], _ErrInfo):
                error.exc.__traceback__ = error.exc.__context__ = None

        def handle_error(
            self,
            request: web.BaseRequest,
            status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
            exc: BaseException | None = None,
            message: str | None = None,
        ) -> web.StreamResponse:
            """Answer an error that no handler of ours has."""
            response = super().handle_error(request, status, exc, message)
            if status != HTTPStatus.BAD_REQUEST:
                return response
            trace = new_trace()
            refusal = web.Response(
                body=orjson.dumps({**problem.body(public_url), "request_id": trace.request_id}),
                status=status,
                content_type="application/problem+json",
                charset="utf-8",
                headers={
                    hdrs.CACHE_CONTROL: "no-store",
                    "X-Content-Type-Options": "nosniff",
                    REQUEST_ID_HEADER: trace.request_id,
                },
            )
            refusal.force_close()
            return refusal

    return Handler
