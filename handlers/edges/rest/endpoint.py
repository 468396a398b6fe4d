"""From a route to a request handler: all requests are taken apart and answered here."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode

import orjson
from aiohttp import hdrs, web
from marshmallow import fields

from handlers.context import Context, Visitor
from handlers.edges.rest.multipart import Forms
from handlers.edges.rest.routes import Route
from handlers.edges.visitor import Network, client_address, sanitize_header
from handlers.errors import (
    Malformed,
    NotFound,
    TooLarge,
    Unauthorized,
    Unprocessable,
    UnsupportedMedia,
)
from handlers.operation import Access, Answer, Download, Operation, admit, execute
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
    operation = REGISTRY[route.operation]

    async def handle(request: web.Request) -> web.Response:
        visitor = await visitor_of(request, operation)
        context = request.app[CONTEXT]
        with ExitStack() as files:
            given = _path(request)
            if _is_form(request, operation):
                admit(operation, visitor)  # before much is read
                given |= await _form(request, operation, files)
            else:
                given |= await _input(request, route, operation)
            result = await execute(
                operation, context, visitor, given, lambda spent: request.__setitem__(SPENT, spent)
            )
        return _answer(request, route, result)

    return handle


async def visitor_of(request: web.Request, operation: Operation) -> Visitor:
    """Who asks; an Actor by the token in the Authorization header, where the operation looks at
    one.
    """
    visitor = Visitor(
        address_of(request), sanitize_header(request.headers.get(hdrs.USER_AGENT, ""))
    )
    header = request.headers.get(hdrs.AUTHORIZATION)
    if header is None or operation.access is Access.ANYONE:
        return visitor
    scheme, _, token = sanitize_header(header).partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized("Send a token as `Authorization: Bearer TOKEN`.")
    return await request.app[AUTHENTICATOR].actor(request.app[CONTEXT], token.strip(), visitor)


def address_of(request: web.Request) -> str:
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", []))
    return client_address(request.remote, forwarded, request.app[TRUSTED_PROXIES])


def _path(request: web.Request) -> dict[str, Any]:
    """The ids in the path; one that cannot be an id is of nothing that exists."""
    try:
        ids = {name: int(digits) for name, digits in request.match_info.items()}
    except ValueError as error:  # thousands of digits
        raise NotFound("Nothing has such an id.") from error
    if any(not 0 < id <= ID_MAX for id in ids.values()):
        raise NotFound("Nothing has such an id.")
    return ids


async def _input(request: web.Request, route: Route, operation: Operation) -> dict[str, Any]:
    if request.method in BODYLESS or route.takes_query:
        return _query(request, operation)
    body = await _body(request)
    for name in body.keys() & request.match_info.keys():
        if body[name] != int(request.match_info[name]):
            raise Unprocessable(f"`{name}` differs between the path and the body.")
    return body | _idempotency_key(request, operation, body)


def _query(request: web.Request, operation: Operation) -> dict[str, Any]:
    """What the operation takes out of the query string; what it does not know is left alone."""
    taken = operation.request_schema.fields
    return {
        name: _typed(value, taken[name]) for name, value in request.query.items() if name in taken
    }


def _typed(value: str, field: fields.Field[Any]) -> Any:
    """A query string knows text only: integers and flags are spelled out."""
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
        raise Malformed("The body did not arrive in time.") from error
    except web.HTTPRequestEntityTooLarge as error:
        raise TooLarge("The body is too large.") from error
    except web.RequestPayloadError as error:
        raise Malformed("The body is not encoded as its Content-Encoding says.") from error
    if not raw:
        return {}
    if request.content_type != "application/json":
        raise UnsupportedMedia("Send the body as application/json.")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise Malformed("The body is not a JSON object.")
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
        raise Unprocessable("The Idempotency-Key header and client_id differ.")
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
    """A page as REST shows it: `next` is the URL of the following one."""
    if not isinstance(result, Page):
        return result
    query = [(name, value) for name, value in request.query.items() if name != "cursor"]
    following = result.cursor and f"{request.path}?{urlencode([*query, ('cursor', result.cursor)])}"
    return {"results": result.results, "next": following}
