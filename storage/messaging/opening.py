"""Opening conversations: direct with one other user, a group with any number."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.database.pool import Database
from storage.database.query import Command, Scalar
from storage.errors import Blocked, NotFound
from storage.events import log
from storage.messaging import invitations, requests
from storage.messaging.conversations import ANY_BLOCK_BETWEEN, EXISTING_USERS
from storage.messaging.group_changes import Announcement, Told


@dataclass(frozen=True, slots=True)
class OpenedConversation:
    """A conversation, whether it was opened just now, and what was told of it."""

    conversation_id: int
    told: list[Told]
    is_new: bool = True


DIRECT_CONVERSATION = Scalar("SELECT id FROM conversations WHERE direct_key = $1", int)
CREATE_CONVERSATION = Scalar(
    """
    WITH ranked AS (SELECT nextval(pg_get_serial_sequence('messages', 'id')) AS rank)
    INSERT INTO conversations (kind, title, direct_key, creator_id, created_rank, rank)
    SELECT $1, $2, $3, $4, rank, rank FROM ranked
    RETURNING id""",
    int,
)
ADD_FIRST_PARTICIPANTS = Command("""
    INSERT INTO participants (conversation_id, user_id, is_request)
    SELECT $1, first, first = ANY($3::bigint[]) FROM unnest($2::bigint[]) first""")


async def create(
    db: Database, creator_id: int, other_ids: Sequence[int], title: str | None
) -> OpenedConversation:
    """Open a conversation with these others: direct with one and no title, else a group.

    Two users' direct conversation is made once: asked for again, it is opened and nobody told,
    but that a request of the other's is accepted. It may be a request to the other, who is told
    when there is a message. Into a group those are invited who do not let the creator add them.

    Raises:
        NotFound: One of them is absent.
        Blocked: The creator or one of them has blocked the other.
        NotAccepted, TooManyRequests: As requests.is_to_be_one does.
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
            told = await requests.accept_locked(connection, creator_id, existing)
            return OpenedConversation(existing, told, is_new=False)
        asking = []
        if kind == "direct" and await requests.is_to_be_one(connection, creator_id, *other_ids):
            asking = list(other_ids)
        conversation_id = await CREATE_CONVERSATION.one(connection, kind, title, key, creator_id)
        announcement = Announcement(conversation_id, creator_id)
        others = [] if kind == "direct" else list(other_ids)
        asked = await invitations.to_ask(connection, announcement, others)
        first = [user_id for user_id in everyone if user_id not in asked]
        await ADD_FIRST_PARTICIPANTS.run(connection, conversation_id, first, asking)
        announcement.created(one for one in first if one not in asking)
        await invitations.invite(connection, announcement, asked)
        return OpenedConversation(conversation_id, await announcement.append(connection))
