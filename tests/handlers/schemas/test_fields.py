"""What the fields of inputs take, as the documents say it."""

import jsonschema_rs
import pytest
from marshmallow import ValidationError, fields

from handlers.operations import REGISTRY
from handlers.schemas.fields import ID_MAX, Whole
from server.docs.inputs import Inputs
from server.docs.openapi import OPENAPI_VERSION

READ = REGISTRY["conversation.read"].request_schema


@pytest.mark.parametrize("up_to", [7, 7.0, 7.5, 0.0, float(ID_MAX), 2.0**53, True, "7", None])
def test_an_integer_is_what_json_schema_takes_for_one(up_to: object) -> None:
    given = {"conversation_id": 1, "up_to": up_to}
    schema = Inputs(OPENAPI_VERSION).whole(READ)
    if not jsonschema_rs.is_valid(schema, given):
        with pytest.raises(ValidationError):
            READ.load(given)
    else:
        loaded = READ.load(given)["up_to"]
        assert (loaded, type(loaded)) == (int(up_to), int)  # type: ignore[call-overload]


def test_every_integer_of_an_input_is_such_a_one() -> None:
    found = [
        (operation.name, name, field)
        for operation in REGISTRY.values()
        for name, field in operation.request_schema.fields.items()
        if isinstance(field, fields.Integer)
    ]
    assert len(found) > 50
    assert [(by, name) for by, name, field in found if not isinstance(field, Whole)] == []
