"""What is selected of messages: with what they answer and the reactions, as viewer $1 has them."""

from typing import TypeVar

from storage.database.columns import Apart, Columns, Nested
from storage.database.user_columns import image_url, pictures, user_ref
from storage.database.visibility import not_blocked
from storage.records import Message, MessageExcerpt, Reaction

R = TypeVar("R")


EXCERPT_MAX = 200  # characters of a message that is quoted

# From messages q and their senders, users w.
MESSAGE_EXCERPT = Columns(
    MessageExcerpt,
    {
        "id": "q.id",
        "sender": user_ref("w"),
        "content": f"left(q.content, {EXCERPT_MAX})",
        "image": image_url("q.image"),
        "deleted": "q.deleted_at IS NOT NULL",
    },
)


def quoted(condition: str) -> Nested[MessageExcerpt]:
    """Return the column with what message m answers, where that, q, fulfils a condition.

    Nothing is looked up for one that answers none, as most do.
    """
    return MESSAGE_EXCERPT.within(f"""CASE WHEN m.reply_to_id IS NOT NULL THEN (
            SELECT {{}} FROM messages q JOIN users w ON w.id = q.sender_id
             WHERE q.id = m.reply_to_id AND q.conversation_id = m.conversation_id
               AND {condition}) END""")


def reactions(mine: str) -> Nested[Reaction]:
    """Return the column with the reactions to message m, the first used first.

    `mine` is an aggregate over the rows r that says whether the viewer has reacted so. Nothing is
    looked up for a message without reactions.
    """
    columns = Columns(Reaction, {"emoji": "r.emoji", "count": "count(*)::integer", "mine": mine})
    return columns.within("""CASE WHEN m.has_reactions AND m.deleted_at IS NULL THEN ARRAY(
            SELECT {} FROM message_reactions r WHERE r.message_id = m.id
             GROUP BY r.emoji ORDER BY min(r.id)) END""")


# Nothing is planned for it.
NO_REACTIONS = reactions("NULL::boolean").columns.within("""CASE WHEN false THEN ARRAY(
            SELECT {} FROM message_reactions r GROUP BY r.emoji) END""")


def _of_message(value: Nested[R], has: str) -> Apart[R]:
    source = """messages m JOIN participants v
           ON v.conversation_id = m.conversation_id AND v.user_id = $1"""
    return Apart(value, has, "m.id", source)


ANSWERED = _of_message(
    quoted(f"q.id > v.visible_after AND {not_blocked('v.user_id', 'q.sender_id')}"),
    "m.reply_to_id IS NOT NULL",
)
REACTED = _of_message(
    reactions("bool_or(r.user_id = v.user_id)"), "m.has_reactions AND m.deleted_at IS NULL"
)

# From messages m, their senders, users s, and the row of participants, v, of viewer $1.
MESSAGE = Columns(
    Message,
    {
        "id": "m.id",
        "conversation_id": "m.conversation_id",
        "sender": user_ref("s"),
        "content": "m.content",
        "image": image_url("m.image"),
        "media": pictures("message_id", "m"),
        "client_id": "m.client_id",
        "created_at": "m.created_at",
        "edited_at": "m.edited_at",
        "deleted": "m.deleted_at IS NOT NULL",
        "reply_to": ANSWERED,
        "reactions": REACTED,
    },
)
# The same for viewers who are others in each row.
MESSAGE_TO_EACH = MESSAGE.replace(reply_to=ANSWERED.value, reactions=REACTED.value)
