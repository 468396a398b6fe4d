"""Webhooks: made, changed, disabled. An account's counter is locked first, then the webhook."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from storage import jobs
from storage.database.columns import Columns, field_types
from storage.database.paging import after, page_by_id
from storage.database.pool import Database
from storage.database.query import Command, Query, Scalar
from storage.errors import NotFound, TooManyWebhooks
from storage.events import log
from storage.record import record
from storage.records import Page

WEBHOOKS_MAX = 10  # that an account has at once
PREVIOUS_SECRET_FOR = timedelta(hours=24)


@record
class Webhook:
    """Where an account has events of its own sent.

    disabled_because: owner, gone (it answered 410), failing (for days) or overflow (more waited
    than may). previous_secret_until: until when deliveries are signed with the secret before, too.
    """

    id: int
    name: str
    url: str
    events: list[str]
    enabled: bool
    disabled_because: str | None
    disabled_at: datetime | None
    failing_since: datetime | None
    last_success_at: datetime | None
    previous_secret_until: datetime | None
    created_at: datetime


WEBHOOK = Columns(
    Webhook,
    {name: f"w.{name}" for name in field_types(Webhook)}
    | {
        "enabled": "w.disabled_at IS NULL",
        "previous_secret_until": """
           CASE WHEN w.previous_secret_until > now() THEN w.previous_secret_until END""",
    },
)

COUNT_WEBHOOKS = Scalar("SELECT count(*) FROM webhooks WHERE user_id = $1", int)
CREATE_WEBHOOK = Query(
    f"""
    WITH w AS (
        INSERT INTO webhooks (user_id, name, url, events, secret, since)
        SELECT s.user_id, $2, $3, $4::text[], $5, s.seq FROM user_seq s WHERE s.user_id = $1
        RETURNING *)
    SELECT {WEBHOOK} FROM w""",
    WEBHOOK,
)
# How far the log has been read for an account without a webhook says nothing: NULL is "not at all".
SETTLE_READING = Command("""
    UPDATE user_seq s
       SET webhooks_read_up_to = CASE WHEN any_enabled THEN coalesce(webhooks_read_up_to, seq) END
      FROM (SELECT EXISTS (SELECT FROM webhooks WHERE user_id = $1 AND disabled_at IS NULL)
                   AS any_enabled) asked
     WHERE s.user_id = $1 AND (s.webhooks_read_up_to IS NOT NULL) <> any_enabled""")


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """What a webhook is to be."""

    name: str
    url: str
    events: Sequence[str]
    secret: bytes


async def create(db: Database, user_id: int, webhook: NewWebhook) -> Webhook:
    """Have events sent from now on. TooManyWebhooks."""
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        if await COUNT_WEBHOOKS.one(connection, user_id) >= WEBHOOKS_MAX:
            raise TooManyWebhooks("url", WEBHOOKS_MAX)
        made = await CREATE_WEBHOOK.one(
            connection, user_id, webhook.name, webhook.url, list(webhook.events), webhook.secret
        )
        await SETTLE_READING.run(connection, user_id)
        return made


WEBHOOKS_OF_USER = Query(
    f"""
    SELECT {WEBHOOK} FROM webhooks w WHERE w.user_id = $1 AND w.id < $2
     ORDER BY w.id DESC LIMIT $3""",
    WEBHOOK,
)


async def of_user(db: Database, user_id: int, limit: int, cursor: str | None) -> Page[Webhook]:
    """Return an account's webhooks, the newest first."""
    return page_by_id(await WEBHOOKS_OF_USER.all(db, user_id, after(cursor), limit + 1), limit)


GET_WEBHOOK = Query(f"SELECT {WEBHOOK} FROM webhooks w WHERE w.user_id = $1 AND w.id = $2", WEBHOOK)


async def get(db: Database, user_id: int, webhook_id: int) -> Webhook:
    """Return one of an account's webhooks. NotFound."""
    found = await GET_WEBHOOK.maybe(db, user_id, webhook_id)
    if found is None:
        raise NotFound("webhook")
    return found


# Enabled anew, it begins with what comes next.
UPDATE_WEBHOOK = Query(
    f"""
    WITH w AS (
        UPDATE webhooks SET name = coalesce($3, name), url = coalesce($4, url),
               events = coalesce($5::text[], events),
               disabled_at = CASE WHEN $6 THEN NULL WHEN NOT $6 THEN coalesce(disabled_at, now())
                             ELSE disabled_at END,
               disabled_because = CASE WHEN $6 THEN NULL
                   WHEN NOT $6 THEN coalesce(disabled_because, 'owner') ELSE disabled_because END,
               since = CASE WHEN $6 AND disabled_at IS NOT NULL THEN (
                   SELECT seq FROM user_seq WHERE user_id = $1) ELSE since END,
               failures = CASE WHEN $6 OR $4 <> url THEN 0 ELSE failures END,
               failing_since = CASE WHEN $6 OR $4 <> url THEN NULL ELSE failing_since END,
               paused_until = CASE WHEN $6 OR $4 <> url THEN NULL ELSE paused_until END
         WHERE user_id = $1 AND id = $2 RETURNING *)
    SELECT {WEBHOOK} FROM w""",
    WEBHOOK,
)
END_WAITING = Command("""
    UPDATE webhook_deliveries
       SET status = 'failed', error = 'disabled', next_attempt_at = NULL
     WHERE webhook_id = $1 AND status = 'waiting'""")


async def update(
    db: Database,
    user_id: int,
    webhook_id: int,
    *,
    name: str | None,
    url: str | None,
    events: Sequence[str] | None,
    enabled: bool | None,
) -> Webhook:
    """Change a webhook; None leaves as it is. Disabled, what waits is not sent. NotFound."""
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        wanted = None if events is None else list(events)
        changed = await UPDATE_WEBHOOK.maybe(
            connection, user_id, webhook_id, name, url, wanted, enabled
        )
        if changed is None:
            raise NotFound("webhook")
        if not changed.enabled:
            await END_WAITING.run(connection, webhook_id)
        await SETTLE_READING.run(connection, user_id)
        return changed


ROTATE_SECRET = Query(
    f"""
    WITH w AS (
        UPDATE webhooks SET previous_secret = secret, previous_secret_until = now() + $4::interval,
               secret = $3
         WHERE user_id = $1 AND id = $2 RETURNING *)
    SELECT {WEBHOOK} FROM w""",
    WEBHOOK,
)


async def rotate_secret(db: Database, user_id: int, webhook_id: int, secret: bytes) -> Webhook:
    """Sign with this secret from now on, and with the one before for a while. NotFound."""
    changed = await ROTATE_SECRET.maybe(db, user_id, webhook_id, secret, PREVIOUS_SECRET_FOR)
    if changed is None:
        raise NotFound("webhook")
    return changed


DELETE_WEBHOOK = Command("DELETE FROM webhooks WHERE user_id = $1 AND id = $2")


async def delete(db: Database, user_id: int, webhook_id: int) -> None:
    """Forget a webhook, with what waits and what came of the rest. NotFound."""
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        if not await DELETE_WEBHOOK.run(connection, user_id, webhook_id):
            raise NotFound("webhook")
        await SETTLE_READING.run(connection, user_id)


DISABLE_WEBHOOK = Scalar(
    """
    UPDATE webhooks SET disabled_at = now(), disabled_because = $3
     WHERE user_id = $1 AND id = $2 AND disabled_at IS NULL RETURNING id""",
    int,
)


async def disable(
    connection: asyncpg.Connection, user_id: int, webhook_id: int, because: str
) -> None:
    """End a webhook that is enabled, whose owner is told by mail; the counter is locked."""
    if await DISABLE_WEBHOOK.maybe(connection, user_id, webhook_id, because) is None:
        return
    await END_WAITING.run(connection, webhook_id)
    await SETTLE_READING.run(connection, user_id)
    told = {"user_id": user_id, "webhook_id": webhook_id}
    await jobs.enqueue(connection, "email.webhook_disabled", told)


@dataclass(frozen=True, slots=True)
class DisabledWebhook:
    """What is told of a webhook that was disabled; username is its account's."""

    username: str
    name: str
    url: str
    because: str
    at: datetime


DISABLED_WEBHOOK = Query(
    """
    SELECT u.username, w.name, w.url, w.disabled_because AS because, w.disabled_at AS at
      FROM webhooks w JOIN users u ON u.id = w.user_id
     WHERE w.user_id = $1 AND w.id = $2 AND w.disabled_because <> 'owner'""",
    DisabledWebhook,
)


async def disabled(db: Database, user_id: int, webhook_id: int) -> DisabledWebhook | None:
    """Return a webhook that was disabled by itself; None where it is not, or no longer."""
    return await DISABLED_WEBHOOK.maybe(db, user_id, webhook_id)
