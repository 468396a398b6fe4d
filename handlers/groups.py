"""What the operations on groups have in common."""

from collections.abc import Iterable

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from storage.messaging.group_changes import Told

# What keeps somebody from what the owner and the admins of a group do.
REFUSALS = (ErrorCode.NOT_A_GROUP, ErrorCode.ROLE_REQUIRED, ErrorCode.NOT_FOUND)


def tell(context: Context, actor: Actor, told: Iterable[Told]) -> None:
    """Notify each of these of their event, once it is committed."""
    for one in told:
        context.notifier.appended(one.event, actor.user_id, [one.logged])
