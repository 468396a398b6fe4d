"""Tells a user by mail of a new follower."""

from handlers import emails
from handlers.jobs import send_once
from handlers.jobs.context import JobContext
from storage.accounts import mail


async def send(context: JobContext, notification_id: int) -> None:
    """Quietly does nothing when the notification, the follow or one of the two users is gone, or
    the user was told of this follower before.
    """
    follow = await mail.follow(context.db, notification_id)
    if follow is None:
        return
    message = emails.render(
        "follow",
        to=follow.email,
        sender=context.mail_from,
        cause=f"follow-{follow.user_id}-{follow.follower_id}",
        values={
            "name": follow.display_name or follow.username,
            "username": follow.username,
            "follower_name": follow.follower_display_name or follow.follower_username,
            "follower_username": follow.follower_username,
            "public_url": context.public_url,
            "opt_out": context.opt_out_page(follow.user_id),
        },
        unsubscribe=context.opt_out_post(follow.user_id),
    )
    cause = str(follow.follower_id)
    await send_once.send(context, message, user_id=follow.user_id, kind="follow", cause=cause)
