"""What is accepted at a glance is what the schema would load, and nothing that it would refuse."""

from random import Random
from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields, post_load

from handlers.operation import Operation
from handlers.operations import REGISTRY
from handlers.schemas.acceptance import acceptance
from handlers.schemas.fields import ID_MAX, ById, Nothing

PLAIN = [1, 7, 20, "a", "hello there", "x@example.org", "abc_DEF-1", True, False, [3, 2, 3]]
ODD: list[Any] = [
    *(None, 0, -1, 100, 101, ID_MAX, ID_MAX + 1, 1.0, float("nan"), "1", "true", b"a", [], [1], {}),
    *(
        "",
        " ",
        "\x00",
        "a\x00",
        "a\nb",
        "\t",
        "\r\n",
        "é",
        "\u200b",
        "\ud800",
        "x" * 129,
        "x" * 281,
    ),
    *("x" * 40_000, "see example.org/" + "x" * 300, "a b", "a\n", "ab\n", "-", "#" * 8_001),
]
ROUNDS = 300

AT_A_GLANCE = {name: one for name, one in REGISTRY.items() if one.accept is not None}


def inputs(operation: Operation, choose: Random) -> dict[str, Any]:
    """Make an input that is right in most fields."""
    names = [name for name in operation.request_schema.fields if choose.random() < 0.8]
    names += ["unknown"] * (choose.random() < 0.1)
    return {name: choose.choice(PLAIN if choose.random() < 0.8 else ODD) for name in names}


def accepted_inputs(operation: Operation) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """What was accepted at a glance of some hundred inputs, and what as."""
    assert operation.accept is not None
    choose = Random(operation.name)
    given = [inputs(operation, choose) for _ in range(ROUNDS)]
    found = [(data, operation.accept(data)) for data in given]
    return [(data, accepted) for data, accepted in found if accepted is not None]


@pytest.mark.parametrize("name", AT_A_GLANCE)
def test_what_is_accepted_is_what_would_be_loaded(name: str) -> None:
    for given, accepted in accepted_inputs(REGISTRY[name]):
        loaded = REGISTRY[name].request_schema.load(given)
        assert list(accepted.items()) == list(loaded.items()), given
        assert list(map(type, accepted.values())) == list(map(type, loaded.values()))


def test_most_operations_accept_something_at_a_glance() -> None:
    """All but those that always need a password, an address or a choice."""
    accepting = [one for one in AT_A_GLANCE.values() if accepted_inputs(one)]
    assert len(accepting) > 0.8 * len(REGISTRY)


def test_what_is_asked_for_most_is_accepted_at_a_glance() -> None:
    asked: dict[str, list[dict[str, Any]]] = {
        "user.me": [{}],
        "post.get": [{"id": 5}],
        "post.like": [{"id": 5}],
        "feed.list": [{}, {"limit": 50}, {"cursor": "abc"}],
        "message.list": [{"conversation_id": 5}],
        "message.send": [{"conversation_id": 5, "content": "hello\nthere", "client_id": "c5"}],
        "post.create": [{"content": "hello"}],
        "post.unwatch": [{"ids": [5, 7]}],
    }
    for name, examples in asked.items():
        for data in examples:
            accept = REGISTRY[name].accept
            assert accept is not None, name
            assert accept(data) == REGISTRY[name].request_schema.load(data), name


def test_a_schema_with_anything_unknown_in_it_is_left_to_itself() -> None:
    class Upper(fields.String):
        def _deserialize(self, *args: Any, **kwargs: Any) -> str:
            return str(super()._deserialize(*args, **kwargs)).upper()

    class OfItsOwn(Schema):
        text = Upper()

    class Validated(Schema):
        text = fields.String(validate=lambda value: value != "no")

    class Hooked(ById):
        @post_load
        def add(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
            return data | {"more": 1}

    class Renamed(Schema):
        text = fields.String(data_key="other")

    for schema in (Hooked(), Renamed()):
        assert acceptance(schema) is None
    for unknown in (OfItsOwn(), Validated()):
        accept = acceptance(unknown)
        assert accept is not None
        assert accept({"text": "yes"}) is None


def test_what_is_left_to_the_schema_has_its_errors() -> None:
    accept = acceptance(ById())
    assert accept is not None
    assert accept({"id": "5"}) is None
    with pytest.raises(ValidationError):
        ById().load({"id": "5"})
    nothing = acceptance(Nothing())
    assert nothing is not None
    assert nothing({}) == {}
    assert nothing({"id": 1}) is None
