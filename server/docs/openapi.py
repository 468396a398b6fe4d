"""The OpenAPI document of the REST API. 3.0: the newest that the bundled Swagger UI shows."""

from collections import Counter
from functools import cache
from http import HTTPStatus
from typing import Any

from apispec import APISpec
from marshmallow import Schema

from handlers.edges.rest import opt_out_page
from handlers.edges.rest.endpoint import BODYLESS
from handlers.edges.rest.refresh_cookie import NAME, SECURE_NAME
from handlers.edges.rest.refresh_cookie import PATH as COOKIE_PATH
from handlers.edges.rest.routes import ROUTES, Route
from handlers.operation import Access, Operation
from handlers.operations import REGISTRY
from server.docs import problems, results
from server.docs.about import TITLE, VERSION, described
from server.docs.inputs import Inputs
from server.docs.schemas import JsonSchema, Shapes, or_null_openapi_3_0, plain

OPENAPI_VERSION = "3.0.3"
BEARER = "access_token"
SECURITY: dict[Access, list[dict[str, list[str]]]] = {
    Access.ANYONE: [],
    Access.VISITOR: [{}, {BEARER: []}],
    Access.USER: [{BEARER: []}],
    Access.ADMIN: [{BEARER: []}],
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
ABOUT = """
Ids are integers below 2^53, times are RFC 3339 in UTC. Lists are walked by the `next` of each page.
Whatever goes wrong is answered as problem details (RFC 9457) with a [code](/docs/errors/).
The same operations exist as commands of the Socket.IO API, which also sends what others do: see
[its document](/api/docs/asyncapi.json).
"""


@cache
def document() -> APISpec:
    """Return the document of all routes."""
    writer = _Writer()
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = writer.operation(route)
    spec = APISpec(
        TITLE,
        VERSION,
        OPENAPI_VERSION,
        info={"description": plain(ABOUT)},
        servers=[{"url": "/"}],
    )
    paths[opt_out_page.PATH]["get"] = _opt_out_page()
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
    spec.components.security_scheme(
        BEARER, {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    )
    return spec


class _Writer:
    """Collects the components that the operations refer to."""

    def __init__(self) -> None:
        self.shapes = Shapes(or_null_openapi_3_0)
        self.responses: dict[str, dict[str, Any]] = {}
        self._inputs = Inputs(OPENAPI_VERSION)
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
            "security": SECURITY[operation.access],
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
        for field in form["properties"].values():
            field.pop("nullable", None)  # a form has no way to say null
        return {"application/json": whole, "multipart/form-data": form}

    def _unique(self, name: str, method: str) -> str:
        """Return a unique operationId: the operation's name for the first of its routes."""
        self._seen[name] += 1
        return name if self._seen[name] == 1 else f"{name}.{method.lower()}"

    def _responses(self, route: Route, operation: Operation, *, has_body: bool) -> dict[str, Any]:
        found = {str(status): self._success(operation, status) for status in statuses(route)}
        if route.has_cookie:
            for answer in found.values():
                answer["headers"]["Set-Cookie"] = SET_COOKIE
        codes = problems.codes(route, operation, has_body=has_body)
        for status, alike in problems.by_status(codes).items():
            name = problems.component(status, alike)
            self.responses.setdefault(name, problems.response(status, alike))
            found[str(status.value)] = {"$ref": f"#/components/responses/{name}"}
        return found | {"default": {"$ref": "#/components/responses/Problem"}}

    def _success(self, operation: Operation, status: int) -> dict[str, Any]:
        headers = ("RateLimit", "RateLimit-Policy", "X-Request-Id")
        answer: dict[str, Any] = {
            "description": HTTPStatus(status).phrase,
            "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        }
        if status == 204:
            return answer
        return answer | _json(
            results.schema(self.shapes, operation, "The path and query of the following page.")
        )


def _opt_out_page() -> dict[str, Any]:
    """Return the operation object of the one page below /api/."""
    html = {"content": {"text/html": {"schema": {"type": "string"}}}}
    return {
        "operationId": "email.unsubscribe.page",
        "summary": "Show a page with the button that opts out; that changes nothing.",
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


def statuses(route: Route) -> list[int]:
    """Return the statuses of success."""
    earlier = results.may_be_earlier(REGISTRY[route.operation])
    return sorted({route.status, 200} if earlier else {route.status})


def _content(bodies: dict[str, JsonSchema]) -> dict[str, Any]:
    content = {media_type: {"schema": schema} for media_type, schema in bodies.items()}
    return {"content": content, "required": any(body.get("required") for body in bodies.values())}


def _json(schema: JsonSchema) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}
