"""Our server with one command more, `nothing`: what its peers' handler that does nothing is.

All that a command goes through stands before it: the socket's session and order, the rate limit,
the access and the input checked, the time taken.
"""

import sys

from marshmallow import Schema

from handlers.context import Context, SocketActor
from handlers.operation import operation
from server.__main__ import main


@operation("nothing", request_schema=Schema, is_command=True)
async def nothing(context: Context, actor: SocketActor) -> None:
    """Do nothing."""


if __name__ == "__main__":
    sys.exit(main())
