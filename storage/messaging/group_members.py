"""Roles in a group, and who is removed from it or banned."""

from typing import Literal

from storage.database.columns import Columns
from storage.database.paging import Ranked, after, page_by_rank
from storage.database.pool import Database
from storage.database.query import Command, Query
from storage.database.user_columns import user_ref
from storage.errors import NotFound, RoleRequired
from storage.events.types import MemberChanged
from storage.messaging import group_entry, group_roles
from storage.messaging.conversations import EXISTING_USERS
from storage.messaging.group_changes import Announcement, GroupChange
from storage.messaging.group_entry import TOUCH_CONVERSATION
from storage.messaging.group_links import REVOKE_LINKS_OF
from storage.messaging.group_roles import Group, Role, changing
from storage.messaging.groups import LEAVE_GROUP
from storage.records import Page, UserRef

SET_ROLE = Command("""
    UPDATE participants SET role = $3
     WHERE conversation_id = $1 AND user_id = $2 AND left_at IS NULL""")


async def set_role(
    db: Database, user_id: int, conversation_id: int, other_id: int, role: Role
) -> GroupChange:
    """Give somebody in a group a role, as its owner; "owner" hands it over.

    An admin may become a member by themselves.

    Raises:
        NotFound: The user or the other is not in the conversation.
        NotAGroup: It is a direct conversation.
        RoleRequired: The user is not the owner, or would leave it without one.
    """
    async with changing(db, user_id, conversation_id, [other_id]) as (connection, group):
        if other_id not in group.members:
            raise NotFound("participant")
        announcement = Announcement(conversation_id, user_id)
        before = group.role(other_id)
        _require(group, user_id, other_id, role)
        if role != before:
            owner = group.staff[0]
            # Who owns it may do so by seniority: stored, it stays when somebody else gets a role.
            await SET_ROLE.run(connection, conversation_id, owner, "owner")
            changes: dict[int, Role] = {other_id: role}
            if role == "owner":
                changes = {owner: "admin", other_id: "owner"}
            for one, given in changes.items():
                await SET_ROLE.run(connection, conversation_id, one, given)
                changed = MemberChanged(conversation_id, one, user_id, given)
                announcement.member_changed(group.members, changed)
            if role == "member":
                await REVOKE_LINKS_OF.run(connection, conversation_id, other_id)
            await TOUCH_CONVERSATION.run(connection, conversation_id)
            announcement.updated(group.members)
        return await announcement.done(connection)


def _require(group: Group, user_id: int, other_id: int, role: Role) -> None:
    mine = group.role(user_id)
    if user_id == other_id:
        if mine == "owner" and role != "owner":
            raise RoleRequired("A group has an owner: make somebody else its owner instead.")
        if role != mine and (mine, role) != ("admin", "member"):
            raise RoleRequired
    elif mine != "owner":
        raise RoleRequired


BAN = Command("""
    INSERT INTO group_bans (conversation_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING""")
UNBAN = Command("DELETE FROM group_bans WHERE conversation_id = $1 AND user_id = $2")


async def remove(
    db: Database, user_id: int, conversation_id: int, other_id: int, *, ban: bool
) -> GroupChange:
    """Remove somebody from a group; banned, they cannot come back, nor come if they were not in it.

    Raises:
        NotFound: The user is not in the conversation; nor is the other, who is not banned.
        NotAGroup: It is a direct conversation.
        RoleRequired: The other's role is not below the user's.
    """
    async with changing(db, user_id, conversation_id, [other_id]) as (connection, group):
        group.require_above(user_id, other_id)
        is_in = other_id in group.members
        announcement = Announcement(conversation_id, user_id)
        if ban:
            if not await EXISTING_USERS.all(connection, [other_id]):
                raise NotFound("user")
            banned = await BAN.run(connection, conversation_id, other_id)
            await group_entry.end_candidacies(
                connection, announcement, group, [other_id], joined=False
            )
            if banned and not is_in:
                changed = MemberChanged(conversation_id, other_id, user_id, "banned")
                announcement.member_changed(group.staff, changed)
        elif not is_in:
            raise NotFound("participant")
        if is_in:
            change: Literal["banned", "removed"] = "banned" if ban else "removed"
            unread = await LEAVE_GROUP.one(connection, conversation_id, other_id)
            await REVOKE_LINKS_OF.run(connection, conversation_id, other_id)
            await TOUCH_CONVERSATION.run(connection, conversation_id)
            changed = MemberChanged(conversation_id, other_id, user_id, change)
            announcement.member_changed(group.members, changed)
            announcement.updated(group.members, {other_id: unread})
        return await announcement.done(connection)


async def unban(db: Database, user_id: int, conversation_id: int, other_id: int) -> GroupChange:
    """Let somebody who was banned come again, when they are added or join.

    NotFound, NotAGroup, RoleRequired.
    """
    async with changing(db, user_id, conversation_id) as (connection, group):
        group.require(user_id, "admins")
        announcement = Announcement(conversation_id, user_id)
        if await UNBAN.run(connection, conversation_id, other_id):
            changed = MemberChanged(conversation_id, other_id, user_id, "unbanned")
            announcement.member_changed(group.staff, changed)
        return await announcement.done(connection)


BANNED_USER = Columns(Ranked[UserRef], {"rank": "u.id", "item": user_ref("u")})
BANNED_USERS = Query(
    f"""
    SELECT {BANNED_USER} FROM group_bans b JOIN users u ON u.id = b.user_id
     WHERE b.conversation_id = $1 AND u.id < $2 AND u.deleted_at IS NULL
     ORDER BY u.id DESC LIMIT $3""",
    BANNED_USER,
)


async def banned(
    db: Database, user_id: int, conversation_id: int, limit: int, cursor: str | None
) -> Page[UserRef]:
    """Return whom a group has banned. NotFound, NotAGroup; RoleRequired unless of its staff."""
    (await group_roles.get(db, user_id, conversation_id)).require(user_id, "admins")
    rows = await BANNED_USERS.all(db, conversation_id, after(cursor), limit + 1)
    return page_by_rank(rows, limit)
