"""Conversations: two users have one direct conversation; groups are any number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import asyncpg

from storage.database.columns import Apart, Columns
from storage.database.message_columns import MESSAGE, MESSAGE_TO_EACH
from storage.database.paging import MAX_ID, decode, encode
from storage.database.pool import Database
from storage.database.query import Executor, Query, Scalar, any_of, looked_up
from storage.database.user_columns import user_ref
from storage.database.visibility import not_blocked
from storage.errors import NotFound
from storage.events import log
from storage.messaging import receipt_privacy
from storage.records import Conversation, Page, ParticipantRole, ReadMark, UserRef

# From participants o.
READ_MARK = Columns(ReadMark, {"user_id": "o.user_id", "up_to": "o.last_read_id"})

# The order of those who are in group c, by their participants rows o: the owner is the first. Those
# who were in it from the beginning joined at the same moment, and one of them created it.
SENIORITY = """o.role = 'owner' DESC, o.role = 'admin' DESC, o.joined_at,
    (o.user_id = c.creator_id) IS TRUE DESC, o.user_id"""

# The staff s of group c: whoever has a role, and the first of all, who is the owner whatever is
# stored.
STAFF = f"""(
    SELECT user_id, place FROM (
        SELECT o.user_id, o.role, row_number() OVER (ORDER BY {SENIORITY}) AS place
          FROM participants o WHERE o.conversation_id = c.id AND o.left_at IS NULL) ranked
     WHERE place = 1 OR role <> 'member') s"""
PARTICIPANT_ROLE = Columns(
    ParticipantRole,
    {"user_id": "s.user_id", "role": "CASE s.place WHEN 1 THEN 'owner' ELSE 'admin' END"},
)

# What is unread for participant v: of a request, which is in no count, it is counted here.
UNREAD = """CASE WHEN v.is_request THEN (
        SELECT count(*) FROM messages m
         WHERE m.conversation_id = v.conversation_id AND m.sender_id <> v.user_id
           AND m.id > greatest(v.last_read_id, v.visible_after) AND m.deleted_at IS NULL)::integer
       ELSE v.unread_count END"""

# That participant o of conversation c has read some of it, and is there to say so.
HAS_MARK = """o.conversation_id = c.id AND o.last_read_id > o.visible_after
               AND NOT o.is_request AND (o.left_at IS NULL OR c.kind = 'direct')"""

PINNED_COUNT: Apart[Any] = Apart(
    f"""CASE WHEN c.has_pins THEN (
            SELECT count(*) FROM message_pins p JOIN messages m ON m.id = p.message_id
             WHERE p.conversation_id = c.id AND m.id > v.visible_after AND m.deleted_at IS NULL
               AND {not_blocked("v.user_id", "m.sender_id")})::integer ELSE 0 END""",
    "c.has_pins",
    "c.id",
    "conversations c JOIN participants v ON v.conversation_id = c.id AND v.user_id = $1",
    otherwise=0,
)

LAST_MESSAGE = f"""(
            SELECT {{}} FROM messages m JOIN users s ON s.id = m.sender_id
             WHERE m.conversation_id = c.id AND m.id > v.visible_after
               AND {not_blocked("v.user_id", "m.sender_id")}
             ORDER BY m.id DESC LIMIT 1)"""

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
        "last_message": MESSAGE.within(LAST_MESSAGE),
        "unread_count": UNREAD,
        "created_at": "c.created_at",
        "updated_at": "c.updated_at",
        "read_up_to": READ_MARK.within(f"""ARRAY(
            SELECT {{}} FROM participants o
             WHERE {HAS_MARK} AND (o.user_id = v.user_id
                   OR {receipt_privacy.is_told("o.last_read_id", "o.user_id", "v.user_id")})
             ORDER BY o.user_id)"""),
        "roles": PARTICIPANT_ROLE.within(f"""ARRAY(
            SELECT {{}} FROM {STAFF} WHERE c.kind = 'group' ORDER BY s.place)"""),
        "who_may_add": "c.who_may_add",
        "who_may_rename": "c.who_may_rename",
        "is_request": "v.is_request",
        "who_may_pin": "c.who_may_pin",
        "pinned_count": PINNED_COUNT,
    },
)

PINNED_COUNTS = looked_up(PINNED_COUNT, int)

# Conversations c that $1 is in, by the participants row v.
JOINED_CONVERSATIONS = """conversations c JOIN participants v
    ON v.conversation_id = c.id AND v.user_id = $1 AND v.left_at IS NULL"""

CONVERSATIONS_BY_ID = Query(
    f"SELECT {CONVERSATION} FROM {JOINED_CONVERSATIONS} WHERE c.id = {any_of('$2')}",
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
# two blocks the other, nor while it is a request. In a group it is kept from who has blocked one.
def _participants(condition: str) -> Query[_Participant]:
    return Query(
        f"""
    SELECT p.user_id, {not_blocked("p.user_id", "$2")}
           AND (c.kind <> 'direct' OR {not_blocked("$2", "p.user_id")})
           AND NOT bool_or(p.is_request) OVER () {condition} AS receives
      FROM participants p JOIN conversations c ON c.id = p.conversation_id
     WHERE p.conversation_id = $1 AND p.left_at IS NULL""",
        _Participant,
    )


PARTICIPANTS = _participants("")
# Of a mark up to $3.
TOLD_OF_MARK = _participants(
    f"""AND $3::bigint > greatest({receipt_privacy.after("$2")},
                                  {receipt_privacy.after("p.user_id")})"""
)


async def recipients(
    db: Executor, user_id: int, conversation_id: int, mark: int | None = None
) -> list[int]:
    """Return the other participants whom what the user does there may reach (see PARTICIPANTS).

    With a mark: who is told that the user has read up to it. NotFound unless the user is in the
    conversation.
    """
    if mark is None:
        participants = await PARTICIPANTS.all(db, conversation_id, user_id)
    else:
        participants = await TOLD_OF_MARK.all(db, conversation_id, user_id, mark)
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
# written to since counts by its last message up to $3. Each of the user's conversations is looked
# up (OFFSET 0), as there may be far more of others; only those of the page are read whole.
def latest_of(condition: str) -> Query[RankedConversation]:
    """Select a page of those of a user's conversations c, by its row v, for which this is so."""
    return Query(
        f"""
    WITH joined AS MATERIALIZED (
        SELECT c.id, c.rank, c.created_rank FROM participants v CROSS JOIN LATERAL (
               SELECT id, rank, created_rank FROM conversations
                WHERE id = v.conversation_id OFFSET 0) c
         WHERE v.user_id = $1 AND v.left_at IS NULL AND {condition}),
    walk AS MATERIALIZED (
        SELECT coalesce($3::bigint, (SELECT max(rank) FROM joined), 0) AS top),
    ranked AS (
        SELECT c.id, top, CASE WHEN c.rank <= top THEN c.rank ELSE coalesce(
                 (SELECT max(m.id) FROM messages m WHERE m.conversation_id = c.id AND m.id <= top),
                 c.created_rank) END AS rank
          FROM joined c CROSS JOIN walk WHERE c.created_rank <= top)
    SELECT {RANKED_CONVERSATION}
      FROM (SELECT * FROM ranked WHERE ranked.rank < $2 ORDER BY ranked.rank DESC LIMIT $4) r
      JOIN {JOINED_CONVERSATIONS} ON c.id = r.id ORDER BY r.rank DESC""",
        RANKED_CONVERSATION,
    )


LATEST_CONVERSATIONS = latest_of("NOT v.is_request")
LATEST_WITH_REQUESTS = latest_of("true")


async def latest(db: Database, user_id: int, limit: int, cursor: str | None) -> Page[Conversation]:
    """Return the user's conversations but for requests, latest activity first."""
    return await page_of_latest(db, LATEST_CONVERSATIONS, user_id, limit, cursor)


async def latest_with_requests(
    db: Database, user_id: int, limit: int, cursor: str | None
) -> Page[Conversation]:
    """Return all that the user is in, requests too, latest activity first."""
    return await page_of_latest(db, LATEST_WITH_REQUESTS, user_id, limit, cursor)


async def page_of_latest(
    db: Database,
    statement: Query[RankedConversation],
    user_id: int,
    limit: int,
    cursor: str | None,
) -> Page[Conversation]:
    """Return a page of the list that this statement selects (see latest_of)."""
    below, top = decode(cursor, int, int) if cursor else (MAX_ID, None)
    rows = await statement.all(db, user_id, below, top, limit + 1)
    conversations = [row.conversation for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(conversations, None)
    last = rows[limit - 1]
    return Page(conversations, encode(last.rank, last.top))


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
PARTICIPANT_IDS = Scalar(
    "SELECT user_id FROM participants WHERE conversation_id = $1 AND left_at IS NULL", int
)


async def lock_participants(
    connection: asyncpg.Connection, conversation_id: int, told: Scalar[int] = PARTICIPANT_IDS
) -> list[int]:
    """Lock the counters of all participants; return whom of them `told` selects then, ascending."""
    asked = await PARTICIPANT_IDS.all(connection, conversation_id)
    locked = await log.lock(connection, asked)
    now = set(await told.all(connection, conversation_id))
    return sorted(locked & now)


@dataclass(frozen=True, slots=True)
class _KeptMark:
    """A read mark, and what it must be above to be told (receipt_privacy)."""

    user_id: int
    up_to: int
    told_above: int


@dataclass(frozen=True, slots=True)
class _Shared:
    """What is the same in all views of a conversation."""

    participants: list[UserRef]
    marks: list[_KeptMark]
    roles: list[ParticipantRole]


SHARED = Columns(
    _Shared,
    {
        "participants": CONVERSATION.expressions["participants"],
        "marks": Columns(
            _KeptMark, {**READ_MARK.expressions, "told_above": "r.read_receipts_after"}
        ).within(f"""ARRAY(
            SELECT {{}} FROM participants o JOIN users r ON r.id = o.user_id
             WHERE {HAS_MARK} ORDER BY o.user_id)"""),
        "roles": CONVERSATION.expressions["roles"],
    },
)
SHARED_BY_VIEWS = Query(f"SELECT {SHARED} FROM conversations c WHERE c.id = $1", SHARED)


@dataclass(frozen=True, slots=True)
class _OwnView:
    user_id: int
    told_above: int
    conversation: Conversation


# $1 is the conversation. Without what they share: a hundred times a hundred participants otherwise.
OWN_VIEW = Columns(
    _OwnView,
    {
        "user_id": "v.user_id",
        "told_above": receipt_privacy.after("v.user_id"),
        "conversation": CONVERSATION.replace(
            participants=user_ref("u").within("ARRAY(SELECT {} FROM users u WHERE false)"),
            read_up_to=READ_MARK.within("ARRAY(SELECT {} FROM participants o WHERE false)"),
            roles=PARTICIPANT_ROLE.within(
                "ARRAY(SELECT {} FROM (SELECT 0::bigint AS user_id, 0 AS place) s WHERE false)"
            ),
            last_message=MESSAGE_TO_EACH.within(LAST_MESSAGE),
            pinned_count=PINNED_COUNT.value,
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
    to_all = [ReadMark(mark.user_id, mark.up_to) for mark in shared.marks]
    is_told_to_all = not any(mark.told_above for mark in shared.marks)
    return {
        view.user_id: replace(
            view.conversation,
            participants=shared.participants,
            read_up_to=to_all
            if is_told_to_all and not view.told_above
            else _told_to(view, shared.marks),
            roles=shared.roles,
        )
        for view in await OWN_VIEWS.all(connection, conversation_id, user_ids)
    }


def _told_to(view: _OwnView, marks: Sequence[_KeptMark]) -> list[ReadMark]:
    return [
        ReadMark(mark.user_id, mark.up_to)
        for mark in marks
        if mark.user_id == view.user_id or mark.up_to > max(mark.told_above, view.told_above)
    ]
