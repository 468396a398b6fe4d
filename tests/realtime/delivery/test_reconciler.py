"""What no hint came for is found, however late it is committed; while nothing is, nobody looks."""

from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from realtime.delivery import reconciler
from server.config.load import Config
from storage.accounts import sessions
from storage.database.pool import Database, open_database
from storage.events import log
from storage.events.types import RelationshipChanged
from tests.conftest import running
from tests.waiting import until

PERIOD_SECONDS = 0.2
NOBODY_SECONDS = 20.0  # within which passes come that look at nobody, on a busy machine


@pytest.fixture
def away(own_settings: Config, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Without Redis, so that no hint comes, and with many passes in a short time.

    Its database is its own: what others commit has all looked at.
    """
    monkeypatch.setattr(reconciler, "PERIOD_SECONDS", PERIOD_SECONDS)
    return replace(own_settings, redis_url="redis://127.0.0.1:1")


def looks(*users: str) -> float:
    name = "mini_twitter_reconciler_looks_total"
    return sum(REGISTRY.get_sample_value(name, {"users": one}) or 0 for one in users)


async def looked_at_nobody(times: int = 3) -> None:
    begun = looks("none")
    await until(lambda: looks("none") >= begun + times, NOBODY_SECONDS)


async def test_an_event_that_is_committed_long_after_others_is_found(
    away: Config,
) -> None:
    async with (
        open_database(away.database_url, 3) as db,
        running(away) as here,
    ):
        ann, bob = await here.people("ann", "bob")
        async with here.socket(ann) as client:
            await client.ready()
            await looked_at_nobody()
            async with db.transaction() as late:
                await log.lock(late, [ann.id])
                draft = log.EventDraft(ann.id, RelationshipChanged, ann.id, ref=bob.id)
                (appended,) = await log.append(late, [draft])
                # It has its number by now. What began later is committed before it, and looked at;
                # then nothing changes for some passes, while the event is still not to be seen.
                seen = looks("all")
                await db.execute("UPDATE profiles SET bio = 'x' WHERE user_id = $1", bob.id)
                await until(lambda: looks("all") > seen)
                await looked_at_nobody(2)
                assert "relationship.changed" not in client.names()
            envelope = await client.next_envelope("relationship.changed", 10)
            assert envelope["seq"] == appended.seq
            await looked_at_nobody()


async def test_of_an_event_whose_transaction_is_rolled_back_nobody_hears_and_the_next_comes(
    away: Config,
) -> None:
    async with open_database(away.database_url, 3) as db, running(away) as here:
        ann, bob = await here.people("ann", "bob")
        async with here.socket(ann) as client:
            await client.ready()
            await looked_at_nobody()
            for commit in (False, True):
                try:
                    async with db.transaction() as late:
                        await log.lock(late, [ann.id])
                        draft = log.EventDraft(ann.id, RelationshipChanged, ann.id, ref=bob.id)
                        await log.append(late, [draft])
                        await looked_at_nobody(2)
                        if not commit:
                            raise LookupError
                except LookupError:
                    await looked_at_nobody(2)
            envelope = await client.next_envelope("relationship.changed", 10)
            assert envelope["seq"] == await db.fetchval(
                "SELECT seq FROM user_seq WHERE user_id = $1", ann.id
            )
            assert client.names().count("relationship.changed") == 1


async def test_while_nothing_is_committed_only_those_who_come_are_looked_at(away: Config) -> None:
    async with running(away) as here:
        ann, bob = await here.people("ann", "bob")
        async with here.socket(ann) as client:
            await client.ready()
            await looked_at_nobody()
            all_before, some_before = looks("all"), looks("some")
            async with here.socket(bob) as other:
                await other.ready()
                await until(lambda: looks("some") > some_before, NOBODY_SECONDS)
                await looked_at_nobody()
                assert looks("all") == all_before


@pytest.mark.parametrize("goes_on", [False, True])
async def test_who_connects_is_not_sent_what_was_posted_before(
    settings: Config, goes_on: bool
) -> None:
    async with running(settings) as here:
        ann, bob, eve = await here.people("ann", "bob", "eve")
        await here.follow(ann, bob)
        async with here.socket(eve) as other:  # since whose coming the instance looks for entries
            await other.ready()
            async with here.socket(ann) as client:
                cursor = (await client.ready())["feed"]["cursor"]
            before = [(await here.write(bob, f"before {number}"))["id"] for number in range(3)]
            async with here.socket(ann, **({"feed_since": cursor} if goes_on else {})) as client:
                feed = (await client.ready())["feed"]["posts"]
                assert [post["id"] for post in feed] == (before if goes_on else [])
                begun = looks("all", "some", "none")
                await until(lambda: looks("all", "some", "none") >= begun + 2, NOBODY_SECONDS)
                later = await here.write(bob, "later")
                assert (await client.next("post.created"))["post"]["id"] == later["id"]


async def test_only_sessions_that_are_new_or_may_have_changed_are_looked_up(
    away: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[set[int]] = []
    ended = sessions.ended

    async def noted(db: Database, session_ids: list[int]) -> list[int]:
        asked.append(set(session_ids))
        return await ended(db, session_ids)

    monkeypatch.setattr(sessions, "ended", noted)
    async with open_database(away.database_url, 2) as db, running(away) as here:
        ann, bob = await here.people("ann", "bob")
        again = await here.log_in(bob.id, bob.username)
        ids = {
            row["user_id"]: row["id"]
            for row in await db.fetch("SELECT min(id) AS id, user_id FROM sessions GROUP BY 2")
        }
        async with here.socket(ann) as one, here.socket(bob) as other, here.socket(again) as third:
            for client in (one, other, third):
                await client.ready()
            await db.execute("UPDATE profiles SET bio = 'x' WHERE user_id = $1", bob.id)
            await until(lambda: set().union(*asked) >= set(ids.values()))
            await looked_at_nobody()
            asked.clear()
            seen = looks("all")
            await db.execute("UPDATE profiles SET bio = 'y' WHERE user_id = $1", bob.id)
            await until(lambda: looks("all") > seen)
            await looked_at_nobody()
            assert asked == []
            await db.execute("UPDATE sessions SET revoked_at = now() WHERE id = $1", ids[bob.id])
            closing = await other.next("session.closing", 10)
            assert closing["code"] == "session_ended"
            assert not any(ids[ann.id] in session_ids for session_ids in asked)
            await third.do("feed.list")
