"""From the values of a row to its record: compiled, since every row of every answer goes by it."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, get_origin

from storage.database.columns import Apart, Columns, Nested

R = TypeVar("R")

LookedUp = Callable[[Apart[Any], Any], Callable[[int], Any]]


def decoder(
    columns: Columns[R], looked_up: LookedUp, *, flat: bool = True
) -> Callable[[Sequence[Any]], R]:
    """Return a function from the values of these columns to their record.

    It is what one would write: `v0, v1, v2 = row; return Post(v0, UserRef(v1, v2))`. But a record
    is made by its __init__, for to call a class takes Python half as long again.

    Args:
        columns: The columns.
        looked_up: Returns, for what stands Apart and its type, a function from an id to the value.
        flat: Whether the values of records within stand among the others, as they do in a row, or
            by themselves, as in a ROW(...).
    """
    function = _Function(looked_up, flat=flat)
    record = function.record(columns)
    names: dict[str, Any] = function.names
    exec(f"def decode(row):\n {', '.join(function.values)}, = row\n return {record}", names)
    decode: Callable[[Sequence[Any]], R] = names["decode"]
    return decode


class _Function:
    """The source of a decoder, the values that it unpacks and what its names stand for."""

    def __init__(self, looked_up: LookedUp, *, flat: bool) -> None:
        self.names: dict[str, Any] = {"new": object.__new__}
        self.values: list[str] = []
        self._looked_up = looked_up
        self._flat = flat

    def record(self, columns: Columns[Any]) -> str:
        """Return the expression of a record."""
        fields = [
            self.record(expression)
            if self._flat and isinstance(expression, Columns)
            else self._field(expression, columns.types[name])
            for name, expression in columns.expressions.items()
        ]
        cls: Any = get_origin(columns.record) or columns.record
        made, new, init = f"r{len(self.names)}", self._name(cls), self._name(cls.__init__)
        return f"({init}({made} := new({new}), {', '.join(fields)}) or {made})"

    def _field(self, expression: Any, hint: Any) -> str:
        """Return the expression of the next value, as the field has it."""
        value = f"v{len(self.values)}"
        self.values.append(value)
        is_list = get_origin(hint) is list
        if isinstance(expression, Apart):
            otherwise = "[]" if is_list else self._name(expression.otherwise)
            look_up = self._name(self._looked_up(expression, hint))
            return f"{otherwise} if {value} is None else {look_up}({value})"
        # A list is NULL where nothing was looked up, as an empty one costs a look.
        if not isinstance(expression, Columns | Nested):
            return f"[] if {value} is None else {value}" if is_list else value
        columns = expression.columns if isinstance(expression, Nested) else expression
        decode = self._name(decoder(columns, self._looked_up, flat=False))
        if is_list:
            return f"list(map({decode}, {value})) if {value} else []"
        return f"None if {value} is None else {decode}({value})"

    def _name(self, thing: Any) -> str:
        name = f"f{len(self.names)}"
        self.names[name] = thing
        return name
