"""Tells users by mail, once a day, what they have not read."""

from handlers import emails
from handlers.jobs import send_once
from handlers.jobs.context import JobContext
from storage.accounts import mail

DID = {
    "like": "likes your post",
    "follow": "follows you",
    "retweet": "has retweeted your post",
    "reply": "has replied to you",
    "mention": "has mentioned you",
}


async def plan(context: JobContext) -> None:
    await mail.order_digests(context.db)


async def send(context: JobContext, user_id: int) -> None:
    """Quietly does nothing when all is read by now, or the user has opted out or gone."""
    digest = await mail.digest(context.db, user_id)
    if digest is None:
        return
    cause = str(digest.last_id)
    message = emails.render(
        "digest",
        to=digest.email,
        sender=context.mail_from,
        cause=f"digest-{user_id}-{cause}",
        values={
            "name": digest.display_name or digest.username,
            "username": digest.username,
            "public_url": context.public_url,
            "count": _count(digest.unread),
            "lines": [
                {
                    "name": line.display_name or line.username,
                    "username": line.username,
                    "did": DID[line.kind],
                }
                for line in digest.newest
            ],
            "more": str(more) if (more := digest.unread - len(digest.newest)) else "",
            "opt_out": context.opt_out_page(user_id),
        },
        unsubscribe=context.opt_out_post(user_id),
    )
    await send_once.send(context, message, user_id=user_id, kind="digest", cause=cause)


def _count(unread: int) -> str:
    return "1 unread notification" if unread == 1 else f"{unread} unread notifications"
