"""An object within an input, with a schema of its own."""

from typing import Any

from marshmallow import Schema, ValidationError, fields


class Part(fields.Field[Any]):
    """An object within an input; what is wrong with a field of it is said by `part.field`."""

    def __init__(self, schema: type[Schema], description: str, **kwargs: Any) -> None:
        self.schema = schema()
        super().__init__(metadata={"type": "object", "description": description}, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise ValidationError("Not an object.")
        if unknown := value.keys() - self.schema.fields.keys():
            raise ValidationError({name: ["Unknown field."] for name in sorted(unknown)[:5]})
        return self.schema.load(value)
