"""The words of messages in the index, which a job reads in portions: sending waits for none of it.

What is new comes first, then what was there before there was an index, the newest first. An id is
taken before its message is committed, so that new ones are read up to a mark below which nothing is
still to come: the last id of when all transactions that were open then have ended.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from storage.database.pool import Database
from storage.database.query import Command, Executor, Query, Scalar
from storage.search_index.words import tsvector

PORTION = 200  # a transaction: its locks keep nobody who edits waiting for longer than some 0.1 s
READ_AT_ONCE = 10  # messages, which takes 2 ms; then others have a turn


@dataclass(frozen=True, slots=True)
class Unread:
    """A message whose words are not in the index."""

    id: int
    text: str


SET_MARK = Command("""
    UPDATE message_index
       SET mark_id = greatest(new_to, coalesce(
               pg_sequence_last_value(pg_get_serial_sequence('messages', 'id')), 0)),
           mark_xid = pg_snapshot_xmax(pg_current_snapshot())::text::bigint
     WHERE new_to >= mark_id""")
NEW_UP_TO = Scalar(
    """
    SELECT CASE WHEN mark_xid <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
           THEN mark_id ELSE new_to END FROM message_index""",
    int,
)
NEW_MESSAGES = Query(
    """
    SELECT id, content AS text FROM messages
     WHERE id > (SELECT new_to FROM message_index) AND id <= $1 ORDER BY id LIMIT $2""",
    Unread,
)
RAISE_NEW = Command("UPDATE message_index SET new_to = $1::bigint WHERE new_to < $1")
OLD_MESSAGES = Query(
    """
    SELECT id, content AS text FROM messages
     WHERE id <= (SELECT old_to FROM message_index) ORDER BY id DESC LIMIT $1""",
    Unread,
)
LOWER_OLD = Command("UPDATE message_index SET old_to = $1::bigint WHERE old_to > $1")
# The lock waits for whoever is changing one of them, and has the text be the one that is written;
# what is gone by then has no words. An edit that comes later finds the row (0064).
INDEX_MESSAGES = Command("""
    WITH kept AS MATERIALIZED (
        SELECT id, conversation_id, sender_id, content FROM messages
         WHERE id = ANY($1::bigint[]) AND deleted_at IS NULL ORDER BY id FOR SHARE)
    INSERT INTO message_words (message_id, conversation_id, sender_id, words, pending)
    SELECT kept.id, kept.conversation_id, kept.sender_id,
           CASE WHEN given.text = kept.content THEN given.words ELSE '' END::tsvector,
           given.text <> kept.content
      FROM kept JOIN unnest($1, $2::text[], $3::text[]) AS given (id, text, words)
        ON given.id = kept.id
    ON CONFLICT (message_id) DO NOTHING""")

PENDING_MESSAGES = Query(
    """
    SELECT m.id, m.content AS text FROM message_words w JOIN messages m ON m.id = w.message_id
     WHERE w.pending ORDER BY w.message_id DESC LIMIT $1""",
    Unread,
)
# Only where the text is still that: whoever edits the message meanwhile has the last word.
INDEX_PENDING = Command("""
    WITH kept AS MATERIALIZED (
        SELECT id, content FROM messages WHERE id = ANY($1::bigint[]) ORDER BY id FOR SHARE)
    UPDATE message_words w SET words = given.words::tsvector, pending = false
      FROM kept JOIN unnest($1, $2::text[], $3::text[]) AS given (id, text, words)
        ON given.id = kept.id AND given.text = kept.content
     WHERE w.message_id = kept.id""")
INDEX_EDITED = Command("""
    UPDATE message_words SET words = $2::text::tsvector, pending = false WHERE message_id = $1""")


async def index_edited(db: Executor, message_id: int, content: str) -> None:
    """Write the words of a message that was edited, in the transaction of the change."""
    await INDEX_EDITED.run(db, message_id, tsvector(content))


async def index_new(db: Database) -> int:
    """Index a portion of the messages that have come; return how many those were."""
    up_to = await NEW_UP_TO.one(db)
    messages = await NEW_MESSAGES.all(db, up_to, PORTION)
    async with db.transaction() as connection:
        await _write(connection, messages)
        await RAISE_NEW.run(connection, messages[-1].id if len(messages) == PORTION else up_to)
    await SET_MARK.run(db)
    return len(messages)


async def index_old(db: Database) -> int:
    """Index a portion of the messages from before there was an index; return how many those were.

    Where it stopped is stored: whoever calls it goes on from there.
    """
    messages = await OLD_MESSAGES.all(db, PORTION)
    async with db.transaction() as connection:
        await _write(connection, messages)
        await LOWER_OLD.run(connection, messages[-1].id - 1 if len(messages) == PORTION else 0)
    return len(messages)


async def index_pending(db: Database) -> int:
    """Index a portion of the messages whose edit left them unread; return how many those were."""
    messages = await PENDING_MESSAGES.all(db, PORTION)
    if messages:
        columns = await _columns(messages)
        async with db.transaction() as connection:
            await INDEX_PENDING.run(connection, *columns)
    return len(messages)


async def _write(connection: asyncpg.Connection, messages: Sequence[Unread]) -> None:
    spoken = [message for message in messages if message.text]
    if spoken:
        await INDEX_MESSAGES.run(connection, *await _columns(spoken))


async def _columns(messages: Sequence[Unread]) -> tuple[list[int], list[str], list[str]]:
    """Return ids, texts and words; the words are cut a few messages at a time."""
    read: list[str] = []
    for at in range(0, len(messages), READ_AT_ONCE):
        read += [tsvector(message.text) for message in messages[at : at + READ_AT_ONCE]]
        await asyncio.sleep(0)
    return (
        [message.id for message in messages],
        [message.text for message in messages],
        read,
    )
