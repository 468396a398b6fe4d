"""A replica that takes its primary's place says at once that its numbers may differ from those."""

from storage.accounts.session_changes import since
from storage.database.pool import open_database
from storage.events import moment
from storage.migrations import migrate
from tests.faults.own_postgres import has_replayed, own_postgres_servers


async def test_a_promoted_replica_is_another_epoch_before_its_first_checkpoint() -> None:
    with own_postgres_servers("p", "r") as (primary, replica):
        primary.initialise()
        # So long does what follows a promotion take: a checkpoint, spread over most of this time.
        primary.configure(checkpoint_timeout="1h", checkpoint_completion_target="0.9")
        primary.start()
        await migrate(primary.url())
        async with open_database(primary.url(), 1) as db:
            replica.copy_from(primary)
            replica.start()
            await db.execute("CREATE TABLE much AS SELECT n, repeat('x', 500) FROM"
                             " generate_series(1, 20000) n")  # fmt: skip
            await has_replayed(primary, replica)
            before = await moment.current(db)
        primary.kill()
        replica.promote()
        async with open_database(replica.url(), 1) as db:
            timeline = "SELECT timeline_id FROM pg_control_checkpoint()"
            assert await db.fetchval(timeline) == 1, "there has been a checkpoint already"
            assert (await moment.current(db)).epoch != before.epoch


async def test_a_promoted_replica_says_nothing_of_what_was_seen_at_its_primary() -> None:
    with own_postgres_servers("p", "r") as (primary, replica):
        primary.initialise()
        primary.start()
        await migrate(primary.url())
        async with open_database(primary.url(), 1) as db:
            seen, _ = await since(db, None)
            replica.copy_from(primary)
            replica.start()
        primary.kill()
        replica.promote()
        async with open_database(replica.url(), 1) as db:
            _, changed = await since(db, seen)
            assert changed is None
