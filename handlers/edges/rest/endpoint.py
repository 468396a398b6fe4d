"""From a route to a request handler: every request is parsed and answered here."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any
from urllib.parse import urlencode

import orjson
from aiohttp import hdrs, web
from marshmallow import fields

from handlers.context import Context, Visitor
from handlers.edges.rest.multipart import Forms
from handlers.edges.rest.refresh_cookie import run_with_cookie
from handlers.edges.rest.routes import Route
from handlers.edges.tracing import USER_ID
from handlers.edges.visitor import Network, sanitize_header, visitor_of
from handlers.error_codes import ErrorCode
from handlers.errors import OperationError
from handlers.operation import Access, Answer, Download, Operation, authorize, execute
from handlers.operations import REGISTRY
from handlers.rate_limits import Spent
from handlers.schemas.fields import ID_MAX, File, Flag, Id
from handlers.security.auth import Authenticator
from storage.records import Page

CONTEXT = web.AppKey("context", Context)
AUTHENTICATOR = web.AppKey("authenticator", Authenticator)
TRUSTED_PROXIES = web.AppKey("trusted_proxies", Sequence[Network])
FORMS = web.AppKey("forms", Forms)
SPENT = web.RequestKey("spent", Spent)  # what the caller has left of a rate limit

BODY_SECONDS = 15  # in which a body must have arrived
FLAGS = {"true": True, "1": True, "false": False, "0": False}
BODYLESS = (hdrs.METH_GET, hdrs.METH_HEAD)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def endpoint(route: Route) -> Handler:
    """Return the handler of a route's requests."""
    operation = REGISTRY[route.operation]

    async def handle(request: web.Request) -> web.Response:
        visitor = await _authenticate(request, operation)
        context = request.app[CONTEXT]
        on_spent = partial(request.__setitem__, SPENT)
        with ExitStack() as files:
            given = _path(request)
            if _is_form(request, operation):
                authorize(operation, visitor)  # before much is read
                given |= await _form(request, operation, files)
            else:
                given |= await _input(request, route, operation)

            def run(given: dict[str, Any]) -> Awaitable[Any]:
                return execute(operation, context, visitor, given, on_spent)

            if route.has_cookie:
                result = await run_with_cookie(request, operation, given, run)
            else:
                result = await run(given)
        return _answer(request, route, result)

    return handle


async def _authenticate(request: web.Request, operation: Operation) -> Visitor:
    """Return an Actor by the token in the Authorization header, where the operation looks at one.

    Without a header it is a Visitor.
    """
    visitor = visitor_of(request, request.app[TRUSTED_PROXIES])
    header = request.headers.get(hdrs.AUTHORIZATION)
    if header is None or operation.access is Access.ANYONE:
        return visitor
    scheme, _, token = sanitize_header(header).partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise OperationError(
            ErrorCode.TOKEN_INVALID, "Send a token as `Authorization: Bearer TOKEN`."
        )
    actor = await request.app[AUTHENTICATOR].actor(request.app[CONTEXT], token.strip(), visitor)
    request[USER_ID] = actor.user_id
    return actor


def _path(request: web.Request) -> dict[str, Any]:
    """Return the ids in the path; what cannot be an id is NOT_FOUND."""
    try:
        ids = {name: int(digits) for name, digits in request.match_info.items()}
    except ValueError as error:  # thousands of digits
        raise OperationError(ErrorCode.NOT_FOUND, "Nothing has such an id.") from error
    if any(not 0 < id <= ID_MAX for id in ids.values()):
        raise OperationError(ErrorCode.NOT_FOUND, "Nothing has such an id.")
    return ids


async def _input(request: web.Request, route: Route, operation: Operation) -> dict[str, Any]:
    if request.method in BODYLESS or route.takes_query:
        return _query(request, operation)
    body = await _body(request)
    for name in body.keys() & request.match_info.keys():
        if body[name] != int(request.match_info[name]):
            raise OperationError(
                ErrorCode.CONTRADICTION, f"`{name}` differs between the path and the body."
            )
    return body | _idempotency_key(request, operation, body)


def _query(request: web.Request, operation: Operation) -> dict[str, Any]:
    """Return the operation's fields in the query string; others are ignored."""
    taken = operation.request_schema.fields
    return {
        name: _typed(value, taken[name]) for name, value in request.query.items() if name in taken
    }


def _typed(value: str, field: fields.Field[Any]) -> Any:
    """Parse integers and flags: in a query string or a form all is text."""
    if isinstance(field, fields.Integer | Id):
        try:
            return int(value)
        except ValueError:
            return value
    if isinstance(field, Flag):
        return FLAGS.get(value.lower(), value)
    return value


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            raw = await request.read()
    except TimeoutError as error:
        raise OperationError(ErrorCode.BODY_TIMEOUT, "The body did not arrive in time.") from error
    except web.HTTPRequestEntityTooLarge as error:
        raise OperationError(ErrorCode.PAYLOAD_TOO_LARGE, "The body is too large.") from error
    except web.RequestPayloadError as error:
        raise OperationError(
            ErrorCode.MALFORMED, "The body is not encoded as its Content-Encoding says."
        ) from error
    if not raw:
        return {}
    if request.content_type != "application/json":
        raise OperationError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json.")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise OperationError(ErrorCode.MALFORMED, f"The body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise OperationError(ErrorCode.MALFORMED, "The body is not a JSON object.")
    return body


def _is_form(request: web.Request, operation: Operation) -> bool:
    takes_files = any(isinstance(field, File) for field in operation.request_schema.fields.values())
    return takes_files and request.content_type == "multipart/form-data"


async def _form(request: web.Request, operation: Operation, files: ExitStack) -> dict[str, Any]:
    taken = operation.request_schema.fields
    form = {
        name: _typed(value, taken[name]) if isinstance(value, str) and name in taken else value
        for name, value in (await request.app[FORMS].read(request, taken, files)).items()
    }
    return form | _idempotency_key(request, operation, form)


def _idempotency_key(
    request: web.Request, operation: Operation, body: dict[str, Any]
) -> dict[str, Any]:
    key = request.headers.get("Idempotency-Key")
    if key is None or "client_id" not in operation.request_schema.fields:
        return {}
    if body.get("client_id", key) != key:
        raise OperationError(
            ErrorCode.CONTRADICTION, "The Idempotency-Key header and client_id differ."
        )
    return {"client_id": key}


def _answer(request: web.Request, route: Route, result: Any) -> web.Response:
    status = route.status
    if isinstance(result, Answer):
        result, status = result.data, result.status
    if status == 204:
        return web.Response(status=204)
    if isinstance(result, Download):
        saved = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{result.filename}"'}
        return web.Response(body=result.pieces, headers=saved, content_type="application/json")
    return web.Response(
        body=orjson.dumps(_listed(request, result), option=orjson.OPT_UTC_Z),
        status=status,
        content_type="application/json",
        charset="utf-8",
    )


def _listed(request: web.Request, result: Any) -> Any:
    """Return a page as REST shows it: `next` is the URL of the following one."""
    if not isinstance(result, Page):
        return result
    query = [(name, value) for name, value in request.query.items() if name != "cursor"]
    following = result.cursor and f"{request.path}?{urlencode([*query, ('cursor', result.cursor)])}"
    return {"results": result.results, "next": following}
