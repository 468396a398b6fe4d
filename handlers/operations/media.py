"""Pictures: sent before the post or message that they are for, and described."""

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.media.upload import Upload
from handlers.messages import tell_update
from handlers.operation import operation
from handlers.post_versions import versions
from handlers.rate_limits import Bucket
from handlers.schemas.fields import ById
from handlers.schemas.media import UpdateMedia, UploadMedia
from handlers.text.limits import words
from storage.events.types import PostUpdated
from storage.media import pictures
from storage.messaging import message_changes
from storage.posts import posts
from storage.records import Media
from storage.scopes import Scope


@operation(
    "media.upload",
    scope=Scope.MEDIA_WRITE,
    request_schema=UploadMedia,
    response=Media,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.MEDIA_LIMIT,),
)
async def upload(context: Context, actor: Actor, file: Upload, alt: str) -> Media:
    """Send a picture for a post or message, which has 24 hours to name it in media_ids.

    Sent again, it is another one; what is never used is removed.
    """
    return await context.media.upload(actor.user_id, file, words(alt))


@operation(
    "media.get",
    scope=Scope.MEDIA_WRITE,
    request_schema=ById,
    response=Media,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def get(context: Context, actor: Actor, id: int) -> Media:
    """Get a picture that I have sent."""
    return await pictures.get(context.db, actor.user_id, id)


@operation(
    "media.update",
    scope=Scope.MEDIA_WRITE,
    request_schema=UpdateMedia,
    response=Media,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.BLOCKED, ErrorCode.NOT_FOUND),
    is_command=True,
)
async def update(context: Context, actor: Actor, id: int, alt: str) -> Media:
    """Say what a picture of mine shows, also of one that is posted already."""
    described = await message_changes.describe(context.db, actor.user_id, id, words(alt))
    if (post_id := described.post_id) and (post := await posts.get_live(context.db, post_id)):
        actors = await posts.actors(context.db, post_id)
        seen = versions(post.content)
        context.notifier.post_changed(PostUpdated(post), post_id, actor.user_id, actors, seen)
    if changed := described.message:
        tell_update(context, actor, changed)
    return await pictures.get(context.db, actor.user_id, id)
