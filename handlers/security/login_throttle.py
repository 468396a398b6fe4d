"""Limits on password attempts at one account; Bucket.LOGIN limits those of one address."""

import unicodedata

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput, OperationError
from handlers.rate_limits import Bucket
from handlers.security.passwords import Match
from storage.accounts import addresses, passwords
from storage.accounts.accounts import Credentials


async def check(context: Context, *target: str, bucket: Bucket = Bucket.ATTEMPT) -> None:
    """Raise TOO_MANY_ATTEMPTS when this has been aimed at too often, by whomever."""
    spent = await context.limits.spend_on(bucket, "\n".join(target))
    if spent is not None and spent.retry_after is not None:
        raise OperationError(
            ErrorCode.TOO_MANY_ATTEMPTS,
            "Too many attempts at this account.",
            retry_after=spent.retry_after,
        )


async def check_login(
    context: Context, login: str, found: Credentials | None, address: str
) -> None:
    """Raise TOO_MANY_ATTEMPTS when too many have tried to log in as this user.

    The user's name and all ways to write their address are one. What nobody has is limited
    alike, so that the limit does not tell whether somebody has it.

    Args:
        context: What counts.
        login: The name or address that was typed.
        found: Whose it is.
        address: The network address of the one who asks. Attempts from elsewhere must not lock out
            those who have a session at theirs.
    """
    whose = ("name", fold(login)) if found is None else ("user", str(found.user_id))
    here = (address,) if found is not None and found.known_here else ()
    await check(context, "login", *whose, *here)


def fold(name: str) -> str:
    """Return the same for all ways to write a username or an address."""
    return unicodedata.normalize("NFKC", addresses.forms(name).kept).casefold()


async def verify_password(context: Context, actor: Actor, password: str, field: str) -> str:
    """Return the actor's password hash, if this is the password.

    Raises:
        OperationError: WRONG_PASSWORD, about this field of the input; TOO_MANY_ATTEMPTS,
            SESSION_ENDED or UNAVAILABLE.
    """
    await check(context, "user", str(actor.user_id))
    hashed = await passwords.hash_of(context.db, actor.user_id)
    if hashed is None:
        raise OperationError(ErrorCode.SESSION_ENDED, "The session has ended.")
    if await context.passwords.check(password, hashed, actor.address) is Match.NONE:
        raise InvalidInput({field: ["Not your password."]}, ErrorCode.WRONG_PASSWORD)
    return hashed
