"""Personal access tokens: what people give to programs, so that these may do some things as them.

Each has a session of its own, of the same id: whatever ends sessions ends it, with its sockets.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from storage import jobs
from storage.accounts.sessions import REVOKED
from storage.database.columns import Columns
from storage.database.paging import after, page_by_id
from storage.database.pool import Database
from storage.database.query import Command, Executor, Query, Scalar
from storage.database.user_columns import user_ref
from storage.errors import NotFound, TooManyTokens
from storage.events import log
from storage.record import record
from storage.records import Page, UserRef

TOKENS_MAX = 50  # good ones of an account
USE_NOTED = timedelta(hours=1)  # how far behind last_used_at may be

# That a token with session s, of a user u, is good.
GOOD = f"""NOT {REVOKED} AND s.expires_at > now()
       AND u.suspended_at IS NULL AND u.deleted_at IS NULL"""


@record
class PersonalToken:
    """A token as its owner sees it: hint is what it ends in; last_used_at is up to an hour behind.

    user is as whom it acts. expires_at is None where it is good until it is revoked.
    """

    id: int
    user: UserRef
    name: str
    scopes: list[str]
    hint: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


# From personal_tokens p and their users u.
TOKEN = Columns(
    PersonalToken,
    {
        "id": "p.session_id",
        "user": user_ref("u"),
        "name": "p.name",
        "scopes": "p.scopes",
        "hint": "p.hint",
        "created_at": "p.created_at",
        "expires_at": "p.expires_at",
        "last_used_at": "p.last_used_at",
    },
)

GOOD_TOKENS = Scalar(
    f"""
    SELECT count(*) FROM personal_tokens p
      JOIN sessions s ON s.id = p.session_id JOIN users u ON u.id = s.user_id
     WHERE p.user_id = $1 AND {GOOD}""",
    int,
)
# The lock is that of a login: whoever changes the password sees the token, or is seen.
OPEN_TOKEN = Scalar(
    """
    WITH opened AS (
        INSERT INTO sessions (user_id, expires_at, is_token)
        SELECT u.id, coalesce(now() + $3::interval, 'infinity'), true
          FROM users u JOIN users o ON o.id = coalesce(u.owner_id, u.id)
         WHERE u.id = $1 AND u.deleted_at IS NULL AND u.suspended_at IS NULL
           AND o.id = $8 AND o.password_hash = $2 AND o.deleted_at IS NULL
           AND o.suspended_at IS NULL
           FOR SHARE
        RETURNING id, user_id)
    INSERT INTO personal_tokens (session_id, user_id, expires_at, hash, hint, name, scopes)
    SELECT id, user_id, now() + $3::interval, $4, $5, $6, $7 FROM opened
    RETURNING session_id""",
    int,
)
TOKEN_BY_ID = Query(
    f"""
    SELECT {TOKEN} FROM personal_tokens p JOIN users u ON u.id = p.user_id
     WHERE p.session_id = $1""",
    TOKEN,
)


async def create(
    db: Database,
    user_id: int,
    owner_id: int,
    password_hash: str,
    *,
    name: str,
    scopes: Sequence[str],
    lifetime: timedelta | None,
    token_hash: bytes,
    hint: str,
) -> PersonalToken | None:
    """Keep a new token of a user, or of a bot of theirs, and have the owner mailed of it.

    None, and nothing is done, when that is not the owner's password hash (any more).

    Raises:
        TooManyTokens: The user, or the bot, has as many as may be.
    """
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        if await GOOD_TOKENS.one(connection, user_id) >= TOKENS_MAX:
            raise TooManyTokens(TOKENS_MAX)
        id = await OPEN_TOKEN.maybe(
            connection,
            *(user_id, password_hash, lifetime, token_hash, hint, name, list(scopes), owner_id),
        )
        if id is None:
            return None
        await jobs.enqueue(connection, "email.token", {"token_id": id})
        return await TOKEN_BY_ID.one(connection, id)


TOKENS = Query(
    f"""
    SELECT {TOKEN}
      FROM personal_tokens p
      JOIN sessions s ON s.id = p.session_id JOIN users u ON u.id = p.user_id
     WHERE p.user_id = ANY(ARRAY(SELECT $1::bigint UNION ALL
                                 SELECT id FROM users WHERE owner_id = $1))
       AND p.session_id < $2 AND {GOOD}
     ORDER BY p.session_id DESC LIMIT $3""",
    TOKEN,
)


async def newest(db: Database, user_id: int, limit: int, cursor: str | None) -> Page[PersonalToken]:
    """Return the tokens of a user and their bots that are good, the newest first."""
    return page_by_id(await TOKENS.all(db, user_id, after(cursor), limit + 1), limit)


REVOKE_TOKEN = Scalar(
    f"""
    UPDATE sessions s SET revoked_at = now() FROM users u
     WHERE s.id = $2 AND s.is_token AND u.id = s.user_id AND coalesce(u.owner_id, u.id) = $1
       AND {GOOD}
    RETURNING s.user_id""",
    int,
)


async def revoke(db: Database, user_id: int, token_id: int) -> int:
    """End a token of the user's or of their bot, and return as whom it acted.

    NotFound, as when it has ended.
    """
    whose = await REVOKE_TOKEN.maybe(db, user_id, token_id)
    if whose is None:
        raise NotFound("token")
    return whose


@record
class Shown:
    """What a token that was shown stands for; is_good: neither it nor its user has ended.

    owner_id is whose bot the user is, None for a person.
    """

    session_id: int
    user_id: int
    scopes: list[str]
    expires_at: datetime | None
    is_good: bool
    owner_id: int | None


SHOWN = Query(
    f"""
    SELECT p.session_id, p.user_id, p.scopes, p.expires_at,
           NOT {REVOKED} AND u.suspended_at IS NULL AND u.deleted_at IS NULL AS is_good,
           u.owner_id
      FROM personal_tokens p
      JOIN sessions s ON s.id = p.session_id JOIN users u ON u.id = p.user_id
     WHERE p.hash = $1""",
    Shown,
)


async def shown(db: Executor, token_hash: bytes) -> Shown | None:
    """Return what a token stands for; None when there is none of this hash."""
    return await SHOWN.maybe(db, token_hash)


NOTE_USE = Command("""
    UPDATE personal_tokens SET last_used_at = now()
     WHERE session_id = $1 AND (last_used_at IS NULL OR last_used_at < now() - $2::interval)""")


async def note_use(db: Database, token_id: int) -> None:
    """Note that a token is used now, unless that was noted less than an hour ago."""
    await NOTE_USE.run(db, token_id, USE_NOTED)


@record
class TokenMail:
    """Whom the mail of a new token goes to, what that is, and as whom it acts."""

    user_id: int
    email: str
    username: str
    display_name: str
    token_name: str
    scopes: list[str]
    acts_as: str


TOKEN_MAIL = Query(
    """
    SELECT o.id AS user_id, o.email, o.username, o.display_name, p.name AS token_name, p.scopes,
           u.username AS acts_as
      FROM personal_tokens p
      JOIN users u ON u.id = p.user_id JOIN users o ON o.id = coalesce(u.owner_id, u.id)
     WHERE p.session_id = $1 AND o.deleted_at IS NULL AND o.suspended_at IS NULL""",
    TokenMail,
)


async def token_mail(db: Executor, token_id: int) -> TokenMail | None:
    """Return the data of the mail; None when nobody is to be told any more."""
    return await TOKEN_MAIL.maybe(db, token_id)
