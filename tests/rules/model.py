"""What the server should come to, as a few sets: the model that the rule machine compares with."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

Pair = tuple[int, int]


@dataclass
class Room:
    """A conversation; heard are, by user, the messages that came into the user's log."""

    members: set[int]
    is_group: bool
    messages: dict[int, int] = field(default_factory=dict)  # id -> sender
    heard: dict[int, set[int]] = field(default_factory=dict)
    unread: dict[int, set[int]] = field(default_factory=dict)
    read_up_to: dict[int, int] = field(default_factory=dict)


@dataclass
class Model:
    """People by their ids, pairs as (who does it, to whom)."""

    active: set[int] = field(default_factory=set)
    suspended: set[int] = field(default_factory=set)
    follows: set[Pair] = field(default_factory=set)
    blocks: set[Pair] = field(default_factory=set)
    mutes: set[Pair] = field(default_factory=set)
    posts: dict[int, int] = field(default_factory=dict)  # id -> author
    likes: set[Pair] = field(default_factory=set)
    retweets: set[Pair] = field(default_factory=set)
    rooms: dict[int, Room] = field(default_factory=dict)

    def apart(self, one: int, other: int) -> bool:
        return (one, other) in self.blocks or (other, one) in self.blocks

    def block(self, one: int, other: int) -> None:
        self.blocks.add((one, other))
        self.follows -= {(one, other), (other, one)}
        for _, room in self.rooms_of(one):
            left = {
                message
                for message in self.messages(one, room)
                if message > room.read_up_to.get(one, 0) and room.messages[message] != one
            }
            if len(left) < len(room.unread.get(one, ())):
                room.unread[one] = left

    def to_follow(self, one: int, other: int) -> int:
        if one == other:
            return 422
        return 403 if self.apart(one, other) else 200

    def to_react(self, one: int, post: int, *, back: bool) -> int:
        """The status of liking or retweeting a post, or of taking that back."""
        author = self.posts.get(post)
        if author is None:
            return 404
        if self.apart(one, author) and not back:
            return 403
        return 404 if (author, one) in self.blocks or author not in self.active else 200

    def to_send(self, one: int, room: Room) -> int:
        if one not in room.members:
            return 404
        others = room.members - {one}
        kept = not others or any(self.apart(one, other) for other in others)
        return 403 if not room.is_group and kept else 201

    def send(self, one: int, room: Room, message: int) -> None:
        room.messages[message] = one
        room.heard.setdefault(one, set()).add(message)
        for member in room.members - {one}:
            if (member, one) not in self.blocks:
                room.heard.setdefault(member, set()).add(message)
                room.unread.setdefault(member, set()).add(message)

    def leave(self, one: int, room: Room) -> None:
        room.members.discard(one)
        room.unread.pop(one, None)

    def delete_post(self, post: int) -> None:
        del self.posts[post]
        self.likes = {like for like in self.likes if like[1] != post}
        self.retweets = {retweet for retweet in self.retweets if retweet[1] != post}

    def erase(self, one: int) -> None:
        self.active.discard(one)
        for post in [post for post, author in self.posts.items() if author == one]:
            self.delete_post(post)
        for pairs in (self.follows, self.blocks, self.mutes):
            pairs -= {pair for pair in pairs if one in pair}
        for reactions in (self.likes, self.retweets):
            reactions -= {reaction for reaction in reactions if reaction[0] == one}
        for room in self.rooms.values():
            self.leave(one, room)

    # What somebody sees

    def followers(self, one: int) -> set[int]:
        return {who for who, whom in self.follows if whom == one and who in self.active}

    def following(self, one: int) -> set[int]:
        return {whom for who, whom in self.follows if who == one and whom in self.active}

    def feed(self, viewer: int) -> set[int]:
        actors = {one for one in self.following(viewer) | {viewer} if not self._hides(viewer, one)}
        shown = {post for post, author in self.posts.items() if author in actors}
        shown |= {post for who, post in self.retweets if who in actors}
        return {
            post
            for post in shown
            if self.posts[post] in self.active and not self._hides(viewer, self.posts[post])
        }

    def _hides(self, viewer: int, other: int) -> bool:
        return self.apart(viewer, other) or (viewer, other) in self.mutes

    def reactions(self, reactions: Iterable[Pair], post: int) -> int:
        """How many of those count who are not suspended."""
        return len([who for who, of in reactions if of == post and who in self.active])

    def rooms_of(self, viewer: int) -> Iterator[tuple[int, Room]]:
        return (one for one in self.rooms.items() if viewer in one[1].members)

    def messages(self, viewer: int, room: Room) -> set[int]:
        return {id for id, sender in room.messages.items() if (viewer, sender) not in self.blocks}

    def replayed(self, viewer: int) -> set[int]:
        """The messages that the viewer's log tells of now."""
        return {
            message
            for _, room in self.rooms_of(viewer)
            for message in room.heard.get(viewer, set()) & self.messages(viewer, room)
        }

    def unread(self, viewer: int) -> int:
        return sum(len(room.unread.get(viewer, set())) for _, room in self.rooms_of(viewer))
