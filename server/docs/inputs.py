"""JSON Schemas of what operations take: made of their marshmallow fields."""

import re
from collections.abc import Iterable
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import EXCLUDE, Schema, fields, validate

from handlers.schemas.fields import File
from handlers.schemas.parts import Part
from server.docs.schemas import JsonSchema, not_null

BY_FORMAT = {"email": "somebody@example.org", "uri": "https://example.org/"}


class Inputs:
    """Schemas in the dialect of an OpenAPI version: that of 3.1 is JSON Schema."""

    def __init__(self, openapi_version: str) -> None:
        self._old = openapi_version.startswith("3.0")
        plugin = MarshmallowPlugin()
        APISpec("", "", openapi_version, plugins=[plugin])
        if plugin.converter is None:
            raise RuntimeError("apispec made no converter")
        self._converter: OpenAPIConverter = plugin.converter
        self._converter.attribute_functions.remove(self._converter.field2pattern)

        def part(_: OpenAPIConverter, field: fields.Field[Any], **__: Any) -> JsonSchema:
            return self._within(field) if isinstance(field, Part) else {}

        for function in (_without_default, _binary, _patterns, part):
            self._converter.add_attribute_function(function)  # type: ignore[no-untyped-call]

    def whole(
        self, inputs: Schema, without: Iterable[str] = (), *, files: bool = False
    ) -> JsonSchema:
        """Return an object of all the fields but these; it has no properties where none is left.

        Fields for files are left out of what is not a form.
        """
        taken = {
            name: field
            for name, field in inputs.fields.items()
            if name not in without and (files or not isinstance(field, File))
        }
        schema: JsonSchema = self._converter.fields2jsonschema(taken)  # type: ignore[no-untyped-call]
        more = inputs.unknown == EXCLUDE
        return schema | {"additionalProperties": more} | _example(schema)

    def _within(self, field: Part) -> JsonSchema:
        """Return the schema of an object within another, which has the only example."""
        schema = self.whole(field.schema)
        schema.pop("example", None)
        if not field.allow_none:
            return schema
        return schema | ({"nullable": True} if self._old else {"type": ["object", "null"]})

    def parameter(self, name: str, field: fields.Field[Any], place: str) -> JsonSchema:
        """Return a parameter in the path, the query or a header: nothing there can be null."""
        schema = not_null(self._converter.field2property(field))
        description = schema.pop("description", None)
        required = field.required or place == "path"
        found = {"name": name, "in": place, "required": required, "schema": schema}
        return found if description is None else found | {"description": description}


def _example(schema: JsonSchema) -> JsonSchema:
    """Return an example of what is required: an optional id would be of nothing that exists."""
    needed = [
        name
        for name, field in schema["properties"].items()
        if name in schema.get("required", []) or "example" in field
    ]
    if not needed:
        return {}
    return {"example": {name: _sample(schema["properties"][name]) for name in needed}}


def _sample(schema: JsonSchema) -> Any:
    if "example" in schema:
        return schema["example"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "array":
        return [_sample(schema["items"])]
    if schema["type"] == "string":
        text = BY_FORMAT.get(schema.get("format", ""), "string")
        return text.ljust(schema.get("minLength", 0), "_")
    return schema.get("minimum", False)


def _without_default(_: OpenAPIConverter, __: fields.Field[Any], ret: JsonSchema) -> JsonSchema:
    """Drop a default of null: what may be left out need not be said to be null."""
    if ret.get("default", ...) is None:
        del ret["default"]
    return {}


def _binary(_: OpenAPIConverter, field: fields.Field[Any], **__: Any) -> JsonSchema:
    return {"type": "string", "format": "binary"} if isinstance(field, File) else {}


def _patterns(_: OpenAPIConverter, field: fields.Field[Any], **__: Any) -> JsonSchema:
    r"""Return patterns as regular expressions of JavaScript, which has `$` for `\Z`.

    It cannot ignore case within a pattern either: such a one is left out.
    """
    patterns = [
        {"pattern": str(validator.regex.pattern).replace(r"\Z", "$")}
        for validator in field.validators
        if isinstance(validator, validate.Regexp) and not validator.regex.flags & re.IGNORECASE
    ]
    return patterns[0] if len(patterns) == 1 else {"allOf": patterns} if patterns else {}
