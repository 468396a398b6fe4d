"""What both documents have in words: a title, a version, a licence, and what operations do."""

from importlib.metadata import version
from inspect import getdoc
from typing import Any

from handlers.operation import Access, Operation
from server.docs.schemas import plain
from storage.scopes import Scope

TITLE = "Mini-Twitter"
VERSION = version("mini-twitter")
INFO: dict[str, Any] = {
    "title": TITLE,
    "version": VERSION,
    "contact": {"name": "The Mini-Twitter authors"},
    "license": {"name": "MIT", "url": "https://opensource.org/license/mit"},
}
WHO = {
    Access.ANYONE: "No token is needed.",
    Access.VISITOR: "No token is needed; with one, the answer is that user's.",
    Access.USER: "For users who are logged in.",
    Access.ADMIN: "For administrators.",
}


def token_needs(scope: Scope | None) -> str:
    """Return what a personal access token has to have for an operation."""
    if scope is None:
        return "No personal access token may do it."
    return f"A personal access token needs the scope `{scope.value}`."


def described(operation: Operation) -> dict[str, str]:
    """Return the first paragraph of its docstring as `summary`; as `description` the rest.

    That ends in who may ask for it, and whether sockets have it as a command.
    """
    summary, _, more = (getdoc(operation.run) or "").partition("\n\n")
    facts = WHO[operation.access]
    if operation.access is not Access.ANYONE:
        facts += f" {token_needs(operation.scope)}"
    if operation.is_command:
        facts += f" Also a command of sockets: `{operation.name}`."
    return {"summary": plain(summary), "description": f"{plain(more)}\n\n{facts}".strip()}
