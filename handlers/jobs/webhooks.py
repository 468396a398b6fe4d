"""Sends events of accounts to their webhooks: one after the other, failed ones again for a day."""

import random
import time
from datetime import timedelta

import orjson

from handlers.jobs.context import JobContext, NotDone, NotSent, TryLater, WebhookAnswer
from handlers.jobs.send_once import send_once
from handlers.security import webhook_signatures
from storage.accounts import mail
from storage.events import replay
from storage.webhooks import deliveries, webhooks
from storage.webhooks.deliveries import TEST, Attempt, DueDelivery

SECONDS = 25.0  # then others have their turn
GIVEN_UP_AFTER = timedelta(hours=24)
DISABLED_AFTER = timedelta(days=3)  # of nothing but failures
FIRST_DELAY = timedelta(seconds=5)
FACTOR = 3
LONGEST_DELAY = timedelta(hours=6)
JITTER = 0.2
RETRY_AFTER_MAX = timedelta(hours=24)
GONE = 410
BECAUSE = {
    "gone": "it answered 410 Gone, which says that nothing is wanted there any more",
    "failing": "for days nothing that was sent there was taken",
    "overflow": "more waits to be sent there than is kept",
}


async def spread(context: JobContext, user_id: int) -> None:
    """Store what the webhooks of an account are to be sent, up to the end of its log."""
    until = time.monotonic() + SECONDS
    while not await deliveries.spread(context.db, user_id):
        if time.monotonic() > until:
            raise NotDone


async def deliver(context: JobContext, webhook_id: int) -> None:
    """Send what is due to a webhook, one after the other."""
    until = time.monotonic() + SECONDS
    while True:
        due = await deliveries.next_due(context.db, webhook_id)
        if due is not None:
            await _send(context, due)
        elif await deliveries.rest(context.db, webhook_id):
            return
        if time.monotonic() > until:
            raise NotDone


async def disabled(context: JobContext, user_id: int, webhook_id: int) -> None:
    """Tell the owner of a webhook, or of its bot, that it was disabled, unless it no longer is."""
    ended = await webhooks.disabled(context.db, user_id, webhook_id)
    recipient = await mail.answerable(context.db, user_id)
    if ended is None or recipient is None:
        return
    values = {
        "username": ended.username,
        "webhook": ended.name,
        "url": ended.url,
        "because": BECAUSE[ended.because],
    }
    cause = f"{webhook_id}-{int(ended.at.timestamp())}"
    await send_once(context, "webhook_disabled", recipient, cause, values)


async def _send(context: JobContext, due: DueDelivery) -> None:
    if context.webhooks is None:
        raise TryLater("nothing is sent to webhooks here")
    body = await _body(context, due)
    if body is None:
        await deliveries.withdraw(context.db, due)
        return
    keys = [key for key in (due.secret, due.previous_secret) if key is not None]
    signed = webhook_signatures.headers(keys, due.message_id, int(time.time()), body)
    started = time.perf_counter()
    answer, error = None, None
    try:
        answer = await context.webhooks.send(due.url, signed, body)
    except NotSent as failure:
        error = failure.reason
    status = answer.status if answer else None
    if status is not None and not 200 <= status < 300:
        error = "status"
    attempt = Attempt(status, error, round((time.perf_counter() - started) * 1000))
    if error is None:
        await deliveries.succeeded(context.db, due, attempt)
    else:
        await _failed(context, due, attempt, answer)


async def _body(context: JobContext, due: DueDelivery) -> bytes | None:
    """Make the event of what its account may see now; None where that is nothing."""
    if due.seq is None:
        return _encoded(TEST, due, {"webhook_id": due.webhook_id})
    found = await replay.read(context.db, due.user_id, due.seq - 1, 1)
    if not found or found[0].seq != due.seq or found[0].data is None:
        return None
    return _encoded(due.event, due, found[0].data)


def _encoded(name: str, due: DueDelivery, data: object) -> bytes:
    event = {"type": name, "timestamp": due.at, "seq": due.seq, "data": data}
    return orjson.dumps(event, option=orjson.OPT_UTC_Z)


async def _failed(
    context: JobContext, due: DueDelivery, attempt: Attempt, answer: WebhookAnswer | None
) -> None:
    asked = timedelta(0)
    if answer is not None and answer.retry_after is not None:
        asked = min(timedelta(seconds=answer.retry_after), RETRY_AFTER_MAX)
    delay = max(_delay(due.attempts), asked)
    # One failure may be of what was sent; more in a row are of where it is sent to.
    pause = max(_delay(due.failures - 1) if due.failures else timedelta(0), asked)
    over = due.age + delay > GIVEN_UP_AFTER + asked
    await deliveries.failed(
        context.db,
        due,
        attempt,
        again=None if over else delay,
        pause=pause,
        gone=attempt.response_status == GONE,
        longest=DISABLED_AFTER,
    )


def _delay(before: int) -> timedelta:
    """Return how long to wait after an attempt before which there were so many."""
    delay: timedelta = min(FIRST_DELAY * FACTOR ** min(before, 20), LONGEST_DELAY)
    return delay * random.uniform(1 - JITTER, 1 + JITTER)
