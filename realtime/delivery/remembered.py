"""What was delivered lately, so that nothing is delivered twice that comes by several channels."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import TypeVar

from realtime.ephemeral.watcher import Watcher

SomeWatcher = TypeVar("SomeWatcher", bound=Watcher)


class Remembered:
    """The last so many keys."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._keys: OrderedDict[Hashable, None] = OrderedDict()

    def add(self, key: Hashable) -> bool:
        """Remember a key; return whether it is new."""
        if key in self._keys:
            return False
        self._keys[key] = None
        if len(self._keys) > self._most:
            self._keys.popitem(last=False)
        return True


class Reached:
    """The clients that each of the last so many changes has reached."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._sessions: OrderedDict[int, set[Watcher]] = OrderedDict()

    def not_reached(self, change_id: int, sessions: set[SomeWatcher]) -> set[SomeWatcher]:
        """Return those whom the change has not reached so far; from now on it has."""
        reached = self._sessions.setdefault(change_id, set())
        if len(self._sessions) > self._most:
            self._sessions.popitem(last=False)
        new = {session for session in sessions if session not in reached}
        reached |= new
        return new
