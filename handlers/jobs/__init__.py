"""What is done after the answer has gone out: a table of jobs, and one of those the clock starts.

A job is `async def run(context, **payload)`. It runs at least once: a worker that is killed before
it could record that the job succeeded leaves it to another, so running twice must do no harm.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from handlers.jobs import (
    address_emails,
    addresses,
    digest_email,
    follow_email,
    housekeeping,
    link_emails,
    polls,
    portions,
    push,
    recount,
    refold,
    search_index,
    token_email,
    webhooks,
)
from handlers.jobs.context import JobContext, Mailer, NotDone, Refused, TryLater

__all__ = ["JOBS", "SCHEDULES", "JobContext", "Mailer", "NotDone", "Refused", "TryLater"]

JOBS: Final[dict[str, Callable[..., Awaitable[None]]]] = {
    "account.addresses": addresses.rewrite,
    "account.erase": portions.purge_account,
    "post.purge": portions.purge_post,
    "poll.end": polls.end,
    "notifications.settle_read": portions.settle_read,
    "notifications.hide_actor": portions.hide_actor,
    "sessions.settle_revoked": portions.settle_revoked,
    "account.recount": recount.recount_account,
    "email.follow": follow_email.send,
    "email.digest": digest_email.send,
    "email.reset": link_emails.reset,
    "email.verify": link_emails.verify,
    "email.change": link_emails.change,
    "email.changing": address_emails.changing,
    "email.changed": address_emails.changed,
    "email.token": token_email.send,
    "push.spread": push.spread,
    "push.deliver": push.deliver,
    "webhook.spread": webhooks.spread,
    "webhook.deliver": webhooks.deliver,
    "email.webhook_disabled": webhooks.disabled,
    "hashtags.refold": refold.refold_hashtags,
}

# (cron expression in UTC, the job that is then queued, once in the whole fleet)
SCHEDULES: Final[dict[str, tuple[str, Callable[[JobContext], Awaitable[None]]]]] = {
    "housekeeping": ("17 * * * *", housekeeping.run),
    "search.index": ("* * * * *", search_index.run),
    # The later ones are for those whom an earlier one did not come to.
    "digests": ("7 8,9,10 * * *", digest_email.plan),
}
