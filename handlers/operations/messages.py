from handlers.context import Actor, Context
from handlers.errors import Unprocessable
from handlers.idempotent import key
from handlers.operation import Answer, operation
from handlers.schemas.common import Nothing, Paged
from handlers.schemas.messages import (
    CreateConversation,
    InConversation,
    ListMessages,
    ReadConversation,
    SendMessage,
)
from handlers.schemas.outputs import UnreadCount
from realtime.events import (
    ConversationCreated,
    ConversationRead,
    ConversationReadByMe,
    MessageCreated,
)
from realtime.limits import Bucket
from storage import conversations, messages, notifications
from storage.records import Conversation, Message, Page


@operation(
    "conversation.create",
    takes=CreateConversation,
    gives=Conversation,
    bucket=Bucket.WRITE,
    statuses=(403, 404),
)
async def create(
    context: Context, actor: Actor, participants: list[int], title: str | None
) -> Conversation | Answer:
    """Open a conversation; the one with the same single user is made once."""
    others = [user_id for user_id in dict.fromkeys(participants) if user_id != actor.user_id]
    if not others:
        raise Unprocessable("A conversation takes somebody else.")
    opened = await conversations.create(context.db, actor.user_id, others, title)
    for user_id, seat in opened.seats.items():
        context.publisher.to_user(
            ConversationCreated(seat.conversation),
            actor.user_id,
            user_id,
            seat.logged.seq,
            seat.logged.at,
        )
    conversation = await conversations.get(context.db, actor.user_id, opened.conversation_id)
    return conversation if opened.seats else Answer(conversation, 200)


@operation("conversation.list", takes=Paged, gives=[Conversation])
async def latest(
    context: Context, actor: Actor, limit: int, cursor: str | None
) -> Page[Conversation]:
    """My conversations, latest activity first."""
    return await conversations.latest(context.db, actor.user_id, limit, cursor)


@operation("conversation.get", takes=InConversation, gives=Conversation, statuses=(404,))
async def get(context: Context, actor: Actor, conversation_id: int) -> Conversation:
    """A conversation that I am in."""
    return await conversations.get(context.db, actor.user_id, conversation_id)


@operation("message.list", takes=ListMessages, gives=[Message], statuses=(404,))
async def newest(
    context: Context, actor: Actor, conversation_id: int, limit: int, cursor: str | None
) -> Page[Message]:
    """The messages of a conversation, the newest first."""
    return await messages.newest(context.db, actor.user_id, conversation_id, limit, cursor)


@operation(
    "message.send", takes=SendMessage, gives=Message, bucket=Bucket.MESSAGE, statuses=(403, 404)
)
async def send(
    context: Context, actor: Actor, conversation_id: int, content: str, client_id: str | None
) -> Message | Answer:
    """Send a message. A retry with the same client_id answers the first result."""
    body = {"conversation_id": conversation_id, "content": content}
    sent = await messages.send(
        context.db,
        actor.user_id,
        conversation_id,
        content,
        client_id,
        key(actor.user_id, "message", client_id, body),
    )
    if not sent.deliveries:
        return Answer(sent.message, 200)
    context.publisher.to_users(
        MessageCreated(sent.message),
        actor.user_id,
        [(delivery.user_id, delivery.seq) for delivery in sent.deliveries],
        sent.message.created_at,
    )
    return sent.message


@operation(
    "conversation.read",
    takes=ReadConversation,
    gives=UnreadCount,
    bucket=Bucket.MESSAGE,
    statuses=(404,),
)
async def read(context: Context, actor: Actor, conversation_id: int, up_to: int) -> UnreadCount:
    """Mark a conversation as read up to a message; answers how many are left in it."""
    done = await messages.mark_read(context.db, actor.user_id, conversation_id, up_to)
    others = ConversationRead(conversation_id, actor.user_id, up_to)
    mine = ConversationReadByMe(conversation_id, actor.user_id, up_to, done.unread_count)
    for logged in done.logged:
        event = mine if logged.user_id == actor.user_id else others
        context.publisher.to_user(event, actor.user_id, logged.user_id, logged.seq, logged.at)
    return UnreadCount(done.unread_count)


@operation("message.unread_count", takes=Nothing, gives=UnreadCount)
async def unread_count(context: Context, actor: Actor) -> UnreadCount:
    """How many messages are unread over all my conversations."""
    unread = await notifications.unread(context.db, actor.user_id)
    return UnreadCount(unread.messages)
