"""What is known of posts, conversations, messages and notifications.

What calls answered, kept up to date by events.
"""

from collections.abc import Callable
from typing import Any

Entity = dict[str, Any]
MARKS = ("liked", "retweeted", "bookmarked")


class Store:
    """Entities by id, each in the server's shape."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.me: Entity | None = None
        self.unread = {"notifications": 0, "messages": 0}
        self.posts: dict[int, Entity] = {}
        self.users: dict[int, Entity] = {}
        self.conversations: dict[int, Entity] = {}
        self.messages: dict[int, Entity] = {}
        self.notifications: dict[int, Entity] = {}
        self.relationships: dict[int, Entity] = {}
        self.presence: dict[int, Entity] = {}
        self.read_up_to: dict[int, dict[int, int]] = {}  # conversation id -> user id -> message id
        self.feed: list[int] = []  # ids of live posts, the newest first
        self._counted = 0  # up to this seq, session.ready has counted what is unread
        self._is_new = True  # not counted by session.ready

    def messages_of(self, conversation_id: int) -> list[Entity]:
        """Return the known messages of a conversation, the oldest first."""
        found = [
            message
            for message in self.messages.values()
            if message["conversation_id"] == conversation_id
        ]
        return sorted(found, key=lambda message: int(message["id"]))

    def take(self, shape: str, result: Any) -> None:
        """Take in what a call answered: shape names it, or the items of its page."""
        items = result["results"] if isinstance(result, dict) and "results" in result else result
        for item in items if isinstance(items, list) else [items]:
            self._keep(shape, item)

    def _keep(self, shape: str, item: Entity) -> None:
        keepers: dict[str, Callable[[Entity], None]] = {
            "Post": self._keep_post,
            "Thread": self._keep_thread,
            "Counts": self._count,
            "Conversation": self._keep_conversation,
            "Message": self._keep_message,
            "Notification": lambda one: self.notifications.update({one["id"]: one}),
            "PresenceChanged": self._on_presence,
            "Me": self._keep_me,
            "User": lambda one: self.users.update({one["id"]: one}),
        }
        if shape in keepers:
            keepers[shape](item)

    def _keep_thread(self, thread: Entity) -> None:
        for post in [*thread["ancestors"], thread["post"], *thread["replies"]]:
            self._keep_post(post)

    def apply(self, name: str, data: Any, seq: int | None = None) -> None:
        """Apply an event of the server's; one that is not known changes nothing."""
        self._is_new = seq is None or seq > self._counted
        handler = getattr(self, f"_on_{name.replace('.', '_')}", None)
        if handler is not None:
            handler(data)
        self._is_new = True

    def _on_session_ready(self, data: Any) -> None:
        self._counted = data["seq"]
        self._keep_me(data["user"])
        for post in data["feed"]["posts"]:
            self._arrived(post)

    def _on_message_created(self, data: Any) -> None:
        message = data["message"]
        if message["id"] not in self.messages:
            is_mine = self.me is not None and message["sender"]["id"] == self.me["id"]
            known = self.conversations.get(message["conversation_id"])
            if known is not None:
                known["updated_at"] = message["created_at"]
                known["unread_count"] += 0 if is_mine else 1
            if not is_mine and self._is_new:
                self.unread["messages"] += 1
        self._keep_message(message)

    def _on_message_updated(self, data: Any) -> None:
        self._keep_message(data["message"])

    def _on_message_deleted(self, data: Any) -> None:
        message = self.messages.get(data["message_id"])
        if message is not None:
            self._keep_message({**message, "deleted": True, "content": ""})

    def _on_conversation_created(self, data: Any) -> None:
        self._keep_conversation(data["conversation"])

    _on_conversation_updated = _on_conversation_created

    def _on_conversation_read(self, data: Any) -> None:
        self._mark(data["conversation_id"], data["user_id"], data["up_to"])
        known = self.conversations.get(data["conversation_id"])
        if known is not None and "unread_count" in data:
            if self._is_new:
                self.unread["messages"] += data["unread_count"] - known["unread_count"]
            known["unread_count"] = data["unread_count"]

    def _on_notification_created(self, data: Any) -> None:
        self.notifications[data["notification"]["id"]] = data["notification"]
        self.unread["notifications"] = data["unread_count"]

    def _on_notification_read(self, data: Any) -> None:
        for number in self.notifications if data["ids"] is None else data["ids"]:
            if number in self.notifications:
                self.notifications[number]["read"] = True
        self.unread["notifications"] = data["unread_count"]

    def _on_notification_deleted(self, data: Any) -> None:
        for number in data["ids"]:
            self.notifications.pop(number, None)
        self.unread["notifications"] = data["unread_count"]

    def _on_relationship_changed(self, data: Any) -> None:
        relationship = {key: value for key, value in data.items() if key != "user_id"}
        self.relationships[data["user_id"]] = relationship
        if data["user_id"] in self.users:
            self.users[data["user_id"]].update(relationship)

    def _on_post_created(self, data: Any) -> None:
        self._arrived(data["post"])

    def _on_post_updated(self, data: Any) -> None:
        if data["post"]["id"] in self.posts:
            self._keep_post(data["post"])

    def _on_post_deleted(self, data: Any) -> None:
        self.posts.pop(data["post_id"], None)
        self.feed = [number for number in self.feed if number != data["post_id"]]

    def _on_post_counts(self, data: Any) -> None:
        self._count(data)

    def _on_presence(self, data: Any) -> None:
        self.presence[data["user_id"]] = data

    def _keep_me(self, me: Entity) -> None:
        self.me = me
        self.unread = {
            "notifications": me["unread_notifications"],
            "messages": me["unread_messages"],
        }

    def _keep_post(self, post: Entity) -> None:
        """Keep what I did with a post as it was known: a live event does not say it."""
        known = self.posts.get(post["id"], {})
        marks = {mark: known.get(mark) if post.get(mark) is None else post[mark] for mark in MARKS}
        self.posts[post["id"]] = {**known, **post, **marks}

    def _arrived(self, post: Entity) -> None:
        self._keep_post(post)
        if post["id"] not in self.feed:
            self.feed.insert(0, post["id"])

    def _count(self, counts: Entity) -> None:
        known = self.posts.get(counts["post_id"])
        if known is not None:
            known.update({key: value for key, value in counts.items() if key != "post_id"})

    def _mark(self, conversation_id: int, user_id: int, up_to: int) -> None:
        marks = self.read_up_to.setdefault(conversation_id, {})
        marks[user_id] = max(up_to, marks.get(user_id, 0))

    def _keep_conversation(self, conversation: Entity) -> None:
        for mark in conversation["read_up_to"]:
            self._mark(conversation["id"], mark["user_id"], mark["up_to"])
        members = [user["id"] for user in conversation["participants"]]
        if self.me is not None and self.me["id"] not in members:
            known = self.conversations.pop(conversation["id"], None)
            if known is not None and self._is_new:
                self.unread["messages"] = max(0, self.unread["messages"] - known["unread_count"])
        else:
            self.conversations[conversation["id"]] = conversation

    def _keep_message(self, message: Entity) -> None:
        self.messages[message["id"]] = message
        known = self.conversations.get(message["conversation_id"])
        if known is not None and ((known["last_message"] or {}).get("id") or 0) <= message["id"]:
            known["last_message"] = message
