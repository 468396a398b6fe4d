"""Events and answers, checked against the documents that the server gives about itself.

A client must bear fields that it does not know; the server must not send any that it does not tell
of. So objects may have no other properties here than those documented.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs
from openapi_schema_validator import OAS31Validator, oas31_format_checker

from server.docs import asyncapi, openapi

if TYPE_CHECKING:
    from tests.people import Reply  # whose clients check all they receive by this


def check_event(name: str, envelope: Any) -> None:
    """Raise ValidationError unless this is what an event of this name looks like.

    Raise KeyError for one that no document tells of. It takes some microseconds: stock clients do
    it with everything that they receive.
    """
    _message(name).validate(envelope)


def check_ack(command: str, ack: Any) -> None:
    _message(f"ack.{command}").validate(ack)


def check_refusal(data: Any) -> None:
    """What a client is told with connect_error."""
    _message("connect_error").validate(data)


def check_reply(method: str, path: str, reply: "Reply") -> None:
    """Path: as in the document, with {id} in it; one that is not there answers problems only."""
    media_type = reply.headers.get("Content-Type", "").partition(";")[0]
    validator = _answer(method.lower(), path, reply.status, media_type)
    if validator is None:
        assert reply.body == b"", reply
    else:
        validator.validate(reply.body)


@cache
def _message(key: str) -> jsonschema_rs.Draft7Validator:
    document = asyncapi.document()
    schema = document["channels"][asyncapi.CHANNEL]["messages"][key]["payload"]
    components = {"components": document["components"]}
    return jsonschema_rs.Draft7Validator(strict({**schema, **components}), validate_formats=True)


@cache
def _answer(method: str, path: str, status: int, media_type: str) -> OAS31Validator | None:
    document = openapi.document().to_dict()
    documented = answers(document, method, path)
    response = documented.get(str(status)) or documented["default"]
    if "content" not in response:
        return None
    schema = response["content"][media_type]["schema"]
    return OAS31Validator(
        strict({**schema, "components": document["components"]}),
        format_checker=oas31_format_checker,
    )


def answers(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """The documented responses by status; `default` alone where nothing is at this path."""
    responses = document["components"]["responses"]
    found = document["paths"].get(path, {}).get(method, {}).get("responses")
    if found is None:
        return {"default": responses["Problem"]}
    return {
        status: responses[one["$ref"].rpartition("/")[2]] if "$ref" in one else one
        for status, one in found.items()
    }


def strict(schema: Any) -> Any:
    """The same, but without room for properties that it does not name."""
    if isinstance(schema, list):
        return [strict(member) for member in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: strict(member) for name, member in schema.items()}
    if schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
    return closed
