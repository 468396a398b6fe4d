"""The streams of new posts that one listens to.

After a lost connection each goes on from its last cursor.
"""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from mini_twitter_client.errors import ProblemError, UnreachableError

logger = logging.getLogger("mini_twitter_client")

Call = Callable[[str, dict[str, Any], float | None], Awaitable[Any]]
TakeBack = Callable[[], None]


class Streams:
    """Remembers what is listened to, and listens again.

    call(name, fields, timeout) sends a command; tell(answer, take_back) is told of how each is gone
    on with. take_back() is to be called where nobody was told of it in the end.
    """

    def __init__(self, call: Call, tell: Callable[[Any, TakeBack], None]) -> None:
        self._call = call
        self._tell = tell
        self._cursors: dict[str, str] = {}  # of those that are listened to, by name
        self._early: dict[str, str] = {}  # of those whose first answer is still to come
        self._first: dict[str, str] = {}  # from where each was listened to
        self._heard: Counter[str] = Counter()  # how many posts came by each
        self._names: dict[str, str] = {}  # by what was asked for

    async def run(self, name: str, fields: dict[str, Any], timeout: float | None = None) -> Any:
        """Do a command of streams, and remember what is listened to; return its answer."""
        before = self._heard.copy()
        answer = await self._call(name, fields, timeout)
        if name == "stream.unsubscribe":
            self._cursors.pop(self._names.get(fields["stream"], fields["stream"]), None)
            return answer
        stream = self._names[fields["stream"]] = answer["stream"]
        # Those missed came before the answer; others, right behind it, are further than the answer.
        came = self._heard[stream] - before[stream]
        now = self._cursors.get(stream, self._early.pop(stream, ""))
        if stream not in self._cursors:
            self._first[stream] = fields.get("cursor") or answer["cursor"]
        self._cursors[stream] = now if came > answer["missed"] else answer["cursor"]
        return answer

    def heard(self, post: Any) -> TakeBack:
        """Note how far a stream has come; return what takes it back, after all that came later."""
        stream = post["stream"]
        place = self._cursors if stream in self._cursors else self._early
        before = place.get(stream)
        place[stream] = post["cursor"]
        self._heard[stream] += 1
        return lambda: self._put_back(stream, before)

    def _put_back(self, stream: str, cursor: str | None) -> None:
        if stream in self._cursors:
            self._cursors[stream] = cursor or self._first[stream]

    async def resume(self) -> None:
        """Listen again to all, on a new connection."""
        for stream, cursor in list(self._cursors.items()):
            try:
                fields = {"stream": stream, "cursor": cursor}
                answer = await self.run("stream.subscribe", fields)
                self._tell(answer, partial(self._put_back, stream, cursor))
            except UnreachableError:
                return  # the next connection comes back to it
            except ProblemError as error:
                if not error.passes:
                    del self._cursors[stream]
                logger.warning("%s is listened to no longer: %s", stream, error)

    def clear(self) -> None:
        """Forget all: somebody else is to be listened for."""
        self._cursors.clear()
        self._early.clear()
        self._heard.clear()
