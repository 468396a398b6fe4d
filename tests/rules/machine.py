"""The rule machine: people do anything in any order, and everything stays as the model says."""

import asyncio
from collections.abc import Coroutine
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from server.config.load import Config
from tests.people import PASSWORD
from tests.rules.counters import wrong
from tests.rules.model import Model, Room
from tests.rules.world import World, open_world

T = TypeVar("T")
PEOPLE_MAX = 6

somebody = st.integers(0, PEOPLE_MAX - 1)
something = st.integers(0, 50)
reactions = st.sampled_from(["like", "retweet"])


class Rules(RuleBasedStateMachine):
    """One example: a world of its own on servers that all examples share."""

    settings_of_server: ClassVar[Config]
    loop: ClassVar[asyncio.AbstractEventLoop]
    calls: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.everybody: list[int] = []
        self._opened = open_world(self.settings_of_server)
        self.world: World = self.do(self._opened.__aenter__())

    def do(self, coroutine: Coroutine[Any, Any, T]) -> T:
        Rules.calls += 1
        return self.loop.run_until_complete(asyncio.wait_for(coroutine, 60))

    def teardown(self) -> None:
        try:
            for who in sorted(self.model.active):
                self._look(who)
            self._count()
        finally:
            self.do(self._opened.__aexit__(None, None, None))

    def person(self, number: int) -> int:
        """One of those who are active."""
        return sorted(self.model.active)[number % len(self.model.active)]

    def post_of(self, number: int) -> int | None:
        posts = sorted(self.model.posts)
        return posts[number % len(posts)] if posts else None

    def room_of(self, number: int) -> tuple[int, Room] | None:
        rooms = sorted(self.model.rooms)
        return (id := rooms[number % len(rooms)], self.model.rooms[id]) if rooms else None

    def call(self, method: str, path: str, by: int, expected: int, json: Any = None) -> Any:
        reply = self.do(self.world.instance.ask(method, path, self.world.people[by], json=json))
        assert reply.status == expected, f"{method} {path} by {by}: {reply}, not {expected}"
        return reply.body

    @initialize()
    def begin(self) -> None:
        for _ in range(4):
            self.register()

    @precondition(lambda self: len(self.everybody) < PEOPLE_MAX)
    @rule()
    def register(self) -> None:
        who = self.do(self.world.register())
        self.everybody.append(who)
        self.model.active.add(who)

    # One to another

    @rule(a=somebody, b=somebody)
    def follow(self, a: int, b: int) -> None:
        one, other = self.person(a), self.person(b)
        status = self.model.to_follow(one, other)
        self.call("POST", f"/api/users/{other}/follow/", one, status)
        if status == 200:
            self.model.follows.add((one, other))

    @rule(a=somebody, b=somebody)
    def unfollow(self, a: int, b: int) -> None:
        one, other = self.person(a), self.person(b)
        self.call("POST", f"/api/users/{other}/unfollow/", one, 200)
        self.model.follows.discard((one, other))

    @rule(a=somebody, b=somebody)
    def block(self, a: int, b: int) -> None:
        one, other = self.person(a), self.person(b)
        self.call("POST", f"/api/users/{other}/block/", one, 422 if one == other else 200)
        if one != other:
            self.model.block(one, other)

    @rule(a=somebody, b=somebody)
    def unblock(self, a: int, b: int) -> None:
        one, other = self.person(a), self.person(b)
        self.call("POST", f"/api/users/{other}/unblock/", one, 200)
        self.model.blocks.discard((one, other))

    @rule(a=somebody, b=somebody, back=st.booleans())
    def mute(self, a: int, b: int, back: bool) -> None:
        one, other = self.person(a), self.person(b)
        if one == other:
            return
        self.call("POST", f"/api/users/{other}/{'unmute' if back else 'mute'}/", one, 200)
        (self.model.mutes.discard if back else self.model.mutes.add)((one, other))

    # Posts

    @rule(a=somebody)
    def write(self, a: int) -> None:
        one = self.person(a)
        post = self.call("POST", "/api/posts/", one, 201, {"content": "said"})
        self.model.posts[post["id"]] = one

    @rule(a=somebody, which=something, verb=reactions, back=st.booleans())
    def react(self, a: int, which: int, verb: str, back: bool) -> None:
        one, post = self.person(a), self.post_of(which)
        if post is None:
            return
        status = self.model.to_react(one, post, back=back)
        self.call("POST", f"/api/posts/{post}/{'un' if back else ''}{verb}/", one, status)
        done = self.model.likes if verb == "like" else self.model.retweets
        if status == 200:
            (done.discard if back else done.add)((one, post))

    @rule(which=something)
    def delete(self, which: int) -> None:
        post = self.post_of(which)
        if post is not None and (author := self.model.posts[post]) in self.model.active:
            self.call("DELETE", f"/api/posts/{post}/", author, 204)
            self.model.delete_post(post)

    # Conversations

    @rule(a=somebody, b=somebody)
    def talk(self, a: int, b: int) -> None:
        one, other = self.person(a), self.person(b)
        if one == other:
            return
        there = any(
            not room.is_group and {one, other} <= room.members for room in self.model.rooms.values()
        )
        status = 403 if self.model.apart(one, other) else 200 if there else 201
        room = self.call("POST", "/api/messages/", one, status, {"participants": [other]})
        if status == 201:
            self.model.rooms[room["id"]] = Room({one, other}, is_group=False)

    @rule(a=somebody)
    def gather(self, a: int) -> None:
        one = self.person(a)
        others = [other for other in sorted(self.model.active) if other != one]
        if len(others) < 2 or any(self.model.apart(one, other) for other in others):
            return
        asked = {"participants": others, "title": "all of us"}
        room = self.call("POST", "/api/messages/", one, 201, asked)
        self.model.rooms[room["id"]] = Room({one, *others}, is_group=True)

    @rule(a=somebody, which=something)
    def send(self, a: int, which: int) -> None:
        one, found = self.person(a), self.room_of(which)
        if found is None:
            return
        id, room = found
        status = self.model.to_send(one, room)
        path = f"/api/messages/{id}/send_message/"
        message = self.call("POST", path, one, status, {"content": "told"})
        if status == 201:
            self.model.send(one, room, message["id"])

    @rule(a=somebody, which=something)
    def read(self, a: int, which: int) -> None:
        one, found = self.person(a), self.room_of(which)
        if found is None or not found[1].messages:
            return
        id, room = found
        up_to = {"up_to": max(room.messages)}
        is_in = one in room.members
        answer = self.call("POST", f"/api/messages/{id}/read/", one, 200 if is_in else 404, up_to)
        if is_in:
            room.unread.pop(one, None)
            room.read_up_to[one] = up_to["up_to"]
            assert answer["unread_count"] == 0

    @rule(a=somebody, which=something)
    def leave(self, a: int, which: int) -> None:
        one, found = self.person(a), self.room_of(which)
        if found is None or one not in found[1].members:
            return
        id, room = found
        status = 200 if room.is_group else 403
        self.call("PATCH", f"/api/messages/{id}/", one, status, {"leave": True})
        if room.is_group:
            self.model.leave(one, room)

    # Clients

    @rule(a=somebody)
    def connect(self, a: int) -> None:
        one = self.person(a)
        if self.world.clients[one].socket is None:
            assert self.do(self.world.connect(one)) == "resumed"

    @rule(a=somebody)
    def disconnect(self, a: int) -> None:
        self.do(self.world.disconnect(self.person(a)))

    @rule(a=somebody)
    def come_back_from_another_past(self, a: int) -> None:
        one = self.person(a)
        self.do(self.world.disconnect(one))
        assert self.do(self.world.connect(one, "another")) == "reset"

    # Accounts

    @precondition(lambda self: len(self.model.active) > 2)
    @rule(a=somebody)
    def suspend(self, a: int) -> None:
        one = self.person(a)
        self.do(self.world.suspend(one))
        self.model.active.discard(one)
        self.model.suspended.add(one)

    @precondition(lambda self: self.model.suspended)
    @rule()
    def restore(self) -> None:
        one = min(self.model.suspended)
        self.do(self.world.restore(one))
        self.model.suspended.discard(one)
        self.model.active.add(one)

    @precondition(lambda self: len(self.model.active) > 3)
    @rule(a=somebody)
    def erase(self, a: int) -> None:
        one = self.person(a)
        self.do(self.world.disconnect(one))
        self.call("DELETE", "/api/users/me/", one, 204, {"password": PASSWORD})
        self.do(self.world.purge(one))
        self.model.erase(one)

    # What must be so

    @rule(a=somebody)
    def look(self, a: int) -> None:
        self._look(self.person(a))

    @rule()
    def count(self) -> None:
        self._count()

    def _count(self) -> None:
        found = self.do(wrong(self.world.db, self.everybody))
        assert found == {}, found

    def _look(self, viewer: int) -> None:
        self.do(self._compare_people(viewer))
        self.do(self._compare_posts(viewer))
        self.do(self._compare_rooms(viewer))
        self.do(self._compare_log(viewer))

    async def _compare_people(self, viewer: int) -> None:
        model = self.model
        for other in sorted(model.active):
            user = await self.world.get(f"/api/users/{other}/", viewer)
            assert user["followers_count"] == len(model.followers(other)), user
            assert user["following_count"] == len(model.following(other)), user
            assert user["posts_count"] == list(model.posts.values()).count(other), user
            assert user["is_following"] == ((viewer, other) in model.follows), user
            assert user["is_followed_by"] == ((other, viewer) in model.follows), user
            assert user["blocked"] == ((viewer, other) in model.blocks), user
            assert user["muted"] == ((viewer, other) in model.mutes), user

    async def _compare_posts(self, viewer: int) -> None:
        model = self.model
        feed = await self.world.instance.walk("/api/posts/feed/", self.world.people[viewer])
        assert len({post["id"] for post in feed}) == len(feed)
        assert {post["id"] for post in feed} == model.feed(viewer)
        for post in feed:
            id = post["id"]
            assert post["likes_count"] == model.reactions(model.likes, id), post
            assert post["retweets_count"] == model.reactions(model.retweets, id), post
            assert post["liked"] == ((viewer, id) in model.likes), post
            assert post["retweeted"] == ((viewer, id) in model.retweets), post

    async def _compare_rooms(self, viewer: int) -> None:
        rooms = dict(self.model.rooms_of(viewer))
        assert set(await self.world.ids("/api/messages/", viewer)) == rooms.keys()
        for id, room in rooms.items():
            listed = await self.world.ids(f"/api/messages/{id}/messages/", viewer)
            assert listed == sorted(self.model.messages(viewer, room), reverse=True)
        unread = await self.world.get("/api/messages/unread_count/", viewer)
        assert unread["unread_count"] == self.model.unread(viewer)

    async def _compare_log(self, viewer: int) -> None:
        held = await self.world.catch_up(viewer)
        replayed = await self.world.replay(viewer)
        assert [seq for seq, _, _ in replayed] == list(range(1, len(replayed) + 1))
        told = {data["message"]["id"] for _, name, data in replayed if name == "message.created"}
        assert told == self.model.replayed(viewer)
        names = {seq: name for seq, name, _ in replayed}
        for seq, name, _ in held:  # what is hidden by now may have been told, and the other way
            assert name == names[seq] or "void" in (name, names[seq]), (seq, name, names[seq])
        last = {data["user_id"]: data for _, name, data in held if name == "relationship.changed"}
        for other, data in last.items():
            if other in self.model.active:
                assert data["is_following"] == ((viewer, other) in self.model.follows), data
                assert data["blocked"] == ((viewer, other) in self.model.blocks), data
                assert data["muted"] == ((viewer, other) in self.model.mutes), data
