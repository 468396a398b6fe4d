"""Who is not in a group yet: invited by somebody, or asking to join it by a link."""

from collections.abc import Sequence

from storage.database.columns import Columns
from storage.database.paging import after, page_by_id
from storage.database.pool import Database
from storage.database.query import Executor, Query
from storage.database.user_columns import user_ref
from storage.database.visibility import may_interact, not_blocked
from storage.messaging import group_roles
from storage.messaging.conversations import STAFF
from storage.records import Invitation, JoinRequest, Page

# From group_candidates k, its conversations c, users u who are asked, and users i who ask them.
INVITATION = Columns(
    Invitation,
    {
        "id": "k.id",
        "conversation_id": "k.conversation_id",
        "title": "c.title",
        "participants_count": """(
            SELECT count(*) FROM participants o
             WHERE o.conversation_id = c.id AND o.left_at IS NULL)""",
        "user": user_ref("u"),
        "inviter": user_ref("i"),
        "created_at": "k.created_at",
    },
)
INVITED = """k JOIN conversations c ON c.id = k.conversation_id
    JOIN users u ON u.id = k.user_id JOIN users i ON i.id = k.inviter_id"""

# From group_candidates k without an inviter, and users u.
JOIN_REQUEST = Columns(
    JoinRequest,
    {
        "id": "k.id",
        "conversation_id": "k.conversation_id",
        "user": user_ref("u"),
        "link": "(SELECT name FROM group_links l WHERE l.id = k.link_id)",
        "created_at": "k.created_at",
    },
)
REQUESTING = "group_candidates k JOIN users u ON u.id = k.user_id"
IS_REQUEST = f"k.inviter_id IS NULL AND u.deleted_at IS NULL AND {not_blocked('$1', 'k.user_id')}"

# An invitation that a block came after is as if it were not there.
IS_OPEN = f"k.user_id = $1 AND {may_interact('$1', 'k.inviter_id')}"

INVITATIONS_BY_ID = Query(
    f"""
    SELECT {INVITATION} FROM group_candidates {INVITED}
     WHERE k.id = ANY($2::bigint[]) AND {IS_OPEN}""",
    INVITATION,
)
REQUESTS_BY_ID = Query(
    f"""
    SELECT {JOIN_REQUEST} FROM {REQUESTING} JOIN conversations c ON c.id = k.conversation_id
     WHERE k.id = ANY($2::bigint[]) AND {IS_REQUEST}
       AND $1 IN (SELECT s.user_id FROM {STAFF})""",
    JOIN_REQUEST,
)


async def invitations(db: Executor, user_id: int, ids: Sequence[int]) -> list[Invitation]:
    """Return those of these invitations that wait for the user's answer, in no order."""
    return await INVITATIONS_BY_ID.all(db, user_id, ids)


async def join_requests(db: Executor, user_id: int, ids: Sequence[int]) -> list[JoinRequest]:
    """Return those of these requests that the user may answer, in no order."""
    return await REQUESTS_BY_ID.all(db, user_id, ids)


INVITATIONS_OF_USER = Query(
    f"""
    SELECT {INVITATION} FROM group_candidates {INVITED}
     WHERE k.id < $2 AND {IS_OPEN} ORDER BY k.id DESC LIMIT $3""",
    INVITATION,
)
INVITATIONS_OF_GROUP = Query(
    f"""
    SELECT {INVITATION} FROM group_candidates {INVITED}
     WHERE k.conversation_id = $2 AND k.id < $3 AND u.deleted_at IS NULL
       AND {not_blocked("$1", "k.user_id")} AND {not_blocked("$1", "k.inviter_id")}
     ORDER BY k.id DESC LIMIT $4""",
    INVITATION,
)
REQUESTS_OF_GROUP = Query(
    f"""
    SELECT {JOIN_REQUEST} FROM {REQUESTING}
     WHERE k.conversation_id = $2 AND k.id < $3 AND {IS_REQUEST} ORDER BY k.id DESC LIMIT $4""",
    JOIN_REQUEST,
)


async def invitations_of_user(
    db: Database, user_id: int, limit: int, cursor: str | None
) -> Page[Invitation]:
    """Return the invitations that wait for the user's answer, the newest first."""
    rows = await INVITATIONS_OF_USER.all(db, user_id, after(cursor), limit + 1)
    return page_by_id(rows, limit)


async def invitations_of_group(
    db: Database, user_id: int, conversation_id: int, limit: int, cursor: str | None
) -> Page[Invitation]:
    """Return whom a group that the user is in has invited. NotFound, NotAGroup."""
    await group_roles.get(db, user_id, conversation_id)
    rows = await INVITATIONS_OF_GROUP.all(db, user_id, conversation_id, after(cursor), limit + 1)
    return page_by_id(rows, limit)


async def requests_of_group(
    db: Database, user_id: int, conversation_id: int, limit: int, cursor: str | None
) -> Page[JoinRequest]:
    """Return who asks to join a group. NotFound, NotAGroup; RoleRequired unless of its staff."""
    (await group_roles.get(db, user_id, conversation_id)).require(user_id, "admins")
    rows = await REQUESTS_OF_GROUP.all(db, user_id, conversation_id, after(cursor), limit + 1)
    return page_by_id(rows, limit)
