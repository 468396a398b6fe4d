"""Web Push (RFC 8030): where a session's browser receives it, and the jobs that send it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from storage import jobs
from storage.accounts.sessions import REVOKED
from storage.database.pool import Database
from storage.database.query import Command, Executor, Query, Scalar

PUSH_AFTER = timedelta(seconds=3)  # in which somebody who is looking has read it


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """A browser's PushSubscription: its address, and the keys to encrypt for it (base64url)."""

    session_id: int
    user_id: int
    endpoint: str
    p256dh: str
    auth: str


SUBSCRIBE = Command("""
    WITH flagged AS (UPDATE user_seq SET has_push = true WHERE user_id = $2 AND NOT has_push)
    INSERT INTO push_subscriptions (session_id, user_id, endpoint, p256dh, auth)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (session_id) DO UPDATE
       SET endpoint = excluded.endpoint, p256dh = excluded.p256dh, auth = excluded.auth,
           created_at = now()""")
FORGET_ENDPOINT = Command(
    "DELETE FROM push_subscriptions WHERE md5(endpoint) = md5($2) AND session_id <> $1"
)


async def subscribe(db: Database, subscription: PushSubscription) -> None:
    """Store where this session receives; it is the only one there, whoever was before."""
    async with db.transaction() as connection:
        await FORGET_ENDPOINT.run(connection, subscription.session_id, subscription.endpoint)
        await SUBSCRIBE.run(
            connection,
            subscription.session_id,
            subscription.user_id,
            subscription.endpoint,
            subscription.p256dh,
            subscription.auth,
        )


UNSUBSCRIBE = Command("""
    WITH gone AS (
        DELETE FROM push_subscriptions WHERE session_id = $1 AND ($2::text IS NULL OR endpoint = $2)
        RETURNING session_id, user_id)
    UPDATE user_seq s SET has_push = false FROM gone
     WHERE s.user_id = gone.user_id AND NOT EXISTS (
        SELECT FROM push_subscriptions p
         WHERE p.user_id = gone.user_id AND p.session_id <> gone.session_id)""")


async def unsubscribe(db: Database, session_id: int, endpoint: str | None = None) -> None:
    """Forget where this session receives; only if it is still this endpoint, where one is given."""
    await UNSUBSCRIBE.run(db, session_id, endpoint)


IS_SUBSCRIBED = Scalar("SELECT EXISTS (SELECT FROM push_subscriptions WHERE session_id = $1)", bool)


async def is_subscribed(db: Executor, session_id: int) -> bool:
    """Tell whether this session receives."""
    return await IS_SUBSCRIBED.one(db, session_id)


GET_SUBSCRIPTION = Query(
    f"""
    SELECT p.session_id, p.user_id, p.endpoint, p.p256dh, p.auth
      FROM push_subscriptions p JOIN sessions s ON s.id = p.session_id
      JOIN users u ON u.id = s.user_id
     WHERE p.session_id = $1 AND NOT {REVOKED} AND s.expires_at > now()
       AND u.suspended_at IS NULL AND u.deleted_at IS NULL""",
    PushSubscription,
)


async def get(db: Executor, session_id: int) -> PushSubscription | None:
    """Return where this session receives; None when it does not, or is over."""
    return await GET_SUBSCRIPTION.maybe(db, session_id)


@dataclass(frozen=True, slots=True)
class Pushable:
    """An event in the log of a user who has subscriptions."""

    user_id: int
    seq: int


# The same within a statement that numbers events itself: an aggregate over `numbered`, whose rows
# have user_id and seq, and whether the event is to be pushed; and the condition, which always
# holds, that enqueues what it makes, a json. The function is called where there is anything, which
# costs all other times less than an INSERT that does nothing.
EVENTS = "json_agg(json_build_array(user_id, seq)) FILTER (WHERE has_push)"


def enqueued(events: str) -> str:
    """Return the condition, which always holds, with which a statement has these pushed."""
    return f"""CASE WHEN {events} IS NULL THEN true
               ELSE push_later({events}, interval '{PUSH_AFTER.seconds} s') END"""


async def enqueue(connection: asyncpg.Connection, events: Sequence[Pushable]) -> None:
    """Have these events pushed a moment after the transaction commits."""
    if events:
        payload = {"events": [[event.user_id, event.seq] for event in events]}
        await jobs.enqueue(connection, "push.spread", payload, execute_after=PUSH_AFTER)


SESSIONS_WITH_PUSH = Scalar(
    "SELECT session_id FROM push_subscriptions WHERE user_id = $1 ORDER BY session_id", int
)


async def spread(db: Database, events: Sequence[Pushable]) -> None:
    """Enqueue a delivery of each event to each session that receives, once each."""
    for event in events:
        async with db.transaction() as connection:
            for session_id in await SESSIONS_WITH_PUSH.all(connection, event.user_id):
                await jobs.enqueue(
                    connection,
                    "push.deliver",
                    {"session_id": session_id, "seq": event.seq},
                    dedupe_key=f"push-{session_id}-{event.seq}",
                )
