"""What both documents have in words: a title, a version, and what operations do."""

from importlib.metadata import version
from inspect import getdoc

from handlers.operation import Operation
from server.docs.schemas import plain

TITLE = "Mini-Twitter"
VERSION = version("mini-twitter")


def described(operation: Operation) -> dict[str, str]:
    """Return its docstring: the first paragraph as `summary`, the rest as `description`, if any."""
    summary, _, description = (getdoc(operation.run) or "").partition("\n\n")
    found = {"summary": plain(summary), "description": plain(description)}
    return {name: text for name, text in found.items() if text}
