"""How large the data is, and whom and what it has in it to look at."""

from dataclasses import dataclass

PEOPLE = {"1": 100_000, "1/4": 25_000, "1/16": 6_250}

# People who are somebody, by id. All others are alike, but that those with low ids write, and are
# followed, more.
CELEBRITY = 1  # whom everybody follows, and who likes twice as many posts as there are people
READERS = {50: 2, 500: 3, 1000: 4, 5000: 5}  # by how many they follow, one fewer
KEPT_AWAY = 6  # who blocks and mutes thousands
TALKER = 10  # with thousands of direct conversations
NOTIFIED = 20  # with as many unread notifications as there are people
DISCUSSED = 30  # the author of POST
DELETING = 31  # the author of posts that much hangs on
MEMBER = 40  # the first member of all groups, who has read nothing

POST = 1  # with thousands of replies and likes
RARE = "rarebird"  # a word of RARE_POSTS posts
RARE_POSTS = 50
COMMON = "the common word"  # in every third post


@dataclass(frozen=True, slots=True)
class Size:
    """The numbers that follow from how many people there are.

    Whatever one person or post has thousands of does not shrink with the site until it is tiny.
    """

    people: int

    @property
    def posts(self) -> int:
        """Posts beside those that are there to be looked at."""
        return 40 * self.people

    @property
    def follows_each(self) -> int:
        return min(60, self.people // 3)

    @property
    def likes(self) -> int:
        return 100 * self.people

    @property
    def messages(self) -> int:
        return 10 * self.people

    @property
    def conversations(self) -> int:
        return self.people // 2

    @property
    def hashtags(self) -> int:
        return self._at_most(10_000)

    @property
    def fragments(self) -> int:
        """Pieces of text that posts and messages are made of."""
        return self._at_most(40_000)

    @property
    def replies(self) -> int:
        """Of POST, and of each post to be deleted; likes as well."""
        return self._at_most(10_000)

    @property
    def depth(self) -> int:
        return self._at_most(200)

    @property
    def first_of_thread(self) -> int:
        """The id of the post at the top of a thread that is `depth` deep."""
        return POST + self.replies + 1

    @property
    def to_delete(self) -> range:
        """The ids of posts with as many replies, likes and notifications each as POST."""
        first = self.first_of_thread + self.depth
        return range(first, first + 4)

    @property
    def special_posts(self) -> int:
        """The id of the last post that is there to be looked at; all others have higher ones."""
        return self.to_delete.stop - 1 + len(self.to_delete) * self.replies

    @property
    def last_post(self) -> int:
        return self.special_posts + self.posts

    @property
    def talks(self) -> int:
        """Direct conversations of TALKER."""
        return min(2_000, self.conversations // 2)

    @property
    def groups(self) -> dict[int, int]:
        """The ids of groups, by how many members they have."""
        sizes = [size for size in (3, 100, 256, 1000) if MEMBER + size < self.people]
        return {size: self.conversations + at for at, size in enumerate(sizes, 1)}

    @property
    def unread(self) -> int:
        """Messages in the group of 3 that MEMBER has not read."""
        return self._at_most(100_000)

    def _at_most(self, count: int) -> int:
        return max(1, min(count, count * self.people // PEOPLE["1/16"]))
