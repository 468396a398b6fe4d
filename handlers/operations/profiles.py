from handlers.context import Actor, Context, Visitor
from handlers.operation import Access, operation
from handlers.schemas.common import ById, Nothing, Paged
from handlers.schemas.profiles import UpdateProfile
from realtime.limits import Bucket
from storage import profiles
from storage.records import Page, Profile


@operation("profile.list", takes=Paged, gives=[Profile], access=Access.VISITOR)
async def newest(
    context: Context, visitor: Visitor, limit: int, cursor: str | None
) -> Page[Profile]:
    """Profiles, the newest first."""
    return await profiles.newest(context.db, limit, cursor)


@operation("profile.get", takes=ById, gives=Profile, access=Access.VISITOR, statuses=(404,))
async def get(context: Context, visitor: Visitor, id: int) -> Profile:
    """A profile; its id is the user's."""
    return await profiles.get(context.db, id)


@operation("profile.mine", takes=Nothing, gives=Profile)
async def mine(context: Context, actor: Actor) -> Profile:
    """My profile."""
    return await profiles.get(context.db, actor.user_id)


@operation("profile.update", takes=UpdateProfile, gives=Profile, bucket=Bucket.WRITE)
async def update(context: Context, actor: Actor, **change: str) -> Profile:
    """Change my profile; what is left out stays."""
    return await profiles.update(context.db, actor.user_id, profiles.Change(**change))
