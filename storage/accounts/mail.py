"""Mails: ordered with what causes them, read when they are sent, and sent once a cause."""

from dataclasses import dataclass

import asyncpg

from storage import jobs
from storage.database.pool import Database
from storage.database.query import Executor, Query


async def order_verification(connection: asyncpg.Connection, user_id: int, nonce: str) -> None:
    """Have a link to verify the user's address mailed, if the transaction commits."""
    await jobs.enqueue(connection, "email.verify", {"user_id": user_id, "nonce": nonce})


async def order_reset(db: Database, email: str, nonce: str) -> None:
    """Have a link to set a new password mailed to whoever has this address, if anybody."""
    async with db.transaction() as connection:
        await jobs.enqueue(connection, "email.reset", {"email": email, "nonce": nonce})


SENT = "SELECT EXISTS (SELECT FROM mails WHERE user_id = $1 AND kind = $2 AND cause = $3)"


async def was_sent(db: Executor, user_id: int, kind: str, cause: str) -> bool:
    sent: bool = await db.fetchval(SENT, user_id, kind, cause)
    return sent


KEEP = """
    INSERT INTO mails (user_id, kind, cause) SELECT id, $2, $3 FROM users
     WHERE id = $1 AND deleted_at IS NULL ON CONFLICT DO NOTHING"""


async def keep_sent(db: Database, user_id: int, kind: str, cause: str) -> None:
    await db.execute(KEEP, user_id, kind, cause)


# Of a digest the last one tells where the next begins; a follow is told once for ever.
TRIM = """
    DELETE FROM mails m WHERE created_at < now() - interval '30 days' AND (
        kind IN ('verify', 'reset') OR (kind = 'digest' AND EXISTS (
            SELECT FROM mails n WHERE n.user_id = m.user_id AND n.kind = 'digest'
               AND n.created_at > m.created_at)))"""


async def trim(db: Database) -> None:
    await db.execute(TRIM)


@dataclass(frozen=True, slots=True)
class Recipient:
    user_id: int
    email: str
    username: str
    display_name: str


UNVERIFIED = Query(
    """
    SELECT id AS user_id, email, username, display_name FROM users
     WHERE id = $1 AND email_verified_at IS NULL AND deleted_at IS NULL AND suspended_at IS NULL""",
    Recipient,
)


async def unverified(db: Executor, user_id: int) -> Recipient | None:
    """None when there is nothing to verify any more."""
    return await UNVERIFIED.maybe(db, user_id)


HOLDER = Query(
    """
    SELECT id AS user_id, email, username, display_name FROM users
     WHERE lower(email) = lower($1) AND deleted_at IS NULL AND suspended_at IS NULL""",
    Recipient,
)


async def holder(db: Executor, email: str) -> Recipient | None:
    """Whoever has this address, if anybody."""
    return await HOLDER.maybe(db, email)


@dataclass(frozen=True, slots=True)
class FollowMail:
    """To whom, and who the new follower is."""

    user_id: int
    email: str
    username: str
    display_name: str
    follower_id: int
    follower_username: str
    follower_display_name: str


FOLLOW = Query(
    """
    SELECT u.id AS user_id, u.email, u.username, u.display_name, f.id AS follower_id,
           f.username AS follower_username, f.display_name AS follower_display_name
      FROM notifications n
      JOIN users u ON u.id = n.user_id AND u.deleted_at IS NULL AND u.suspended_at IS NULL
      JOIN users f ON f.id = n.actor_id AND f.deleted_at IS NULL AND f.suspended_at IS NULL
      JOIN follows w ON w.follower_id = f.id AND w.followed_id = u.id
     WHERE n.id = $1 AND n.kind = 'follow' AND u.digest_mails""",
    FollowMail,
)


async def follow(db: Executor, notification_id: int) -> FollowMail | None:
    """None when there is nothing to tell any more: unfollowed, opted out, or one of the two has
    gone."""
    return await FOLLOW.maybe(db, notification_id)


@dataclass(frozen=True, slots=True)
class DigestLine:
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


# Whose digest may be due, and the unread notifications n that no digest has told them of.
WANTED = """u.digest_mails AND u.email_verified_at IS NOT NULL AND u.deleted_at IS NULL
    AND u.suspended_at IS NULL"""
UNTOLD = """n.user_id = u.id AND n.read_at IS NULL AND n.id > coalesce(
    (SELECT max(cause::bigint) FROM mails WHERE user_id = u.id AND kind = 'digest'), 0)"""

DIGEST = Query(
    f"""
    SELECT u.id AS user_id, u.email, u.username, u.display_name, untold.unread, untold.last_id,
           ARRAY(SELECT ROW(n.kind, a.username, a.display_name)
                   FROM notifications n JOIN users a ON a.id = n.actor_id
                  WHERE {UNTOLD} ORDER BY n.id DESC LIMIT 10) AS newest
      FROM users u CROSS JOIN LATERAL (
           SELECT count(*) AS unread, max(n.id) AS last_id FROM notifications n
            WHERE {UNTOLD}) untold
     WHERE u.id = $1 AND untold.unread > 0 AND {WANTED}""",
    DigestMail,
)


async def digest(db: Executor, user_id: int) -> DigestMail | None:
    """None when there is nothing to tell, or nobody who wants to know."""
    return await DIGEST.maybe(db, user_id)


PLANNED = 500  # users to whom one transaction orders digests

DUE = f"""
    SELECT u.id FROM user_seq s JOIN users u ON u.id = s.user_id
     WHERE s.user_id > $1 AND s.unread_notifications > 0 AND {WANTED}
       AND NOT EXISTS (SELECT FROM mails m WHERE m.user_id = u.id AND m.kind = 'digest'
                          AND m.created_at > now() - interval '20 hours')
       AND EXISTS (SELECT FROM notifications n WHERE {UNTOLD})
     ORDER BY s.user_id LIMIT {PLANNED}"""


async def order_digests(db: Database) -> None:
    """Order a digest for each to whom one is due: at most one in 20 hours."""
    after, ordered = 0, PLANNED
    while ordered == PLANNED:
        async with db.transaction() as connection:
            due = [row["id"] for row in await connection.fetch(DUE, after)]
            for user_id in due:
                await jobs.enqueue(
                    connection,
                    "email.digest",
                    {"user_id": user_id},
                    dedupe_key=f"email.digest:{user_id}",
                )
        after, ordered = due[-1] if due else after, len(due)
