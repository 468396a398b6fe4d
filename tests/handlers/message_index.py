"""The words of messages, read into the index as the job does every minute."""

from storage.database.pool import Database
from storage.search_index import messages as index


async def fill(db: Database) -> None:
    """Read all that there is."""
    while await index.index_pending(db) or await index.index_old(db):
        pass
    for _ in range(3):  # to the mark, and to the one that is set there
        while await index.index_new(db):
            pass
