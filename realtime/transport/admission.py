"""Letting connections in, whatever is spoken on them: how fast they come, and who is looked at."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from realtime.transport.budgets import MEMBER, STRANGER, AddressBudget, Budgets, Meter
from realtime.transport.interface import Namespace, TryAgain

# Of a herd, the tokens of so many are looked at at a time; the others wait their turn here instead
# of for a connection to PostgreSQL, which requests need, too, and which is soon given up.
ADMISSIONS_AT_ONCE = 2


class Admission:
    """What all connections of a process share while they are let in: their budgets and turns.

    Args:
        namespace: Says where they come from, and who they are.
        limited: Whether there are budgets.
    """

    def __init__(self, namespace: Namespace, *, limited: bool) -> None:
        self._namespace = namespace
        self._budgets = Budgets() if limited else None
        self.turn = asyncio.Semaphore(ADMISSIONS_AT_ONCE)

    async def take_request(self, request: web.Request) -> None:
        """Count a request of no known connection, as soon as its address may. Raises Flood."""
        if self._budgets is not None:
            address = self._budgets.address(self._namespace.origin(request))
            await address.wait(address.requests)

    async def take_handshake(self, request: web.Request) -> None:
        """Count a handshake, as soon as its address may. Raises Flood."""
        if self._budgets is not None:
            address = self._budgets.address(self._namespace.origin(request))
            await address.wait(address.handshakes)

    def begin(self, meter: Meter, request: web.Request) -> AddressBudget | None:
        """Have a new connection spend what its address may, which is returned where that counts."""
        if self._budgets is None:
            return None
        address = self._budgets.address(self._namespace.origin(request))
        meter.use(STRANGER, address.frames_and_bytes)
        return address

    async def admit(
        self, visitor: Any, auth: Any, is_gone: Callable[[], bool]
    ) -> tuple[Any, dict[str, str]]:
        """Return the client whose token is in an auth object, and what it is told besides.

        Args:
            visitor: What the namespace knows of its request.
            auth: What the client has shown.
            is_gone: Whether nobody is there any more.

        Raises:
            ConnectionRefusedError: Of socketio; it is refused for good.
            TryAgain: It is refused for now.
        """
        async with self.turn:
            if is_gone():  # while it waited: nobody is there to be looked up for
                raise TryAgain
            client = await self._namespace.on_connect(visitor, auth)
        try:
            self._spend_connect(client)
            return client, await self._namespace.connect_data(client)
        except BaseException:
            self._namespace.on_disconnect(client)
            raise

    def _spend_connect(self, client: Any) -> None:
        if self._budgets is not None:
            user = self._budgets.user(self._namespace.owner(client))
            if not user.connects.take():
                raise TryAgain("rate_limited")

    def let_in(self, meter: Meter, client: Any) -> None:
        """Have a connection spend what its user may from now on."""
        if self._budgets is not None:
            meter.give_back()
            user = self._budgets.user(self._namespace.owner(client))
            meter.use(MEMBER, user.frames_and_bytes)
