"""Links into a group: whoever has the token of one may join, or ask its admins to."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from storage.database.columns import Columns
from storage.database.paging import after, page_by_id
from storage.database.pool import Database
from storage.database.query import Command, Query, Scalar
from storage.database.user_columns import user_ref
from storage.database.visibility import may_interact
from storage.errors import Banned, ConversationFull, NotFound, TooManyLinks
from storage.events.types import JoinRequestCreated
from storage.messaging import candidates, group_entry, group_roles
from storage.messaging.group_changes import Announcement, Told
from storage.messaging.group_entry import ANY_BANNED
from storage.messaging.group_roles import Group, changing, entering
from storage.records import GroupLink, GroupPreview, Joining, Page

LINKS_MAX = 50  # that a group has at once
REQUESTS_MAX = 500  # that wait at once
TOKEN_BYTES = 16

# From group_links l and their creators, users u.
GROUP_LINK = Columns(
    GroupLink,
    {
        "id": "l.id",
        "conversation_id": "l.conversation_id",
        "token": "l.token",
        "name": "l.name",
        "creator": user_ref("u"),
        "needs_approval": "l.needs_approval",
        "max_uses": "l.max_uses",
        "uses": "l.uses",
        "expires_at": "l.expires_at",
        "created_at": "l.created_at",
    },
)
IS_SPENT = "(l.expires_at <= now() OR l.uses >= l.max_uses) IS TRUE"

# Those that are good no longer make room.
FORGET_SPENT_LINKS = Command(f"""
    DELETE FROM group_links l WHERE l.conversation_id = $1 AND {IS_SPENT}""")
COUNT_LINKS = Scalar("SELECT count(*) FROM group_links WHERE conversation_id = $1", int)
CREATE_LINK = Query(
    f"""
    WITH l AS (
        INSERT INTO group_links (conversation_id, creator_id, token, name, needs_approval,
                                 max_uses, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, now() + $7::interval) RETURNING *)
    SELECT {GROUP_LINK} FROM l JOIN users u ON u.id = l.creator_id""",
    GROUP_LINK,
)
REVOKE_LINK = Command("DELETE FROM group_links WHERE conversation_id = $1 AND id = $2")
REVOKE_LINKS_OF = Command("""
    DELETE FROM group_links WHERE conversation_id = $1 AND creator_id = $2""")


@dataclass(frozen=True, slots=True)
class NewLink:
    """What a link is to be; None: forever, and for any number."""

    name: str
    needs_approval: bool
    max_uses: int | None
    lifetime: timedelta | None


async def create(db: Database, user_id: int, conversation_id: int, link: NewLink) -> GroupLink:
    """Make a link. NotFound, NotAGroup; RoleRequired unless of the staff; TooManyLinks."""
    async with changing(db, user_id, conversation_id) as (connection, group):
        group.require(user_id, "admins")
        if await COUNT_LINKS.one(connection, conversation_id) >= LINKS_MAX:
            await FORGET_SPENT_LINKS.run(connection, conversation_id)
            if await COUNT_LINKS.one(connection, conversation_id) >= LINKS_MAX:
                raise TooManyLinks(LINKS_MAX)
        return await CREATE_LINK.one(
            connection,
            conversation_id,
            user_id,
            secrets.token_urlsafe(TOKEN_BYTES),
            link.name,
            link.needs_approval,
            link.max_uses,
            link.lifetime,
        )


LINKS_OF_GROUP = Query(
    f"""
    SELECT {GROUP_LINK} FROM group_links l JOIN users u ON u.id = l.creator_id
     WHERE l.conversation_id = $1 AND l.id < $2 ORDER BY l.id DESC LIMIT $3""",
    GROUP_LINK,
)


async def of_group(
    db: Database, user_id: int, conversation_id: int, limit: int, cursor: str | None
) -> Page[GroupLink]:
    """Return a group's links. NotFound, NotAGroup; RoleRequired unless of its staff."""
    (await group_roles.get(db, user_id, conversation_id)).require(user_id, "admins")
    rows = await LINKS_OF_GROUP.all(db, conversation_id, after(cursor), limit + 1)
    return page_by_id(rows, limit)


async def revoke(db: Database, user_id: int, conversation_id: int, link_id: int) -> None:
    """Make a link good for nothing. NotFound, NotAGroup; RoleRequired unless of the staff."""
    async with changing(db, user_id, conversation_id) as (connection, group):
        group.require(user_id, "admins")
        if not await REVOKE_LINK.run(connection, conversation_id, link_id):
            raise NotFound("link")


@dataclass(frozen=True, slots=True)
class _Link:
    id: int
    conversation_id: int
    creator_id: int
    needs_approval: bool


# As user $1 may use it: for the two of a block, one of whom has created it, it is none.
GOOD_LINK = Query(
    f"""
    SELECT l.id, l.conversation_id, l.creator_id, l.needs_approval FROM group_links l
     WHERE l.token = $2 AND NOT {IS_SPENT} AND {may_interact("$1", "l.creator_id")}""",
    _Link,
)
TITLE = Scalar("SELECT title FROM conversations WHERE id = $1", str)


async def preview(db: Database, viewer_id: int | None, token: str) -> GroupPreview:
    """Return what a link leads to. NotFound where it is not good, for this viewer; Banned."""
    link = await GOOD_LINK.maybe(db, viewer_id, token)
    if link is None:
        raise NotFound("link")
    group = await group_roles.GROUP.one(db, link.conversation_id)
    if not group.members:
        raise NotFound("link")
    if await ANY_BANNED.one(db, link.conversation_id, [viewer_id]):
        raise Banned
    title = await TITLE.maybe(db, link.conversation_id)
    joined = viewer_id in group.members
    return GroupPreview(title, len(group.members), link.needs_approval, joined)


COUNT_REQUESTS = Scalar(
    "SELECT count(*) FROM group_candidates WHERE conversation_id = $1 AND inviter_id IS NULL", int
)
IS_INVITED = Scalar(
    """
    SELECT EXISTS (SELECT FROM group_candidates
                    WHERE conversation_id = $1 AND user_id = $2 AND inviter_id IS NOT NULL)""",
    bool,
)
ASK_TO_JOIN = Scalar(
    """
    INSERT INTO group_candidates (conversation_id, user_id, link_id) VALUES ($1, $2, $3)
    ON CONFLICT (conversation_id, user_id) DO NOTHING RETURNING id""",
    int,
)
COUNT_USE = Command("UPDATE group_links SET uses = uses + 1 WHERE id = $1")


async def join(db: Database, user_id: int, token: str) -> tuple[Joining, list[Told]]:
    """Join a group by a link, or ask to; who is in it or has asked already, is and has.

    Raises:
        NotFound: The link is not good, for this user.
        Banned: The group has banned the user.
        ConversationFull: There is no room in the group, or too many ask.
    """
    known = await GOOD_LINK.maybe(db, user_id, token)
    if known is None:
        raise NotFound("link")
    conversation_id = known.conversation_id
    async with entering(db, user_id, conversation_id, "link") as (connection, group):
        announcement = Announcement(conversation_id, user_id)
        if user_id not in group.members:
            link = await GOOD_LINK.maybe(connection, user_id, token)
            if link is None or not group.members:
                raise NotFound("link")
            await group_entry.check(connection, conversation_id, group, link.creator_id, [user_id])
            is_invited = await IS_INVITED.one(connection, conversation_id, user_id)
            if link.needs_approval and not is_invited:
                await _ask(connection, announcement, group, link)
                return Joining("requested", None), await announcement.append(connection)
            await COUNT_USE.run(connection, link.id)
            await group_entry.enter(connection, announcement, group, [user_id])
        changed = await announcement.done(connection)
        return Joining("joined", changed.conversation), changed.told


async def _ask(
    connection: asyncpg.Connection, announcement: Announcement, group: Group, link: _Link
) -> None:
    """Ask the staff, once."""
    conversation_id, user_id = announcement.conversation_id, announcement.actor_id
    if await COUNT_REQUESTS.one(connection, conversation_id) >= REQUESTS_MAX:
        raise ConversationFull(REQUESTS_MAX)
    made = await ASK_TO_JOIN.all(connection, conversation_id, user_id, link.id)
    for admin in group.staff:
        for request in await candidates.join_requests(connection, admin, made):
            announcement.about(admin, request.id, JoinRequestCreated(request))
