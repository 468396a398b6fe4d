"""Personal access tokens of people, and these people by their tokens."""

from dataclasses import replace
from typing import Any

from storage.scopes import Scope
from tests.people import PASSWORD, Instance, Person

TOKENS = "/api/users/tokens/"
ALL_SCOPES = [scope.value for scope in Scope]


async def make_token(instance: Instance, person: Person, *scopes: str, **more: Any) -> Any:
    """The answer with a new token of these scopes, or of all."""
    given = {"name": "bot", "scopes": list(scopes) or ALL_SCOPES, "password": PASSWORD, **more}
    return (await instance.post(TOKENS, person, given, status=201)).body


async def by_token(instance: Instance, person: Person, *scopes: str, **more: Any) -> Person:
    """The same person, who shows a new token of these scopes, or of all, and has no other."""
    token = (await make_token(instance, person, *scopes, **more))["token"]
    return replace(person, access=token, refresh="")
