"""From a route to a request handler: every request is parsed and answered here."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qs, urlencode

import orjson
from aiohttp import hdrs, web
from marshmallow import fields

from handlers.context import Context, Visitor
from handlers.edges.exchange import EXCHANGE
from handlers.edges.rest.multipart import Forms
from handlers.edges.rest.refresh_cookie import run_with_cookie
from handlers.edges.rest.routes import Route
from handlers.edges.visitor import Network, sanitize_header, visitor_of
from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput, OperationError
from handlers.operation import Access, Answer, Download, Operation, authorize, execute
from handlers.operations import REGISTRY
from handlers.replica_reads import HEADER, consistency_of
from handlers.schemas.fields import ID_MAX, File, Flag, Id
from handlers.security.auth import Authenticator
from storage.records import Page

CONTEXT = web.AppKey("context", Context)
AUTHENTICATOR = web.AppKey("authenticator", Authenticator)
TRUSTED_PROXIES = web.AppKey("trusted_proxies", Sequence[Network])
FORMS = web.AppKey("forms", Forms)

BODY_SECONDS = 15  # in which a body must have arrived
FLAGS = {"true": True, "1": True, "false": False, "0": False}
BODYLESS = (hdrs.METH_GET, hdrs.METH_HEAD)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def endpoint(route: Route) -> Handler:
    """Return the handler of a route's requests."""
    operation = REGISTRY[route.operation]
    takes_files = any(isinstance(field, File) for field in operation.request_schema.fields.values())
    needs_token = operation.access is not Access.ANYONE

    async def handle(request: web.Request) -> web.Response:
        visitor = await authenticate(request, needed=needs_token)
        context = request.app[CONTEXT]
        exchange = request[EXCHANGE]
        if context.replica_reads is not None:
            exchange.consistency = consistency_of(request.headers.get(HEADER))

        def run(given: dict[str, Any]) -> Awaitable[Any]:
            return execute(
                operation, context, visitor, given, exchange.on_spent, exchange.consistency
            )

        given = _path(request) if request.match_info else {}
        if takes_files and request.content_type == "multipart/form-data":
            authorize(operation, visitor)  # before much is read
            with ExitStack() as files:
                result = await run(given | await _form(request, operation, files))
        else:
            given |= await _input(request, route, operation)
            if route.has_cookie:
                result = await run_with_cookie(request, operation, given, run)
            else:
                result = await run(given)
        return _answer(request, route, result)

    return handle


async def authenticate(request: web.Request, *, needed: bool = True) -> Visitor:
    """Return an Actor by the token in the Authorization header, unless that is not needed.

    Without a header it is a Visitor.
    """
    app = request.app
    visitor = visitor_of(request, app[TRUSTED_PROXIES])
    header = request.headers.get(hdrs.AUTHORIZATION)
    if header is None or not needed:
        return visitor
    scheme, _, token = sanitize_header(header).partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise OperationError(
            ErrorCode.TOKEN_INVALID, "Send a token as `Authorization: Bearer TOKEN`."
        )
    actor = await app[AUTHENTICATOR].actor(app[CONTEXT], token.strip(), visitor)
    request[EXCHANGE].user_id = actor.user_id
    return actor


def _path(request: web.Request) -> dict[str, Any]:
    """Return what is in the path; what cannot be an id is NOT_FOUND."""
    if "token" in request.match_info:
        return dict(request.match_info)
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
    if route.is_hook:
        return await _hook(request, operation)
    body = await _body(request)
    for name in body.keys() & request.match_info.keys():
        if body[name] != int(request.match_info[name]):
            raise OperationError(
                ErrorCode.CONTRADICTION, f"`{name}` differs between the path and the body."
            )
    return body | _idempotency_key(request, operation, body)


def _query(request: web.Request, operation: Operation) -> dict[str, Any]:
    """Return the operation's fields in the query string; others are ignored."""
    if not request.query_string:
        return {}
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
    raw = await _raw(request)
    if not raw:
        return {}
    if request.content_type != "application/json":
        raise OperationError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json.")
    return _object(raw)


def _object(raw: bytes | str) -> dict[str, Any]:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise OperationError(ErrorCode.MALFORMED, f"The body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise OperationError(ErrorCode.MALFORMED, "The body is not a JSON object.")
    return body


async def _raw(request: web.Request) -> bytes:
    try:
        if request.content.is_eof():  # it came with its head
            return await request.read()
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError as error:
        raise OperationError(ErrorCode.BODY_TIMEOUT, "The body did not arrive in time.") from error
    except web.HTTPRequestEntityTooLarge as error:
        raise OperationError(ErrorCode.PAYLOAD_TOO_LARGE, "The body is too large.") from error
    except web.RequestPayloadError as error:
        raise OperationError(
            ErrorCode.MALFORMED, "The body is not encoded as its Content-Encoding says."
        ) from error
    except ConnectionError as error:  # the client has left, and nobody hears the answer
        raise OperationError(ErrorCode.MALFORMED, "The body ended too early.") from error


async def _hook(request: web.Request, operation: Operation) -> dict[str, Any]:
    """Return what a program of somebody else's says: JSON, or a form with JSON in `payload`.

    What it says besides, as to Slack, is left; the token is that of the path.
    """
    if request.content_type == "application/x-www-form-urlencoded":
        raw = await _raw(request)
        try:
            form = parse_qs(raw.decode(errors="replace"), max_num_fields=100)
            body = _object((form.get("payload") or ["null"])[0])
        except ValueError as error:  # fields without number
            raise OperationError(ErrorCode.MALFORMED, "The form has too many fields.") from error
        except OperationError as error:
            raise InvalidInput({"payload": ["Not a JSON object."]}) from error
    else:
        body = await _body(request)
    taken = operation.request_schema.fields.keys() - request.match_info.keys()
    return {name: value for name, value in body.items() if name in taken}


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
    if route.is_hook:
        return web.Response(text=result)
    if isinstance(result, Download):
        saved = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{result.filename}"'}
        return web.Response(body=result.pieces, headers=saved, content_type="application/json")
    return web.Response(
        body=as_json(request.path, request.query, result),
        status=status,
        content_type="application/json",
        charset="utf-8",
    )


def as_json(path: str, query: Mapping[str, str], result: Any) -> bytes:
    """Return a result as REST answers it at this path; of a page `next` is the URL of the next."""
    if isinstance(result, Page):
        following = None
        if result.cursor:  # which is safe in a URL as it stands
            kept = [(name, value) for name, value in query.items() if name != "cursor"]
            others = f"{urlencode(kept)}&" if kept else ""
            following = f"{path}?{others}cursor={result.cursor}"
        result = {"results": result.results, "next": following}
    return orjson.dumps(result, option=orjson.OPT_UTC_Z)
