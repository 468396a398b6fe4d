"""Accounts: who can log in, and as whom one is seen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import asyncpg

from storage.accounts import addresses, mail, usernames
from storage.database.pool import Database
from storage.database.query import Command, Query, Scalar
from storage.database.user_columns import ME, USER
from storage.errors import EmailTaken, NotFound, UsernameTaken
from storage.records import Me, User
from storage.search_index import names

WhoMayAddMe = Literal["everybody", "followed", "nobody"]
WhoMayQuoteMe = Literal["everybody", "followers", "nobody"]
WhoMayWriteToMe = Literal["everybody", "requests", "followed", "nobody"]
OpenTo = Literal["everybody", "followed"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login is checked against.

    known_here: the user has a live session from the address of the one who asks.
    has_second_factor: a code is needed, too.
    """

    user_id: int
    password_hash: str
    suspended_at: datetime | None
    known_here: bool
    has_second_factor: bool


TAKEN = {
    "users_username_key": UsernameTaken,
    "users_email_key": EmailTaken,
}

ADDRESS_IS_TAKEN = Scalar(f"SELECT EXISTS (SELECT FROM users WHERE {addresses.HAS_ADDRESS})", bool)

CREATE_USER = Scalar(
    """
    WITH created AS (
        INSERT INTO users (username, email, password_hash, display_name, is_admin,
                           who_may_add_me, who_may_write_to_me)
        VALUES ($1, $2, $3, $4, $5, $6::text,
                CASE $6::text WHEN 'followed' THEN 'requests' ELSE 'everybody' END)
        RETURNING id),
    profile AS (INSERT INTO profiles (user_id) SELECT id FROM created),
    counter AS (INSERT INTO user_seq (user_id) SELECT id FROM created)
    SELECT id FROM created""",
    int,
)


async def create(
    db: Database,
    *,
    username: str,
    email: str,
    password_hash: str,
    display_name: str,
    is_admin: bool = False,
    verify: str | None = None,
    open_to: OpenTo = "everybody",
) -> int:
    """Create an account and return its user's id.

    open_to is who writes to it and adds it to groups at once, until the account says otherwise.

    verify is the nonce of the link that is mailed to verify the address; None: no mail.

    Raises:
        UsernameTaken: Somebody has it, whatever the case, or had it until a short time ago.
        EmailTaken: Somebody has it, however its domain is written.
        UnusableAddress: No mail can go to it.
    """
    email = addresses.canonical(email)
    try:
        async with db.transaction() as connection:
            if await ADDRESS_IS_TAKEN.one(connection, *addresses.forms(email)):
                raise EmailTaken()
            user_id = await CREATE_USER.one(
                connection, username, email, password_hash, display_name, is_admin, open_to
            )
            # After it, as it has waited for whoever was just giving the name up.
            if await usernames.is_kept_back(connection, username):
                raise UsernameTaken()
            await names.index_users(connection, [names.Pending(user_id, display_name)])
            if verify is not None:
                await mail.enqueue_verification(connection, user_id, verify)
    except asyncpg.UniqueViolationError as error:
        raise TAKEN[str(error.constraint_name)]() from error
    return user_id


CREDENTIALS = Query(
    f"""
    SELECT id AS user_id, password_hash, suspended_at,
           EXISTS (SELECT FROM sessions s WHERE s.user_id = users.id AND s.revoked_at IS NULL
                      AND s.expires_at > now() AND s.address = $4) AS known_here,
           EXISTS (SELECT FROM second_factors f WHERE f.user_id = users.id
                      AND f.confirmed_at IS NOT NULL) AS has_second_factor
      FROM users
     WHERE (lower(username) = lower($1) OR {addresses.HAS_ADDRESS}) AND deleted_at IS NULL
       AND owner_id IS NULL
     ORDER BY {addresses.CLOSEST}""",
    Credentials,
)


async def credentials(db: Database, login: str, address: str) -> Credentials | None:
    """Return those of the user with this username or e-mail address, however that is written.

    address is the network address of the one who asks.
    """
    return await CREDENTIALS.maybe(db, *addresses.forms(login), address)


ME_BY_ID = Query(
    f"""
    SELECT {ME}
      FROM users u JOIN profiles f ON f.user_id = u.id JOIN user_seq s ON s.user_id = u.id
     WHERE u.id = $1""",
    ME,
)


async def me(db: Database, user_id: int) -> Me:
    """Return a user as that user sees it."""
    return await ME_BY_ID.one(db, user_id)


USER_BY_ID = Query(
    f"""
    SELECT {USER} FROM users u JOIN profiles f ON f.user_id = u.id
     WHERE u.id = $2 AND u.deleted_at IS NULL""",
    USER,
)


async def get(db: Database, viewer_id: int | None, user_id: int) -> User:
    """Return a user as the viewer sees it. NotFound."""
    if user := await USER_BY_ID.maybe(db, viewer_id, user_id):
        return user
    raise NotFound("user")


SET_WHO_MAY_ADD_ME = Command(
    "UPDATE users SET who_may_add_me = $2 WHERE id = $1 AND deleted_at IS NULL"
)


async def set_who_may_add_me(db: Database, user_id: int, who: WhoMayAddMe) -> None:
    """Set who puts the user into groups at once, and is not to invite them first."""
    await SET_WHO_MAY_ADD_ME.run(db, user_id, who)


SET_WHO_MAY_WRITE_TO_ME = Command(
    "UPDATE users SET who_may_write_to_me = $2 WHERE id = $1 AND deleted_at IS NULL"
)


async def set_who_may_write_to_me(db: Database, user_id: int, who: WhoMayWriteToMe) -> None:
    """Set who opens conversations with the user; those that are there stay as they are."""
    await SET_WHO_MAY_WRITE_TO_ME.run(db, user_id, who)


SET_WHO_MAY_QUOTE_ME = Command(
    "UPDATE users SET who_may_quote_me = $2 WHERE id = $1 AND deleted_at IS NULL"
)


async def set_who_may_quote_me(db: Database, user_id: int, who: WhoMayQuoteMe) -> None:
    """Set who may quote the user from now on; quotes that are there stay."""
    await SET_WHO_MAY_QUOTE_ME.run(db, user_id, who)


SET_DIGEST_MAILS = Command(
    "UPDATE users SET digest_mails = $2 WHERE id = $1 AND deleted_at IS NULL"
)


async def set_digest_mails(db: Database, user_id: int, wanted: bool) -> None:
    """Set whether the user is mailed of new followers and unread notifications."""
    await SET_DIGEST_MAILS.run(db, user_id, wanted)
