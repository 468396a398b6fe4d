"""Reactions to messages."""

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.messages import check_conversation
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.reactions import ListReactions, React
from storage.events.types import MessageReactions
from storage.messaging import messages, reactions
from storage.records import Message, Page, Reactor
from storage.scopes import Scope


@operation(
    "message.react",
    scope=Scope.MESSAGES_WRITE,
    request_schema=React,
    response=Message,
    bucket=Bucket.WRITE,
    errors=(
        ErrorCode.BLOCKED,
        ErrorCode.NOT_ACCEPTED,
        ErrorCode.NOT_FOUND,
        ErrorCode.REACTION_LIMIT,
    ),
    is_command=True,
)
async def react(
    context: Context, actor: Actor, id: int, emoji: str, conversation_id: int | None = None
) -> Message:
    """React to a message with an emoji, once with each."""
    await check_conversation(context, actor, id, conversation_id)
    return _tell(context, actor, await reactions.add(context.db, actor.user_id, id, emoji))


@operation(
    "message.unreact",
    scope=Scope.MESSAGES_WRITE,
    request_schema=React,
    response=Message,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def unreact(
    context: Context, actor: Actor, id: int, emoji: str, conversation_id: int | None = None
) -> Message:
    """Take a reaction to a message back."""
    await check_conversation(context, actor, id, conversation_id)
    return _tell(context, actor, await reactions.remove(context.db, actor.user_id, id, emoji))


def _tell(context: Context, actor: Actor, reacted: reactions.Reacted) -> Message:
    """Notify the actor's own sockets at once, and everybody in a moment."""
    message, logged = reacted.message, reacted.logged
    if logged is not None:
        event = MessageReactions(message.conversation_id, message.id, message.reactions)
        context.notifier.appended(event, actor.user_id, [logged])
        context.reaction_news.changed(message.id)
    return message


@operation(
    "reaction.list",
    scope=Scope.MESSAGES_READ,
    request_schema=ListReactions,
    response=[Reactor],
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def reactors(
    context: Context,
    actor: Actor,
    id: int,
    emoji: str | None,
    limit: int,
    cursor: str | None,
    conversation_id: int | None = None,
) -> Page[Reactor]:
    """List who has reacted to a message, with this emoji or any, the newest first."""
    await check_conversation(context, actor, id, conversation_id)
    await messages.get(context.db, actor.user_id, id)
    return await reactions.reactors(context.db, actor.user_id, id, emoji, limit, cursor)
