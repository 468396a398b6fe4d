"""The table of operations as an ES module, and the shapes, operations and events as types."""

import json
from typing import Any

from clients.generate.model import REFERENCE, Api, JsonSchema, Operation

HEAD = "// Made from the server's two API documents by `make clients`: not to be edited.\n"

FILE = "Blob"


def operations(api: Api) -> str:
    """Return the module that says how each operation is called."""
    lines = [HEAD, f'export const VERSION = "{api.version}";\n', "export const OPERATIONS = {"]
    lines += [
        f"  {json.dumps(operation.name)}: {{ {', '.join(_traits(operation))} }},"
        for operation in api.operations
    ]
    return "\n".join([*lines, "};", ""])


def _traits(operation: Operation) -> list[str]:
    traits: dict[str, Any] = {}
    if operation.method:
        traits |= {"method": operation.method, "path": operation.path}
    if operation.is_command:
        traits["command"] = True
    if operation.is_open:
        traits["open"] = True
    if operation.in_query:
        traits["query"] = True
    if operation.files:
        traits["files"] = list(operation.files)
    if "client_id" in operation.fields:
        traits["clientId"] = True
    shape = returned(operation)
    if shape:
        traits["returns"] = shape
    return [f"{key}: {json.dumps(value)}" for key, value in traits.items()]


def returned(operation: Operation) -> str | None:
    """Return the name of the shape that the operation answers or lists, where there is one."""
    schema = operation.items or operation.result or {}
    if schema.get("type") == "array":
        schema = schema["items"]
    reference: str | None = schema.get("$ref")
    return reference.removeprefix(REFERENCE) if reference else None


def types(api: Api) -> str:
    """Return the declarations: shapes, inputs and results by operation, events by name."""
    lines = [
        HEAD,
        "export interface Page<Item> {",
        "  results: Item[];",
        "  /** The cursor of the following page. */",
        "  next: string | null;",
        "}",
        "",
    ]
    for name, schema in api.shapes.items():
        lines += [*_about(schema, ""), f"export interface {name} {{"]
        lines += _fields(schema.get("properties", {}), set(schema.get("required", ())), "  ")
        lines += ["}", ""]
    lines += ["/** The data of each event by its name. */", "export interface Events {"]
    lines += [f"  {json.dumps(name)}: {_type(schema)};" for name, schema in api.events.items()]
    lines += [
        "}",
        "",
        "/** Input and result of each operation by its name. */",
        "export interface Operations {",
    ]
    for operation in api.operations:
        lines.append(
            f"  {json.dumps(operation.name)}: {{ input: {_input(operation)}; "
            f"result: {_result(operation)} }};"
        )
    lines += ["}", "", *_namespaces(api)]
    return "\n".join(lines)


def _namespaces(api: Api) -> list[str]:
    """Declare the methods: `client.post.create(input)` for the operation `post.create`."""
    tree: dict[str, Any] = {}
    for operation in api.operations:
        *path, leaf = operation.name.split(".")
        branch = tree
        for part in path:
            branch = branch.setdefault(part, {})
        branch[leaf] = operation
    return ["export interface Calls<Options> {", *_branch(tree, "  "), "}", ""]


def _branch(tree: dict[str, Any], indent: str) -> list[str]:
    lines = []
    for name, node in tree.items():
        if isinstance(node, Operation):
            optional = "" if node.required else "?"
            what = f'Operations["{node.name}"]'
            lines += [
                f"{indent}/** {node.summary} */",
                (
                    f'{indent}{name}(input{optional}: {what}["input"], options?: Options): '
                    f'Promise<{what}["result"]>;'
                ),
            ]
        else:
            lines += [f"{indent}{name}: {{", *_branch(node, indent + "  "), f"{indent}}};"]
    return lines


def _input(operation: Operation) -> str:
    if not operation.fields:
        return "Record<string, never>"
    fields = [
        f"{name}{'' if name in operation.required else '?'}: "
        f"{FILE if name in operation.files else _type(schema)}"
        for name, schema in operation.fields.items()
    ]
    return "{ " + "; ".join(fields) + " }"


def _result(operation: Operation) -> str:
    if operation.items is not None:
        return f"Page<{_type(operation.items)}>"
    return _type(operation.result) if operation.result else "null"


def _fields(properties: dict[str, JsonSchema], required: set[str], indent: str) -> list[str]:
    lines = []
    for name, schema in properties.items():
        lines += [
            *_about(schema, indent),
            f"{indent}{name}{'' if name in required else '?'}: {_type(schema)};",
        ]
    return lines


def _about(schema: JsonSchema, indent: str) -> list[str]:
    about = schema.get("description")
    return [f"{indent}/** {about.replace('*/', '* /')} */"] if about else []


SIMPLE = {
    "integer": "number",
    "number": "number",
    "string": "string",
    "boolean": "boolean",
    "null": "null",
}


def _type(schema: JsonSchema) -> str:
    if schema.get("nullable"):
        inner = {key: value for key, value in schema.items() if key != "nullable"}
        return "null" if inner.get("enum") == [None] else f"{_type(inner)} | null"
    if "$ref" in schema:
        reference: str = schema["$ref"]
        return reference.removeprefix(REFERENCE)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(dict.fromkeys(_type(part) for part in schema[union]))
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(_type({**schema, "type": one}) for one in kind)
    if kind == "array":
        item = _type(schema["items"])
        return f"({item})[]" if " | " in item else f"{item}[]"
    if kind == "object" and "properties" in schema:
        required = set(schema.get("required", ()))
        return (
            "{ "
            + "; ".join(
                f"{name}{'' if name in required else '?'}: {_type(value)}"
                for name, value in schema["properties"].items()
            )
            + " }"
        )
    if kind == "object":
        extra = schema.get("additionalProperties")
        return f"Record<string, {_type(extra) if isinstance(extra, dict) else 'unknown'}>"
    return SIMPLE.get(str(kind), "unknown")
