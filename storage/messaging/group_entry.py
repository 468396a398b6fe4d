"""How people come into a group: what keeps them out, and what ends when they are in."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from storage.database.query import Command, Query, Scalar
from storage.errors import Banned, Blocked, ConversationFull, NotFound
from storage.messaging.conversations import ANY_BLOCK_BETWEEN, EXISTING_USERS
from storage.messaging.group_changes import Announcement
from storage.messaging.group_roles import Group

PARTICIPANTS_MAX = 100

ANY_BANNED = Scalar(
    """
    SELECT EXISTS (SELECT FROM group_bans
                    WHERE conversation_id = $1 AND user_id = ANY($2::bigint[]))""",
    bool,
)


async def check(
    connection: asyncpg.Connection,
    conversation_id: int,
    group: Group,
    user_id: int,
    new: Sequence[int],
) -> None:
    """Raise what keeps the user from letting these into the group.

    Raises:
        ConversationFull: It would have more than PARTICIPANTS_MAX.
        NotFound: One of them is absent.
        Blocked: The user or one of them has blocked the other.
        Banned: The group has banned one of them.
    """
    if not new:
        return
    if len(group.members) + len(new) > PARTICIPANTS_MAX:
        raise ConversationFull(PARTICIPANTS_MAX)
    if len(await EXISTING_USERS.all(connection, new)) < len(new):
        raise NotFound("user")
    if await ANY_BLOCK_BETWEEN.one(connection, user_id, new):
        raise Blocked
    if await ANY_BANNED.one(connection, conversation_id, new):
        raise Banned


@dataclass(frozen=True, slots=True)
class _Candidate:
    user_id: int
    is_invited: bool


# One that joins by a link with approval is counted when it is approved.
END_CANDIDACIES = Query(
    """
    WITH ended AS (
        DELETE FROM group_candidates WHERE conversation_id = $1 AND user_id = ANY($2::bigint[])
        RETURNING user_id, inviter_id, link_id),
    used AS (
        UPDATE group_links l SET uses = uses + joined.times
          FROM (SELECT link_id, count(*) AS times FROM ended WHERE $3 GROUP BY link_id) joined
         WHERE l.id = joined.link_id)
    SELECT user_id, inviter_id IS NOT NULL AS is_invited FROM ended ORDER BY user_id""",
    _Candidate,
)


async def end_candidacies(
    connection: asyncpg.Connection,
    announcement: Announcement,
    group: Group,
    user_ids: Sequence[int],
    *,
    joined: bool,
) -> None:
    """End the invitations and requests of these, who have joined or are not let in."""
    ended = await END_CANDIDACIES.all(connection, announcement.conversation_id, user_ids, joined)
    for one in ended:
        if one.is_invited:
            announcement.invitation_ended(one.user_id, "accepted" if joined else "withdrawn")
        else:
            announcement.request_ended(group, one.user_id, "approved" if joined else "refused")


# Who joins (again) sees what is written from then on.
ADD_PARTICIPANTS = Command("""
    INSERT INTO participants (conversation_id, user_id, visible_after, last_read_id)
    SELECT $1, joining, $3, $3 FROM unnest($2::bigint[]) AS joining
    ON CONFLICT (conversation_id, user_id) DO UPDATE
       SET joined_at = now(), left_at = NULL, visible_after = $3, last_read_id = $3,
           unread_count = 0""")
TOUCH_CONVERSATION = Command("UPDATE conversations SET updated_at = now() WHERE id = $1")


async def enter(
    connection: asyncpg.Connection,
    announcement: Announcement,
    group: Group,
    joining: Sequence[int],
    fewer_unread: dict[int, int] | None = None,
) -> None:
    """Put these into the group, and announce it to them and to all who were in it."""
    conversation_id = announcement.conversation_id
    await end_candidacies(connection, announcement, group, joining, joined=True)
    await ADD_PARTICIPANTS.run(connection, conversation_id, joining, group.rank)
    await TOUCH_CONVERSATION.run(connection, conversation_id)
    announcement.updated(group.members, fewer_unread)
    announcement.created(joining)
