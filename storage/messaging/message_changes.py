"""Messages that are there already: edited, described, taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import asyncpg

from storage.database.pool import Database
from storage.database.query import Command, Query, Scalar
from storage.database.visibility import may_interact, not_blocked, not_muted
from storage.errors import Blocked, NotAuthor, NotFound, NothingToSee
from storage.events import log
from storage.events.types import MessageDeleted, MessageUpdated
from storage.media import pictures
from storage.messaging import conversations, mentions, quotes
from storage.messaging.messages import get
from storage.notifications import Notified
from storage.records import Message
from storage.search_index import messages as message_words
from storage.withdrawn_notifications import Withdrawn


@dataclass(frozen=True, slots=True)
class MessageChange:
    """A message as its sender changed it, and the event to each participant.

    images are the keys of what it leaves in the media store. for_all is the message as it is told,
    kept_ids who of them may not see what it answers. notified and withdrawn are the notifications
    of whom it names now, and named before.
    """

    message: Message
    logged: list[log.AppendedEvent]
    images: list[str]
    for_all: Message
    kept_ids: set[int]
    notified: list[Notified] = field(default_factory=list)
    withdrawn: list[Withdrawn] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _StoredMessage:
    conversation_id: int
    sender_id: int
    content: str
    image: str | None


STORED_MESSAGE = Query(
    """
    SELECT m.conversation_id, m.sender_id, m.content, m.image FROM messages m
      JOIN participants v ON v.conversation_id = m.conversation_id AND v.user_id = $1
     WHERE m.id = $2 AND v.left_at IS NULL AND m.id > v.visible_after AND m.deleted_at IS NULL""",
    _StoredMessage,
)
EDIT_MESSAGE = Command("""
    UPDATE messages SET content = $2, image = $3, edited_at = now()
     WHERE id = $1 AND deleted_at IS NULL""")
DELETE_MESSAGE = Command("""
    WITH reactions AS (DELETE FROM message_reactions WHERE message_id = $1),
    pins AS (DELETE FROM message_pins WHERE message_id = $1)
    UPDATE messages SET content = '', deleted_at = now(), has_reactions = false
     WHERE id = $1 AND deleted_at IS NULL""")
DEDUCT_UNREAD_MESSAGE = Scalar(
    f"""
    UPDATE participants v SET unread_count = unread_count - 1
     WHERE v.conversation_id = $1 AND v.user_id <> $2 AND v.user_id = ANY($4::bigint[])
       AND v.last_read_id < $3 AND v.visible_after < $3 AND v.unread_count > 0
       AND {not_blocked("v.user_id", "$2")}
    RETURNING v.user_id""",
    int,
)


# Whom an edit reaches: not who has the conversation as a request, as it could be edited for ever.
TOLD_OF_EDIT = Scalar(
    """
    SELECT user_id FROM participants
     WHERE conversation_id = $1 AND left_at IS NULL AND NOT is_request""",
    int,
)
# That a message is gone is told where it was: not to who has it as a request and mutes its sender.
TOLD_OF_DELETION = Scalar(
    f"""
    SELECT v.user_id FROM participants v
     WHERE v.conversation_id = $1 AND v.left_at IS NULL AND (NOT v.is_request OR NOT EXISTS (
           SELECT FROM participants o WHERE o.conversation_id = $1 AND o.user_id <> v.user_id
              AND NOT {not_muted("v.user_id", "o.user_id")}))""",
    int,
)
# It would reach the other as a new message would.
APART_IN_DIRECT = Scalar(
    f"""
    SELECT EXISTS (
        SELECT FROM conversations c JOIN participants o ON o.conversation_id = c.id
         WHERE c.id = $1 AND c.kind = 'direct' AND NOT {may_interact("$2", "o.user_id")})""",
    bool,
)


async def edit(
    db: Database,
    sender_id: int,
    message_id: int,
    content: str | None,
    media_ids: Sequence[int] | None = None,
    names: Sequence[str] | None = None,
    tags: Sequence[str] = (),
) -> MessageChange:
    """Replace the content and the pictures, neither where it is None; no change logs nothing.

    names are whom the content mentions, None where that stays; tags are its hashtags.

    NotFound; NotAuthor unless the sender asks; Blocked where one of the two of a direct
    conversation has blocked the other; NothingToSee, UnusablePictures.
    """
    async with db.transaction() as connection:
        stored = await _own_message(connection, sender_id, message_id)
        await mentions.lock_notified(connection, message_id, conversations.PARTICIPANT_IDS)
        members = await conversations.lock_participants(
            connection, stored.conversation_id, TOLD_OF_EDIT
        )
        before = await pictures.shown(connection, "message", message_id) if stored.image else []
        shown = before if media_ids is None else list(media_ids)
        content = stored.content if content is None else content
        if not content and not shown:
            raise NothingToSee
        if stored.content == content and shown == before:
            return await _changed(connection, sender_id, message_id, [], [])
        if await APART_IN_DIRECT.one(connection, stored.conversation_id, sender_id):
            raise Blocked("One of you has blocked the other.")
        image, keys = stored.image, []
        if shown != before:
            keys = await pictures.keys_of(connection, "message", message_id)
            image = await pictures.replace(
                connection, sender_id, "message", message_id, shown, before
            )
        if not await EDIT_MESSAGE.run(connection, message_id, content, image):
            raise NotFound("message")
        if content != stored.content:
            await message_words.index_edited(connection, message_id, content)
        logged = await _log_update(connection, sender_id, message_id, members)
        changed = await _changed(connection, sender_id, message_id, logged, keys)
        if names is None:
            return changed
        withdrawn = await mentions.withdraw_unnamed(connection, message_id, names)
        notified = await mentions.add(connection, changed.message, names, tags)
        return replace(changed, notified=notified, withdrawn=withdrawn)


@dataclass(frozen=True, slots=True)
class Described:
    """A picture that was described: the post that has it, or the message as it is now."""

    post_id: int | None
    message: MessageChange | None


async def describe(db: Database, owner_id: int, media_id: int, alt: str) -> Described:
    """Say what a picture shows; of a message, its participants are told, as of an edit.

    NotFound unless it is the owner's, who is still where the message is; Blocked where one of the
    two of a direct conversation has blocked the other.
    """
    while True:
        message_id = await pictures.message_of(db, owner_id, media_id)
        async with db.transaction() as connection:
            members: list[int] = []
            if message_id is not None:
                stored = await _own_message(connection, owner_id, message_id)
                members = await conversations.lock_participants(
                    connection, stored.conversation_id, TOLD_OF_EDIT
                )
                if owner_id not in members:
                    raise NotFound("message")
                if await APART_IN_DIRECT.one(connection, stored.conversation_id, owner_id):
                    raise Blocked("One of you has blocked the other.")
            place = await pictures.describe(connection, owner_id, media_id, message_id, alt)
            if place is None:  # attached or taken off in between
                continue
            if message_id is None:
                return Described(place.post_id, None)
            logged = await _log_update(connection, owner_id, message_id, members)
            changed = await _changed(connection, owner_id, message_id, logged, [])
            return Described(None, changed)


async def _changed(
    connection: asyncpg.Connection,
    sender_id: int,
    message_id: int,
    logged: list[log.AppendedEvent],
    images: list[str],
) -> MessageChange:
    message = await get(connection, sender_id, message_id)
    told = [event.user_id for event in logged]
    for_all, kept_ids = await quotes.for_all(connection, message_id, told)
    return MessageChange(message, logged, images, for_all, kept_ids)


async def _log_update(
    connection: asyncpg.Connection, sender_id: int, message_id: int, members: Sequence[int]
) -> list[log.AppendedEvent]:
    drafts = [log.EventDraft(member, MessageUpdated, sender_id, message_id) for member in members]
    return await log.append(connection, drafts)


async def delete(db: Database, sender_id: int, message_id: int) -> MessageChange:
    """Remove the content; who had not read the message has one less to read.

    NotFound; NotAuthor unless the sender asks.
    """
    async with db.transaction() as connection:
        conversation_id = (await _own_message(connection, sender_id, message_id)).conversation_id
        await mentions.lock_notified(connection, message_id, conversations.PARTICIPANT_IDS)
        members = await conversations.lock_participants(
            connection, conversation_id, TOLD_OF_DELETION
        )
        images = await pictures.keys_of(connection, "message", message_id)
        if not await DELETE_MESSAGE.run(connection, message_id):
            raise NotFound("message")
        had_not_read = set(
            await DEDUCT_UNREAD_MESSAGE.all(
                connection, conversation_id, sender_id, message_id, members
            )
        )
        drafts = [
            log.EventDraft(
                user_id=member,
                event=MessageDeleted,
                actor_id=sender_id,
                ref=message_id,
                unread_messages=-(member in had_not_read),
            )
            for member in members
        ]
        logged = await log.append(connection, drafts)
        changed = await _changed(connection, sender_id, message_id, logged, images)
        withdrawn = await mentions.withdraw_all(connection, message_id)
        return replace(changed, withdrawn=withdrawn)


async def _own_message(
    connection: asyncpg.Connection, sender_id: int, message_id: int
) -> _StoredMessage:
    stored = await STORED_MESSAGE.maybe(connection, sender_id, message_id)
    if stored is None:
        raise NotFound("message")
    if stored.sender_id != sender_id:
        raise NotAuthor("Only its sender may change a message.")
    return stored
