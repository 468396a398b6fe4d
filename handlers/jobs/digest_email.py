"""Tells users by mail, once a day, what they have not read."""

from handlers import emails
from handlers.jobs.context import JobContext
from handlers.jobs.send_once import send_once
from storage.accounts import mail

DID = {
    "like": "likes your post",
    "follow": "follows you",
    "retweet": "has retweeted your post",
    "reply": "has replied to you",
    "mention": "has mentioned you",
    "message_mention": "has mentioned you in a group",
    "quote": "has quoted your post",
    "poll": "has asked a poll, which has ended",
}


async def plan(context: JobContext) -> None:
    """Queue a digest for each user to whom one is due."""
    await mail.enqueue_digests(context.db)


async def send(context: JobContext, user_id: int) -> None:
    """Send the digest, unless all is read by now, or the user has opted out or gone."""
    digest = await mail.digest_mail(context.db, user_id)
    if digest is None:
        return
    more = digest.unread - len(digest.newest)
    values: dict[str, emails.Value] = {
        "count": _count(digest.unread),
        "lines": [
            {
                "name": line.display_name or line.username,
                "username": line.username,
                "did": DID[line.kind],
            }
            for line in digest.newest
        ],
        "more": str(more) if more else "",
    }
    await send_once(context, "digest", digest, str(digest.last_id), values, optional=True)


def _count(unread: int) -> str:
    return "1 unread notification" if unread == 1 else f"{unread} unread notifications"
