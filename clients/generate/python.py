"""The shapes as TypedDicts; the table of operations, and a typed method for each."""

import re
from typing import Any

from clients.generate.javascript import returned
from clients.generate.model import REFERENCE, Api, JsonSchema, Operation

HEAD = '''"""{about}

Made from the server's two API documents by `make clients`: not to be edited.
"""
'''
SIMPLE = {
    "integer": "int",
    "number": "float",
    "string": "str",
    "boolean": "bool",
    "null": "None",
}
WIDTH = 100


def shapes(api: Api) -> str:
    """Return the module of all shapes."""
    lines = [
        HEAD.format(about="What the server answers and tells, as it comes out of JSON."),
        "from __future__ import annotations",
        "",
        "from typing import Any, Generic, Literal, NotRequired, TypedDict, TypeVar",
        "",
        'Item = TypeVar("Item")',
        "",
        "",
        "class Page(TypedDict, Generic[Item]):",
        '    """One page of a list; next is the cursor of the following one."""',
        "",
        "    results: list[Item]",
        "    next: str | None",
    ]
    for name, schema in api.shapes.items():
        lines += ["", "", f"class {name}(TypedDict):", *_docstring(schema.get("description"), name)]
        lines += _fields(schema.get("properties", {}), set(schema.get("required", ())))
    return "\n".join([*lines, ""])


def operations(api: Api) -> str:
    """Return the module of the table of operations and of the namespaces of a client."""
    lines = [
        HEAD.format(about="How each operation is called, and a method for each."),
        "from collections.abc import Awaitable, Callable, Sequence",
        "from dataclasses import dataclass",
        "from pathlib import Path",
        "from typing import Any, Literal, NotRequired, TypedDict, Unpack, cast",
        "",
        "from mini_twitter_client import shapes",
        "",
        f'VERSION = "{api.version}"',
        "",
        "Call = Callable[[str, dict[str, Any], float | None], Awaitable[Any]]",
        "",
        "",
        "@dataclass(frozen=True, slots=True)",
        "class Operation:",
        '    """A way to call an operation; method is None for what only a socket has."""',
        "",
        "    method: str | None = None",
        '    path: str = ""',
        "    command: bool = False",
        "    open: bool = False",
        "    query: bool = False",
        "    files: tuple[str, ...] = ()",
        "    client_id: bool = False",
        "    returns: str | None = None",
        "",
        "",
        "OPERATIONS = {",
    ]
    for operation in api.operations:
        lines += _entry(operation)
    lines.append("}")
    tree: dict[str, Any] = {}
    for operation in api.operations:
        if operation.fields:
            lines += _input(operation)
        *path, leaf = operation.name.split(".")
        branch = tree
        for part in path:
            branch = branch.setdefault(part, {})
        branch[leaf] = operation
    return "\n".join([*lines, *_namespace("", tree), ""])


def _entry(operation: Operation) -> list[str]:
    traits = []
    if operation.method:
        traits += [f'method="{operation.method}"', f'path="{operation.path}"']
    traits += [
        f"{name}=True"
        for name, holds in (
            ("command", operation.is_command),
            ("open", operation.is_open),
            ("query", operation.in_query),
        )
        if holds
    ]
    if operation.files:
        traits.append(
            f"files=({', '.join(f'{name!r}' for name in operation.files)},)".replace("'", '"')
        )
    if "client_id" in operation.fields:
        traits.append("client_id=True")
    shape = returned(operation)
    if shape:
        traits.append(f'returns="{shape}"')
    line = f'    "{operation.name}": Operation({", ".join(traits)}),'
    if len(line) <= WIDTH:
        return [line]
    inner = f"        {', '.join(traits)}"
    if len(inner) <= WIDTH:
        return [f'    "{operation.name}": Operation(', inner, "    ),"]
    return [
        f'    "{operation.name}": Operation(',
        *(f"        {trait}," for trait in traits),
        "    ),",
    ]


def _class_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.replace(".", "_").split("_"))


def _input(operation: Operation) -> list[str]:
    lines = [
        "",
        "",
        f"class {_class_name(operation.name)}Input(TypedDict):",
        f'    """Input of `{operation.name}`."""',
        "",
    ]
    for name, schema in operation.fields.items():
        kind = "Path | bytes" if name in operation.files else _type(schema, "shapes.")
        optional = name not in operation.required
        lines.append(f"    {name}: {f'NotRequired[{kind}]' if optional else kind}")
    return lines


def _namespace(name: str, tree: dict[str, Any]) -> list[str]:
    """Return the class of a branch, after those of its own branches."""
    lines: list[str] = []
    branches = {key: node for key, node in tree.items() if not isinstance(node, Operation)}
    for key, node in branches.items():
        lines += _namespace(f"{name}.{key}".strip("."), node)
    about = f"Operations `{name}....`" if name else "All operations: `client.post.create(...)`"
    lines += [
        "",
        "",
        f"class {_class_name(name)}Calls:",
        f'    """{about}."""',
        "",
        "    def __init__(self, call: Call) -> None:",
        "        self._call = call",
    ]
    lines += [f"        self.{key} = {_class_name(f'{name}.{key}')}Calls(call)" for key in branches]
    for key, node in tree.items():
        if isinstance(node, Operation):
            lines += _method(key, node)
    return lines


def _method(name: str, operation: Operation) -> list[str]:
    result = _result(operation)
    fields = f"**fields: Unpack[{_class_name(operation.name)}Input]"
    head = f"    async def {name}(self, *, timeout: float | None = None"
    inputs = "dict(fields)" if operation.fields else "{}"
    if operation.fields:
        head = (
            f"    async def {name}(\n        self, *, timeout: float | None = None, {fields}\n    "
        )
    call = f'await self._call("{operation.name}", {inputs}, timeout)'
    body = f"        return cast({result}, {call})" if operation.result else f"        {call}"
    if len(body) > WIDTH:
        body = f"        return cast(\n            {result}, {call}\n        )"
    return ["", f"{head}) -> {result}:", *_docstring(operation.summary, "", "        ")[:-1], body]


def _result(operation: Operation) -> str:
    if operation.items is not None:
        return f"shapes.Page[{_type(operation.items, 'shapes.')}]"
    if operation.result is None:
        return "None"
    # Beside a method of the name `list`, `list[...]` would be that.
    return re.sub("^list", "Sequence", _type(operation.result, "shapes."))


def _docstring(text: str | None, name: str, indent: str = "    ") -> list[str]:
    words = (text or f"{name}.").strip()
    return [f'{indent}"""{line}"""' for line in [words.split("\n")[0].rstrip(".") + "."]] + [""]


def _fields(properties: dict[str, JsonSchema], required: set[str]) -> list[str]:
    return [
        f"    {name}: {_type(schema) if name in required else f'NotRequired[{_type(schema)}]'}"
        for name, schema in properties.items()
    ]


def _type(schema: JsonSchema, prefix: str = "") -> str:
    if schema.get("nullable"):
        inner = {key: value for key, value in schema.items() if key != "nullable"}
        return "None" if inner.get("enum") == [None] else f"{_type(inner, prefix)} | None"
    if "$ref" in schema:
        reference: str = schema["$ref"]
        return prefix + reference.removeprefix(REFERENCE)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(dict.fromkeys(_type(part, prefix) for part in schema[union]))
    if "enum" in schema:
        return f"Literal[{', '.join(repr(value) for value in schema['enum'])}]".replace("'", '"')
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(_type({**schema, "type": one}, prefix) for one in kind)
    if kind == "array":
        return f"list[{_type(schema['items'], prefix)}]"
    if kind == "object":
        extra = schema.get("additionalProperties")
        return f"dict[str, {_type(extra, prefix) if isinstance(extra, dict) else 'Any'}]"
    return SIMPLE.get(str(kind), "Any")
