"""What is known of posts, conversations, messages and notifications.

What calls answered, kept up to date by events.
"""

from collections.abc import Callable
from typing import Any

from mini_twitter_client.changes import Changes

Entity = dict[str, Any]
POLL_MARKS = ("voted", "own_votes")
MARKS = ("liked", "retweeted", "bookmarked", "replying_to", "quotable")
QUOTED = ("content", "image", "deleted")  # what answers to a message show of it
# How many are kept: of more, the posts that nothing has been told of the longest are forgotten, and
# the notifications and messages that came first.
FEED_MAX = 1_000
POSTS_MAX = 5_000
NOTIFICATIONS_MAX = 1_000
MESSAGES_MAX = 20_000


class Store:
    """Entities by id, each in the server's shape."""

    def __init__(self) -> None:
        self.changes = Changes()
        self._keepers: dict[str, Callable[[Entity], None]] = {
            "Post": self._keep_post,
            "Counts": self._count,
            "Conversation": self._keep_conversation,
            "Message": self._keep_message,
            "Notification": self._keep_notification,
            "PresenceChanged": self._on_presence,
            "Me": self._keep_me,
            "User": self._keep_user,
        }
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

    def requests(self) -> list[Entity]:
        """Return the known message requests, latest activity first."""
        found = [one for one in self.conversations.values() if one.get("is_request")]
        return sorted(found, key=lambda one: str(one["updated_at"]), reverse=True)

    def take(self, shape: str, result: Any, asked: int | None = None) -> None:
        """Take in what a call answered.

        Args:
            shape: The name of its shape, or of the items of its page.
            result: The answer.
            asked: The moment at which the call began (see `changes`): only what has not changed
                since is taken. None: all of it.
        """
        if shape == "Thread":
            shape, result = "Post", [*result["ancestors"], result["post"], *result["replies"]]
        keep = self._keepers.get(shape)
        if keep is None:
            return
        items = result["results"] if isinstance(result, dict) and "results" in result else result
        for item in items if isinstance(items, list) else [items]:
            if asked is None:
                self.changes.wrote(shape, item)
            if asked is not None and self.changes.since(asked, shape, item):
                self._keep_older(shape, item)
            else:
                keep(item)

    def _keep_older(self, shape: str, item: Entity) -> None:
        """Keep of an answer what is not known: its call began before that came."""
        kept = {
            "Post": self.posts, "Message": self.messages, "Conversation": self.conversations,
            "Notification": self.notifications,
        }  # fmt: skip
        known = kept.get(shape, {}).get(item.get("id", 0))
        if shape == "User":
            self.users[item["id"]] = {**item, **self.relationships.get(item["id"], {})}
        elif self.changes.was_deleted(shape, item):
            if shape == "Message":
                self._keep_message(_deleted(item))
        elif known is None and shape != "Me":
            self._keepers[shape](item)
        elif shape == "Post" and known is not None:
            for post in (item, known):
                self._keep_post(post)

    def apply(self, name: str, data: Any, seq: int | None = None) -> None:
        """Apply an event of the server's; one that is not known changes nothing."""
        self.changes.told(name, data)
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
        self._received(data["message"], is_request=False)

    def _on_message_request_received(self, data: Any) -> None:
        self._received(data["message"], is_request=True)

    def _on_message_request_ended(self, data: Any) -> None:
        if data["outcome"] == "declined":  # accepted, conversation.created follows
            self.conversations.pop(data["conversation_id"], None)

    def _received(self, message: Entity, *, is_request: bool) -> None:
        if message["id"] not in self.messages:
            is_mine = self.me is not None and message["sender"]["id"] == self.me["id"]
            known = self.conversations.get(message["conversation_id"])
            if known is not None:
                known["updated_at"] = message["created_at"]
                known["unread_count"] += 0 if is_mine else 1
            if not is_mine and not is_request and self._is_new:
                self.unread["messages"] += 1
        self._keep_message(message)

    def _on_message_updated(self, data: Any) -> None:
        self._keep_message(self._marked(data["message"]))

    def _on_message_reactions(self, data: Any) -> None:
        message = self.messages.get(data["message_id"])
        if message is not None:
            self._keep_message(self._marked({**message, "reactions": data["reactions"]}))

    def _on_message_pinned(self, data: Any) -> None:
        self._count_pins(data["conversation_id"], 1)

    def _on_message_unpinned(self, data: Any) -> None:
        self._count_pins(data["conversation_id"], -1)

    def _count_pins(self, conversation_id: int, more: int) -> None:
        known = self.conversations.get(conversation_id)
        if known is not None and self._is_new:
            known["pinned_count"] = max(0, known.get("pinned_count", 0) + more)

    def _marked(self, message: Entity) -> Entity:
        """Return it with the reactions that are mine as it was known: to all it is not said."""
        known = self.messages.get(message["id"], {}).get("reactions") or []
        mine = {one["emoji"] for one in known if one["mine"]}
        marked = [
            {**one, "mine": one["emoji"] in mine if one["mine"] is None else one["mine"]}
            for one in message.get("reactions") or []
        ]
        return {**message, "reactions": marked}

    def _on_message_deleted(self, data: Any) -> None:
        message = self.messages.get(data["message_id"])
        if message is not None:
            self._keep_message(_deleted(message))

    def _on_conversation_created(self, data: Any) -> None:
        conversation = data["conversation"]
        if self._is_new and conversation["id"] not in self.conversations:
            self.unread["messages"] += conversation["unread_count"]
        self._keep_conversation(conversation)

    def _on_conversation_updated(self, data: Any) -> None:
        self._keep_conversation(data["conversation"])

    def _on_conversation_read(self, data: Any) -> None:
        self._mark(data["conversation_id"], data["user_id"], data["up_to"])
        known = self.conversations.get(data["conversation_id"])
        if known is not None and "unread_count" in data:
            if self._is_new and not known.get("is_request"):
                self.unread["messages"] += data["unread_count"] - known["unread_count"]
            known["unread_count"] = data["unread_count"]

    def _on_notification_created(self, data: Any) -> None:
        self._keep_notification(data["notification"])
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

    def _on_poll_updated(self, data: Any) -> None:
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
        quoted = post.get("quoted")  # of post.updated, the state alone
        if quoted and quoted["state"] == "accepted" and quoted["post"] is None:
            marks["quoted"] = known.get("quoted") or quoted
        self.posts.pop(post["id"], None)  # it is the last then
        self.posts[post["id"]] = {**known, **_with_own_votes(post, known), **marks}
        _bound(self.posts, POSTS_MAX)

    def _keep_user(self, user: Entity) -> None:
        self.users[user["id"]] = user
        marks = ("is_following", "is_followed_by", "blocked", "muted")
        self.relationships[user["id"]] = {mark: user.get(mark) for mark in marks}

    def _keep_notification(self, notification: Entity) -> None:
        self.notifications[notification["id"]] = notification
        _bound(self.notifications, NOTIFICATIONS_MAX)

    def _arrived(self, post: Entity) -> None:
        self._keep_post(post)
        if post["id"] not in self.feed:
            self.feed = [post["id"], *self.feed[: FEED_MAX - 1]]

    def _count(self, counts: Entity) -> None:
        known = self.posts.get(counts["post_id"])
        if known is not None:
            counts = _with_own_votes(counts, known)
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
            if known is not None and not known.get("is_request") and self._is_new:
                self.unread["messages"] = max(0, self.unread["messages"] - known["unread_count"])
        else:
            known = self.conversations.get(conversation["id"], {})
            if known.get("is_request") and not conversation.get("is_request") and self._is_new:
                self.unread["messages"] += conversation["unread_count"]
            self.conversations[conversation["id"]] = conversation

    def _keep_message(self, message: Entity) -> None:
        before = self.messages.get(message["id"])
        self.messages[message["id"]] = message
        if before is not None and any(before[field] != message[field] for field in QUOTED):
            self._quote_anew(message)
        _bound(self.messages, MESSAGES_MAX)
        known = self.conversations.get(message["conversation_id"])
        if known is not None and ((known["last_message"] or {}).get("id") or 0) <= message["id"]:
            known["last_message"] = message

    def _quote_anew(self, message: Entity) -> None:
        """Have answers to the message show it as it is now."""
        shown = {field: message[field] for field in QUOTED} | {"content": message["content"][:200]}
        for one in self.messages_of(message["conversation_id"]):
            quoted = one.get("reply_to")
            if quoted is not None and quoted["id"] == message["id"]:
                self.messages[one["id"]] = {**one, "reply_to": {**quoted, **shown}}


def _with_own_votes(told: Entity, known: Entity) -> Entity:
    """Keep what I voted in the poll of a post as it was known: a live event does not say it."""
    poll, before = told.get("poll"), known.get("poll") or {}
    if poll is None:
        return told
    own = {mark: before.get(mark) for mark in POLL_MARKS if poll.get(mark) is None}
    return {**told, "poll": {**poll, **own}}


def _deleted(message: Entity) -> Entity:
    gone = {"deleted": True, "content": "", "media": [], "image": None, "reactions": []}
    return {**message, **gone}


def _bound(kept: dict[int, Entity], most: int) -> None:
    """Leave out the first where there is one too many."""
    if len(kept) > most:
        del kept[next(iter(kept))]
