"""How often one may guess at a password: by one address (Bucket.LOGIN), and at one account."""

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput, OperationError
from handlers.rate_limits import Bucket
from storage.accounts import passwords


async def check(context: Context, *target: str) -> None:
    """TooMany when this has been aimed at too often, by whomever."""
    spent = await context.limits.spend_on(Bucket.GUESS, "\n".join(target))
    if spent is not None and spent.retry_after is not None:
        raise OperationError(
            ErrorCode.TOO_MANY_ATTEMPTS,
            "Too many attempts at this account.",
            retry_after=spent.retry_after,
        )


async def verify_password(context: Context, actor: Actor, password: str, field: str) -> str:
    """The actor's password hash. Invalid in this field of the input unless it is the password."""
    await check(context, "user", str(actor.user_id))
    hashed = await passwords.hash_of(context.db, actor.user_id)
    if hashed is None:
        raise OperationError(ErrorCode.SESSION_ENDED, "The session has ended.")
    if not await context.passwords.check(password, hashed):
        raise InvalidInput({field: ["Not your password."]}, ErrorCode.WRONG_PASSWORD)
    return hashed
