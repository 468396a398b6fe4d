"""Listeners by event. One that raises does not keep the others from hearing."""

import asyncio
import inspect
import logging
from collections.abc import Callable
from typing import Any

logger = logging.getLogger("mini_twitter_client")

Listener = Callable[..., Any]


class Emitter:
    """Calls listeners, plain functions or coroutine functions, with the data of events."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = {}

    def on(self, name: str, listener: Listener | None = None) -> Any:
        """Call listener(data) at each event of that name, listener(data, name) at all for "*".

        Without a listener it is a decorator. Returns the listener.
        """
        if listener is None:
            return lambda function: self.on(name, function)
        self._listeners.setdefault(name, []).append(listener)
        return listener

    def off(self, name: str, listener: Listener) -> None:
        """Call it no more."""
        if listener in self._listeners.get(name, ()):
            self._listeners[name].remove(listener)

    async def once(self, name: str) -> Any:
        """Wait for the next event of that name; return its data."""
        heard: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def hear(data: Any) -> None:
            if not heard.done():
                heard.set_result(data)

        self.on(name, hear)
        try:
            return await heard
        finally:
            self.off(name, hear)

    async def emit(self, name: str, data: Any) -> None:
        """Tell all listeners, one after the other; what one raises is logged."""
        for listener in list(self._listeners.get(name, ())):
            await self._tell(listener, data)
        for listener in list(self._listeners.get("*", ())):
            await self._tell(listener, data, name)

    async def _tell(self, listener: Listener, *arguments: Any) -> None:
        try:
            result = listener(*arguments)
            if inspect.isawaitable(result):
                await result
        except Exception:
            logger.exception("a listener of %r failed", arguments[-1])
