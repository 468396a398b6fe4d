"""The API documents as pages for people: rows of tables out of JSON Schemas.

`events` and `rest` return what stands within a page's body. The server shows the first at
EVENTS_PATH, without a script; the site of the documents has both.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from server.docs import asyncapi, openapi
from server.docs.asyncapi import CHANNEL
from server.docs.page import inline, page
from server.docs.schemas import PAGE, JsonSchema
from server.web.assets import constant

EVENTS_PATH = "/docs/events/"
REFERENCE = "#/components/schemas/"
FORM = "multipart/form-data"
HEADING = re.compile(r'<h([23]) id="([^"]+)">(.+?)</h\1>')

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Field:
    """A row: the name of a field, what it may be, whether it is always there, what it is."""

    name: str
    kind: Markup
    required: bool
    about: Markup


def kind(schema: JsonSchema) -> Markup:
    """Return what a value may be, in the notation of docs/contract.md; shapes are links."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REFERENCE)
        return Markup('<a href="#{0}">{0}</a>').format(name)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return Markup(" | ").join(dict.fromkeys(map(kind, schema[union])))
    if "const" in schema or "enum" in schema:
        choices = schema.get("enum", [schema.get("const")])
        return Markup(" | ").join(Markup('"{}"').format(one) for one in choices if one is not None)
    named = schema.get("type", "any")
    if isinstance(named, list):
        return Markup(" | ").join(kind({**schema, "type": one}) for one in named)
    if named == "array":
        return Markup("[{}]").format(kind(schema.get("items", {})))
    if named == "object" and isinstance(schema.get("additionalProperties"), dict):
        return Markup("{{name: {}}}").format(kind(schema["additionalProperties"]))
    if named == "object" and schema.get("properties"):
        inner = (Markup("{}: {}").format(*pair) for pair in _kinds(schema))
        return Markup("{{{}}}").format(Markup(", ").join(inner))
    return Markup(escape(schema.get("format", named) if named == "string" else named))


def rows(schema: JsonSchema) -> list[Field]:
    """Return the fields of an object, required ones first."""
    needed = schema.get("required", ())
    found = [
        Field(name, kind(one), name in needed, _about(one))
        for name, one in schema.get("properties", {}).items()
    ]
    return sorted(found, key=lambda field: not field.required)


def _kinds(schema: JsonSchema) -> Iterator[tuple[str, Markup]]:
    for name, one in schema["properties"].items():
        yield name, kind(one)


def _about(schema: JsonSchema) -> Markup:
    """Return its description, and its bounds."""
    found = [inline(schema["description"])] if "description" in schema else []
    for low, high, unit in (
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " code points"),
        ("minItems", "maxItems", " of them"),
    ):
        words = [f"at least {schema[low]}"] if schema.get(low) else []
        words += [f"at most {schema[high]}"] if high in schema else []
        if words:
            found.append(Markup(f"{', '.join(words).capitalize()}{unit}."))
    return Markup(" ").join(found)


def events() -> str:
    """Return the page of the Socket.IO API."""
    document = asyncapi.document()
    messages = document["channels"][CHANNEL]["messages"]
    told = {
        name.removeprefix("event."): messages[name.removeprefix("event.")]
        for name in document["operations"]
        if name.startswith("event.")
    }
    asked = {
        name.removeprefix("command."): (
            messages[name]["payload"],
            messages[name.replace("command", "ack", 1)]["payload"]["oneOf"][0]["properties"],
            operation,
        )
        for name, operation in document["operations"].items()
        if name.startswith("command.")
    }
    return _rendered(
        "events.html.jinja",
        about=document["info"]["description"],
        connect=messages["connect"]["payload"],
        events=told,
        commands=asked,
        shapes=_shapes(document),
    )


def rest() -> str:
    """Return the page of the REST API."""
    document = openapi.document().to_dict()
    by_tag: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            by_tag.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    return _rendered(
        "rest.html.jinja",
        about=document["info"]["description"],
        tags={one["name"]: (one["description"], by_tag[one["name"]]) for one in document["tags"]},
        inputs=_inputs,
        answer=_answer,
        refusals=partial(_refusals, document),
        shapes=_shapes(document),
    )


def _inputs(operation: dict[str, Any]) -> list[tuple[str, list[Field]]]:
    """Return where inputs stand, and which: path, query, header, cookie and body."""
    places: dict[str, list[Field]] = {}
    for one in operation.get("parameters", ()):
        about = Markup(" ").join((inline(one.get("description", "")), _about(one["schema"])))
        field = Field(one["name"], kind(one["schema"]), one["required"], about)
        places.setdefault(one["in"], []).append(field)
    content = operation.get("requestBody", {}).get("content", {})
    if content:
        place = "body: JSON" if FORM not in content else "body: JSON, or a form with a file"
        places[place] = rows((content.get(FORM) or content["application/json"])["schema"])
    return list(places.items())


def _answer(operation: dict[str, Any]) -> list[tuple[str, Markup]]:
    """Return the statuses of success, and what comes with each."""
    return [
        (status, Markup(" | ").join(kind(one["schema"]) for one in content.values()))
        for status, response in operation["responses"].items()
        for content in [response.get("content", {})]
        if status.startswith("2")
    ]


def _refusals(document: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    """Return the codes that it may be answered."""
    responses = document["components"]["responses"]
    found: list[str] = []
    for status, response in operation["responses"].items():
        if "$ref" in response and status != "default":
            one = responses[response["$ref"].rpartition("/")[2]]
            found += one["content"]["application/problem+json"]["examples"]
    return found


def _shapes(document: dict[str, Any]) -> dict[str, JsonSchema]:
    """Return all shapes by their names: pages of lists, which are alike, behind the others."""
    schemas = document["components"]["schemas"]
    return {name: schemas[name] for name in sorted(schemas, key=lambda one: (PAGE in one, one))}


def _rendered(template: str, **values: Any) -> str:
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"kind": kind, "rows": rows, "marked": _marked}
    return environment.get_template(template).render(values)


def _marked(text: str) -> Markup:
    """Return the little Markdown of descriptions as HTML: paragraphs, code, links."""
    paragraphs = (Markup("<p>{}</p>").format(inline(one)) for one in text.split("\n\n"))
    return Markup("\n").join(paragraphs)


def contents(html: str) -> str:
    """Return links to the chapters of a page, each with those in it to unfold."""
    chapters: list[tuple[str, str, list[str]]] = []
    for level, anchor, title in HEADING.findall(html):
        if level == "2":
            chapters.append((anchor, title, []))
        else:
            chapters[-1][2].append(f'<li><a href="#{anchor}">{title}</a></li>')
    parts = [
        f'<details><summary><a href="#{anchor}">{title}</a> ({len(below)})</summary>'
        f"<ul>{''.join(sorted(below))}</ul></details>"
        if below
        else f'<p><a href="#{anchor}">{title}</a></p>'
        for anchor, title, below in chapters
    ]
    return f'<nav class="contents" aria-label="Contents">{"".join(parts)}</nav>'


def add_event_page(app: web.Application, headers: Mapping[str, str]) -> None:
    """Serve the page of events, under the same policy as the rest of the site.

    It is made when it is first asked for.
    """

    @cache
    def made() -> Handler:
        title, rest = events().split("</h1>", 1)
        content = f"{title}</h1>{contents(rest)}{rest}"
        return constant(page("Events and commands", content), "text/html", headers)

    async def handle(request: web.Request) -> web.StreamResponse:
        return await made()(request)

    app.router.add_get(EVENTS_PATH, handle)
