"""Tells a user by mail of a new personal access token."""

from handlers.jobs.context import JobContext
from handlers.jobs.send_once import send_once
from storage.accounts import personal_tokens
from storage.accounts.mail import Recipient


async def send(context: JobContext, token_id: int) -> None:
    """Send the mail, unless the account is gone or suspended."""
    made = await personal_tokens.token_mail(context.db, token_id)
    if made is None:
        return
    to = Recipient(made.user_id, made.email, made.username, made.display_name)
    values = {"token": made.token_name, "scopes": ", ".join(made.scopes), "acts_as": made.acts_as}
    await send_once(context, "token", to, str(token_id), values)
