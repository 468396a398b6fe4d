"""Mails: enqueued with what causes them, their data read when they are sent, each sent once."""

from dataclasses import dataclass

import asyncpg

from storage import jobs
from storage.accounts import addresses
from storage.database.columns import Columns
from storage.database.notification_columns import read_up_to
from storage.database.pool import Database
from storage.database.query import Command, Executor, Query, Scalar
from storage.database.visibility import is_active


async def enqueue_verification(connection: asyncpg.Connection, user_id: int, nonce: str) -> None:
    """Enqueue the mail with a link to verify the user's address, if the transaction commits."""
    await jobs.enqueue(connection, "email.verify", {"user_id": user_id, "nonce": nonce})


async def enqueue_password_reset(db: Database, email: str, nonce: str) -> None:
    """Enqueue the mail with a link to reset the password, to who has this address, if anybody."""
    async with db.transaction() as connection:
        await jobs.enqueue(connection, "email.reset", {"email": email, "nonce": nonce})


WAS_SENT = Scalar(
    "SELECT EXISTS (SELECT FROM mails WHERE user_id = $1 AND kind = $2 AND cause = $3)", bool
)


async def was_sent(db: Executor, user_id: int, kind: str, cause: str) -> bool:
    """Tell whether a mail of this kind and cause has been sent to the user."""
    return await WAS_SENT.one(db, user_id, kind, cause)


RECORD_SENT = Command("""
    INSERT INTO mails (user_id, kind, cause) SELECT id, $2, $3 FROM users
     WHERE id = $1 AND deleted_at IS NULL ON CONFLICT DO NOTHING""")


async def record_sent(db: Database, user_id: int, kind: str, cause: str) -> None:
    """Record that the mail has been sent, so that it is not sent again."""
    await RECORD_SENT.run(db, user_id, kind, cause)


# Of digests the last one says where the next begins; a follow is mailed once for ever.
TRIM_MAILS = Command("""
    DELETE FROM mails m
     WHERE user_id > $1 AND user_id <= $2 AND created_at < now() - interval '30 days' AND (
        kind IN ('verify', 'reset', 'change', 'changing', 'changed', 'token',
                 'webhook_disabled')
        OR (kind = 'digest' AND EXISTS (
            SELECT FROM mails n WHERE n.user_id = m.user_id AND n.kind = 'digest'
               AND n.created_at > m.created_at)))""")
USERS_AT_ONCE = 1_000  # that one statement looks through
LAST_OF_NEXT_USERS = Scalar(
    f"""
    SELECT max(user_id) FROM (
        SELECT user_id FROM user_seq WHERE user_id > $1
         ORDER BY user_id LIMIT {USERS_AT_ONCE}) part""",
    int,
)


async def trim(db: Database) -> int:
    """Delete the records of mails that cannot be sent again, a month after they were: how many."""
    after = trimmed = 0
    while (last := await LAST_OF_NEXT_USERS.maybe(db, after)) is not None:
        trimmed += await TRIM_MAILS.run(db, after, last)
        after = last
    return trimmed


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a mail goes to."""

    user_id: int
    email: str
    username: str
    display_name: str


UNVERIFIED_RECIPIENT = Query(
    """
    SELECT id AS user_id, email, username, display_name FROM users
     WHERE id = $1 AND email_verified_at IS NULL AND deleted_at IS NULL AND suspended_at IS NULL
       AND owner_id IS NULL""",
    Recipient,
)


async def unverified_recipient(db: Executor, user_id: int) -> Recipient | None:
    """Return whose address is to be verified; None when there is nothing to verify any more."""
    return await UNVERIFIED_RECIPIENT.maybe(db, user_id)


NEW_ADDRESS_RECIPIENT = Query(
    f"""
    SELECT id AS user_id, pending_email AS email, username, display_name FROM users
     WHERE id = $1 AND pending_email IS NOT NULL AND {is_active("users")}""",
    Recipient,
)


async def new_address_recipient(db: Executor, user_id: int) -> Recipient | None:
    """Return who is to confirm a new address, at that; None when that is over."""
    return await NEW_ADDRESS_RECIPIENT.maybe(db, user_id)


RECIPIENT = Query(
    f"""
    SELECT id AS user_id, email, username, display_name FROM users
     WHERE id = $1 AND owner_id IS NULL AND {is_active("users")}""",
    Recipient,
)


async def recipient(db: Executor, user_id: int) -> Recipient | None:
    """Return the user at the present address; None for an account that is not active."""
    return await RECIPIENT.maybe(db, user_id)


ANSWERABLE = Query(
    f"""
    SELECT o.id AS user_id, o.email, o.username, o.display_name
      FROM users u JOIN users o ON o.id = coalesce(u.owner_id, u.id)
     WHERE u.id = $1 AND {is_active("u")} AND {is_active("o")}""",
    Recipient,
)


async def answerable(db: Executor, user_id: int) -> Recipient | None:
    """Return who answers for the account: of a bot its owner. None where one is not active."""
    return await ANSWERABLE.maybe(db, user_id)


RECIPIENT_BY_EMAIL = Query(
    f"""
    SELECT id AS user_id, email, username, display_name FROM users
     WHERE {addresses.HAS_ADDRESS} AND deleted_at IS NULL AND suspended_at IS NULL
       AND owner_id IS NULL
     ORDER BY {addresses.CLOSEST}""",
    Recipient,
)


async def recipient_by_email(db: Executor, email: str) -> Recipient | None:
    """Return who has this address, however it is written, if anybody."""
    return await RECIPIENT_BY_EMAIL.maybe(db, *addresses.forms(email))


@dataclass(frozen=True, slots=True)
class FollowMail:
    """Whom the mail of a new follower goes to, and who that is."""

    user_id: int
    email: str
    username: str
    display_name: str
    follower_id: int
    follower_username: str
    follower_display_name: str


FOLLOW_MAIL = Query(
    """
    SELECT u.id AS user_id, u.email, u.username, u.display_name, f.id AS follower_id,
           f.username AS follower_username, f.display_name AS follower_display_name
      FROM notifications n
      JOIN users u ON u.id = n.user_id AND u.deleted_at IS NULL AND u.suspended_at IS NULL
      JOIN users f ON f.id = n.actor_id AND f.deleted_at IS NULL AND f.suspended_at IS NULL
      JOIN follows w ON w.follower_id = f.id AND w.followed_id = u.id
     WHERE n.id = $1 AND n.kind = 'follow' AND u.digest_mails AND u.owner_id IS NULL""",
    FollowMail,
)


async def follow_mail(db: Executor, notification_id: int) -> FollowMail | None:
    """Return the data of a follow's mail.

    None when it is not to be sent any more: unfollowed, opted out, or one of the two is gone.
    """
    return await FOLLOW_MAIL.maybe(db, notification_id)


@dataclass(frozen=True, slots=True)
class DigestLine:
    """A notification in a digest, and who caused it."""

    kind: str
    username: str
    display_name: str


@dataclass(frozen=True, slots=True)
class DigestMail:
    """What is unread since the last digest: how many, up to which id, and the newest of them."""

    user_id: int
    email: str
    username: str
    display_name: str
    unread: int
    last_id: int
    newest: list[DigestLine]


# Whether users u want a digest, and the unread notifications n that no digest has had yet.
WANTS_DIGEST = f"u.digest_mails AND u.email_verified_at IS NOT NULL AND {is_active('u')}"
NOT_IN_DIGEST = f"""n.user_id = u.id AND n.read_at IS NULL AND n.id > greatest(
    {read_up_to("u.id")},
    (SELECT max(cause::bigint) FROM mails WHERE user_id = u.id AND kind = 'digest'))"""

DIGEST_LINE = Columns(
    DigestLine, {"kind": "n.kind", "username": "a.username", "display_name": "a.display_name"}
)
DIGEST = Columns(
    DigestMail,
    {
        "user_id": "u.id",
        "email": "u.email",
        "username": "u.username",
        "display_name": "u.display_name",
        "unread": "untold.unread",
        "last_id": "untold.last_id",
        "newest": DIGEST_LINE.within(f"""ARRAY(
            SELECT {{}} FROM notifications n JOIN users a ON a.id = n.actor_id
             WHERE {NOT_IN_DIGEST} ORDER BY n.id DESC LIMIT 10)"""),
    },
)
DIGEST_MAIL = Query(
    f"""
    SELECT {DIGEST}
      FROM users u CROSS JOIN LATERAL (
           SELECT count(*) AS unread, max(n.id) AS last_id FROM notifications n
            WHERE {NOT_IN_DIGEST}) untold
     WHERE u.id = $1 AND untold.unread > 0 AND {WANTS_DIGEST}""",
    DIGEST,
)


async def digest_mail(db: Executor, user_id: int) -> DigestMail | None:
    """Return the data of a digest; None when nothing is unread, or no digest is wanted."""
    return await DIGEST_MAIL.maybe(db, user_id)


USERS_DUE_DIGEST = Scalar(
    f"""
    SELECT u.id FROM user_seq s JOIN users u ON u.id = s.user_id
     WHERE s.user_id > $1 AND s.user_id <= $2 AND s.unread_notifications > 0 AND {WANTS_DIGEST}
       AND NOT EXISTS (SELECT FROM mails m WHERE m.user_id = u.id AND m.kind = 'digest'
                          AND m.created_at > now() - interval '20 hours')
       AND EXISTS (SELECT FROM notifications n WHERE {NOT_IN_DIGEST})""",
    int,
)


async def enqueue_digests(db: Database) -> None:
    """Enqueue a digest for each to whom one is due: at most one in 20 hours."""
    after = 0
    while (last := await LAST_OF_NEXT_USERS.maybe(db, after)) is not None:
        async with db.transaction() as connection:
            for user_id in await USERS_DUE_DIGEST.all(connection, after, last):
                await jobs.enqueue(
                    connection,
                    "email.digest",
                    {"user_id": user_id},
                    dedupe_key=f"email.digest:{user_id}",
                )
        after = last
