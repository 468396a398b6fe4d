"""Personal access tokens: what I give to programs, and take away again."""

from datetime import timedelta

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.fields import ById
from handlers.schemas.outputs import NewPersonalToken
from handlers.schemas.paging import Paged
from handlers.schemas.personal_tokens import CreateToken
from handlers.security import login_throttle, personal_tokens, second_factor
from handlers.security.tokens import fingerprint
from storage.accounts import bots
from storage.accounts import personal_tokens as stored
from storage.accounts.personal_tokens import PersonalToken
from storage.records import Page
from storage.scopes import NO_TOKEN


@operation(
    "token.create",
    scope=NO_TOKEN,
    request_schema=CreateToken,
    response=NewPersonalToken,
    bucket=Bucket.LOGIN,
    errors=(
        ErrorCode.WRONG_PASSWORD,
        ErrorCode.SECOND_FACTOR_REQUIRED,
        ErrorCode.WRONG_CODE,
        ErrorCode.TOO_MANY_ATTEMPTS,
        ErrorCode.TOKEN_LIMIT,
        ErrorCode.NOT_FOUND,
    ),
)
async def create(
    context: Context,
    actor: Actor,
    name: str,
    scopes: list[str],
    expires_in_days: int | None,
    bot_id: int | None,
    password: str,
    code: str | None,
) -> NewPersonalToken:
    """Make a personal access token, which is shown this once; I am mailed that there is one.

    It acts as me, or as a bot of mine.
    """
    if bot_id is not None:
        await bots.check_owner(context.db, actor.user_id, bot_id)
    known = await login_throttle.verify_password(context, actor, password, "password")
    await second_factor.check(context, actor.user_id, code)
    token = personal_tokens.new_token()
    kept = await stored.create(
        context.db,
        actor.user_id if bot_id is None else bot_id,
        actor.user_id,
        known,
        name=name,
        scopes=sorted(scopes),
        lifetime=None if expires_in_days is None else timedelta(days=expires_in_days),
        token_hash=fingerprint(token),
        hint=personal_tokens.hint(token),
    )
    if kept is None:
        raise InvalidInput({"password": ["It has just been changed."]}, ErrorCode.WRONG_PASSWORD)
    return NewPersonalToken.of(kept, token)


@operation("token.list", scope=NO_TOKEN, request_schema=Paged, response=[PersonalToken])
async def newest(
    context: Context, actor: Actor, limit: int, cursor: str | None
) -> Page[PersonalToken]:
    """List the personal access tokens of me and my bots, newest first, without what they are."""
    return await stored.newest(context.db, actor.user_id, limit, cursor)


@operation(
    "token.revoke",
    scope=NO_TOKEN,
    request_schema=ById,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
)
async def revoke(context: Context, actor: Actor, id: int) -> None:
    """End a personal access token: it and its sockets are good no longer."""
    whose = await stored.revoke(context.db, actor.user_id, id)
    context.notifier.session_ended(whose, id)
