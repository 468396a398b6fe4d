"""Invitations into a group, and requests to join one: made, answered, taken back."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from storage.database.pool import Database
from storage.database.query import Query, Scalar
from storage.errors import NotFound
from storage.events.types import InvitationCreated
from storage.messaging import group_entry
from storage.messaging.candidates import INVITATION, INVITED, IS_OPEN
from storage.messaging.group_changes import Announcement, GroupChange, Told
from storage.messaging.group_roles import changing, entering

# Of users $2 who do not ask to join group $1: who has been in it, or does not let $3 add them.
ASKED_FIRST = Scalar(
    """
    SELECT u.id FROM users u
     WHERE u.id = ANY($2::bigint[]) AND (
           u.who_may_add_me = 'nobody' OR u.who_may_add_me = 'followed' AND NOT EXISTS (
               SELECT FROM follows WHERE follower_id = u.id AND followed_id = $3)
           OR EXISTS (SELECT FROM participants WHERE conversation_id = $1 AND user_id = u.id))
       AND NOT EXISTS (SELECT FROM group_candidates k
            WHERE k.conversation_id = $1 AND k.user_id = u.id AND k.inviter_id IS NULL)
     ORDER BY u.id""",
    int,
)
INVITE = Query(
    f"""
    WITH made AS (
        INSERT INTO group_candidates (conversation_id, user_id, inviter_id)
        SELECT $1, unnest($3::bigint[]), $2 ON CONFLICT (conversation_id, user_id) DO NOTHING
        RETURNING *)
    SELECT {INVITATION} FROM made {INVITED} ORDER BY k.user_id""",
    INVITATION,
)


async def to_ask(
    connection: asyncpg.Connection, announcement: Announcement, new: Sequence[int]
) -> list[int]:
    """Return those of these who are not put into the group unless they say so."""
    if not new:
        return []
    group_id, actor_id = announcement.conversation_id, announcement.actor_id
    return await ASKED_FIRST.all(connection, group_id, new, actor_id)


async def invite(
    connection: asyncpg.Connection, announcement: Announcement, asked: Sequence[int]
) -> None:
    """Ask these into the group, but for those who have been asked and have not answered.

    No block is between any of them and the one who asks, and all their counters are locked.
    """
    if not asked:
        return
    group_id, actor_id = announcement.conversation_id, announcement.actor_id
    for invitation in await INVITE.all(connection, group_id, actor_id, asked):
        announcement.about(invitation.user.id, invitation.id, InvitationCreated(invitation))


@dataclass(frozen=True, slots=True)
class _Open:
    id: int
    inviter_id: int


OPEN_INVITATION = Query(
    f"SELECT k.id, k.inviter_id FROM group_candidates k WHERE k.conversation_id = $2 AND {IS_OPEN}",
    _Open,
)


async def accept(db: Database, user_id: int, conversation_id: int) -> GroupChange:
    """Come into a group. NotFound where one is not invited; ConversationFull, Blocked."""
    async with entering(db, user_id, conversation_id, "invitation") as (connection, group):
        announcement = Announcement(conversation_id, user_id)
        if user_id not in group.members:
            invitation = await OPEN_INVITATION.maybe(connection, user_id, conversation_id)
            if invitation is None:
                raise NotFound("invitation")
            inviter_id = invitation.inviter_id
            await group_entry.check(connection, conversation_id, group, inviter_id, [user_id])
            await group_entry.enter(connection, announcement, group, [user_id])
        return await announcement.done(connection)


# Returns whether it was an invitation, not a request.
END_CANDIDACY = Scalar(
    """
    DELETE FROM group_candidates WHERE conversation_id = $1 AND user_id = $2
    RETURNING inviter_id IS NOT NULL""",
    bool,
)


async def decline(db: Database, user_id: int, conversation_id: int) -> list[Told]:
    """Decline an invitation, of which nobody else is told, or take back a request to join.

    NotFound.
    """
    async with entering(db, user_id, conversation_id, "invitation") as (connection, group):
        was_invited = await END_CANDIDACY.maybe(connection, conversation_id, user_id)
        if was_invited is None:
            raise NotFound("invitation")
        announcement = Announcement(conversation_id, user_id)
        if was_invited:
            announcement.invitation_ended(user_id, "declined")
        else:
            announcement.request_ended(group, user_id, "withdrawn")
        return await announcement.append(connection)


INVITER = Scalar(
    """
    SELECT inviter_id FROM group_candidates
     WHERE conversation_id = $1 AND user_id = $2 AND inviter_id IS NOT NULL""",
    int,
)


async def withdraw(db: Database, user_id: int, conversation_id: int, other_id: int) -> list[Told]:
    """Take back an invitation: one's own, or as an admin.

    NotFound, NotAGroup, RoleRequired.
    """
    async with changing(db, user_id, conversation_id, [other_id]) as (connection, group):
        inviter = await INVITER.maybe(connection, conversation_id, other_id)
        if inviter is None:
            raise NotFound("invitation")
        if inviter != user_id:
            group.require(user_id, "admins")
        announcement = Announcement(conversation_id, user_id)
        await group_entry.end_candidacies(connection, announcement, group, [other_id], joined=False)
        return await announcement.append(connection)


ASKS_TO_JOIN = Scalar(
    """
    SELECT EXISTS (SELECT FROM group_candidates
                    WHERE conversation_id = $1 AND user_id = $2 AND inviter_id IS NULL)""",
    bool,
)


async def answer(
    db: Database, user_id: int, conversation_id: int, other_id: int, *, let_in: bool
) -> GroupChange:
    """Let somebody in who asks to join, or not, which they are not told.

    Raises:
        NotFound: The user is not in the conversation, or the other does not ask.
        NotAGroup: It is a direct conversation.
        RoleRequired: The user is not of its staff.
        ConversationFull, Blocked: As group_entry.check does.
    """
    async with changing(db, user_id, conversation_id, [other_id]) as (connection, group):
        group.require(user_id, "admins")
        if not await ASKS_TO_JOIN.one(connection, conversation_id, other_id):
            raise NotFound("request")
        announcement = Announcement(conversation_id, user_id)
        if let_in:
            await group_entry.check(connection, conversation_id, group, user_id, [other_id])
            await group_entry.enter(connection, announcement, group, [other_id])
        else:
            await group_entry.end_candidacies(
                connection, announcement, group, [other_id], joined=False
            )
        return await announcement.done(connection)
