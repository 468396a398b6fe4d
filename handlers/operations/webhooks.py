"""Webhooks: an account's own events, sent to a URL of its choice (docs/webhooks.md)."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput
from handlers.operation import operation, require
from handlers.rate_limits import Bucket
from handlers.schemas.fields import ById
from handlers.schemas.outputs import NewWebhook
from handlers.schemas.paging import Paged
from handlers.schemas.webhooks import CreateWebhook, ListDeliveries, OneDelivery, UpdateWebhook
from handlers.security import webhook_signatures
from storage.events.types import scope_of
from storage.records import Page
from storage.scopes import Scope
from storage.webhooks import deliveries, webhooks
from storage.webhooks.deliveries import WebhookDelivery
from storage.webhooks.webhooks import Webhook


@operation(
    "webhook.create",
    scope=Scope.WEBHOOKS_WRITE,
    request_schema=CreateWebhook,
    response=NewWebhook,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.WEBHOOK_LIMIT,),
    is_command=True,
)
async def create(
    context: Context, actor: Actor, url: str, events: list[str], name: str
) -> NewWebhook:
    """Have events of mine sent to a URL from now on; the secret is shown this once."""
    _check(context, url)
    _require(actor, events)
    secret = webhook_signatures.new_secret()
    wanted = webhooks.NewWebhook(name, url, events, secret)
    return _with_secret(await webhooks.create(context.db, actor.user_id, wanted), secret)


def _check(context: Context, url: str) -> None:
    """Refuse an address without TLS, where the operator does not allow any."""
    if not context.http_webhooks and not url.lower().startswith("https:"):
        raise InvalidInput({"url": ["Not an https URL that events can be sent to."]})


def _require(actor: Actor, events: Iterable[str]) -> None:
    """Refuse a token that is not for these events: by a webhook it would have them."""
    scopes = {scope_of(name) for name in events}
    if Scope.NOTIFICATIONS_READ in scopes:  # some of which quote messages
        scopes.add(Scope.MESSAGES_READ)
    for scope in scopes - {None}:
        require(scope, actor)


def _with_secret(webhook: Webhook, secret: bytes) -> NewWebhook:
    known: dict[str, Any] = {field.name: getattr(webhook, field.name) for field in fields(webhook)}
    return NewWebhook(**known, secret=webhook_signatures.spell(secret))


@operation(
    "webhook.list",
    scope=Scope.WEBHOOKS_WRITE,
    request_schema=Paged,
    response=[Webhook],
    is_command=True,
)
async def mine(context: Context, actor: Actor, limit: int, cursor: str | None) -> Page[Webhook]:
    """List my webhooks, the newest first."""
    return await webhooks.of_user(context.db, actor.user_id, limit, cursor)


@operation(
    "webhook.get",
    scope=Scope.WEBHOOKS_WRITE,
    request_schema=ById,
    response=Webhook,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def get(context: Context, actor: Actor, id: int) -> Webhook:
    """Get a webhook of mine."""
    return await webhooks.get(context.db, actor.user_id, id)


@operation(
    "webhook.update",
    scope=Scope.WEBHOOKS_WRITE,
    request_schema=UpdateWebhook,
    response=Webhook,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def update(
    context: Context,
    actor: Actor,
    id: int,
    url: str | None = None,
    events: list[str] | None = None,
    name: str | None = None,
    enabled: bool | None = None,
) -> Webhook:
    """Change a webhook of mine, turn it off or on; what is left out stays as it is."""
    if url is not None:
        _check(context, url)
    if actor.grant is not None:
        before = await webhooks.get(context.db, actor.user_id, id)
        _require(actor, before.events if events is None else events)
    return await webhooks.update(
        context.db, actor.user_id, id, name=name, url=url, events=events, enabled=enabled
    )


@operation(
    "webhook.rotate_secret",
    scope=Scope.WEBHOOKS_WRITE,
    request_schema=ById,
    response=NewWebhook,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def rotate_secret(context: Context, actor: Actor, id: int) -> NewWebhook:
    """Get another secret, shown this once; for 24 hours the one before signs, too."""
    secret = webhook_signatures.new_secret()
    return _with_secret(await webhooks.rotate_secret(context.db, actor.user_id, id, secret), secret)


@operation(
    "webhook.delete",
    scope=Scope.WEBHOOKS_WRITE,
    request_schema=ById,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def delete(context: Context, actor: Actor, id: int) -> None:
    """Forget a webhook of mine; what waits is not sent."""
    await webhooks.delete(context.db, actor.user_id, id)


@operation(
    "webhook.test",
    scope=Scope.WEBHOOKS_WRITE,
    request_schema=ById,
    response=WebhookDelivery,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def test(context: Context, actor: Actor, id: int) -> WebhookDelivery:
    """Send a `webhook.test` to a webhook of mine; what comes of it is among its deliveries."""
    return await deliveries.test(context.db, actor.user_id, id)


@operation(
    "webhook.deliveries",
    scope=Scope.WEBHOOKS_WRITE,
    request_schema=ListDeliveries,
    response=[WebhookDelivery],
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def of_webhook(
    context: Context, actor: Actor, id: int, limit: int, cursor: str | None
) -> Page[WebhookDelivery]:
    """List what waits for a webhook of mine, and what came of the last 100, the newest first."""
    return await deliveries.of_webhook(context.db, actor.user_id, id, limit, cursor)


@operation(
    "webhook.redeliver",
    scope=Scope.WEBHOOKS_WRITE,
    request_schema=OneDelivery,
    response=WebhookDelivery,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND, ErrorCode.WEBHOOK_DISABLED),
    is_command=True,
)
async def redeliver(context: Context, actor: Actor, id: int, delivery_id: int) -> WebhookDelivery:
    """Send something again, under the same `webhook-id`, as it is to be seen now."""
    return await deliveries.redeliver(context.db, actor.user_id, id, delivery_id)
