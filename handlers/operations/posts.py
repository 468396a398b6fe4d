"""Posts, and what users do with one: write, edit, delete, like, retweet."""

from dataclasses import replace
from typing import Any

from handlers.context import Actor, Context, Visitor
from handlers.error_codes import ErrorCode
from handlers.idempotency import idempotency_key
from handlers.media.purposes import POST
from handlers.media.upload import Upload
from handlers.operation import Access, Answer, operation
from handlers.rate_limits import Bucket
from handlers.schemas.fields import ById
from handlers.schemas.posts import CreatePost, UpdatePost
from handlers.text.entities import hashtags, mentioned_usernames
from storage import idempotency
from storage.events.types import PostDeleted, PostUpdated
from storage.posts import deletion, feed_entries, posts, reactions
from storage.records import Post


@operation(
    "post.create",
    request_schema=CreatePost,
    response=Post,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.BLOCKED, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def create(
    context: Context,
    actor: Actor,
    content: str,
    reply_to: int | None,
    image: Upload | None,
    client_id: str | None,
) -> Post | Answer:
    """Post, or reply to a post. A retry with the same client_id answers the first result."""
    body: dict[str, Any] = {"content": content, "reply_to": reply_to}
    if image is not None:
        body["image"] = image.sha256
    key = idempotency_key(actor.user_id, "post", client_id, body)
    # Looked for before the work of an image is done once more; claimed when the post is stored.
    if image is not None and (first := await _first(context, actor, key)):
        return first
    async with context.media.kept(actor.user_id, image, POST) as image_key:
        draft = replace(_draft(actor, content, reply_to), image=image_key)
        posted = await posts.create(context.db, draft, key)
    if posted is None:
        await context.media.discard(image_key)
        if (first := await _first(context, actor, key)) is None:
            raise RuntimeError("a key that was used is not there")
        return first
    await _notify_entered(context, posted.entry_id)
    context.notifier.notifications_created(posted.notified)
    if reply_to is not None:
        context.notifier.counts_changed(reply_to)
    return await posts.get(context.db, actor.user_id, posted.post_id)


async def _first(context: Context, actor: Actor, key: idempotency.Key | None) -> Answer | None:
    """Return what the key led to when it was used before."""
    post_id = None if key is None else await idempotency.result(context.db, key)
    if post_id is None:
        return None
    return Answer(await posts.get(context.db, actor.user_id, post_id), 200)


def _draft(actor: Actor, content: str, reply_to: int | None = None) -> posts.PostDraft:
    return posts.PostDraft(
        actor.user_id, content, hashtags(content), mentioned_usernames(content), reply_to
    )


async def _notify_entered(context: Context, entry_id: int) -> None:
    """Notify followers of a new feed entry, unless it is gone already."""
    if entry := await feed_entries.get(context.db, entry_id):
        context.notifier.entered(entry)


@operation(
    "post.get",
    request_schema=ById,
    response=Post,
    access=Access.VISITOR,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def get(context: Context, visitor: Visitor, id: int) -> Post:
    """Get a post."""
    return await posts.get(context.db, visitor.viewer_id, id)


@operation(
    "post.update",
    request_schema=UpdatePost,
    response=Post,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_AUTHOR, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def update(context: Context, actor: Actor, id: int, content: str) -> Post:
    """Replace the content of my post."""
    edited = await posts.edit(context.db, id, _draft(actor, content))
    if edited is not None:
        if post := await posts.get_live(context.db, id):
            actors = await posts.actors(context.db, id)
            context.notifier.post_changed(PostUpdated(post), id, actor.user_id, actors)
        context.notifier.notifications_withdrawn(edited.withdrawn)
        context.notifier.notifications_created(edited.notified)
    return await posts.get(context.db, actor.user_id, id)


@operation(
    "post.delete",
    request_schema=ById,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_AUTHOR, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def delete(context: Context, actor: Actor, id: int) -> None:
    """Delete my post (an admin: any); its replies stay."""
    gone = await deletion.delete(context.db, actor.user_id, id, any_author=actor.is_admin)
    context.notifier.post_changed(PostDeleted(id), id, gone.author_id, gone.actor_ids)
    context.notifier.notifications_withdrawn(gone.withdrawn)
    await context.media.discard(gone.image)
    if gone.reply_to is not None:
        context.notifier.counts_changed(gone.reply_to)


@operation(
    "post.like",
    request_schema=ById,
    response=Post,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.BLOCKED, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def like(context: Context, actor: Actor, id: int) -> Post:
    """Like a post; liked twice counts once."""
    if notified := await reactions.like(context.db, actor.user_id, id):
        context.notifier.notifications_created([notified])
    context.notifier.counts_changed(id)
    return await posts.get(context.db, actor.user_id, id)


@operation(
    "post.unlike",
    request_schema=ById,
    response=Post,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def unlike(context: Context, actor: Actor, id: int) -> Post:
    """Take a like back."""
    withdrawn = await reactions.unlike(context.db, actor.user_id, id)
    context.notifier.notifications_withdrawn(withdrawn)
    context.notifier.counts_changed(id)
    return await posts.get(context.db, actor.user_id, id)


@operation(
    "post.retweet",
    request_schema=ById,
    response=Post,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.BLOCKED, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def retweet(context: Context, actor: Actor, id: int) -> Post:
    """Retweet a post: it comes into the feeds of my followers."""
    if done := await reactions.retweet(context.db, actor.user_id, id):
        await _notify_entered(context, done.entry_id)
        if done.notified is not None:
            context.notifier.notifications_created([done.notified])
    context.notifier.counts_changed(id)
    return await posts.get(context.db, actor.user_id, id)


@operation(
    "post.unretweet",
    request_schema=ById,
    response=Post,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def unretweet(context: Context, actor: Actor, id: int) -> Post:
    """Take a retweet back."""
    withdrawn = await reactions.unretweet(context.db, actor.user_id, id)
    context.notifier.notifications_withdrawn(withdrawn)
    context.notifier.counts_changed(id)
    return await posts.get(context.db, actor.user_id, id)
