"""Accounts, logging in and the tokens of a session."""

import secrets
from dataclasses import replace

from handlers.context import Actor, Context, Visitor
from handlers.error_codes import ErrorCode
from handlers.errors import OperationError
from handlers.operation import Access, WithCookie, operation
from handlers.rate_limits import Bucket
from handlers.schemas.accounts import (
    Configure,
    OpenSession,
    RefreshToken,
    Register,
    Rename,
    RotateSession,
)
from handlers.schemas.fields import ById, Nothing
from handlers.security import login_throttle, second_factor
from handlers.security.addresses import refuse_unreachable
from handlers.security.passwords import Match
from handlers.security.tokens import RefreshClaims, TokenPair
from handlers.text.limits import is_blank
from storage.accounts import accounts, passwords, sessions, usernames
from storage.accounts.accounts import Credentials
from storage.errors import SessionEnded
from storage.messaging import receipt_privacy
from storage.records import Me, User
from storage.scopes import NO_TOKEN, Scope


@operation(
    "user.register",
    scope=NO_TOKEN,
    request_schema=Register,
    response=Me,
    access=Access.ANYONE,
    bucket=Bucket.REGISTER,
    errors=(ErrorCode.USERNAME_TAKEN, ErrorCode.EMAIL_TAKEN),
)
async def register(
    context: Context,
    visitor: Visitor,
    username: str,
    email: str,
    password: str,
    display_name: str,
) -> Me:
    """Create an account."""
    await refuse_unreachable(context, email)
    user_id = await accounts.create(
        context.db,
        username=username,
        email=email,
        password_hash=await context.passwords.hash(password, visitor.address),
        display_name=username if is_blank(display_name) else display_name.strip(),
        verify=secrets.token_hex(16),
        open_to=context.open_to,
    )
    return await accounts.me(context.db, user_id)


@operation(
    "session.open",
    scope=NO_TOKEN,
    request_schema=OpenSession,
    response=TokenPair,
    access=Access.ANYONE,
    bucket=Bucket.LOGIN,
    errors=(
        ErrorCode.WRONG_CREDENTIALS,
        ErrorCode.SECOND_FACTOR_REQUIRED,
        ErrorCode.WRONG_CODE,
        ErrorCode.ACCOUNT_SUSPENDED,
        ErrorCode.CROSS_ORIGIN,
        ErrorCode.TOO_MANY_ATTEMPTS,
    ),
)
async def log_in(
    context: Context,
    visitor: Visitor,
    username: str,
    password: str,
    code: str | None,
    cookie: bool,
) -> TokenPair | WithCookie:
    """Log in: an access token for requests, a refresh token for the next pair.

    Where the account has a second factor, `code` is one of its codes, or a recovery code.
    """
    found = await accounts.credentials(context.db, username, visitor.address)
    await login_throttle.check_login(context, username, found, visitor.address)
    session_id = await _open_session(context, visitor, found, password, code)
    if session_id is None:  # the hash has just been changed: by another login that renewed it?
        found = await accounts.credentials(context.db, username, visitor.address)
        session_id = await _open_session(context, visitor, found, password, code)
    if found is None or session_id is None:
        raise _wrong_credentials()
    if context.replica_reads is not None:  # what was done without a token, such as registering
        await context.replica_reads.note_write(found.user_id)
    return _issue(context, found.user_id, session_id, 0, cookie=cookie)


def _issue(
    context: Context, user_id: int, session_id: int, generation: int, *, cookie: bool
) -> TokenPair | WithCookie:
    pair = context.tokens.issue(user_id, session_id, generation)
    if not cookie or pair.refresh is None:
        return pair
    return WithCookie(replace(pair, refresh=None), pair.refresh, context.tokens.session_lifetime)


async def _open_session(
    context: Context,
    visitor: Visitor,
    found: Credentials | None,
    password: str,
    code: str | None,
) -> int | None:
    """Return the id of a new session; None when the password's hash is another by now."""
    known = found.password_hash if found else None
    match = await context.passwords.check(password, known, visitor.address)
    if found is None or match is Match.NONE:
        raise _wrong_credentials()
    if found.suspended_at is not None:
        raise OperationError(ErrorCode.ACCOUNT_SUSPENDED, "This account is suspended.")
    if found.has_second_factor:
        await second_factor.check(context, found.user_id, code)
    session_id = await sessions.open_session(
        context.db,
        found.user_id,
        found.password_hash,
        context.tokens.session_lifetime,
        visitor.user_agent,
        visitor.address,
    )
    if match is Match.OUTDATED and session_id is not None:
        renewed = await context.passwords.hash(password, visitor.address)
        await passwords.renew_hash(context.db, found.user_id, found.password_hash, renewed)
    return session_id


def _wrong_credentials() -> OperationError:
    """Return the same error whatever is wrong: it must not tell whether there is such a user."""
    return OperationError(ErrorCode.WRONG_CREDENTIALS, "Unknown user or wrong password.")


@operation(
    "session.rotate",
    scope=NO_TOKEN,
    request_schema=RotateSession,
    response=TokenPair,
    access=Access.ANYONE,
    bucket=Bucket.LOGIN,
    errors=(
        ErrorCode.TOKEN_MISSING,
        ErrorCode.TOKEN_INVALID,
        ErrorCode.TOKEN_EXPIRED,
        ErrorCode.SESSION_ENDED,
        ErrorCode.CROSS_ORIGIN,
    ),
)
async def refresh(
    context: Context, visitor: Visitor, refresh: str | None, cookie: bool
) -> TokenPair | WithCookie:
    """Exchange a refresh token for a new pair; used again later, it ends the session."""
    token = _claims(context, refresh)
    try:
        generation = await sessions.rotate(
            context.db, token.session_id, token.generation, context.tokens.session_lifetime
        )
    except SessionEnded:
        context.notifier.session_ended(token.user_id, token.session_id)
        raise
    return _issue(context, token.user_id, token.session_id, generation, cookie=cookie)


def _claims(context: Context, refresh: str | None) -> RefreshClaims:
    if refresh is None:
        raise OperationError(
            ErrorCode.TOKEN_MISSING, "This needs a refresh token: `refresh`, or the cookie."
        )
    return context.tokens.refresh(refresh)


@operation(
    "session.revoke",
    scope=NO_TOKEN,
    request_schema=RefreshToken,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.TOKEN_MISMATCH, ErrorCode.CROSS_ORIGIN),
)
async def revoke(context: Context, actor: Actor, refresh: str | None) -> None:
    """Log out the session of a refresh token: its tokens and sockets are good no longer."""
    token = _claims(context, refresh)
    if token.user_id != actor.user_id:
        raise OperationError(ErrorCode.TOKEN_MISMATCH, "Not a token of yours.")
    await sessions.revoke(context.db, token.session_id)
    context.notifier.session_ended(token.user_id, token.session_id)


@operation("user.me", scope=Scope.ACCOUNT_READ, request_schema=Nothing, response=Me)
async def me(context: Context, actor: Actor) -> Me:
    """Get the account that the token is for."""
    return await accounts.me(context.db, actor.user_id)


@operation(
    "user.configure",
    scope=Scope.ACCOUNT_WRITE,
    request_schema=Configure,
    response=Me,
    bucket=Bucket.WRITE,
)
async def configure(
    context: Context,
    actor: Actor,
    digest_mails: bool | None,
    who_may_add_me: accounts.WhoMayAddMe | None,
    who_may_write_to_me: accounts.WhoMayWriteToMe | None,
    send_read_receipts: bool | None,
    who_may_quote_me: accounts.WhoMayQuoteMe | None,
) -> Me:
    """Change settings of my account; what is left out stays."""
    if digest_mails is not None:
        await accounts.set_digest_mails(context.db, actor.user_id, digest_mails)
    if who_may_add_me is not None:
        await accounts.set_who_may_add_me(context.db, actor.user_id, who_may_add_me)
    if who_may_write_to_me is not None:
        await accounts.set_who_may_write_to_me(context.db, actor.user_id, who_may_write_to_me)
    if send_read_receipts is not None:
        await receipt_privacy.set_read_receipts(context.db, actor.user_id, send_read_receipts)
    if who_may_quote_me is not None:
        await accounts.set_who_may_quote_me(context.db, actor.user_id, who_may_quote_me)
    return await accounts.me(context.db, actor.user_id)


@operation(
    "user.rename",
    scope=Scope.ACCOUNT_WRITE,
    request_schema=Rename,
    response=Me,
    bucket=Bucket.LOGIN,
    errors=(ErrorCode.USERNAME_TAKEN,),
)
async def rename(context: Context, actor: Actor, username: str) -> Me:
    """Change my username; the one before leads to me, and is nobody else's, for 30 days."""
    await usernames.rename(context.db, actor.user_id, username)
    return await accounts.me(context.db, actor.user_id)


@operation(
    "user.get",
    scope=Scope.USERS_READ,
    request_schema=ById,
    response=User,
    access=Access.VISITOR,
    errors=(ErrorCode.NOT_FOUND,),
    may_lag=True,
)
async def get(context: Context, visitor: Visitor, id: int) -> User:
    """Get a user."""
    return await accounts.get(context.db, visitor.viewer_id, id)
