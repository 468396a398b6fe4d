"""What an address is told of another that takes its place."""

from dataclasses import replace

from handlers.jobs.context import JobContext
from handlers.jobs.send_once import send_once
from storage.accounts import mail


async def changing(context: JobContext, user_id: int, nonce: str) -> None:
    """Tell the present address that another is to take its place."""
    if recipient := await mail.recipient(context.db, user_id):
        await send_once(context, "changing", recipient, nonce, {})


async def changed(context: JobContext, user_id: int, email: str, nonce: str) -> None:
    """Tell the address of before that another has taken its place."""
    if recipient := await mail.recipient(context.db, user_id):
        await send_once(context, "changed", replace(recipient, email=email), nonce, {})
