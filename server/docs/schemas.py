"""JSON Schemas of results and events: made of the annotations of their dataclasses."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

JsonSchema = dict[str, Any]
Nullable = Callable[[JsonSchema], JsonSchema]

PLAIN: dict[Any, JsonSchema] = {
    Any: {},
    NoneType: {"type": "null"},
    bool: {"type": "boolean"},
    int: {"type": "integer", "format": "int64"},
    float: {"type": "number"},
    str: {"type": "string"},
    datetime: {"type": "string", "format": "date-time"},
}
ARRAYS = (list, Sequence)
OBJECTS = (dict, Mapping)
PAGE = "Page"


def or_null(schema: JsonSchema) -> JsonSchema:
    """Allow null, as JSON Schema has it."""
    return {"anyOf": [schema, {"type": "null"}]}


def or_null_openapi_3_0(schema: JsonSchema) -> JsonSchema:
    """Allow null, as OpenAPI 3.0 has it: without a type null, with `nullable` beside a type."""
    if "type" in schema:
        return schema | {"nullable": True}
    return {"anyOf": [schema, {"type": "object", "nullable": True, "enum": [None]}]}


class Shapes:
    """Schemas of annotations. A dataclass stands in `components`, once, and is referred to."""

    def __init__(self, nullable: Nullable) -> None:
        self.components: dict[str, JsonSchema] = {}
        self._nullable = nullable
        self._named: dict[str, type] = {}

    def of(self, annotation: Any) -> JsonSchema:
        """Return the schema of an annotation; KeyError for a type that has no form in JSON."""
        if isinstance(annotation, type) and is_dataclass(annotation):
            return self._reference(annotation)
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin in (Union, UnionType):
            return self._union(arguments)
        if origin is Literal:
            return {"type": "string", "enum": list(arguments)}
        if origin in ARRAYS:
            return {"type": "array", "items": self.of(arguments[0])}
        if origin in OBJECTS:
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        return dict(PLAIN[annotation])

    def page(self, item: Any, following: str) -> JsonSchema:
        """Return the schema of one page of a list; `following` says what `next` is.

        It stands in `components` as well: that of posts as PostPage.
        """
        members = [one.__name__ for one in get_args(item) or (item,)]
        name = f"{'Or'.join(members)}{PAGE}"
        self.components[name] = {
            "type": "object",
            "description": "One page of a list.",
            "required": ["results", "next"],
            "properties": {
                "results": {"type": "array", "items": self.of(item)},
                "next": self._nullable({"type": "string", "description": following}),
            },
        }
        return {"$ref": f"#/components/schemas/{name}"}

    def _union(self, members: tuple[Any, ...]) -> JsonSchema:
        choices = [self.of(member) for member in members if member is not NoneType]
        schema = choices[0] if len(choices) == 1 else {"anyOf": choices}
        return self._nullable(schema) if NoneType in members else schema

    def _reference(self, record: type) -> JsonSchema:
        name = record.__name__
        if self._named.setdefault(name, record) is not record:
            raise ValueError(f"there are two records {name}")
        if name not in self.components:
            self.components[name] = {}  # a record may hold records of its own kind
            self.components[name] = self._object(record)
        return {"$ref": f"#/components/schemas/{name}"}

    def _object(self, record: type) -> JsonSchema:
        types = get_type_hints(record)
        names = [field.name for field in fields(record)]
        schema: JsonSchema = {
            "type": "object",
            "required": names,
            "properties": {name: self.of(types[name]) for name in names},
        }
        doc = record.__doc__ or ""
        if not doc.startswith(f"{record.__name__}("):  # what dataclass() writes where there is none
            schema["description"] = plain(doc)
        return schema


def not_null(schema: JsonSchema) -> JsonSchema:
    """Forbid null again, which either version of OpenAPI has allowed in its way."""
    strict = {name: value for name, value in schema.items() if name != "nullable"}
    if isinstance(strict.get("type"), list):
        kinds = [kind for kind in strict["type"] if kind != "null"]
        strict["type"] = kinds[0] if len(kinds) == 1 else kinds
    if "enum" in strict:
        strict["enum"] = [choice for choice in strict["enum"] if choice is not None]
    return strict


def plain(doc: str) -> str:
    """Return a docstring as running text: lines of a paragraph joined, in the words of JSON."""
    paragraphs = doc.strip().split("\n\n")
    text = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    return re.sub(r"\bNone\b", "null", text)
