"""Our server with one command more, `nothing`: what its peers' handler that does nothing is.

Where BENCH_STREAM names a stream, all its clients listen to it before they are ready, as those of
its peers are in their room.

All that a command goes through stands before it: the socket's session and order, the rate limit,
the access and the input checked, the time taken.
"""

import os
import sys
from typing import Any

from marshmallow import Schema

import server.services
from handlers.context import Context, SocketActor
from handlers.operation import operation
from realtime.delivery.namespace import SocketNamespace
from server.__main__ import main
from storage.posts.streams import StreamName
from storage.scopes import NO_TOKEN


@operation("nothing", scope=NO_TOKEN, request_schema=Schema, is_command=True)
async def nothing(context: Context, actor: SocketActor) -> None:
    """Do nothing."""


class Listening(SocketNamespace):
    """Has its clients listen to a stream."""

    async def _recover(self, stream: Any, session: Any, resume: Any) -> None:
        await self._hub.subscribe_to_authors(stream)
        kind, _, value = os.environ["BENCH_STREAM"].partition(":")
        await self._hub.post_streams.subscribe(session, StreamName(kind, value), None)  # type: ignore[arg-type]
        await super()._recover(stream, session, resume)


if __name__ == "__main__":
    if "BENCH_STREAM" in os.environ:
        vars(server.services)["SocketNamespace"] = Listening
    sys.exit(main())
