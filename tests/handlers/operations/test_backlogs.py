"""What has piled up at one user is not waited for: the answer comes, all see it, the rows follow.

Each test makes a pile that is larger than what a request does itself, looks at what is seen right
after the answer, and at how little was written by then; then a worker does the rest.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from server.config.load import Config
from storage import notifications, withdrawn_notifications
from storage.accounts import purge, sessions
from storage.database.pool import Database, open_database
from storage.posts import deletion
from tests.conftest import running
from tests.handlers.operations import crowds
from tests.handlers.operations.test_deactivation import delete, me, user
from tests.handlers.operations.test_notifications import LIST, unread
from tests.handlers.operations.test_sessions import closed_for_good
from tests.handlers.session_helpers import stops_working, works
from tests.people import PASSWORD, Instance, Person
from tests.server.jobs.worker_helpers import working

MANY = 1_200


@dataclass(frozen=True, slots=True)
class Site:
    """An instance with a database of its own, whose jobs wait until a worker is started."""

    instance: Instance
    db: Database
    settings: Config

    async def count(self, sql: str, *args: object) -> int:
        return int(await self.db.fetchval(f"SELECT count(*) FROM {sql}", *args))

    async def work(self) -> None:
        """Do all that waits, and what is for a little later, now."""
        await self.db.execute("UPDATE jobs SET run_at = now()")
        async with working(self.settings):
            await crowds.no_jobs_left(self.db)


@pytest.fixture
async def site(own_settings: Config) -> AsyncIterator[Site]:
    async with (
        running(own_settings) as instance,
        open_database(own_settings.database_url) as db,
    ):
        yield Site(instance, db, own_settings)


async def liked(site: Site, author: Person, count: int = MANY) -> int:
    """The id of a post of hers that so many like."""
    post = await site.instance.write(author, "hello #world")
    await crowds.like(site.db, post["id"], await crowds.crowd(site.db, count))
    return int(post["id"])


async def test_thousands_are_marked_read_at_once_and_what_comes_then_is_unread(site: Site) -> None:
    ann, bob = await site.instance.people("ann", "bob")
    await liked(site, ann)
    unset = "notifications WHERE user_id = $1 AND read_at IS NULL"
    answer = await site.instance.post(f"{LIST}mark_all_as_read/", ann)
    assert answer.body == {"unread_count": 0}
    assert await unread(site.instance, ann) == 0
    assert await site.count(unset, ann.id) == MANY - notifications.SETTLED_AT_ONCE
    assert all(notice["read"] for notice in await site.instance.walk(LIST + "?limit=100", ann))
    await site.instance.follow(bob, ann)
    assert await unread(site.instance, ann) == 1
    # A worker that dies after a portion leaves the rest to the next.
    last = await notifications.settle_read(site.db, ann.id, 0)
    assert last is not None
    assert await site.count(unset, ann.id) == MANY - 2 * notifications.SETTLED_AT_ONCE + 1
    await site.work()
    assert await site.count(unset, ann.id) == 1
    (new,) = (await site.instance.get(f"{LIST}?unread=true", ann))["results"]
    assert new["actor"]["id"] == bob.id
    assert await unread(site.instance, ann) == 1


async def test_marking_one_that_all_were_marked_with_changes_nothing(site: Site) -> None:
    ann = await site.instance.person("ann")
    await liked(site, ann)
    oldest = (await site.instance.walk(f"{LIST}?limit=100", ann))[-1]
    newest = (await site.instance.get(LIST, ann))["results"][0]
    await site.instance.post(f"{LIST}mark_all_as_read/", ann)
    for notice in (oldest, newest):
        marked = await site.instance.post(f"{LIST}{notice['id']}/mark_as_read/", ann)
        assert marked.body == notice | {"read": True}
    assert await unread(site.instance, ann) == 0
    assert (await site.instance.post(f"{LIST}mark_all_as_read/", ann)).body == {"unread_count": 0}


async def test_what_an_earlier_release_counts_wrongly_meanwhile_is_counted_anew(
    site: Site,
) -> None:
    ann, bob = await site.instance.people("ann", "bob")
    await liked(site, ann)
    await site.instance.post(f"{LIST}mark_all_as_read/", ann)
    await site.instance.follow(bob, ann)
    # It goes by read_at: to it, this one was unread.
    await site.db.execute(
        """WITH gone AS (
               DELETE FROM notifications WHERE user_id = $1 AND id = (
                   SELECT max(id) FROM notifications WHERE user_id = $1 AND kind = 'like'))
           UPDATE user_seq SET unread_notifications = unread_notifications - 1
            WHERE user_id = $1""",
        ann.id,
    )
    await site.work()
    assert await unread(site.instance, ann) == 1


async def test_a_post_with_thousands_of_reactions_is_gone_at_once(site: Site) -> None:
    ann, bob, eve = await site.instance.people("ann", "bob", "eve")
    await site.instance.follow(bob, ann)
    above = await site.instance.write(bob, "above")
    post = await site.instance.write(ann, f"hello #world @{eve.username}", reply_to=above["id"])
    id = int(post["id"])
    fans = await crowds.crowd(site.db, MANY)
    await crowds.like(site.db, id, fans)
    await crowds.reply(site.db, id, fans[:600])
    await crowds.retweet(site.db, id, fans[:600])
    await site.instance.post(f"/api/posts/{id}/bookmark/", bob)
    answer = await site.instance.write(bob, "answer", reply_to=id)
    await site.instance.call("DELETE", f"/api/posts/{id}/", ann, status=204)

    async def nobody_sees_it() -> None:
        get, walk = site.instance.get, site.instance.walk
        for path in ("", "replies/", "thread/", "likes/", "retweets/", "history/"):
            await get(f"/api/posts/{id}/{path}", bob, status=404)
        for path in (
            "/api/posts/", "/api/posts/feed/", "/api/posts/bookmarks/", "/api/posts/?hashtag=world",
            f"/api/users/{ann.id}/posts/", f"/api/posts/?author={ann.id}",
            "/api/search/?q=hello&type=posts", f"/api/posts/{above['id']}/replies/",
        ):  # fmt: skip
            assert id not in [found["id"] for found in await walk(path, bob)], path
        assert (await get(f"/api/posts/{answer['id']}/"))["reply_to"] is None
        assert (await get(f"/api/posts/{answer['id']}/thread/"))["ancestors"] == []
        assert (await get(f"/api/posts/{above['id']}/"))["replies_count"] == 0
        assert (await user(site.instance, ann))["posts_count"] == 0
        for person in (ann, eve):
            listed = await walk(LIST, person)
            assert id not in [notice["post_id"] for notice in listed]
        for verb in ("like", "unlike", "retweet", "bookmark"):
            await site.instance.post(f"/api/posts/{id}/{verb}/", bob, status=404)
        await site.instance.call("DELETE", f"/api/posts/{id}/", ann, status=404)
        edit = {"content": "again"}
        await site.instance.call("PUT", f"/api/posts/{id}/", ann, json=edit, status=404)
        for path, body in (("posts", {"content": "x", "reply_to": id}),
                           ("reports", {"post_id": id, "reason": "x"})):  # fmt: skip
            await site.instance.post(f"/api/{path}/", bob, body, status=404)

    await nobody_sees_it()
    hanging = "likes WHERE post_id = $1"
    assert await site.count(hanging, id) == MANY
    assert "hello" not in await site.db.fetchval("SELECT content FROM posts WHERE id = $1", id)
    # A worker that dies after a portion leaves the rest to the next.
    assert not await deletion.purge_portion(site.db, id, ann.id)
    assert await site.count(hanging, id) == MANY - deletion.AT_ONCE
    await nobody_sees_it()
    await site.work()
    assert await site.count("posts WHERE id = $1", id) == 0
    assert await site.count("posts WHERE content = 'reply' AND reply_to IS NULL") == 600
    await nobody_sees_it()
    assert await unread(site.instance, ann) == 2  # bob follows and has answered
    assert await unread(site.instance, eve) == 0


async def test_a_post_whose_job_is_lost_is_deleted_all_the_same(site: Site) -> None:
    ann = await site.instance.person("ann")
    id = await liked(site, ann)
    await site.instance.call("DELETE", f"/api/posts/{id}/", ann, status=204)
    await site.db.execute("DELETE FROM jobs")
    await deletion.resume(site.db)
    await site.work()
    assert await site.count("posts WHERE id = $1", id) == 0


async def test_an_account_with_thousands_of_followers_is_gone_at_once(site: Site) -> None:
    ann, bob, eve = await site.instance.people("ann", "bob", "eve")
    await site.instance.follow(bob, ann, eve)
    await site.instance.follow(ann, bob)
    post = await site.instance.write(ann, "hello #world")
    theirs = await site.instance.write(eve, "retweet me")
    await site.instance.post(f"/api/posts/{theirs['id']}/retweet/", ann)
    await site.instance.get("/api/posts/feed/", bob)  # and kept
    await crowds.follow(site.db, ann.id, await crowds.crowd(site.db, MANY))
    await delete(site.instance, ann)

    async def nobody_sees_it() -> None:
        walk = site.instance.walk
        for _ in range(2):
            feed = await walk("/api/posts/feed/", bob)
            assert [found["id"] for found in feed] == [theirs["id"]]
            assert feed[0]["retweeted_by"] is None
        await site.instance.get(f"/api/posts/{post['id']}/", bob, status=404)
        await site.instance.get(f"/api/users/{ann.id}/", bob, status=404)
        assert await walk("/api/posts/?hashtag=world", bob) == []
        for path in (f"users/{bob.id}/following/", f"users/{bob.id}/followers/",
                     f"posts/{theirs['id']}/retweets/"):  # fmt: skip
            listed = await walk(f"/api/{path}", eve)
            assert ann.id not in [found["id"] for found in listed], path
        for person in (bob, eve):
            listed = await walk(LIST, person)
            assert ann.id not in [notice["actor"]["id"] for notice in listed]

    await nobody_sees_it()
    follows = "follows WHERE followed_id = $1"
    assert await site.count(follows, ann.id) > MANY - 2 * purge.BATCH
    await purge.purge_little(site.db, ann.id)  # what a worker does that dies then
    assert await site.count(follows, ann.id) > 0
    await nobody_sees_it()
    await site.work()
    await nobody_sees_it()
    assert await site.count(follows, ann.id) == 0
    assert (await user(site.instance, bob))["followers_count"] == 0
    for person in (bob, eve):
        assert (await me(site.instance, person))["unread_notifications"] == len(
            await site.instance.walk(LIST, person)
        )


@pytest.mark.parametrize("verb", ["follow", "unfollow", "block", "unblock", "mute", "unmute"])
async def test_an_account_that_is_being_erased_is_not_there_for_whom_it_knew(
    site: Site, verb: str
) -> None:
    ann, bob, eve = await site.instance.people("ann", "bob", "eve")
    await site.instance.follow(bob, ann)
    await crowds.follow(site.db, ann.id, await crowds.crowd(site.db, MANY))
    await site.instance.follow(eve, ann)
    await delete(site.instance, ann)
    assert await site.count("follows WHERE followed_id = $1", ann.id) > 0
    for person in (bob, eve):  # the first of them, and the last
        await site.instance.post(f"/api/users/{ann.id}/{verb}/", person, status=404)


async def test_thousands_of_notifications_by_somebody_blocked_are_gone_at_once(
    site: Site,
) -> None:
    ann, bob, eve = await site.instance.people("ann", "bob", "eve")
    posts = """
        WITH written AS (
            INSERT INTO posts (author_id, content) SELECT $1, 'x'
              FROM generate_series(1, $3::integer) RETURNING id),
        told AS (
            INSERT INTO notifications (user_id, kind, actor_id, post_id)
            SELECT $1, 'like', $2, id FROM written)
        UPDATE user_seq SET unread_notifications = $3 WHERE user_id = $1"""
    await site.db.execute(posts, ann.id, bob.id, MANY)
    await site.instance.follow(eve, ann)
    await site.instance.post(f"/api/users/{bob.id}/block/", ann)
    caused = "notifications WHERE actor_id = $1"

    async def sees_only_eve() -> None:
        listed = await site.instance.walk(LIST, ann)
        assert [notice["actor"]["id"] for notice in listed] == [eve.id]

    await sees_only_eve()
    assert await site.count(caused, bob.id) == MANY - withdrawn_notifications.BATCH
    await site.work()
    await sees_only_eve()
    assert await unread(site.instance, ann) == 1
    assert await site.count(caused, bob.id) == 0


async def many_sessions(site: Site, person: Person) -> None:
    await site.db.execute(
        """INSERT INTO sessions (user_id, expires_at)
           SELECT $1, now() + interval '1 day' FROM generate_series(1, $2::integer)""",
        person.id,
        MANY,
    )


async def test_thousands_of_sessions_end_at_once_but_for_this_one(site: Site) -> None:
    ann = await site.instance.person("ann")
    first = await site.instance.log_in(ann.id, ann.username)
    await many_sessions(site, ann)
    this = await site.instance.log_in(ann.id, ann.username)
    open_ones = "sessions WHERE user_id = $1 AND revoked_at IS NULL"
    change = {"current_password": PASSWORD, "new_password": "another " + PASSWORD}
    async with site.instance.socket(first) as socket, site.instance.socket(this) as mine:
        await socket.ready()
        await mine.ready()
        async with closed_for_good(socket):
            await site.instance.post("/api/users/password/", this, change, status=204)
        await mine.do("notification.list")

    async def only_this_works() -> None:
        await stops_working(site.instance, first.access)
        refresh = {"refresh": first.refresh}
        await site.instance.post("/api/users/token/refresh/", json=refresh, status=401)
        assert await works(site.instance, this.access)
        (left,) = await site.instance.walk("/api/users/sessions/", this)
        assert left["current"]

    assert await site.count(open_ones, ann.id) == MANY + 3 - sessions.BATCH
    await only_this_works()
    await site.work()
    await only_this_works()
    assert await site.count(open_ones, ann.id) == 1
    refreshed = await site.instance.post(
        "/api/users/token/refresh/", json={"refresh": this.refresh}
    )
    assert await works(site.instance, refreshed["access"])


async def test_of_a_long_backlog_what_is_read_is_deducted_and_little_is_counted_anew(
    site: Site,
) -> None:
    ann, bob = await site.instance.people("ann", "bob")
    chat = await site.instance.chat(ann, bob)
    send = """
        WITH sent AS (
            INSERT INTO messages (conversation_id, sender_id, content)
            SELECT $1, $2, 'hi' FROM generate_series(1, 2500) RETURNING id),
        counted AS (
            UPDATE participants SET unread_count = 2500
             WHERE conversation_id = $1 AND user_id = $3),
        ranked AS (UPDATE conversations SET rank = (SELECT max(id) FROM sent) WHERE id = $1)
        UPDATE user_seq SET unread_messages = 2500 WHERE user_id = $3"""
    await site.db.execute(send, chat, bob.id, ann.id)
    sent = await site.db.fetch("SELECT id FROM messages WHERE conversation_id = $1", chat)
    ids = sorted(row["id"] for row in sent)
    await site.instance.call("DELETE", f"/api/messages/{chat}/messages/{ids[5]}/", bob, status=204)

    async def read(count: int) -> Any:
        path = f"/api/messages/{chat}/read/"
        return (await site.instance.post(path, ann, {"up_to": ids[count - 1]}))["unread_count"]

    for count, left in ((10, 2490), (700, 1800), (1_499, 1_001), (1_500, 1_000), (2_498, 2)):
        assert await read(count) == left
        assert (await me(site.instance, ann))["unread_messages"] == left
