"""Incoming webhooks: tokens by which programs of others post as an account, or write for it."""

from dataclasses import dataclass
from datetime import datetime

from storage.database.columns import Columns, field_types
from storage.database.paging import after, page_by_id
from storage.database.pool import Database
from storage.database.query import Command, Query, Scalar
from storage.database.visibility import is_active
from storage.errors import NotFound, TooManyWebhooks
from storage.events import log
from storage.record import record
from storage.records import Page

INCOMING_MAX = 20  # that an account has at once


@record
class IncomingWebhook:
    """A URL that posts as its account, or writes into a conversation; its token is not kept."""

    id: int
    name: str
    conversation_id: int | None
    last_used_at: datetime | None
    created_at: datetime


INCOMING = Columns(IncomingWebhook, {name: f"i.{name}" for name in field_types(IncomingWebhook)})

COUNT_INCOMING = Scalar("SELECT count(*) FROM incoming_webhooks WHERE user_id = $1", int)
IS_IN_CONVERSATION = Scalar(
    """
    SELECT EXISTS (SELECT FROM participants WHERE conversation_id = $1 AND user_id = $2
                      AND left_at IS NULL AND NOT is_request)""",
    bool,
)
CREATE_INCOMING = Query(
    f"""
    WITH i AS (
        INSERT INTO incoming_webhooks (user_id, conversation_id, name, token_hash)
        VALUES ($1, $2, $3, $4) RETURNING *)
    SELECT {INCOMING} FROM i""",
    INCOMING,
)


async def create(
    db: Database, user_id: int, name: str, conversation_id: int | None, token_hash: bytes
) -> IncomingWebhook:
    """Make one. TooManyWebhooks; NotFound for a conversation that the account is not in."""
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        if await COUNT_INCOMING.one(connection, user_id) >= INCOMING_MAX:
            raise TooManyWebhooks("name", INCOMING_MAX)
        if conversation_id is not None and not await IS_IN_CONVERSATION.one(
            connection, conversation_id, user_id
        ):
            raise NotFound("conversation")
        return await CREATE_INCOMING.one(connection, user_id, conversation_id, name, token_hash)


INCOMING_OF_USER = Query(
    f"""
    SELECT {INCOMING} FROM incoming_webhooks i WHERE i.user_id = $1 AND i.id < $2
     ORDER BY i.id DESC LIMIT $3""",
    INCOMING,
)


async def of_user(
    db: Database, user_id: int, limit: int, cursor: str | None
) -> Page[IncomingWebhook]:
    """Return an account's, the newest first."""
    return page_by_id(await INCOMING_OF_USER.all(db, user_id, after(cursor), limit + 1), limit)


REVOKE_INCOMING = Command("DELETE FROM incoming_webhooks WHERE user_id = $1 AND id = $2")


async def revoke(db: Database, user_id: int, webhook_id: int) -> None:
    """Make a token good for nothing. NotFound."""
    if not await REVOKE_INCOMING.run(db, user_id, webhook_id):
        raise NotFound("webhook")


@dataclass(frozen=True, slots=True)
class UsedWebhook:
    """For whom something is written, and where; conversation_id None: it is posted."""

    user_id: int
    conversation_id: int | None


USE_INCOMING = Query(
    f"""
    UPDATE incoming_webhooks i SET last_used_at = now() FROM users u
     WHERE i.token_hash = $1 AND u.id = i.user_id AND {is_active("u")}
    RETURNING i.user_id, i.conversation_id""",
    UsedWebhook,
)


async def use(db: Database, token_hash: bytes) -> UsedWebhook:
    """Return what a token is for, and note the use. NotFound, also where the account is over."""
    used = await USE_INCOMING.maybe(db, token_hash)
    if used is None:
        raise NotFound("webhook")
    return used
