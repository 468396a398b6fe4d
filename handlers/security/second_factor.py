"""Whether a code is one of the user's, and its end."""

from handlers.context import Context
from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput, OperationError
from handlers.rate_limits import Bucket
from handlers.security import login_throttle, one_time_codes
from storage.accounts import second_factor
from storage.accounts.second_factor import SecondFactor


def wrong_code() -> InvalidInput:
    """Return the error that says that this is no code."""
    return InvalidInput({"code": ["Not the code of now."]}, ErrorCode.WRONG_CODE)


async def check(context: Context, user_id: int, code: str | None) -> bool:
    """Use a code of a user's second factor up, if that is on; return whether it is.

    Raises:
        OperationError: SECOND_FACTOR_REQUIRED without a code; WRONG_CODE; TOO_MANY_ATTEMPTS.
    """
    factor = await second_factor.get(context.db, user_id)
    if factor is None or not factor.is_on:
        return False
    if code is None:
        raise OperationError(
            ErrorCode.SECOND_FACTOR_REQUIRED, "This account asks for a code, too: `code`."
        )
    await limit(context, user_id)
    if not await _spend(context, user_id, factor, code):
        raise wrong_code()
    return True


async def limit(context: Context, user_id: int) -> None:
    """Raise TOO_MANY_ATTEMPTS when too many codes were tried at this account, by whomever."""
    await login_throttle.check(context, str(user_id), bucket=Bucket.CODE)


async def _spend(context: Context, user_id: int, factor: SecondFactor, code: str) -> bool:
    step = one_time_codes.step(factor.secret, code, factor.last_step)
    if step is not None:
        return await second_factor.spend_step(context.db, user_id, factor.secret, step)
    found = one_time_codes.recovery_hash(code)
    return await second_factor.spend_recovery_code(context.db, user_id, found)
