"""What a personal access token may be for: each operation and each event names one of these.

They are few, and names that clients store: none is renamed or given another meaning.
"""

from enum import Enum
from typing import Final


class Scope(Enum):
    """What somebody allows a program to do as themselves."""

    ACCOUNT_READ = "account:read"
    ACCOUNT_WRITE = "account:write"
    USERS_READ = "users:read"
    RELATIONSHIPS_READ = "relationships:read"
    RELATIONSHIPS_WRITE = "relationships:write"
    POSTS_READ = "posts:read"
    POSTS_WRITE = "posts:write"
    MEDIA_WRITE = "media:write"
    MESSAGES_READ = "messages:read"
    MESSAGES_WRITE = "messages:write"
    NOTIFICATIONS_READ = "notifications:read"
    NOTIFICATIONS_WRITE = "notifications:write"
    REPORTS_WRITE = "reports:write"
    WEBHOOKS_WRITE = "webhooks:write"


ABOUT: Final[dict[Scope, str]] = {
    Scope.ACCOUNT_READ: "My account as I see it: its address, settings and counts.",
    Scope.ACCOUNT_WRITE: "Change my profile, my username and my settings.",
    Scope.USERS_READ: "People, their profiles, who follows whom, and who is online.",
    Scope.RELATIONSHIPS_READ: "Whom and which words I block and mute, "
    "and how I stand to people as that changes.",
    Scope.RELATIONSHIPS_WRITE: "Follow, block and mute people; mute words.",
    Scope.POSTS_READ: "Posts, my feed and bookmarks, searches and streams.",
    Scope.POSTS_WRITE: "Write, change and delete posts; like, retweet, bookmark them.",
    Scope.MEDIA_WRITE: "Send pictures, for posts and messages, and describe them.",
    Scope.MESSAGES_READ: "Conversations, groups, and what is said in them.",
    Scope.MESSAGES_WRITE: "Write messages, open conversations, take part in groups.",
    Scope.NOTIFICATIONS_READ: "Notifications.",
    Scope.NOTIFICATIONS_WRITE: "Mark notifications as read.",
    Scope.REPORTS_WRITE: "Report people, posts and messages.",
    Scope.WEBHOOKS_WRITE: "Webhooks, for events and writing that the token is for itself.",
}

# Of an operation: no personal access token may ask for it. It is said, never left out.
NO_TOKEN: Final = None
# Of an event: all clients are sent it, as it is about the connection itself.
EVERY_TOKEN: Final = None


def missing(what: str, otherwise: str) -> TypeError:
    """Return the error about something that does not say its scope: what is to be written there."""
    names = ", ".join(f"Scope.{scope.name}" for scope in Scope)
    return TypeError(
        f"{what} does not say which scope a personal access token needs for it. Write {otherwise},"
        f" of storage/scopes.py. The scopes are {names}."
    )
