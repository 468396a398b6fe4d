"""Events read back from the log by an instance that is older than what wrote them."""

from server.config.load import Config
from storage.database.pool import open_database
from storage.events import replay
from storage.events.types import TOMBSTONE
from storage.social import relationships
from tests.storage.own_database import own_database
from tests.storage.users import new_users

ALLOW_MORE = "ALTER TYPE event_kind ADD VALUE 'of.tomorrow'"
APPEND_UNKNOWN = """
    WITH bumped AS (UPDATE user_seq SET seq = seq + 1 WHERE user_id = $1 RETURNING seq)
    INSERT INTO events (user_id, seq, kind, ref, actor_id)
    SELECT $1, seq, 'of.tomorrow', 1, $1 FROM bumped"""


async def test_an_event_of_a_newer_release_is_a_tombstone_and_those_around_it_are_told(
    settings: Config,
) -> None:
    async with own_database(settings.database_url) as url, open_database(url, 2) as db:
        ann, bob = await new_users(db, 2)
        await db.execute(ALLOW_MORE)
        await relationships.follow(db, ann, bob)
        await db.execute(APPEND_UNKNOWN, ann)
        await relationships.unfollow(db, ann, bob)
        events = await replay.read(db, ann, 0, 10)
    assert [event.name for event in events] == [
        "relationship.changed", TOMBSTONE, "relationship.changed"
    ]  # fmt: skip
    assert [event.seq for event in events] == [1, 2, 3]
    assert events[1].data is None
