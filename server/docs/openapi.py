"""The OpenAPI document of the REST API: 3.1, and 3.0 for the Swagger UI that is bundled."""

from collections import Counter
from functools import cache
from http import HTTPStatus
from typing import Any

from apispec import APISpec
from marshmallow import Schema

from handlers.edges import event_streams, plain_websockets
from handlers.edges.rest import opt_out_page
from handlers.edges.rest.endpoint import BODYLESS
from handlers.edges.rest.refresh_cookie import NAME, SECURE_NAME
from handlers.edges.rest.refresh_cookie import PATH as COOKIE_PATH
from handlers.edges.rest.routes import ROUTES, Route
from handlers.error_codes import ErrorCode
from handlers.operation import READING, Access, Operation
from handlers.operations import REGISTRY
from handlers.security.personal_tokens import PREFIX
from realtime.delivery.stream_host import STREAMS_MAX
from server.docs import problems, results
from server.docs.about import INFO, TITLE, VERSION, WHO, described
from server.docs.inputs import Inputs
from server.docs.schemas import JsonSchema, Shapes, not_null, or_null, or_null_openapi_3_0, plain
from storage.scopes import ABOUT as ABOUT_SCOPES

OPENAPI_VERSION = "3.1.0"
OPENAPI_3_0 = "3.0.3"  # the newest that the Swagger UI of aiohttp-apispec shows
BEARER = "access_token"
PERSONAL = "personal_access_token"
SCHEMES: dict[str, dict[str, str]] = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "Out of a login: good for a quarter of an hour, for everything.",
    },
    PERSONAL: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": f"{PREFIX}...",
        "description": "Made by its owner for a program, which may do what its scopes say:\n\n"
        + "\n".join(f"- `{scope.value}`: {about}" for scope, about in ABOUT_SCOPES.items()),
    },
}
COOKIE = {
    "name": SECURE_NAME,
    "in": "cookie",
    "required": False,
    "schema": {"type": "string"},
    "description": f"The refresh token, where the body has none. Without https `{NAME}`. Only for "
    "pages of this server: by `Origin` and `Sec-Fetch-Site`.",
}
SET_COOKIE = {
    "schema": {"type": "string"},
    "description": "Where the refresh token is in the cookie: the next one, or that it is deleted; "
    f"`HttpOnly; SameSite=Strict; Path={COOKIE_PATH}`.",
}
TAGS = {
    "users": "Accounts, sessions, profiles, and whom one follows, blocks and mutes.",
    "posts": "Posts, replies, likes, retweets, bookmarks, and the feed.",
    "media": "Pictures: sent and described before the post or message that they are for.",
    "search": "Posts, users and hashtags by words.",
    "notifications": "What others did that concerns me.",
    "push": "Web Push: notifications while no page is open.",
    "webhooks": "My own events, sent to a URL of my choice; URLs by which programs post as me.",
    "messages": "Conversations of two and of groups, and what is said in them.",
    "stream": "Events as they happen, without Socket.IO.",
    "ws": "Events and commands by a plain WebSocket, without Socket.IO.",
    "reports": "To report people, posts and messages.",
    "admin": "Moderation, for administrators.",
}
EVENT_STREAM_CODES = {
    *problems.ALWAYS,
    *problems.WITH_TOKEN,
    ErrorCode.TOKEN_MISSING,
    ErrorCode.NOT_FOUND,
    ErrorCode.INVALID,
    ErrorCode.STREAM_LIMIT,
    ErrorCode.TOO_MANY_CONNECTIONS,
}
WEBSOCKET_CODES = {
    *problems.ALWAYS,
    *problems.WITH_TOKEN,
    ErrorCode.MALFORMED,
    ErrorCode.CROSS_ORIGIN,
    ErrorCode.INVALID_RESUME,
    ErrorCode.UPGRADE_REQUIRED,
}
ABOUT = """
Ids are integers below 2^53, times are RFC 3339 in UTC. Lists are walked by the `next` of each page.
Whatever goes wrong is answered as problem details (RFC 9457) with a [code](/docs/errors/).
The same operations exist as commands of the Socket.IO API, which also sends what others do: see
[its page](/docs/events/).
"""


@cache
def document(openapi_version: str = OPENAPI_VERSION) -> APISpec:
    """Return the document of all routes in a version of OpenAPI."""
    writer = _Writer(openapi_version)
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = writer.operation(route)
    spec = APISpec(
        TITLE,
        VERSION,
        openapi_version,
        info={**INFO, "description": plain(ABOUT)},
        servers=[{"url": "/", "description": "The server that this document is from."}],
    )
    for name, about in TAGS.items():
        spec.tag({"name": name, "description": about})
    paths[opt_out_page.PATH]["get"] = _opt_out_page()
    paths[event_streams.PATH] = {"get": _event_stream(writer.refusals(EVENT_STREAM_CODES))}
    paths[plain_websockets.PATH] = {"get": _websocket(writer.refusals(WEBSOCKET_CODES))}
    for path, operations in paths.items():
        spec.path(path, operations=operations)
    for name, schema in writer.shapes.components.items():
        spec.components.schema(name, schema)
    spec.components.schema("Problem", problems.schema(in_ack=False))
    for name, header in problems.HEADERS.items():
        spec.components.header(name, header)
    for name, response in writer.responses.items():
        spec.components.response(name, response)
    spec.components.response("Problem", problems.response(None, problems.BESIDES))
    for name, scheme in SCHEMES.items():
        spec.components.security_scheme(name, scheme)
    return spec


class _Writer:
    """Collects the components that the operations refer to."""

    def __init__(self, openapi_version: str) -> None:
        self.shapes = Shapes(or_null_openapi_3_0 if openapi_version == OPENAPI_3_0 else or_null)
        self.responses: dict[str, dict[str, Any]] = {}
        self._inputs = Inputs(openapi_version)
        self._has_scopes = openapi_version != OPENAPI_3_0
        self._seen: Counter[str] = Counter()

    def operation(self, route: Route) -> dict[str, Any]:
        """Return the operation object of a route."""
        operation = REGISTRY[route.operation]
        in_path = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
        fields = operation.request_schema.fields
        parameters = [self._inputs.parameter(name, fields[name], "path") for name in in_path]
        bodies: dict[str, JsonSchema] = {}
        if route.method in BODYLESS or route.takes_query:
            parameters += [
                self._inputs.parameter(name, field, "query")
                for name, field in fields.items()
                if name not in in_path
            ]
        else:
            bodies = self._bodies(operation.request_schema, in_path)
        if route.is_hook:
            payload = {"type": "string", "description": "The same, as JSON."}
            bodies["application/x-www-form-urlencoded"] = {
                "type": "object",
                "properties": {"payload": payload},
                "required": ["payload"],
                "example": {"payload": '{"text": "Build 17 is green"}'},
            }
        if route.has_cookie and "refresh" in fields:
            parameters.append(COOKIE)
        if bodies and "client_id" in fields:
            key = self._inputs.parameter("Idempotency-Key", fields["client_id"], "header")
            parameters.append(key)
        found = {
            "operationId": self._unique(operation.name, route.method),
            **described(operation),
            "tags": [route.path.split("/")[2]],
            "parameters": parameters,
            "requestBody": _content(bodies) if bodies else None,
            "responses": self._responses(route, operation, has_body=bool(bodies)),
            "security": self._security(operation),
        }
        return {name: value for name, value in found.items() if value or name == "security"}

    def _bodies(self, request_schema: Schema, in_path: list[str]) -> dict[str, JsonSchema]:
        """Return the input by media type: a form where there may be files; empty without input."""
        whole = self._inputs.whole(request_schema, without=in_path)
        if not whole["properties"]:
            return {}
        form = self._inputs.whole(request_schema, without=in_path, files=True)
        if form == whole:
            return {"application/json": whole}
        # A form has no way to say null, nor to hold a list or an object.
        form["properties"] = {
            key: not_null(one)
            for key, one in form["properties"].items()
            if "items" not in one and "properties" not in one
        }
        if whole.get("required") != form.get("required"):  # a file has to be there
            return {"multipart/form-data": form}
        return {"application/json": whole, "multipart/form-data": form}

    def _security(self, operation: Operation) -> list[dict[str, list[str]]]:
        """Return which tokens are taken: none, one of a login, a personal one of these scopes."""
        if operation.access is Access.ANYONE:
            return []
        found: list[dict[str, list[str]]] = [{BEARER: []}]
        if operation.scope is not None:
            # Of a scheme that is not OAuth, 3.0 has no scopes; they stand in the description.
            found.append({PERSONAL: [operation.scope.value] if self._has_scopes else []})
        return [{}, *found] if operation.access is Access.VISITOR else found

    def _unique(self, name: str, method: str) -> str:
        """Return a unique operationId: the operation's name for the first of its routes."""
        self._seen[name] += 1
        return name if self._seen[name] == 1 else f"{name}.{method.lower()}"

    def _responses(self, route: Route, operation: Operation, *, has_body: bool) -> dict[str, Any]:
        found = {str(status): self._success(operation, status) for status in statuses(route)}
        if route.has_cookie:
            for answer in found.values():
                answer["headers"]["Set-Cookie"] = SET_COOKIE
        return found | self.refusals(problems.codes(route, operation, has_body=has_body))

    def refusals(self, codes: set[ErrorCode]) -> dict[str, Any]:
        """Return the responses of these problems, and of all others."""
        found: dict[str, Any] = {}
        for status, alike in problems.by_status(codes).items():
            name = problems.component(status, alike)
            self.responses.setdefault(name, problems.response(status, alike))
            found[str(status.value)] = {"$ref": f"#/components/responses/{name}"}
        return found | {"default": {"$ref": "#/components/responses/Problem"}}

    def _success(self, operation: Operation, status: int) -> dict[str, Any]:
        headers = ["RateLimit", "RateLimit-Policy", "X-Request-Id"]
        if operation.bucket not in READING:
            headers.append("Consistency-Token")
        answer: dict[str, Any] = {
            "description": HTTPStatus(status).phrase,
            "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        }
        if status == 204:
            return answer
        if operation.response is str:
            plain_text = {"schema": {"type": "string", "enum": ["ok"]}}
            return answer | {"content": {"text/plain": plain_text}}
        return answer | _json(
            results.schema(self.shapes, operation, "The path and query of the following page.")
        )


def _opt_out_page() -> dict[str, Any]:
    """Return the operation object of the one page below /api/."""
    html = {"content": {"text/html": {"schema": {"type": "string"}}}}
    return {
        "operationId": "email.unsubscribe.page",
        "summary": "Show a page with the button that opts out; that changes nothing.",
        "description": f"{WHO[Access.ANYONE]} The answer is for people: HTML.",
        "tags": ["users"],
        "parameters": [
            {"name": "token", "in": "query", "required": True, "schema": {"type": "string"}}
        ],
        "responses": {
            "200": {"description": "The button"} | html,
            "404": {"description": "Not out of one of our mails"} | html,
            "default": {"$ref": "#/components/responses/Problem"},
        },
        "security": [],
    }


def _event_stream(refusals: dict[str, Any]) -> dict[str, Any]:
    """Return the operation object of Server-Sent Events."""
    text: dict[str, Any] = {"type": "string"}
    streams = {"type": "array", "items": text, "maxItems": STREAMS_MAX}
    return {
        "operationId": "stream.events",
        "summary": "Receive events until the connection ends, as a socket does.",
        "description": "Server-Sent Events: one's own, and new posts of streams. Without a token "
        "streams alone, where the site allows it. The events are those of the Socket.IO API; "
        "`stream.subscribed` says besides that all that was missed of a stream has come.",
        "tags": ["stream"],
        "parameters": [
            {
                "name": "streams",
                "in": "query",
                "required": False,
                "schema": streams,
                "description": "`public`, `hashtag:TAG`, `author:ID`, `author:@USERNAME` or "
                "`search:WORDS`; one in each parameter of this name.",
            },
            {
                "name": "last_event_id",
                "in": "query",
                "required": False,
                "schema": text,
                "description": "As the header, for who cannot set it.",
            },
            {
                "name": event_streams.LAST_EVENT_ID,
                "in": "header",
                "required": False,
                "schema": text,
                "description": "The last `id` received: what came since is sent first.",
            },
        ],
        "responses": {
            "200": {
                "description": "Events, which do not end",
                "content": {"text/event-stream": {"schema": text}},
            },
            **refusals,
        },
        "security": [{}, {BEARER: []}, {PERSONAL: []}],
    }


def _websocket(refusals: dict[str, Any]) -> dict[str, Any]:
    """Return the operation object of plain WebSockets."""
    about = {
        "since": "The `seq` of the last event received: those since then come first.",
        "epoch": "As session.ready had it; of another, `since` means nothing.",
        "feed_since": "The newest feed cursor seen, in session.ready or post.created.",
        "recovery": "true: what takes the client further has an `offset`.",
        "offset": "The last one seen: it goes on with everything, and counts instead of `since`.",
    }
    return {
        "operationId": "socket.open",
        "summary": "Open a WebSocket: events and commands as JSON text frames.",
        "description": "The events and commands of the Socket.IO API. With the header "
        "`Authorization` the parameters say where to go on; without it the first frame has the "
        'token, and these: `{"command": "connect", "data": {"token": ACCESS, ...}}`. An event is '
        "`{event, seq, ts, data}`; a command `{id, command, data}` is answered "
        "`{id, result}` or `{id, problem}`.",
        "tags": ["ws"],
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": False,
                "schema": {"type": "string"},
                "description": about[name],
            }
            for name in plain_websockets.RESUME
        ],
        "responses": {"101": {"description": "A WebSocket"}, **refusals},
        "security": [{}, {BEARER: []}, {PERSONAL: []}],
    }


def statuses(route: Route) -> list[int]:
    """Return the statuses of success."""
    earlier = results.may_be_earlier(REGISTRY[route.operation])
    return sorted({route.status, 200} if earlier else {route.status})


def _content(bodies: dict[str, JsonSchema]) -> dict[str, Any]:
    content = {media_type: {"schema": schema} for media_type, schema in bodies.items()}
    return {"content": content, "required": any(body.get("required") for body in bodies.values())}


def _json(schema: JsonSchema) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}
