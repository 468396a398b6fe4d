"""Limits on password attempts at one account; Bucket.LOGIN limits those of one address."""

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput, OperationError
from handlers.rate_limits import Bucket
from storage.accounts import passwords


async def check(context: Context, *target: str) -> None:
    """Raise TOO_MANY_ATTEMPTS when this has been aimed at too often, by whomever."""
    spent = await context.limits.spend_on(Bucket.ATTEMPT, "\n".join(target))
    if spent is not None and spent.retry_after is not None:
        raise OperationError(
            ErrorCode.TOO_MANY_ATTEMPTS,
            "Too many attempts at this account.",
            retry_after=spent.retry_after,
        )


async def verify_password(context: Context, actor: Actor, password: str, field: str) -> str:
    """Return the actor's password hash, if this is the password.

    Raises:
        OperationError: WRONG_PASSWORD, about this field of the input; TOO_MANY_ATTEMPTS, BUSY or
            SESSION_ENDED.
    """
    await check(context, "user", str(actor.user_id))
    hashed = await passwords.hash_of(context.db, actor.user_id)
    if hashed is None:
        raise OperationError(ErrorCode.SESSION_ENDED, "The session has ended.")
    if not await context.passwords.check(password, hashed):
        raise InvalidInput({field: ["Not your password."]}, ErrorCode.WRONG_PASSWORD)
    return hashed
