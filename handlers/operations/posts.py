"""Posts, and what users do with one: write, edit, delete, like, retweet."""

from dataclasses import replace
from typing import Any

from handlers.context import Actor, Context, Visitor
from handlers.error_codes import ErrorCode
from handlers.idempotency import idempotency_key
from handlers.media.upload import Upload
from handlers.operation import Access, Answer, operation
from handlers.post_versions import versions
from handlers.posts import notify_entered
from handlers.rate_limits import Bucket
from handlers.schemas.fields import ById
from handlers.schemas.posts import CreatePost, UpdatePost
from handlers.text.entities import hashtags, mentioned_usernames
from handlers.text.limits import words
from storage import idempotency, moderation
from storage.events.types import PostDeleted, PostUpdated
from storage.posts import deletion, posts, reactions
from storage.posts.polls import PollDraft
from storage.records import Post
from storage.scopes import Scope


@operation(
    "post.create",
    scope=Scope.POSTS_WRITE,
    request_schema=CreatePost,
    response=Post,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.BLOCKED, ErrorCode.NOT_FOUND, ErrorCode.NOT_QUOTABLE),
    is_command=True,
)
async def create(
    context: Context,
    actor: Actor,
    content: str,
    reply_to: int | None,
    quote_id: int | None,
    image: Upload | None,
    media_ids: list[int] | None,
    sensitive: bool | None,
    poll: PollDraft | None,
    client_id: str | None,
) -> Post | Answer:
    """Post, reply to a post or quote one. A retry with the same client_id answers the first."""
    body: dict[str, Any] = {"content": content, "reply_to": reply_to}
    if image is not None:
        body["image"] = image.sha256
    body |= {"media_ids": media_ids} if media_ids else {}
    body |= {"sensitive": sensitive} if sensitive else {}
    body |= {"quote_id": quote_id} if quote_id else {}
    body |= {"poll": poll.described()} if poll else {}
    key = idempotency_key(actor.user_id, "post", client_id, body)
    # Looked for before the work of an image is done once more; claimed when the post is stored.
    if image is not None and (first := await _first(context, actor, key)):
        return first
    async with context.media.posted(actor.user_id, image) as sent:
        shown = media_ids if sent is None else [sent.id]
        draft = _draft(actor, content, shown, sensitive)
        draft = replace(draft, reply_to=reply_to, quote_of=quote_id)
        draft = replace(draft, poll=poll)
        posted = await posts.create(context.db, draft, key)
    if posted is None:
        if sent is not None:
            await context.media.discard([sent.key])
        if (first := await _first(context, actor, key)) is None:
            raise RuntimeError("a key that was used is not there")
        return first
    await notify_entered(context, posted.entry_id)
    context.notifier.notifications_created(posted.notified)
    _notify_counts(context, reply_to, quote_id)
    return await posts.get(context.db, actor.user_id, posted.post_id)


async def _first(context: Context, actor: Actor, key: idempotency.Key | None) -> Answer | None:
    """Return what the key led to when it was used before."""
    post_id = None if key is None else await idempotency.result(context.db, key)
    if post_id is None:
        return None
    return Answer(await posts.get(context.db, actor.user_id, post_id), 200)


def _draft(
    actor: Actor, content: str | None, media_ids: list[int] | None, sensitive: bool | None
) -> posts.PostDraft:
    if content is None:
        return posts.PostDraft(actor.user_id, None, media_ids=media_ids, sensitive=sensitive)
    content = words(content)
    return posts.PostDraft(
        actor.user_id,
        content,
        hashtags(content),
        mentioned_usernames(content),
        media_ids=media_ids,
        sensitive=sensitive,
    )


def _notify_counts(context: Context, *post_ids: int | None) -> None:
    """Notify those who watch what a post answers and quotes."""
    for post_id in {one for one in post_ids if one is not None}:
        context.notifier.counts_changed(post_id)


@operation(
    "post.get",
    scope=Scope.POSTS_READ,
    request_schema=ById,
    response=Post,
    access=Access.VISITOR,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
    may_lag=True,
)
async def get(context: Context, visitor: Visitor, id: int) -> Post:
    """Get a post."""
    return await posts.get(context.db, visitor.viewer_id, id)


@operation(
    "post.update",
    scope=Scope.POSTS_WRITE,
    request_schema=UpdatePost,
    response=Post,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_AUTHOR, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def update(
    context: Context,
    actor: Actor,
    id: int,
    content: str | None = None,
    media_ids: list[int] | None = None,
    sensitive: bool | None = None,
) -> Post:
    """Change my post; what is left out stays as it is."""
    edited = await posts.edit(context.db, id, _draft(actor, content, media_ids, sensitive))
    if edited is not None:
        if post := await posts.get_live(context.db, id):
            actors = await posts.actors(context.db, id)
            former = edited.former_content
            seen = versions(former, former if content is None else content)
            context.notifier.post_changed(PostUpdated(post), id, actor.user_id, actors, seen)
        context.notifier.notifications_withdrawn(edited.withdrawn)
        context.notifier.notifications_created(edited.notified)
    return await posts.get(context.db, actor.user_id, id)


@operation(
    "post.delete",
    scope=Scope.POSTS_WRITE,
    request_schema=ById,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_AUTHOR, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def delete(context: Context, actor: Actor, id: int) -> None:
    """Delete my post (an admin: any); its replies stay."""
    # A socket may be older than that its user was made one like others.
    is_admin = actor.is_admin and await moderation.is_admin(context.db, actor.user_id)
    gone = await deletion.delete(context.db, actor.user_id, id, any_author=is_admin)
    seen = versions(gone.content)
    context.notifier.post_changed(PostDeleted(id), id, gone.author_id, gone.actor_ids, seen)
    context.notifier.notifications_withdrawn(gone.withdrawn)
    await context.media.discard(gone.images)
    _notify_counts(context, gone.reply_to, gone.quote_of)


@operation(
    "post.like",
    scope=Scope.POSTS_WRITE,
    request_schema=ById,
    response=Post,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.BLOCKED, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def like(context: Context, actor: Actor, id: int) -> Post:
    """Like a post; liked twice counts once."""
    return _reacted(context, await reactions.like(context.db, actor.user_id, id))


def _reacted(context: Context, reaction: reactions.Reaction) -> Post:
    """Tell the author and those who watch the post, which is returned."""
    if reaction.notified is not None:
        context.notifier.notifications_created([reaction.notified])
    if reaction.withdrawn is not None:
        context.notifier.notifications_withdrawn([reaction.withdrawn])
    context.notifier.counts_changed(reaction.post.id)
    return reaction.post


@operation(
    "post.unlike",
    scope=Scope.POSTS_WRITE,
    request_schema=ById,
    response=Post,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def unlike(context: Context, actor: Actor, id: int) -> Post:
    """Take a like back."""
    return _reacted(context, await reactions.unlike(context.db, actor.user_id, id))


@operation(
    "post.retweet",
    scope=Scope.POSTS_WRITE,
    request_schema=ById,
    response=Post,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.BLOCKED, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def retweet(context: Context, actor: Actor, id: int) -> Post:
    """Retweet a post: it comes into the feeds of my followers."""
    done = await reactions.retweet(context.db, actor.user_id, id)
    if done.id is not None:
        await notify_entered(context, done.id)
    return _reacted(context, done)


@operation(
    "post.unretweet",
    scope=Scope.POSTS_WRITE,
    request_schema=ById,
    response=Post,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def unretweet(context: Context, actor: Actor, id: int) -> Post:
    """Take a retweet back."""
    return _reacted(context, await reactions.unretweet(context.db, actor.user_id, id))
