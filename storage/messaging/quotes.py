"""What messages answer, and who may see that.

An answer goes to all participants, also to who may not see what it answers: it is by somebody whom
they have blocked, or from before they came. To them it answers nothing.
"""

from collections.abc import Iterable

from storage.database.message_columns import MESSAGE, quoted, reactions
from storage.database.query import Executor, Query, Scalar
from storage.database.visibility import not_blocked
from storage.records import Message

# Message q that user $1 may answer in conversation $2.
MAY_BE_ANSWERED = f"""messages q JOIN participants v
            ON v.conversation_id = q.conversation_id AND v.user_id = $1
         WHERE q.conversation_id = $2 AND q.deleted_at IS NULL AND v.left_at IS NULL
           AND q.id > v.visible_after AND {not_blocked("$1", "q.sender_id")}"""

# That participant v may not see message q.
KEPT = f"(v.visible_after >= q.id OR NOT {not_blocked('v.user_id', 'q.sender_id')})"

# Within the statement that sends an answer: of those in whose logs it is numbered.
KEPT_OF_NUMBERED = f"""ARRAY(
            SELECT v.user_id FROM answered q
              JOIN participants v ON v.conversation_id = q.conversation_id
             WHERE v.user_id = ANY(ARRAY(SELECT user_id FROM numbered)) AND {KEPT})"""


def answered(message_id: str) -> str:
    """Return the part of a statement that finds what is answered; message_id is its parameter."""
    return f"""answered AS MATERIALIZED (
        SELECT q.* FROM {MAY_BE_ANSWERED} AND q.id = {message_id}::bigint),
    """


MAY_ANSWER = Scalar(f"SELECT EXISTS (SELECT FROM {MAY_BE_ANSWERED} AND q.id = $3)", bool)


async def may_answer(db: Executor, user_id: int, conversation_id: int, message_id: int) -> bool:
    """Tell whether the user may answer this message in this conversation."""
    return await MAY_ANSWER.one(db, user_id, conversation_id, message_id)


# As all see it who may see what it answers, so that of the reactions nobody's are told.
FOR_ALL = MESSAGE.replace(reply_to=quoted("true"), reactions=reactions("NULL::boolean"))
MESSAGE_FOR_ALL = Query(
    f"SELECT {FOR_ALL} FROM messages m JOIN users s ON s.id = m.sender_id WHERE m.id = $1", FOR_ALL
)
KEPT_FROM = Scalar(
    f"""
    SELECT v.user_id FROM messages m JOIN messages q ON q.id = m.reply_to_id
      JOIN participants v ON v.conversation_id = m.conversation_id
     WHERE m.id = $1 AND v.user_id = ANY($2::bigint[]) AND {KEPT}""",
    int,
)


async def for_all(
    db: Executor, message_id: int, user_ids: Iterable[int]
) -> tuple[Message, set[int]]:
    """Return a message for all who may see what it answers, if any, and who of these may not."""
    message = await MESSAGE_FOR_ALL.one(db, message_id)
    if message.reply_to is None:
        return message, set()
    return message, set(await KEPT_FROM.all(db, message_id, list(user_ids)))
