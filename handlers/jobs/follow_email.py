"""Tells a user by mail of a new follower."""

from handlers.jobs.context import JobContext
from handlers.jobs.send_once import send_once
from storage.accounts import mail


async def send(context: JobContext, notification_id: int) -> None:
    """Send the mail, unless its follow is gone or this follower was mailed about before.

    Gone it is, too, with the notification or one of the two users.
    """
    follow = await mail.follow_mail(context.db, notification_id)
    if follow is None:
        return
    values = {
        "follower_name": follow.follower_display_name or follow.follower_username,
        "follower_username": follow.follower_username,
    }
    await send_once(context, "follow", follow, str(follow.follower_id), values, optional=True)
