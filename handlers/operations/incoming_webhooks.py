"""Incoming webhooks: URLs that post as who made them, or write into one conversation."""

import secrets
from dataclasses import fields
from typing import Any

from handlers.context import Actor, Context, Visitor
from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput, OperationError
from handlers.messages import send_message
from handlers.operation import Access, operation, require
from handlers.posts import notify_entered
from handlers.rate_limits import Bucket
from handlers.schemas.fields import ById
from handlers.schemas.incoming_webhooks import CreateIncomingWebhook, Incoming
from handlers.schemas.outputs import NewIncomingWebhook
from handlers.schemas.paging import Paged
from handlers.secret_paths import INCOMING_PATH
from handlers.security.tokens import fingerprint
from handlers.text.entities import hashtags, mentioned_usernames
from handlers.text.limits import POST
from storage.errors import NotFound
from storage.messaging import messages
from storage.posts import posts
from storage.records import Page
from storage.scopes import NO_TOKEN, Scope
from storage.webhooks import incoming
from storage.webhooks.incoming import IncomingWebhook

TOKEN_BYTES = 32


@operation(
    "incoming_webhook.create",
    scope=Scope.WEBHOOKS_WRITE,
    request_schema=CreateIncomingWebhook,
    response=NewIncomingWebhook,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND, ErrorCode.WEBHOOK_LIMIT),
    is_command=True,
)
async def create(
    context: Context, actor: Actor, name: str, conversation_id: int | None
) -> NewIncomingWebhook:
    """Make a URL by which a program posts as me, or writes into a conversation; shown this once."""
    # Who is let in by a token lets nobody do what the token is not for.
    require(Scope.POSTS_WRITE if conversation_id is None else Scope.MESSAGES_WRITE, actor)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    made = await incoming.create(
        context.db, actor.user_id, name, conversation_id, fingerprint(token)
    )
    known: dict[str, Any] = {field.name: getattr(made, field.name) for field in fields(made)}
    return NewIncomingWebhook(**known, url=f"{context.public_url}{INCOMING_PATH}{token}/")


@operation(
    "incoming_webhook.list",
    scope=Scope.WEBHOOKS_WRITE,
    request_schema=Paged,
    response=[IncomingWebhook],
    is_command=True,
)
async def mine(
    context: Context, actor: Actor, limit: int, cursor: str | None
) -> Page[IncomingWebhook]:
    """List the URLs by which programs post or write as me, the newest first."""
    return await incoming.of_user(context.db, actor.user_id, limit, cursor)


@operation(
    "incoming_webhook.revoke",
    scope=Scope.WEBHOOKS_WRITE,
    request_schema=ById,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def revoke(context: Context, actor: Actor, id: int) -> None:
    """Make such a URL of mine good for nothing."""
    await incoming.revoke(context.db, actor.user_id, id)


@operation(
    "incoming_webhook.receive",
    scope=NO_TOKEN,
    request_schema=Incoming,
    response=str,
    access=Access.ANYONE,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.BLOCKED, ErrorCode.NOT_FOUND, ErrorCode.REQUEST_LIMIT),
)
async def receive(context: Context, visitor: Visitor, token: str, text: str) -> str:
    """Post, or write, as the one who made this URL; as JSON or as a form's `payload`."""
    spent = await context.limits.spend_on(Bucket.HOOK, token)
    if spent is not None and spent.retry_after is not None:
        raise OperationError(
            ErrorCode.RATE_LIMITED, "Too much by this URL.", retry_after=spent.retry_after
        )
    used = await incoming.use(context.db, fingerprint(token))
    if used.conversation_id is None:
        await _post(context, used.user_id, text)
    else:
        await _write(context, used.user_id, used.conversation_id, text)
    return "ok"


async def _post(context: Context, user_id: int, text: str) -> None:
    if excess := POST.exceeded_by(text):
        raise InvalidInput({"text": [excess]})
    draft = posts.PostDraft(user_id, text, hashtags(text), mentioned_usernames(text))
    posted = await posts.create(context.db, draft, None)
    if posted is None:
        raise RuntimeError("a post without a key is always stored")
    await notify_entered(context, posted.entry_id)
    context.notifier.notifications_created(posted.notified)


async def _write(context: Context, user_id: int, conversation_id: int, text: str) -> None:
    try:
        await send_message(context, user_id, conversation_id, text)
    except messages.AnswersRequest as error:  # only people accept
        raise NotFound("webhook") from error
