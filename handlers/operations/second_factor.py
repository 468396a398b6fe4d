"""A second factor of logins: on, off, and what to recover an account with."""

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.errors import OperationError
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.fields import Nothing
from handlers.schemas.outputs import RecoveryCodes, SecondFactorSecret, SecondFactorStatus
from handlers.schemas.second_factor import ConfirmSecondFactor, PasswordAndCode, WithPassword
from handlers.security import login_throttle, one_time_codes, second_factor
from storage.accounts import accounts
from storage.accounts import second_factor as factors
from storage.scopes import NO_TOKEN

PASSWORD_ERRORS = (ErrorCode.WRONG_PASSWORD, ErrorCode.TOO_MANY_ATTEMPTS)


@operation("second_factor.get", scope=NO_TOKEN, request_schema=Nothing, response=SecondFactorStatus)
async def get(context: Context, actor: Actor) -> SecondFactorStatus:
    """Get whether my logins take a code, too, and how many recovery codes are left."""
    factor = await factors.get(context.db, actor.user_id)
    if factor is None or not factor.is_on:
        return SecondFactorStatus(enabled=False, recovery_codes_left=0)
    left = await factors.recovery_codes_left(context.db, actor.user_id)
    return SecondFactorStatus(enabled=True, recovery_codes_left=left)


@operation(
    "second_factor.begin",
    scope=NO_TOKEN,
    request_schema=WithPassword,
    response=SecondFactorSecret,
    bucket=Bucket.LOGIN,
    errors=(*PASSWORD_ERRORS, ErrorCode.SECOND_FACTOR_ENABLED),
)
async def begin(context: Context, actor: Actor, password: str) -> SecondFactorSecret:
    """Get a secret for a program that makes codes (TOTP); nothing changes until it is confirmed."""
    await login_throttle.verify_password(context, actor, password, "password")
    secret = one_time_codes.new_secret()
    if not await factors.begin(context.db, actor.user_id, secret):
        raise OperationError(
            ErrorCode.SECOND_FACTOR_ENABLED, "Your logins take a code already: end that first."
        )
    me = await accounts.me(context.db, actor.user_id)
    uri = one_time_codes.uri(secret, me.username)
    return SecondFactorSecret(one_time_codes.spell(secret), uri, one_time_codes.qr_code(uri))


@operation(
    "second_factor.confirm",
    scope=NO_TOKEN,
    request_schema=ConfirmSecondFactor,
    response=RecoveryCodes,
    bucket=Bucket.LOGIN,
    errors=(ErrorCode.WRONG_CODE, ErrorCode.TOO_MANY_ATTEMPTS),
)
async def confirm(context: Context, actor: Actor, code: str) -> RecoveryCodes:
    """Have my logins take a code from now on; the recovery codes are shown this once."""
    await second_factor.limit(context, actor.user_id)
    factor = await factors.get(context.db, actor.user_id)
    step = None
    if factor is not None and not factor.is_on:
        step = one_time_codes.step(factor.secret, code, factor.last_step)
    if factor is None or step is None:
        raise second_factor.wrong_code()
    codes, hashes = one_time_codes.new_recovery_codes()
    if not await factors.confirm(context.db, actor.user_id, factor.secret, step, hashes):
        raise second_factor.wrong_code()
    return RecoveryCodes(codes)


@operation(
    "second_factor.recovery_codes",
    scope=NO_TOKEN,
    request_schema=PasswordAndCode,
    response=RecoveryCodes,
    bucket=Bucket.LOGIN,
    errors=(*PASSWORD_ERRORS, ErrorCode.WRONG_CODE),
)
async def renew_recovery_codes(
    context: Context, actor: Actor, password: str, code: str
) -> RecoveryCodes:
    """Get new recovery codes in place of all before; none where logins take no code."""
    await login_throttle.verify_password(context, actor, password, "password")
    if not await second_factor.check(context, actor.user_id, code):
        return RecoveryCodes([])
    codes, hashes = one_time_codes.new_recovery_codes()
    await factors.replace_recovery_codes(context.db, actor.user_id, hashes)
    return RecoveryCodes(codes)


@operation(
    "second_factor.end",
    scope=NO_TOKEN,
    request_schema=PasswordAndCode,
    bucket=Bucket.LOGIN,
    errors=(*PASSWORD_ERRORS, ErrorCode.WRONG_CODE),
)
async def end(context: Context, actor: Actor, password: str, code: str) -> None:
    """Have my logins take the password alone."""
    await login_throttle.verify_password(context, actor, password, "password")
    await second_factor.check(context, actor.user_id, code)
    await factors.end(context.db, actor.user_id)
