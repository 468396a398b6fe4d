"""What an operation's own annotations say about its result, besides what it gives."""

from inspect import signature
from typing import Any, get_args, get_origin

from handlers.operation import Answer, Operation
from server.docs.schemas import JsonSchema, Shapes
from storage.records import Page


def schema(shapes: Shapes, operation: Operation, following: str) -> JsonSchema:
    """Return the schema of its result, null where it has none.

    `following` says what the `next` of a page is.
    """
    gives = operation.response
    if not isinstance(gives, list):
        return shapes.of(type(None) if gives is None else gives)
    if get_origin(_returned(operation)) is Page:
        return shapes.page(gives[0], following)
    return {"type": "array", "items": shapes.of(gives[0])}


def may_be_earlier(operation: Operation) -> bool:
    """Return whether it may answer the result of an earlier call instead, as done before."""
    return Answer in get_args(_returned(operation))


def _returned(operation: Operation) -> Any:
    return signature(operation.run, eval_str=True).return_annotation
