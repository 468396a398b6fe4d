"""Web Push: what happens while no page is open, told by the browser. For each session by itself."""

from handlers.context import Actor, Context
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.fields import Nothing
from handlers.schemas.outputs import PushStatus
from handlers.schemas.push import Subscribe
from storage.accounts import push
from storage.accounts.push import PushSubscription
from storage.scopes import NO_TOKEN


@operation("push.get", scope=NO_TOKEN, request_schema=Nothing, response=PushStatus)
async def get(context: Context, actor: Actor) -> PushStatus:
    """Read whether this session receives Web Push, and the server's public key."""
    subscribed = await push.is_subscribed(context.db, actor.session_id)
    return PushStatus(context.push_public_key, subscribed)


@operation(
    "push.subscribe",
    scope=NO_TOKEN,
    request_schema=Subscribe,
    response=PushStatus,
    bucket=Bucket.WRITE,
)
async def subscribe(
    context: Context, actor: Actor, endpoint: str, p256dh: str, auth: str
) -> PushStatus:
    """Have this session receive Web Push, there and nowhere else, until it ends."""
    await push.subscribe(
        context.db, PushSubscription(actor.session_id, actor.user_id, endpoint, p256dh, auth)
    )
    return PushStatus(context.push_public_key, subscribed=True)


@operation("push.unsubscribe", scope=NO_TOKEN, request_schema=Nothing, bucket=Bucket.WRITE)
async def unsubscribe(context: Context, actor: Actor) -> None:
    """Have this session receive no Web Push."""
    await push.unsubscribe(context.db, actor.session_id)
