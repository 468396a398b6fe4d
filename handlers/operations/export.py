"""All data of a user, as one JSON file that is never whole in memory."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import orjson

from handlers.context import Actor, Context
from handlers.operation import Download, operation
from handlers.rate_limits import Bucket
from handlers.schemas.fields import Nothing
from storage.accounts import export, profiles
from storage.accounts.export import Export, ExportedAccount
from storage.messaging import conversations, messages
from storage.scopes import NO_TOKEN

CONVERSATIONS = 20  # read at once
MESSAGES = 500


@operation(
    "user.export", scope=NO_TOKEN, request_schema=Nothing, response=Export, bucket=Bucket.LOGIN
)
async def all_of_me(context: Context, actor: Actor) -> Download:
    """Download all my data, as one file."""
    me = await export.account(context.db, actor.user_id)
    return Download(f"mini-twitter-{me.username}.json", _pieces(context, me))


async def _pieces(context: Context, me: ExportedAccount) -> AsyncIterator[bytes]:
    """Yield the JSON of an Export, in pieces of bounded size."""
    yield b'{"exported_at":' + _json(datetime.now(UTC))
    yield b',"account":' + _json(me)
    yield b',"profile":' + _json(await profiles.get(context.db, me.id))
    for section in export.SECTIONS:
        yield b',"%s":[' % section.encode()
        comma = b""
        async for batch in export.walk(context.db, me.id, section):
            yield comma + b",".join(map(_json, batch))
            comma = b","
        yield b"]"
    yield b',"conversations":['
    async for piece in _conversations(context, me.id):
        yield piece
    yield b"]}"


async def _conversations(context: Context, user_id: int) -> AsyncIterator[bytes]:
    cursor, comma, more = None, b"", True
    while more:
        page = await conversations.latest_with_requests(context.db, user_id, CONVERSATIONS, cursor)
        for conversation in page.results:
            yield comma + _json(conversation)[:-1] + b',"messages":['
            async for piece in _messages(context, user_id, conversation.id):
                yield piece
            yield b"]}"
            comma = b","
        cursor, more = page.cursor, page.cursor is not None


async def _messages(context: Context, user_id: int, conversation_id: int) -> AsyncIterator[bytes]:
    cursor, comma, more = None, b"", True
    while more:
        page = await messages.newest(context.db, user_id, conversation_id, MESSAGES, cursor)
        if page.results:
            yield comma + b",".join(map(_json, page.results))
            comma = b","
        cursor, more = page.cursor, page.cursor is not None


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)
