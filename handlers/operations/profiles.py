"""Profiles: searched, shown, changed."""

from typing import Any

from handlers.context import Actor, Context, Visitor
from handlers.error_codes import ErrorCode
from handlers.media.purposes import AVATAR
from handlers.media.upload import Upload
from handlers.operation import Access, operation
from handlers.rate_limits import Bucket
from handlers.schemas.fields import ById, Nothing
from handlers.schemas.profiles import ListProfiles, UpdateProfile
from handlers.text.folding import name_asked_for
from storage.accounts import profiles
from storage.records import Page, Profile


@operation("profile.list", request_schema=ListProfiles, response=[Profile], access=Access.VISITOR)
async def newest(
    context: Context, visitor: Visitor, search: str, limit: int, cursor: str | None
) -> Page[Profile]:
    """List profiles, the newest first; those that are searched for, the most alike first."""
    if name := name_asked_for(search):
        return await profiles.search(context.db, visitor.viewer_id, name, limit, cursor)
    return await profiles.newest(context.db, visitor.viewer_id, limit, cursor)


@operation(
    "profile.get",
    request_schema=ById,
    response=Profile,
    access=Access.VISITOR,
    errors=(ErrorCode.NOT_FOUND,),
)
async def get(context: Context, visitor: Visitor, id: int) -> Profile:
    """Get a profile; its id is the user's."""
    return await profiles.get(context.db, id)


@operation("profile.mine", request_schema=Nothing, response=Profile)
async def mine(context: Context, actor: Actor) -> Profile:
    """Get my profile."""
    return await profiles.get(context.db, actor.user_id)


@operation("profile.update", request_schema=UpdateProfile, response=Profile, bucket=Bucket.WRITE)
async def update(context: Context, actor: Actor, **change: Any) -> Profile:
    """Change my profile; what is left out stays, and null takes the avatar off."""
    removes_avatar = change.get("avatar", ...) is None
    upload: Upload | None = change.pop("avatar", None)
    async with context.media.kept(actor.user_id, upload, AVATAR) as key:
        changes = profiles.ProfileUpdate(**change, avatar=key, removes_avatar=removes_avatar)
        replaced = await profiles.update(context.db, actor.user_id, changes)
    await context.media.discard(replaced)
    return await profiles.get(context.db, actor.user_id)
