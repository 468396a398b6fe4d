"""What has changed while calls were under way: an answer may be older than what is known of it."""

from typing import Any

# Of what an event tells something newer than calls that are under way may answer: the shape, and
# where in the event its id is.
TOLD = {
    "post.updated": ("Post", "post"),
    "post.deleted": ("Post", "post_id"),
    "post.counts": ("Post", "post_id"),
    "poll.updated": ("Post", "post_id"),
    "message.created": ("Conversation", "message"),
    "message.updated": ("Message", "message"),
    "message.deleted": ("Message", "message_id"),
    "message.reactions": ("Message", "message_id"),
    "conversation.updated": ("Conversation", "conversation"),
    "conversation.read": ("Conversation", "conversation_id"),
    "notification.read": ("Notification", "ids"),
    "notification.deleted": ("Notification", "ids"),
    "relationship.changed": ("User", "user_id"),
}

Key = tuple[str, int]


class Changes:
    """Which entities have changed, and when, as long as there are calls that began before."""

    def __init__(self) -> None:
        self._moment = 0
        self._under_way: set[int] = set()
        self._changed: dict[Key, int] = {}
        self._deleted: set[Key] = set()

    def begun(self) -> int:
        """Note that a call begins; return the moment, for `since` and `ended`."""
        self._moment += 1
        self._under_way.add(self._moment)
        return self._moment

    def ended(self, moment: int) -> None:
        """Note that the call has ended that began at this moment."""
        self._under_way.discard(moment)
        if not self._under_way:
            self._changed.clear()
            self._deleted.clear()

    def wrote(self, shape: str, item: Any) -> None:
        """Note that a call that changes things has answered with one of this shape."""
        self._note((shape, item.get("id", 0)))

    def told(self, name: str, data: Any) -> None:
        """Note that an event has come."""
        if not self._under_way or name not in TOLD:
            return
        shape, field = TOLD[name]
        value = data[field]
        if name == "message.created":
            ids = [value["conversation_id"]]
        elif isinstance(value, dict):
            ids = [value["id"]]
        else:
            ids = value if isinstance(value, list) else [value]
        for number in filter(None, ids):
            self._note((shape, number))
            if name.endswith(".deleted"):
                self._deleted.add((shape, number))

    def _note(self, key: Key) -> None:
        if self._under_way:
            self._moment += 1
            self._changed[key] = self._moment

    def since(self, moment: int, shape: str, item: Any) -> bool:
        """Tell whether something has changed since a call began."""
        return self._changed.get((shape, item.get("id", 0)), 0) > moment

    def was_deleted(self, shape: str, item: Any) -> bool:
        """Tell whether it was deleted while calls were under way."""
        return (shape, item.get("id", 0)) in self._deleted
