"""Messages: each is sent once and numbered for every participant."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg

from storage import idempotency
from storage.accounts import push
from storage.database.columns import Columns
from storage.database.message_columns import MESSAGE, NO_REACTIONS, quoted
from storage.database.paging import after, page_by_id
from storage.database.pool import Database
from storage.database.query import Executor, Query, Scalar, any_of
from storage.database.user_columns import media
from storage.database.visibility import may_interact, not_blocked, not_muted
from storage.errors import Blocked, NotFound, NothingToSee, TooManyRequests, UnusableReply
from storage.events.types import MessageCreated, MessageRequestReceived
from storage.media import pictures
from storage.messaging import quotes, requests
from storage.record import record
from storage.records import Message, Page

MESSAGES_BY_ID = Query(
    f"""
    SELECT {MESSAGE} FROM messages m JOIN users s ON s.id = m.sender_id
      JOIN participants v ON v.conversation_id = m.conversation_id AND v.user_id = $1
     WHERE m.id = {any_of("$2")} AND v.left_at IS NULL AND m.id > v.visible_after
       AND {not_blocked("$1", "m.sender_id")}""",
    MESSAGE,
)


async def get_many(db: Executor, user_id: int, ids: Sequence[int]) -> list[Message]:
    """Return those of these that the user may see, in no order."""
    return await MESSAGES_BY_ID.all(db, user_id, ids)


async def get(db: Executor, user_id: int, message_id: int) -> Message:
    """Return a message. NotFound unless the user may see it."""
    if found := await get_many(db, user_id, [message_id]):
        return found[0]
    raise NotFound("message")


IS_PARTICIPANT = Scalar(
    """
    SELECT EXISTS (SELECT FROM participants
                    WHERE conversation_id = $1 AND user_id = $2 AND left_at IS NULL)""",
    bool,
)
NEWEST_MESSAGES = Query(
    f"""
    SELECT {MESSAGE} FROM messages m JOIN users s ON s.id = m.sender_id
      JOIN participants v ON v.conversation_id = m.conversation_id AND v.user_id = $1
     WHERE m.conversation_id = $2 AND v.left_at IS NULL AND m.id > v.visible_after AND m.id < $3
       AND {not_blocked("$1", "m.sender_id")}
     ORDER BY m.id DESC LIMIT $4""",
    MESSAGE,
)


async def newest(
    db: Database, user_id: int, conversation_id: int, limit: int, cursor: str | None
) -> Page[Message]:
    """Return a conversation's messages, the newest first.

    NotFound unless the user is in the conversation.
    """
    rows = await NEWEST_MESSAGES.all(db, user_id, conversation_id, after(cursor), limit + 1)
    if not rows and not await IS_PARTICIPANT.one(db, conversation_id, user_id):
        raise NotFound("conversation")
    return page_by_id(rows, limit)


@record
class SentMessage:
    """A new message, whom it goes to, the sender included, and its numbers in the logs of these.

    asked_ids: to whom of them it is a request. kept_ids: who may not see what it answers. Lists of
    numbers are read much faster than one of records.
    """

    message: Message
    user_ids: list[int]
    numbers: list[int]
    asked_ids: list[int]
    kept_ids: list[int]


# Of one without pictures.
NO_MEDIA = media("x").within("CASE WHEN false THEN ARRAY(SELECT {} FROM media x) END")


def _sent(message: Columns[Message], kept: str = "'{}'::bigint[]") -> Columns[SentMessage]:
    return Columns(
        SentMessage,
        {
            "message": message,
            "user_ids": "sent.user_ids",
            "numbers": "sent.numbers",
            "asked_ids": "sent.asked_ids",
            "kept_ids": kept,
        },
    )


NEW_MESSAGE = MESSAGE.replace(reply_to="NULL", reactions=NO_REACTIONS, media=NO_MEDIA)


# One round trip, in this order: lock the counters of all participants; take the message's id only
# then, so that ids, numbers and commits agree (count(*) reads every lock before the first insert);
# move the others' unread counts, which settles who is still there; number; log.
#
# Arrays lead to counters, as a join of hundreds of participants reads those of the whole site; and
# blocks are looked for by participant, as a hundred thousand may have blocked the sender; for none
# where nobody has. The message leads to participants by a sub-select, which is looked at once; a
# join would look at it for each of them.
#
# How many messages a request has is counted anew under the lock (messages_now, migration 0042), as
# what others sent while this one waited is not in the statement's snapshot; CASE has it so late.
#
# Who has it as a request is told so, and has no more unread; who has declined it (left_at is set,
# and it is a request) is told nothing, and neither is the sender. Those rows are taken like any
# other's, since what the request is under the lock counts.
def _send(*, with_pictures: bool = False, reply: bool = False) -> Query[SentMessage]:
    first, attached, complete, column, image, answers = "", "", "", "", "NULL::text", ""
    message, kept = NEW_MESSAGE, "'{}'::bigint[]"
    if with_pictures:
        first, attached, complete = PICKED, ATTACHED, ALL_PICKED
        image, message = FIRST_KEY, message.replace(media=ATTACHED_MEDIA)
    if reply:
        first += quotes.answered("$8" if with_pictures else "$7")
        complete += " AND EXISTS (SELECT FROM answered)"
        column, answers = ", reply_to_id", ", (SELECT id FROM answered)"
        message, kept = message.replace(reply_to=quoted("true")), quotes.KEPT_OF_NUMBERED
    sent = _sent(message, kept)
    sql = f"""
    WITH {first}present AS MATERIALIZED (
        SELECT array_agg(o.user_id) FILTER (WHERE o.left_at IS NULL OR o.is_request) AS ids,
               bool_or(o.is_request) AS is_request,
               bool_or(o.user_id = $1 AND o.left_at IS NULL AND NOT o.is_request)
               AND NOT bool_or(CASE WHEN c.kind = 'direct' THEN
                       o.left_at IS NOT NULL AND NOT o.is_request
                       OR NOT {may_interact("$1", "o.user_id")} ELSE false END) AS may_write
          FROM conversations c JOIN participants o ON o.conversation_id = c.id WHERE c.id = $2),
    locked AS MATERIALIZED (
        SELECT user_id FROM user_seq
         WHERE user_id = ANY((SELECT CASE WHEN may_write THEN ids END FROM present)::bigint[])
         ORDER BY user_id FOR NO KEY UPDATE),
    message AS (
        INSERT INTO messages (conversation_id, sender_id, content, client_id, image{column})
        SELECT $2, $1, $3, $4, {image}{answers}
         WHERE CASE WHEN (SELECT count(*) FROM locked) = 0 THEN false
               WHEN (SELECT is_request FROM present)
               THEN messages_now($2) < {requests.MESSAGES_MAX} ELSE true END{complete}
        RETURNING *),{attached}
    keyed AS (
        INSERT INTO idempotency_keys (user_id, scope, key, body_hash, result_id)
        SELECT $1, 'message', $5, $6, id FROM message WHERE $5::text IS NOT NULL),
    unread AS (
        UPDATE participants v SET unread_count = unread_count + (NOT v.is_request)::integer
         WHERE v.conversation_id = (SELECT conversation_id FROM message)
           AND v.user_id <> $1 AND (v.left_at IS NULL OR v.is_request)
           AND (NOT (SELECT EXISTS (SELECT FROM blocks WHERE blocked_id = $1))
                OR (SELECT true FROM blocks
                     WHERE blocker_id = v.user_id AND blocked_id = $1) IS NULL)
        RETURNING v.user_id, v.is_request, v.left_at IS NULL AND (NOT v.is_request
               OR {not_muted("v.user_id", "$1")}) AS is_told),
    numbered AS (
        UPDATE user_seq s SET seq = seq + 1,
               unread_messages = unread_messages
                   + (s.user_id <> $1 AND s.user_id <> ALL(told.asked))::integer
          FROM message CROSS JOIN (
               SELECT array_agg(user_id) FILTER (WHERE is_told) AS ids,
                      coalesce(array_agg(user_id) FILTER (WHERE is_request), '{{}}') AS asked
                 FROM unread) told
         WHERE s.user_id = ANY(array_append(told.ids, message.sender_id))
        RETURNING s.user_id, seq, s.user_id = ANY(told.asked) AS is_request,
               has_push AND s.user_id <> $1 AND s.user_id <> ALL(told.asked) AS has_push),
    sent AS MATERIALIZED (
        SELECT array_agg(user_id) AS user_ids, array_agg(seq) AS numbers,
               coalesce(array_agg(user_id) FILTER (WHERE is_request), '{{}}') AS asked_ids,
               {push.EVENTS} AS pushed
          FROM numbered),
    ranked AS (
        UPDATE conversations c SET rank = m.id, updated_at = m.created_at
          FROM message m WHERE c.id = $2),
    logged AS (
        INSERT INTO events (user_id, seq, kind, ref, actor_id, at)
        SELECT n.user_id, n.seq, CASE WHEN n.is_request THEN '{MessageRequestReceived.name}'
               ELSE '{MessageCreated.name}' END, m.id, $1, m.created_at
          FROM numbered n, message m)
    SELECT {sent}
      FROM message m JOIN users s ON s.id = m.sender_id CROSS JOIN sent
     WHERE {push.enqueued("sent.pushed")}"""
    return Query(sql, sent)


# What the statement itself attaches no other part of it sees.
ATTACHED_MEDIA = media("x").within("ARRAY(SELECT {} FROM attached x ORDER BY x.position)")
# With pictures $7, all of which must be there for it.
PICKED = f"""picked AS MATERIALIZED (
        SELECT m.id, m.key, listed.place
          FROM unnest($7::bigint[]) WITH ORDINALITY listed (id, place)
          JOIN media m ON m.id = listed.id
         WHERE m.owner_id = $1 AND {pictures.WAITS} FOR NO KEY UPDATE OF m),
    """
FIRST_KEY = "(SELECT key FROM picked WHERE place = 1)"
ALL_PICKED = " AND (SELECT count(*) FROM picked) = cardinality($7::bigint[])"
ATTACHED = """
    attached AS (
        UPDATE media SET message_id = message.id, position = picked.place FROM picked, message
         WHERE media.id = picked.id RETURNING media.*),"""

SEND_MESSAGE = _send()
SEND_PICTURES = _send(with_pictures=True)
# The same as answers to the message that is given last.
SEND_REPLY = _send(reply=True)
SEND_REPLY_PICTURES = _send(with_pictures=True, reply=True)


class AnswersRequest(Exception):
    """What is to be sent answers a message request."""


# Why nothing was sent by $2 into conversation $1. Where nothing speaks against it any more, a
# request was just being answered.
REFUSAL = Scalar(
    f"""
    SELECT CASE WHEN bool_or(o.left_at IS NOT NULL AND NOT o.is_request
                             OR NOT {may_interact("$2", "o.user_id")}) THEN 'apart'
                WHEN bool_or(o.is_request AND o.user_id <> $2)
                     AND (SELECT count(*) FROM messages WHERE conversation_id = $1)
                         >= {requests.MESSAGES_MAX} THEN 'limit'
                ELSE 'answers' END
      FROM participants o WHERE o.conversation_id = $1
    HAVING bool_or(o.user_id = $2 AND o.left_at IS NULL)""",
    str,
)


Then = Callable[[asyncpg.Connection, Message], Awaitable[None]]


async def send(
    db: Database,
    sender_id: int,
    conversation_id: int,
    content: str,
    client_id: str | None,
    key: idempotency.Key | None,
    media_ids: Sequence[int] = (),
    reply_to_id: int | None = None,
    then: Then | None = None,
) -> SentMessage:
    """Store a message as the next event of all participants.

    With a key that was used for this very message: return that message, which goes to nobody.
    `then` is what is to be stored with it, in the same transaction.

    Raises:
        AnswersRequest: The conversation is a request to the sender, or was just now: it is to be
            accepted first, and the message sent again.
        NotFound: The sender is not in the conversation.
        Blocked: One of the two of a direct conversation has blocked the other, or is gone.
        TooManyRequests: The other has not answered, and has MESSAGES_MAX messages.
        UnusablePictures: Not all of them are the sender's, and wait for this.
        UnusableReply: What it answers is not there, or not for the sender to see.
        NothingToSee: There are neither words nor pictures.
    """
    if not content and not media_ids:
        raise NothingToSee
    used = (key.key, key.body_hash) if key else (None, None)
    arguments = [sender_id, conversation_id, content, client_id, *used]
    statement = SEND_MESSAGE if reply_to_id is None else SEND_REPLY
    if media_ids:
        statement = SEND_PICTURES if reply_to_id is None else SEND_REPLY_PICTURES
        arguments.append(media_ids)
    if reply_to_id is not None:
        arguments.append(reply_to_id)
    try:
        sent = await _store(db, statement, arguments, then)
    except asyncpg.UniqueViolationError:  # of the key: nothing else here can clash
        if key is None:
            raise
        if (message_id := await idempotency.result(db, key)) is not None:
            return SentMessage(await get(db, sender_id, message_id), [], [], [], [])
        await idempotency.forget(db, key)
        sent = await _store(db, statement, arguments, then)
    if sent is not None:
        return sent
    if key is not None and (message_id := await idempotency.result(db, key)) is not None:
        return SentMessage(
            await get(db, sender_id, message_id), [], [], [], []
        )  # refused only since the first try
    raise await _refusal(db, sender_id, conversation_id, media_ids, reply_to_id)


async def _store(
    db: Database, statement: Query[SentMessage], arguments: Sequence[Any], then: Then | None
) -> SentMessage | None:
    if then is None:
        return await statement.maybe(db, *arguments)
    async with db.transaction() as connection:
        sent = await statement.maybe(connection, *arguments)
        if sent is not None:
            await then(connection, sent.message)
        return sent


async def _refusal(
    db: Database,
    sender_id: int,
    conversation_id: int,
    media_ids: Sequence[int],
    reply_to_id: int | None,
) -> Exception:
    """Return why nothing was sent. UnusablePictures."""
    refusal = await REFUSAL.maybe(db, conversation_id, sender_id)
    if refusal is not None:
        await pictures.first_key(db, sender_id, media_ids)
        if reply_to_id is not None and not await quotes.may_answer(
            db, sender_id, conversation_id, reply_to_id
        ):
            return UnusableReply()
    match refusal:
        case "answers":
            return AnswersRequest()
        case "limit":
            return TooManyRequests("conversation_id", "They have not answered what you wrote.")
        case "apart":
            return Blocked("One of you has blocked the other, or is gone.")
    return NotFound("conversation")
