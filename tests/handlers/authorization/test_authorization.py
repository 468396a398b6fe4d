"""Who may do what: every operation, by everybody, over REST and as a command."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import pytest
import socketio

from handlers.edges.rest.routes import ROUTES, Route
from handlers.operation import Access, operation
from handlers.operations import REGISTRY
from handlers.schemas.fields import Nothing
from server.config.load import Config
from storage.database.pool import Database
from storage.scopes import Scope
from tests.conftest import running
from tests.handlers.authorization import (  # noqa: F401  they fill GIVEN
    given_accounts,
    given_messages,
    given_posts,
    given_programs,
)
from tests.handlers.authorization.matrix import MATRIX, Row
from tests.handlers.authorization.world import (
    GIVEN,
    ROLES,
    WITHOUT_SOCKETS,
    Input,
    World,
    everybody,
    make_world,
    shows,
)
from tests.handlers.token_helpers import by_token
from tests.people import Person, Reply, SocketClient

ROUTES_OF = {
    name: [route for route in ROUTES if route.operation == name] for name in REGISTRY
}  # fmt: skip


def test_each_operation_has_a_row_and_each_row_an_operation() -> None:
    assert {row.operation for row in MATRIX} == REGISTRY.keys()
    assert {row.given for row in MATRIX} == GIVEN.keys()


async def test_everybody_may_do_what_the_matrix_says_and_nothing_else(
    own_settings: Config, own_db: Database
) -> None:
    async with running(own_settings) as instance:
        world = await make_world(instance, own_db)
        async with sockets(world) as connected:
            wrong = [line for row in MATRIX for line in await differences(world, connected, row)]
    assert not wrong, "\n".join(["", *wrong])


@asynccontextmanager
async def sockets(world: World) -> AsyncIterator[dict[str, SocketClient]]:
    """One of each who may have one; the others are refused."""
    for token in (None, world.people["suspended"].access):
        refused = socketio.AsyncSimpleClient()
        with pytest.raises(socketio.exceptions.ConnectionError):
            await refused.connect(world.instance.url, auth={"token": token})
    async with AsyncExitStack() as stack:
        yield {
            role: await stack.enter_async_context(world.instance.socket(person))
            for role, person in world.people.items()
            if role not in WITHOUT_SOCKETS
        }


async def differences(world: World, connected: dict[str, SocketClient], row: Row) -> list[str]:
    """The lines that the matrix would need, where it has others."""
    found = []
    for route in ROUTES_OF[row.operation]:

        async def over_rest(role: str, route: Route = route) -> str:
            asked = await GIVEN[row.given](world, role)
            return outcome_of(world, await call(world, world.people.get(role), route, asked))

        found.append((route.method, row.outcomes, await everybody(world, over_rest, list(ROLES))))
    if REGISTRY[row.operation].is_command:

        async def as_command(role: str) -> str:
            asked = await GIVEN[row.given](world, role)
            ack = await connected[role].call(row.operation, asked)
            if ack["ok"]:
                return "sees" if shows(world, ack["data"]) else "ok"
            return str(ack["error"]["status"])

        roles = [role for role in ROLES if role in connected]
        expected = [row.outcomes[ROLES.index(role)] for role in roles]
        found.append(("socket", expected, await everybody(world, as_command, roles)))
    return [
        f"{way:7} {row.operation:24} {row.given:18} {' '.join(f'{one:>5}' for one in outcomes)}"
        for way, expected, outcomes in found
        if outcomes != list(expected)
    ]


def outcome_of(world: World, reply: Reply) -> str:
    if reply.status >= 300:
        return str(reply.status)
    return "sees" if isinstance(reply.body, dict) and shows(world, reply.body) else "ok"


async def call(world: World, by: Person | None, route: Route, asked: Input) -> Reply:
    """The reply, whatever its status."""
    path, body = route.path, dict(asked)
    for field in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
        path = path.replace(f"{{{field}}}", str(body.pop(field)))
    json: Any = body
    if route.method == "GET" or route.takes_query:
        path, json = f"{path}?{urlencode(body)}", None
    return await world.instance.ask(route.method, path, by, json=json)


async def test_a_personal_token_may_do_what_its_scope_is_for_and_nothing_else(
    own_settings: Config, own_db: Database
) -> None:
    """The columns `token without the scope` and `token with it alone` of the matrix.

    They are made of what the operations declare, and what a webhook does besides (ALSO): without
    one of them all is refused, by name; with these alone the token gets what its owner gets, and is
    no admin.
    """
    settings = replace(own_settings, max_sockets_per_user=100)
    async with running(settings) as instance, AsyncExitStack() as stack:
        world = await make_world(instance, own_db)
        programs: dict[tuple[Scope | None, frozenset[Scope]], Programs] = {}
        wrong = []
        for row in MATRIX:
            scope, also = REGISTRY[row.operation].scope, ALSO.get(row.given, frozenset())
            for lacking in (scope, *also):
                needed = also if scope is None else also | {scope}
                found = programs.get((lacking, needed))
                if found is None:
                    found = await Programs.of(world, lacking, needed, stack)
                    programs[lacking, needed] = found
                for route in ROUTES_OF[row.operation]:
                    wrong += await found.over_rest(row, route)
                if REGISTRY[row.operation].is_command:
                    wrong += await found.as_commands(row)
    assert not wrong, "\n".join(["", *wrong])


# What some are given asks for more than the operation does: a webhook has what it is for.
ALSO = {
    "webhook_wanted": frozenset({Scope.MESSAGES_READ}),
    "webhook_changed": frozenset({Scope.NOTIFICATIONS_READ, Scope.MESSAGES_READ}),
    "incoming_wanted": frozenset({Scope.POSTS_WRITE}),
    "incoming_of_owner": frozenset({Scope.MESSAGES_WRITE}),
}
# What a token that may change it, and not read it, is not shown in the answer either.
WITHHELD = {"muted_word.add", "muted_word.update"}


@dataclass(frozen=True, slots=True)
class Programs:
    """Two with tokens of the owner: one lacks a scope alone, one has alone what is needed."""

    world: World
    scope: Scope | None
    without: Person
    refused: SocketClient
    alone: Person | None
    allowed: SocketClient | None

    @classmethod
    async def of(
        cls,
        world: World,
        scope: Scope | None,
        needed: frozenset[Scope],
        stack: AsyncExitStack,
    ) -> "Programs":
        others = [one.value for one in Scope if one is not scope]
        without = await by_token(world.instance, world.owner, *others)
        refused = await stack.enter_async_context(world.instance.socket(without))
        if scope is None:
            return cls(world, scope, without, refused, None, None)
        alone = await by_token(world.instance, world.owner, *(one.value for one in needed))
        allowed = await stack.enter_async_context(world.instance.socket(alone))
        return cls(world, scope, without, refused, alone, allowed)

    async def over_rest(self, row: Row, route: Route) -> list[str]:
        outcome = await self._outcome(row, route, self.without)
        expected = row.outcomes[ROLES.index("owner")]
        if REGISTRY[row.operation].access is Access.ANYONE:
            return [] if outcome == expected else [f"{row.operation} {row.given}: {outcome}"]
        needs = "" if self.scope is None else f', scope="{self.scope.value}"'
        wrong = []
        if outcome != f'Bearer error="insufficient_scope"{needs}':
            wrong.append(f"{route.method} {row.operation} {row.given} without: {outcome}")
        if self.alone is not None:
            outcome = await self._outcome(row, route, self.alone)
            if row.operation in WITHHELD:
                expected = expected.replace("sees", "ok")
            if outcome != expected:
                wrong.append(f"{route.method} {row.operation} {row.given} with: {outcome}")
        return wrong

    async def _given(self, row: Row) -> Input:
        await self.world.forget_webhooks()
        return await GIVEN[row.given](self.world, "owner")

    async def _outcome(self, row: Row, route: Route, by: Person) -> str:
        asked = await self._given(row)
        reply = await call(self.world, by, route, asked)
        if reply.status == 403 and is_refusal(self.scope, reply.body):
            return str(reply.headers.get("WWW-Authenticate"))
        return outcome_of(self.world, reply)

    async def as_commands(self, row: Row) -> list[str]:
        asked = await self._given(row)
        ack = await self.refused.call(row.operation, asked)
        wrong = []
        if ack["ok"] or not is_refusal(self.scope, ack["error"]):
            wrong.append(f"socket {row.operation} {row.given} without: {ack}")
        if self.allowed is not None:
            asked = await self._given(row)
            ack = await self.allowed.call(row.operation, asked)
            expected = row.outcomes[ROLES.index("owner")]
            if ack["ok"] != (expected in ("ok", "sees")):
                wrong.append(f"socket {row.operation} {row.given} with: {ack}")
        return wrong


def is_refusal(scope: Scope | None, problem: Any) -> bool:
    """Whether a problem says that the token lacks this scope; None: that no token may."""
    named = None if scope is None else scope.value
    return (
        isinstance(problem, dict)
        and problem.get("status") == 403
        and problem.get("code") == "insufficient_scope"
        and problem.get("scope") == named
    )


def test_an_operation_without_a_scope_is_refused_and_says_what_to_write() -> None:
    with pytest.raises(TypeError, match=r"operation test\.none.*scope=Scope\.NAME.*NO_TOKEN"):

        @operation("test.none", request_schema=Nothing)
        async def none(context: Any, actor: Any) -> None: ...

    assert "test.none" not in REGISTRY
