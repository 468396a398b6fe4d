"""What a webhook is sent: found in the log of its account, tried, and how that went.

The log is read by a watermark (user_seq.webhooks_read_up_to) under the lock of the account's
counter, in the transaction that stores what is to be sent: nothing is missed and nothing is there
twice. A job is woken up in the transaction of what it is woken for, and goes in the one in which
it has found nothing more to do.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import asyncpg
import orjson

from storage.database.columns import Columns, field_types
from storage.database.paging import after, page_by_id
from storage.database.pool import Database
from storage.database.query import Command, Query, Scalar
from storage.database.visibility import is_active
from storage.errors import NotFound, WebhookDisabled
from storage.events import log
from storage.jobs.queue import CHANNEL
from storage.record import record
from storage.records import Page
from storage.webhooks import webhooks

TEST = "webhook.test"
PORTION = 500  # events that are looked at in a transaction
WAITING_MAX = 5_000  # of a webhook
KEPT = 100  # deliveries of a webhook that are over


@record
class WebhookDelivery:
    """What became of one event for one webhook.

    event, seq and at are the event's; seq is None for a test. message_id is `webhook-id` of the
    request. status: waiting, delivered, failed (it is not tried again), or withdrawn (there was
    nothing left of it that the account may see). error: address, connection, tls, timeout,
    protocol, status or disabled.
    """

    id: int
    message_id: str
    event: str
    seq: int | None
    at: datetime
    status: Literal["waiting", "delivered", "failed", "withdrawn"]
    attempts: int
    attempted_at: datetime | None
    response_status: int | None
    error: str | None
    duration_ms: int | None
    next_attempt_at: datetime | None


MESSAGE_ID = "'msg_' || translate(d.message_id::text, '-', '')"
DELIVERY = Columns(
    WebhookDelivery,
    {name: f"d.{name}" for name in field_types(WebhookDelivery)} | {"message_id": MESSAGE_ID},
)

MOVE_UP = Command("""
    UPDATE jobs SET run_at = now() + $2::interval
     WHERE dedupe_key = $1 AND held_at IS NULL AND worker IS NULL
       AND run_at > now() + $2::interval""")
QUEUE = Command("""
    INSERT INTO jobs (kind, payload, dedupe_key, run_at)
    VALUES ('webhook.deliver', $2::text::json, $1, now() + $3::interval) ON CONFLICT DO NOTHING""")
TELL_WORKERS = Command(f"SELECT pg_notify('{CHANNEL}', '')")
LEAVE_QUEUE = Command("DELETE FROM jobs WHERE dedupe_key = $1 AND held_at IS NULL")

NOW = timedelta(0)


def _key(webhook_id: int) -> str:
    return f"webhook-{webhook_id}"


async def _wake(connection: asyncpg.Connection, webhook_id: int, delay: timedelta = NOW) -> None:
    """Have the deliveries of a webhook looked at; its row is locked."""
    await MOVE_UP.run(connection, _key(webhook_id), delay)
    payload = orjson.dumps({"webhook_id": webhook_id}).decode()
    await QUEUE.run(connection, _key(webhook_id), payload, delay)
    await TELL_WORKERS.run(connection)


@dataclass(frozen=True, slots=True)
class _Reading:
    seq: int
    read_up_to: int | None
    is_active: bool


READING = Query(
    f"""
    SELECT s.seq, s.webhooks_read_up_to AS read_up_to, {is_active("u")} AS is_active
      FROM user_seq s JOIN users u ON u.id = s.user_id WHERE s.user_id = $1""",
    _Reading,
)
LOCK_WEBHOOKS = Command("""
    SELECT FROM webhooks WHERE user_id = $1 AND disabled_at IS NULL ORDER BY id
       FOR NO KEY UPDATE""")
SPREAD_EVENTS = Scalar(
    """
    WITH wanted AS (
        SELECT w.id AS webhook_id, e.kind, e.seq, e.at
          FROM events e JOIN webhooks w ON w.user_id = e.user_id
         WHERE e.user_id = $1 AND e.seq > $2 AND e.seq <= $3 AND w.disabled_at IS NULL
           AND e.seq > w.since AND e.kind = ANY(w.events)
         ORDER BY e.seq, w.id),
    stored AS (
        INSERT INTO webhook_deliveries (webhook_id, event, seq, at)
        SELECT webhook_id, kind, seq, at FROM wanted RETURNING webhook_id)
    SELECT DISTINCT webhook_id FROM stored""",
    int,
)
READ_UP_TO = Command("UPDATE user_seq SET webhooks_read_up_to = $2 WHERE user_id = $1")
COUNT_WAITING = Scalar(
    "SELECT count(*) FROM webhook_deliveries WHERE webhook_id = $1 AND status = 'waiting'", int
)


async def spread(db: Database, user_id: int) -> bool:
    """Store a portion of what an account's webhooks are to be sent; return whether that was all.

    What comes while the account is suspended is not sent. One for which more would wait than may is
    disabled.
    """
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        reading = await READING.maybe(connection, user_id)
        if reading is None or reading.read_up_to is None or reading.read_up_to >= reading.seq:
            await LEAVE_QUEUE.run(connection, f"webhooks-of-{user_id}")
            return True
        up_to = min(reading.seq, reading.read_up_to + PORTION)
        if reading.is_active:
            await LOCK_WEBHOOKS.run(connection, user_id)
            reached = await SPREAD_EVENTS.all(connection, user_id, reading.read_up_to, up_to)
            for webhook_id in sorted(reached):
                if await COUNT_WAITING.one(connection, webhook_id) > WAITING_MAX:
                    await webhooks.disable(connection, user_id, webhook_id, "overflow")
                else:
                    await _wake(connection, webhook_id)
        await READ_UP_TO.run(connection, user_id, up_to)
        # All may just have been disabled.
        await webhooks.SETTLE_READING.run(connection, user_id)
        if up_to < reading.seq:
            return False
        await LEAVE_QUEUE.run(connection, f"webhooks-of-{user_id}")
        return True


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery whose time has come, and where it goes; age is since it was queued."""

    id: int
    webhook_id: int
    user_id: int
    message_id: str
    event: str
    seq: int | None
    at: datetime
    attempts: int
    age: timedelta
    url: str
    secret: bytes
    previous_secret: bytes | None
    failures: int


# Tests are sent where nothing else is.
IS_SENT = f"""(w.disabled_at IS NULL OR d.seq IS NULL) AND {is_active("u")}"""
NEXT_DUE = Query(
    f"""
    SELECT d.id, d.webhook_id, w.user_id, {MESSAGE_ID} AS message_id, d.event, d.seq, d.at,
           d.attempts, now() - d.queued_at AS age, w.url, w.secret,
           CASE WHEN w.previous_secret_until > now() THEN w.previous_secret END AS previous_secret,
           w.failures
      FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
      JOIN users u ON u.id = w.user_id
     WHERE d.webhook_id = $1 AND d.status = 'waiting' AND d.next_attempt_at <= now()
       AND (w.paused_until IS NULL OR w.paused_until <= now() OR d.seq IS NULL) AND {IS_SENT}
     ORDER BY d.id LIMIT 1""",
    DueDelivery,
)


async def next_due(db: Database, webhook_id: int) -> DueDelivery | None:
    """Return what is to be sent now: of what is due, what came first."""
    return await NEXT_DUE.maybe(db, webhook_id)


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an attempt went; error is None for one that succeeded."""

    response_status: int | None
    error: str | None
    duration_ms: int


SETTLE_DELIVERY = Command("""
    UPDATE webhook_deliveries
       SET status = $2, attempts = attempts + 1, attempted_at = now(), response_status = $3,
           error = $4, duration_ms = $5, next_attempt_at = now() + $6::interval
     WHERE id = $1 AND status = 'waiting'""")
SUCCEEDED = Command("""
    UPDATE webhooks SET failures = 0, failing_since = NULL, paused_until = NULL,
           last_success_at = now()
     WHERE id = $1""")
FAILED = Scalar(
    """
    UPDATE webhooks SET failures = failures + 1, failing_since = coalesce(failing_since, now()),
           paused_until = now() + $2::interval
     WHERE id = $1 RETURNING failing_since <= now() - $3::interval""",
    bool,
)


async def succeeded(db: Database, due: DueDelivery, attempt: Attempt) -> None:
    """Note that a delivery was taken."""
    async with db.transaction() as connection:
        await SUCCEEDED.run(connection, due.webhook_id)
        await _settle(connection, due, "delivered", attempt, None)


async def failed(
    db: Database,
    due: DueDelivery,
    attempt: Attempt,
    *,
    again: timedelta | None,
    pause: timedelta,
    gone: bool,
    longest: timedelta,
) -> None:
    """Note that a delivery was not taken.

    Args:
        db: The database.
        due: The delivery.
        attempt: How it went.
        again: When to try this one again; None: never.
        pause: For how long nothing is sent there.
        gone: Whether nothing is wanted there any more: the webhook is disabled.
        longest: One that has failed for so long is disabled, too.
    """
    async with db.transaction() as connection:
        await log.lock(connection, [due.user_id])
        too_long = await FAILED.maybe(connection, due.webhook_id, pause, longest)
        await _settle(connection, due, "waiting" if again else "failed", attempt, again)
        if gone or too_long:
            because = "gone" if gone else "failing"
            await webhooks.disable(connection, due.user_id, due.webhook_id, because)


WITHDRAW = Command("""
    UPDATE webhook_deliveries SET status = 'withdrawn', next_attempt_at = NULL, error = NULL
     WHERE id = $1 AND status = 'waiting'""")


async def withdraw(db: Database, due: DueDelivery) -> None:
    """Note that there is nothing left to send."""
    await WITHDRAW.run(db, due.id)


async def _settle(
    connection: asyncpg.Connection,
    due: DueDelivery,
    status: str,
    attempt: Attempt,
    again: timedelta | None,
) -> None:
    await SETTLE_DELIVERY.run(
        connection,
        due.id,
        status,
        attempt.response_status,
        attempt.error,
        attempt.duration_ms,
        again,
    )


LOCK_WEBHOOK = Command("SELECT FROM webhooks WHERE id = $1 FOR NO KEY UPDATE")
SECONDS_UNTIL_DUE = Scalar(
    f"""
    SELECT extract(epoch FROM min(CASE WHEN d.seq IS NULL THEN d.next_attempt_at
           ELSE greatest(d.next_attempt_at, w.paused_until) END) - now())::float8
      FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
      JOIN users u ON u.id = w.user_id
     WHERE d.webhook_id = $1 AND d.status = 'waiting' AND {IS_SENT}""",
    float,
)
FORGET_OLD = Command(f"""
    DELETE FROM webhook_deliveries WHERE webhook_id = $1 AND status <> 'waiting' AND id <= (
        SELECT id FROM webhook_deliveries WHERE webhook_id = $1 AND status <> 'waiting'
         ORDER BY id DESC OFFSET {KEPT} LIMIT 1)""")


async def rest(db: Database, webhook_id: int) -> bool:
    """Leave the queue until something is due, and forget old deliveries; False if something is."""
    async with db.transaction() as connection:
        await LOCK_WEBHOOK.run(connection, webhook_id)
        await FORGET_OLD.run(connection, webhook_id)
        seconds = await SECONDS_UNTIL_DUE.maybe(connection, webhook_id)
        if seconds is not None and seconds <= 0:
            return False
        await LEAVE_QUEUE.run(connection, _key(webhook_id))
        if seconds is not None:
            await _wake(connection, webhook_id, timedelta(seconds=seconds))
        return True


DELIVERIES = Query(
    f"""
    SELECT {DELIVERY} FROM webhook_deliveries d
     WHERE d.webhook_id = $1 AND d.id < $2 ORDER BY d.id DESC LIMIT $3""",
    DELIVERY,
)


async def of_webhook(
    db: Database, user_id: int, webhook_id: int, limit: int, cursor: str | None
) -> Page[WebhookDelivery]:
    """Return what waits and what came of the last, the newest first. NotFound."""
    await webhooks.get(db, user_id, webhook_id)
    return page_by_id(await DELIVERIES.all(db, webhook_id, after(cursor), limit + 1), limit)


# Whether it is enabled; no row where there is none.
LOCK_OWN_WEBHOOK = Scalar(
    """
    SELECT disabled_at IS NULL FROM webhooks WHERE user_id = $1 AND id = $2 FOR NO KEY UPDATE""",
    bool,
)
ADD_TEST = Query(
    f"""
    WITH d AS (
        INSERT INTO webhook_deliveries (webhook_id, event, at) VALUES ($1, '{TEST}', now())
        RETURNING *)
    SELECT {DELIVERY} FROM d""",
    DELIVERY,
)


async def test(db: Database, user_id: int, webhook_id: int) -> WebhookDelivery:
    """Send a test, also where the webhook is disabled or paused. NotFound."""
    async with db.transaction() as connection:
        if await LOCK_OWN_WEBHOOK.maybe(connection, user_id, webhook_id) is None:
            raise NotFound("webhook")
        delivery = await ADD_TEST.one(connection, webhook_id)
        await _wake(connection, webhook_id)
        return delivery


REDELIVER = Query(
    f"""
    WITH d AS (
        UPDATE webhook_deliveries SET status = 'waiting', attempts = 0, queued_at = now(),
               next_attempt_at = now(), error = NULL
         WHERE webhook_id = $1 AND id = $2 RETURNING *)
    SELECT {DELIVERY} FROM d""",
    DELIVERY,
)
UNPAUSE = Command("UPDATE webhooks SET paused_until = NULL WHERE id = $1")


async def redeliver(
    db: Database, user_id: int, webhook_id: int, delivery_id: int
) -> WebhookDelivery:
    """Send one again, from the beginning and at once. NotFound; WebhookDisabled."""
    async with db.transaction() as connection:
        enabled = await LOCK_OWN_WEBHOOK.maybe(connection, user_id, webhook_id)
        if enabled is None:
            raise NotFound("webhook")
        delivery = await REDELIVER.maybe(connection, webhook_id, delivery_id)
        if delivery is None:
            raise NotFound("delivery")
        if not enabled and delivery.seq is not None:
            raise WebhookDisabled
        await UNPAUSE.run(connection, webhook_id)
        await _wake(connection, webhook_id)
        return delivery
