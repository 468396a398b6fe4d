"""What the operations that post have in common."""

from handlers.context import Context
from storage.posts import feed_entries


async def notify_entered(context: Context, entry_id: int) -> None:
    """Notify followers of a new feed entry, unless it is gone already."""
    if entry := await feed_entries.get(context.db, entry_id):
        context.notifier.entered(entry)
