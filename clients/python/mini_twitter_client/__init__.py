"""A client of Mini-Twitter: calls, live events that are not lost, an outbox that survives."""

from mini_twitter_client.calls import new_client_id
from mini_twitter_client.client import Client
from mini_twitter_client.errors import LoggedOutError, ProblemError, UnreachableError
from mini_twitter_client.muted_words import Filtered, MutedWords
from mini_twitter_client.outbox import Entry, Outbox
from mini_twitter_client.storage import MemoryStorage, SqliteStorage, Storage
from mini_twitter_client.store import Store

__all__ = [
    "Client",
    "Entry",
    "Filtered",
    "LoggedOutError",
    "MemoryStorage",
    "MutedWords",
    "Outbox",
    "ProblemError",
    "SqliteStorage",
    "Storage",
    "Store",
    "UnreachableError",
    "new_client_id",
]
