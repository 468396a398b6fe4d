"""Profiles: searched, shown, changed."""

from typing import Any

from handlers.context import Actor, Context, Visitor
from handlers.error_codes import ErrorCode
from handlers.media.purposes import AVATAR, BANNER
from handlers.operation import Access, operation
from handlers.rate_limits import Bucket
from handlers.schemas.fields import ById, Nothing
from handlers.schemas.profiles import ListProfiles, LookupProfile, UpdateProfile
from handlers.text.folding import name_asked_for
from storage.accounts import profiles
from storage.records import Page, Profile
from storage.scopes import Scope

IMAGES = ("avatar", "banner")


@operation(
    "profile.list",
    scope=Scope.USERS_READ,
    request_schema=ListProfiles,
    response=[Profile],
    access=Access.VISITOR,
    may_lag=True,
)
async def newest(
    context: Context, visitor: Visitor, search: str, limit: int, cursor: str | None
) -> Page[Profile]:
    """List profiles, the newest first; those that are searched for, the most alike first."""
    if name := name_asked_for(search):
        return await profiles.search(context.db, visitor.viewer_id, name, limit, cursor)
    return await profiles.newest(context.db, visitor.viewer_id, limit, cursor)


@operation(
    "profile.get",
    scope=Scope.USERS_READ,
    request_schema=ById,
    response=Profile,
    access=Access.VISITOR,
    errors=(ErrorCode.NOT_FOUND,),
    may_lag=True,
)
async def get(context: Context, visitor: Visitor, id: int) -> Profile:
    """Get a profile; its id is the user's."""
    return await profiles.get(context.db, id)


@operation(
    "profile.lookup",
    scope=Scope.USERS_READ,
    request_schema=LookupProfile,
    response=Profile,
    access=Access.VISITOR,
    errors=(ErrorCode.NOT_FOUND,),
)
async def lookup(context: Context, visitor: Visitor, username: str) -> Profile:
    """Get the profile of who has exactly this username, in capitals or not."""
    return await profiles.lookup(context.db, username)


@operation("profile.mine", scope=Scope.USERS_READ, request_schema=Nothing, response=Profile)
async def mine(context: Context, actor: Actor) -> Profile:
    """Get my profile."""
    return await profiles.get(context.db, actor.user_id)


@operation(
    "profile.update",
    scope=Scope.ACCOUNT_WRITE,
    request_schema=UpdateProfile,
    response=Profile,
    bucket=Bucket.WRITE,
)
async def update(context: Context, actor: Actor, **change: Any) -> Profile:
    """Change my profile; what is left out stays, and null takes the avatar or the banner off."""
    removes_avatar, removes_banner = (change.get(name, ...) is None for name in IMAGES)
    face, banner = (change.pop(name, None) for name in IMAGES)
    async with (
        context.media.kept(actor.user_id, face, AVATAR) as avatar_key,
        context.media.kept(actor.user_id, banner, BANNER) as banner_key,
    ):
        changes = profiles.ProfileUpdate(
            **change,
            avatar=avatar_key,
            removes_avatar=removes_avatar,
            banner=banner_key,
            removes_banner=removes_banner,
        )
        replaced = await profiles.update(context.db, actor.user_id, changes)
    await context.media.discard(replaced)
    return await profiles.get(context.db, actor.user_id)
