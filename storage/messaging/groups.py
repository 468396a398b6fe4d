"""Groups: their title, who is added to them, who leaves."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from storage.database.pool import Database
from storage.database.query import Command, Query, Scalar
from storage.errors import Blocked, ConversationFull, NotAGroup, NotFound
from storage.events import log
from storage.events.types import ConversationCreated, ConversationUpdated
from storage.messaging import conversations
from storage.messaging.conversations import (
    ANY_BLOCK_BETWEEN,
    EXISTING_USERS,
    ParticipantView,
)
from storage.records import Conversation

PARTICIPANTS_MAX = 100


@dataclass(frozen=True, slots=True)
class GroupUpdate:
    """What one participant does to a group; title None leaves it as it is."""

    title: str | None = None
    add: Sequence[int] = ()
    leave: bool = False


@dataclass(frozen=True, slots=True)
class GroupChange:
    """The group as the one who changed it sees it, and the views that were logged, by user id.

    updated are those who were in it, created those who are new.
    """

    conversation: Conversation
    updated: dict[int, ParticipantView]
    created: dict[int, ParticipantView]


@dataclass(frozen=True, slots=True)
class _Group:
    kind: str
    rank: int
    members: list[int]


GROUP = Query(
    """
    SELECT c.kind, c.rank, ARRAY(
        SELECT user_id FROM participants p
         WHERE p.conversation_id = c.id AND p.left_at IS NULL) AS members
      FROM conversations c WHERE c.id = $1""",
    _Group,
)
SET_TITLE = Command("""
    UPDATE conversations SET title = $2, updated_at = now()
     WHERE id = $1 AND title IS DISTINCT FROM $2""")
TOUCH_CONVERSATION = Command("UPDATE conversations SET updated_at = now() WHERE id = $1")
# Who joins (again) sees what is written from then on.
ADD_PARTICIPANTS = Command("""
    INSERT INTO participants (conversation_id, user_id, visible_after, last_read_id)
    SELECT $1, joining, $3, $3 FROM unnest($2::bigint[]) AS joining
    ON CONFLICT (conversation_id, user_id) DO UPDATE
       SET joined_at = now(), left_at = NULL, visible_after = $3, last_read_id = $3,
           unread_count = 0""")
# Returns how many messages were unread.
LEAVE_GROUP = Scalar(
    """
    UPDATE participants v SET left_at = now(), unread_count = 0 FROM participants before
     WHERE v.conversation_id = $1 AND v.user_id = $2 AND v.left_at IS NULL
       AND before.conversation_id = $1 AND before.user_id = $2
    RETURNING before.unread_count""",
    int,
)


async def update(
    db: Database, user_id: int, conversation_id: int, changes: GroupUpdate
) -> GroupChange:
    """Change a group: any participant may do any of it.

    Raises:
        NotFound: The user is not in the conversation, or one to add is absent.
        NotAGroup: It is a direct conversation.
        Blocked: The user or one to add has blocked the other.
        ConversationFull: The group would have more than PARTICIPANTS_MAX.
    """
    async with db.transaction() as connection:
        before = await GROUP.maybe(connection, conversation_id)
        if before is None or user_id not in before.members:
            raise NotFound("conversation")
        await log.lock(connection, {*before.members, *changes.add})
        group = await GROUP.one(connection, conversation_id)
        members = set(group.members)
        if user_id not in members:
            raise NotFound("conversation")
        if group.kind == "direct":
            raise NotAGroup
        new = sorted(set(changes.add) - members)
        await _check_new(connection, user_id, new, len(members))
        changed = await _apply(connection, conversation_id, group.rank, new, changes)
        if not (changed or changes.leave):
            return GroupChange(
                await conversations.get(connection, user_id, conversation_id), {}, {}
            )
        unread = 0
        if changes.leave:
            unread = -await LEAVE_GROUP.one(connection, conversation_id, user_id)
        # Only those whose counters are locked: nobody can have joined, for that locks them all.
        recipients = members & set(before.members)
        updated = await _log_update(connection, conversation_id, user_id, recipients, unread)
        joined = [log.EventDraft(id, ConversationCreated, user_id, conversation_id) for id in new]
        created = await conversations.log_change(connection, conversation_id, joined)
        seen = updated[user_id].conversation
        return GroupChange(seen, updated, created)


async def _check_new(
    connection: asyncpg.Connection, user_id: int, new: list[int], members: int
) -> None:
    if not new:
        return
    if members + len(new) > PARTICIPANTS_MAX:
        raise ConversationFull(PARTICIPANTS_MAX)
    if len(await EXISTING_USERS.all(connection, new)) < len(new):
        raise NotFound("user")
    if await ANY_BLOCK_BETWEEN.one(connection, user_id, new):
        raise Blocked


async def _apply(
    connection: asyncpg.Connection,
    conversation_id: int,
    rank: int,
    new: list[int],
    changes: GroupUpdate,
) -> bool:
    """Whether the title or the participants changed, other than by leaving."""
    changed = bool(new)
    if changes.title is not None:
        changed |= await SET_TITLE.run(connection, conversation_id, changes.title) > 0
    if new:
        await ADD_PARTICIPANTS.run(connection, conversation_id, new, rank)
    if new or changes.leave:
        await TOUCH_CONVERSATION.run(connection, conversation_id)
    return changed


async def _log_update(
    connection: asyncpg.Connection,
    conversation_id: int,
    actor_id: int,
    user_ids: set[int],
    actors_unread: int,
) -> dict[int, ParticipantView]:
    """Log conversation.updated; to the one who leaves it is the last event of it."""
    drafts = [
        log.EventDraft(
            user_id=user_id,
            event=ConversationUpdated,
            actor_id=actor_id,
            ref=conversation_id,
            unread_messages=actors_unread if user_id == actor_id else 0,
        )
        for user_id in sorted(user_ids)
    ]
    return await conversations.log_change(connection, conversation_id, drafts)
