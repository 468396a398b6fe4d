"""Conversations: two users have one direct conversation; groups are any number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import asyncpg

from storage.database.columns import MESSAGE, Columns, field_types, user_ref
from storage.database.paging import MAX_ID, decode, encode
from storage.database.pool import Database
from storage.database.query import Command, Executor, Query, Scalar
from storage.database.visibility import not_blocked
from storage.errors import Blocked, NotFound
from storage.events import log
from storage.events.types import ConversationCreated
from storage.records import Conversation, Page, ReadMark, UserRef

# From participants o.
READ_MARK = Columns(ReadMark, {"user_id": "o.user_id", "up_to": "o.last_read_id"})

# From conversations c and the viewer's participants row v. Nobody leaves a direct conversation,
# unless by deactivating the account: then one sees whom it was with.
CONVERSATION = Columns(
    Conversation,
    {
        "id": "c.id",
        "kind": "c.kind",
        "title": "c.title",
        "participants": user_ref("u").within("""ARRAY(
            SELECT {} FROM participants o JOIN users u ON u.id = o.user_id
             WHERE o.conversation_id = c.id AND (o.left_at IS NULL OR c.kind = 'direct')
             ORDER BY o.joined_at, u.id)"""),
        "last_message": MESSAGE.within(f"""(
            SELECT {{}} FROM messages m JOIN users s ON s.id = m.sender_id
             WHERE m.conversation_id = c.id AND m.id > v.visible_after
               AND {not_blocked("v.user_id", "m.sender_id")}
             ORDER BY m.id DESC LIMIT 1)"""),
        "unread_count": "v.unread_count",
        "created_at": "c.created_at",
        "updated_at": "c.updated_at",
        "read_up_to": READ_MARK.within("""ARRAY(
            SELECT {} FROM participants o
             WHERE o.conversation_id = c.id AND o.last_read_id > o.visible_after
               AND (o.left_at IS NULL OR c.kind = 'direct')
             ORDER BY o.user_id)"""),
    },
)

# Conversations c that $1 is in, by the participants row v.
JOINED_CONVERSATIONS = """conversations c JOIN participants v
    ON v.conversation_id = c.id AND v.user_id = $1 AND v.left_at IS NULL"""

CONVERSATIONS_BY_ID = Query(
    f"SELECT {CONVERSATION} FROM {JOINED_CONVERSATIONS} WHERE c.id = ANY($2::bigint[])",
    CONVERSATION,
)


async def get_many(db: Executor, user_id: int, ids: Sequence[int]) -> list[Conversation]:
    """Return those of these that the user is in, in no order."""
    return await CONVERSATIONS_BY_ID.all(db, user_id, ids)


async def get(db: Executor, user_id: int, conversation_id: int) -> Conversation:
    """Return a conversation as the user sees it. NotFound unless the user is in it."""
    if found := await get_many(db, user_id, [conversation_id]):
        return found[0]
    raise NotFound("conversation")


@dataclass(frozen=True, slots=True)
class _Participant:
    user_id: int
    receives: bool


# What one does in a direct conversation reaches the other as messages do: not while either of the
# two blocks the other. In a group it is kept from who has blocked one.
PARTICIPANTS = Query(
    f"""
    SELECT p.user_id, {not_blocked("p.user_id", "$2")}
           AND (c.kind <> 'direct' OR {not_blocked("$2", "p.user_id")}) AS receives
      FROM participants p JOIN conversations c ON c.id = p.conversation_id
     WHERE p.conversation_id = $1 AND p.left_at IS NULL""",
    _Participant,
)


async def recipients(db: Executor, user_id: int, conversation_id: int) -> list[int]:
    """Return the other participants whom what the user does there may reach (see PARTICIPANTS).

    NotFound unless the user is in the conversation.
    """
    participants = await PARTICIPANTS.all(db, conversation_id, user_id)
    if user_id not in {participant.user_id for participant in participants}:
        raise NotFound("conversation")
    return [
        participant.user_id
        for participant in participants
        if participant.user_id != user_id and participant.receives
    ]


@dataclass(frozen=True, slots=True)
class RankedConversation:
    """A conversation in a walk through the list; top is the highest message id at its start."""

    rank: int
    top: int
    conversation: Conversation


RANKED_CONVERSATION = Columns(
    RankedConversation, {"rank": "r.rank", "top": "r.top", "conversation": CONVERSATION}
)
# The list is by latest activity, which moves while one walks through it. A walk therefore goes by
# the order at its start: $3 is the highest message id of then, and a conversation that has been
# written to since counts by its last message up to $3.
LATEST_CONVERSATIONS = Query(
    f"""
    WITH walk AS (
        SELECT coalesce($3::bigint, (SELECT max(c.rank) FROM {JOINED_CONVERSATIONS}), 0) AS top),
    ranked AS (
        SELECT c.id, top, CASE WHEN c.rank <= top THEN c.rank ELSE coalesce(
                 (SELECT max(m.id) FROM messages m WHERE m.conversation_id = c.id AND m.id <= top),
                 c.created_rank) END AS rank
          FROM {JOINED_CONVERSATIONS} CROSS JOIN walk WHERE c.created_rank <= top)
    SELECT {RANKED_CONVERSATION}
      FROM (SELECT * FROM ranked WHERE ranked.rank < $2 ORDER BY ranked.rank DESC LIMIT $4) r
      JOIN {JOINED_CONVERSATIONS} ON c.id = r.id ORDER BY r.rank DESC""",
    RANKED_CONVERSATION,
)


async def latest(db: Database, user_id: int, limit: int, cursor: str | None) -> Page[Conversation]:
    """Return the user's conversations, latest activity first."""
    below, top = decode(cursor, int, int) if cursor else (MAX_ID, None)
    rows = await LATEST_CONVERSATIONS.all(db, user_id, below, top, limit + 1)
    conversations = [row.conversation for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(conversations, None)
    last = rows[limit - 1]
    return Page(conversations, encode(last.rank, last.top))


@dataclass(frozen=True, slots=True)
class ParticipantView:
    """A participant's own view of a conversation that a write has changed, and its event."""

    conversation: Conversation
    logged: log.AppendedEvent


@dataclass(frozen=True, slots=True)
class OpenedConversation:
    """A conversation and, where it is new, every participant's view of it by user id."""

    conversation_id: int
    views: dict[int, ParticipantView]


EXISTING_USERS = Scalar(
    "SELECT id FROM users WHERE id = ANY($1::bigint[]) AND deleted_at IS NULL", int
)
ANY_BLOCK_BETWEEN = Scalar(
    """
    SELECT EXISTS (SELECT FROM blocks
                    WHERE (blocker_id = $1 AND blocked_id = ANY($2::bigint[]))
                       OR (blocked_id = $1 AND blocker_id = ANY($2::bigint[])))""",
    bool,
)
DIRECT_CONVERSATION = Scalar("SELECT id FROM conversations WHERE direct_key = $1", int)
CREATE_CONVERSATION = Scalar(
    """
    WITH ranked AS (SELECT nextval(pg_get_serial_sequence('messages', 'id')) AS rank)
    INSERT INTO conversations (kind, title, direct_key, creator_id, created_rank, rank)
    SELECT $1, $2, $3, $4, rank, rank FROM ranked
    RETURNING id""",
    int,
)
ADD_FIRST_PARTICIPANTS = Command(
    "INSERT INTO participants (conversation_id, user_id) SELECT $1, unnest($2::bigint[])"
)


async def create(
    db: Database, creator_id: int, other_ids: Sequence[int], title: str | None
) -> OpenedConversation:
    """Open a conversation with these others: direct with one and no title, else a group.

    Two users' direct conversation is made once: asked for again, it is opened without views.
    NotFound for an absent user; Blocked where the creator or one of them has blocked the other.
    """
    kind = "direct" if len(other_ids) == 1 and title is None else "group"
    everyone = sorted({creator_id, *other_ids})
    key = ":".join(map(str, everyone)) if kind == "direct" else None
    async with db.transaction() as connection:
        await log.lock(connection, everyone)
        if len(await EXISTING_USERS.all(connection, everyone)) < len(everyone):
            raise NotFound("user")
        if await ANY_BLOCK_BETWEEN.one(connection, creator_id, list(other_ids)):
            raise Blocked
        if key is not None and (existing := await DIRECT_CONVERSATION.maybe(connection, key)):
            return OpenedConversation(existing, {})
        conversation_id = await CREATE_CONVERSATION.one(connection, kind, title, key, creator_id)
        await ADD_FIRST_PARTICIPANTS.run(connection, conversation_id, everyone)
        drafts = [
            log.EventDraft(user_id, ConversationCreated, creator_id, conversation_id)
            for user_id in everyone
        ]
        views = await log_change(connection, conversation_id, drafts)
        return OpenedConversation(conversation_id, views)


PARTICIPANT_IDS = Scalar(
    "SELECT user_id FROM participants WHERE conversation_id = $1 AND left_at IS NULL", int
)


async def lock_participants(connection: asyncpg.Connection, conversation_id: int) -> list[int]:
    """Lock the counters of all participants; return those still in it then, ascending."""
    asked = await PARTICIPANT_IDS.all(connection, conversation_id)
    locked = await log.lock(connection, asked)
    now = set(await PARTICIPANT_IDS.all(connection, conversation_id))
    return sorted(locked & now)


@dataclass(frozen=True, slots=True)
class _Shared:
    """What is the same in all views of a conversation."""

    participants: list[UserRef]
    read_up_to: list[ReadMark]


SHARED = Columns(_Shared, {name: CONVERSATION.expressions[name] for name in field_types(_Shared)})
SHARED_BY_VIEWS = Query(f"SELECT {SHARED} FROM conversations c WHERE c.id = $1", SHARED)


@dataclass(frozen=True, slots=True)
class _OwnView:
    user_id: int
    conversation: Conversation


# Without what they share: a hundred times a hundred participants otherwise.
OWN_VIEW = Columns(
    _OwnView,
    {
        "user_id": "v.user_id",
        "conversation": CONVERSATION.replace(
            participants=user_ref("u").within("ARRAY(SELECT {} FROM users u WHERE false)"),
            read_up_to=READ_MARK.within("ARRAY(SELECT {} FROM participants o WHERE false)"),
        ),
    },
)
OWN_VIEWS = Query(
    f"""
    SELECT {OWN_VIEW} FROM conversations c JOIN participants v ON v.conversation_id = c.id
     WHERE c.id = $1 AND v.user_id = ANY($2::bigint[])""",
    OWN_VIEW,
)


async def own_views(
    connection: asyncpg.Connection, conversation_id: int, user_ids: Sequence[int]
) -> dict[int, Conversation]:
    """Return a conversation as each of these sees it, also those who have left it."""
    shared = await SHARED_BY_VIEWS.one(connection, conversation_id)
    return {
        view.user_id: replace(
            view.conversation, participants=shared.participants, read_up_to=shared.read_up_to
        )
        for view in await OWN_VIEWS.all(connection, conversation_id, user_ids)
    }


async def log_change(
    connection: asyncpg.Connection, conversation_id: int, drafts: Sequence[log.EventDraft]
) -> dict[int, ParticipantView]:
    """Log a change to participants; return each one's own view of the conversation."""
    logged = await log.append(connection, drafts)
    views = await own_views(connection, conversation_id, [one.user_id for one in logged])
    return {one.user_id: ParticipantView(views[one.user_id], one) for one in logged}
