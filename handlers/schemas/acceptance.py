"""Input that is plainly right is accepted at a glance; all else is left to its schema.

The declaration of an input (a marshmallow schema) is what the documents and all errors are made of.
Loading by it takes 5 to 12 us, for nearly always the same answer: that nothing is wrong. So of the
fields of which a schema consists is made a function that says so in about 1 us, or says nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from marshmallow import Schema, fields, missing, validate

from handlers.schemas.fields import ID_MAX, Cursor, Flag, Id, Ids, Prose, Text, Whole
from handlers.schemas.media import MediaIds
from handlers.text.limits import is_blank

Accept = Callable[[Mapping[str, Any]], dict[str, Any] | None]
Check = Callable[[Any], bool]


class _Field(NamedTuple):
    name: str
    check: Check
    is_required: bool
    default: Any  # or marshmallow's `missing`


def acceptance(schema: Schema) -> Accept | None:
    """Return a function from an input to what the schema would load of it, or None: load it.

    None for a schema that does more than look at its fields.
    """
    if any(schema._hooks.values()):  # noqa: SLF001 - marshmallow has no public way to ask
        return None
    known = [
        _Field(name, _check(field), field.required, field.load_default)
        for name, field in schema.load_fields.items()
    ]
    if any(field.data_key or field.attribute for field in schema.load_fields.values()):
        return None
    names = frozenset(field.name for field in known)

    def accept(data: Mapping[str, Any]) -> dict[str, Any] | None:
        if not data.keys() <= names:
            return None
        accepted = {}
        for name, check, is_required, default in known:
            value = data.get(name, missing)
            if value is missing:
                if is_required:
                    return None
                if default is not missing:
                    accepted[name] = default() if callable(default) else default
            elif check(value):
                accepted[name] = value
            else:
                return None
        return accepted

    return accept


def _check(field: fields.Field[Any]) -> Check:
    """Return whether a value is surely right; none is, for a kind of field that is unknown here."""
    kind = type(field)
    if kind is Id:
        return _is_id
    if isinstance(field, Ids) and kind in (Ids, MediaIds):
        return lambda value: (
            type(value) is list
            and field.least <= len(value) <= field.most
            and all(map(_is_id, value))
            and (kind is Ids or len(set(value)) == len(value))
        )
    if kind is Flag and not field.validators:
        return lambda value: type(value) is bool
    if kind is Whole:
        return _in_range(field.validators)
    if kind in (Text, Prose, fields.String, Cursor):
        valid = _of_length_and_pattern(field.validators)
        return _visible(field, valid) if isinstance(field, Text) else valid
    return _never


def _never(value: Any) -> bool:
    return False


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 < value <= ID_MAX


def _in_range(validators: Sequence[Any]) -> Check:
    if [type(one) for one in validators] != [validate.Range]:
        return _never
    least, most = validators[0].min, validators[0].max
    inclusive = validators[0].min_inclusive and validators[0].max_inclusive
    if least is None or most is None or not inclusive:
        return _never
    return lambda value: type(value) is int and least <= value <= most


def _of_length_and_pattern(validators: Sequence[Any]) -> Check:
    """Return a check of ASCII text by all validators, where there are no others than these."""
    least, most = 0, 2**20
    patterns: list[Callable[[Any], Any]] = []
    for one in validators:
        if type(one) is validate.Length and one.equal is None:
            least = max(least, one.min or 0)
            most = min(most, most if one.max is None else one.max)
        elif type(one) is validate.Regexp:
            patterns.append(one.regex.match)
        else:
            return _never

    def check(value: Any) -> bool:
        return (
            type(value) is str
            and least <= len(value) <= most
            and value.isascii()
            and all(match(value) for match in patterns)
        )

    return check


def _visible(field: Text, valid: Check) -> Check:
    limit = field.limit if isinstance(field, Prose) else None

    def check(value: Any) -> bool:
        return (
            valid(value)
            and "\x00" not in value
            and not is_blank(value)
            and (limit is None or limit.exceeded_by(value) is None)
        )

    return check
