"""What ephemeral events need of the clients that receive them."""

from collections.abc import Sequence
from typing import Protocol

from storage.events.declaration import FeedEntryHint


class Watcher(Protocol):
    """A client: whose it is, whom and what it watches, and where live events for it go."""

    user_id: int
    gone: bool
    watched_posts: set[int]
    watched_users: set[int]

    def send_live(self, frame: bytes, entry: FeedEntryHint | None = None) -> None:
        """Send a live event; where it tells of a feed entry, of which."""


class Relations(Protocol):
    """Who is kept apart from whom: asked before each event, as that changes while one watches."""

    def apart(self, user_id: int, other_id: int) -> bool:
        """Tell whether one of the two has blocked the other; user_id is connected here."""


class Recipient(Protocol):
    """A user who is connected here, with all clients."""

    @property
    def user_id(self) -> int:
        """The user."""

    @property
    def sessions(self) -> Sequence[Watcher]:
        """The user's clients at the moment."""
