"""Groups: their title and settings, who is added to them, who leaves."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from storage.database.pool import Database
from storage.database.query import Command, Scalar
from storage.messaging import group_entry, invitations
from storage.messaging.group_changes import Announcement, GroupChange
from storage.messaging.group_entry import TOUCH_CONVERSATION
from storage.messaging.group_roles import Group, WhoMay, changing


@dataclass(frozen=True, slots=True)
class GroupUpdate:
    """What one participant does to a group; what is None stays as it is."""

    title: str | None = None
    add: Sequence[int] = ()
    leave: bool = False
    who_may_add: WhoMay | None = None
    who_may_rename: WhoMay | None = None
    who_may_pin: WhoMay | None = None

    @property
    def rights(self) -> tuple[WhoMay | None, ...]:
        """The settings that only the staff changes."""
        return self.who_may_add, self.who_may_rename, self.who_may_pin


SET_TITLE = Command("""
    UPDATE conversations SET title = $2, updated_at = now()
     WHERE id = $1 AND title IS DISTINCT FROM $2""")
SET_RIGHTS = Command("""
    UPDATE conversations SET who_may_add = coalesce($2, who_may_add),
           who_may_rename = coalesce($3, who_may_rename),
           who_may_pin = coalesce($4, who_may_pin), updated_at = now()
     WHERE id = $1 AND (who_may_add <> $2 OR who_may_rename <> $3 OR who_may_pin <> $4)""")
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
    """Change a group, as far as it lets the participant do so.

    Who is to be added and was in it before is invited instead.

    Raises:
        NotFound: The user is not in the conversation, or one to add is absent.
        NotAGroup: It is a direct conversation.
        RoleRequired: The group lets only its admins do that.
        ConversationFull, Blocked, Banned: As group_entry.check does.
    """
    async with changing(db, user_id, conversation_id, changes.add) as (connection, group):
        _require(group, user_id, changes)
        new = sorted(set(changes.add) - set(group.members))
        await group_entry.check(connection, conversation_id, group, user_id, new)
        announcement = Announcement(conversation_id, user_id)
        asked = await invitations.to_ask(connection, announcement, new)
        joining = [one for one in new if one not in asked]
        changed = await _set(connection, conversation_id, changes)
        unread = {}
        if changes.leave:
            unread[user_id] = await LEAVE_GROUP.one(connection, conversation_id, user_id)
            await TOUCH_CONVERSATION.run(connection, conversation_id)
        if joining:
            await group_entry.enter(connection, announcement, group, joining, unread)
        elif changed or changes.leave:
            announcement.updated(group.members, unread)
        await invitations.invite(connection, announcement, asked)
        return await announcement.done(connection)


def _require(group: Group, user_id: int, changes: GroupUpdate) -> None:
    if changes.title is not None:
        group.require(user_id, group.who_may_rename)
    if changes.add:
        group.require(user_id, group.who_may_add)
    if any(changes.rights):
        group.require(user_id, "admins")


async def _set(connection: asyncpg.Connection, conversation_id: int, changes: GroupUpdate) -> bool:
    """Whether the title or a setting changed."""
    changed = 0
    if changes.title is not None:
        changed += await SET_TITLE.run(connection, conversation_id, changes.title)
    if any(changes.rights):
        changed += await SET_RIGHTS.run(connection, conversation_id, *changes.rights)
    return changed > 0
