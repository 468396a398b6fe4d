"""Counters without those who are suspended, as lists are without them.

When an account is suspended, its likes, retweets, replies and follows are taken out of the counters
of others, a portion a transaction, each with a row in `uncounted`; when it is restored, they
are put back. What has such a row is not subtracted once more when it is deleted: statements that
lower a counter ask `is_counted`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from storage.database.pool import Database
from storage.database.query import Query, Scalar
from storage.events import log

PORTION = 500


def is_counted(kind: str, id: str) -> str:
    """Return the condition that the row of this id is in its counter.

    The id is SQL. Kinds: `like` of likes, `retweet` of feed_entries, `reply` and `quote` of posts,
    `vote` of poll_votes; of follows `following`, in the followers of the followed, and `follower`,
    in whom the follower follows.
    """
    return f"NOT EXISTS (SELECT FROM uncounted WHERE kind = '{kind}' AND id = {id})"


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the suspended: place orders the rows, owner_id is whose counter it is in."""

    id: int
    place: int
    owner_id: int | None
    counted: bool


@dataclass(frozen=True, slots=True)
class _Marked:
    """A row that does not count; owner_id is None where it is gone."""

    id: int
    owner_id: int | None


class _Kind:
    """The statements about rows of a kind, which are r, in counters of the rows c of a table.

    Args:
        name: The kind.
        rows: The table of the rows.
        of: The column that says whose they are.
        place: The column that orders them, with `of` in an index.
        target: The column that says in whose counter they are.
        condition: Which rows count at all.
        counter: The table, its key and its column.
    """

    def __init__(
        self,
        name: str,
        rows: str,
        *,
        of: str,
        target: str,
        counter: tuple[str, str, str],
        place: str = "id",
        condition: str = "true",
    ) -> None:
        table, key, column = counter
        owner = "r.target" if table == "profiles" else "c.author_id"
        joined = "" if table == "profiles" else "LEFT JOIN posts c ON c.id = r.target"
        self.is_of_posts = table == "posts"
        self.rows = Query(
            f"""
            SELECT r.id, r.place, {owner} AS owner_id, {is_counted(name, "r.id")} AS counted
              FROM (SELECT r.id, r.{place} AS place, r.{target} AS target FROM {rows} r
                     WHERE r.{of} = $1 AND r.{place} > $2 AND {condition}
                     ORDER BY r.{place} LIMIT {PORTION}) r {joined} ORDER BY r.place""",
            _Row,
        )
        self.marked = Query(
            f"""
            SELECT m.id, {owner} AS owner_id
              FROM (SELECT id FROM uncounted WHERE user_id = $1 AND kind = '{name}'
                     ORDER BY id LIMIT {PORTION}) m
              LEFT JOIN LATERAL (SELECT r.{target} AS target FROM {rows} r WHERE r.id = m.id) r
                     ON true {joined}""",
            _Marked,
        )
        changed = f"""
            UPDATE {table} c SET {column} = {column} {{sign}} given.times
              FROM (SELECT r.{target} AS id, count(*) AS times
                      FROM changed JOIN {rows} r ON r.id = changed.id
                     WHERE {condition} GROUP BY r.{target}) given
             WHERE c.{key} = given.id RETURNING c.{key}"""
        self.uncount = Scalar(
            f"""
            WITH changed AS (
                INSERT INTO uncounted (kind, id, user_id)
                SELECT '{name}', r.id, $1 FROM {rows} r
                 WHERE r.id = ANY($2::bigint[]) AND r.{of} = $1 AND {condition}
                ON CONFLICT DO NOTHING RETURNING id)
            {changed.format(sign="-")}""",
            int,
        )
        self.recount = Scalar(
            f"""
            WITH changed AS (
                DELETE FROM uncounted
                 WHERE kind = '{name}' AND user_id = $1 AND id = ANY($2::bigint[]) RETURNING id)
            {changed.format(sign="+")}""",
            int,
        )


# Votes are counted in a part of the tally of their poll that goes by the voter.
SHARDS = 16
SHARD = f"({{}} % {SHARDS})::smallint"
VOTES_CHANGED = ", ".join(
    ["voters = t.voters {sign} 1"]
    + [
        f"votes_{place} = t.votes_{place} {{sign}} ({place} = ANY({{vote}}.choices))::integer"
        for place in range(4)
    ]
)


class _Votes(_Kind):
    """The same statements of votes, of which an account has one in a poll: by their posts."""

    def __init__(self) -> None:
        self.is_of_posts = True
        self.rows = Query(
            f"""
            SELECT r.id, r.post_id AS place, NULL::bigint AS owner_id,
                   {is_counted("vote", "r.id")} AS counted
              FROM poll_votes r WHERE r.user_id = $1 AND r.post_id > $2
             ORDER BY r.post_id LIMIT {PORTION}""",
            _Row,
        )
        self.marked = Query(
            f"""
            SELECT id, NULL::bigint AS owner_id FROM uncounted
             WHERE user_id = $1 AND kind = 'vote' ORDER BY id LIMIT {PORTION}""",
            _Marked,
        )
        changed = f"""
            UPDATE poll_tallies t SET {VOTES_CHANGED}
              FROM changed JOIN poll_votes r ON r.id = changed.id
             WHERE t.post_id = r.post_id AND t.shard = {SHARD.format("r.user_id")}
            RETURNING t.post_id"""
        self.uncount = Scalar(
            f"""
            WITH changed AS (
                INSERT INTO uncounted (kind, id, user_id)
                SELECT 'vote', r.id, $1 FROM poll_votes r
                 WHERE r.id = ANY($2::bigint[]) AND r.user_id = $1
                ON CONFLICT DO NOTHING RETURNING id)
            {changed.format(sign="-", vote="r")}""",
            int,
        )
        self.recount = Scalar(
            f"""
            WITH changed AS (
                DELETE FROM uncounted
                 WHERE kind = 'vote' AND user_id = $1 AND id = ANY($2::bigint[]) RETURNING id)
            {changed.format(sign="+", vote="r")}""",
            int,
        )


VOTES = _Votes()
KINDS = [
    _Kind(
        "like",
        "likes",
        of="user_id",
        place="post_id",
        target="post_id",
        counter=("posts", "id", "likes_count"),
    ),
    _Kind(
        "retweet",
        "feed_entries",
        of="actor_id",
        target="post_id",
        counter=("posts", "id", "retweets_count"),
        condition="r.kind = 'retweet' AND r.removed_xid IS NULL",
    ),
    _Kind(
        "reply",
        "posts",
        of="author_id",
        target="reply_to",
        counter=("posts", "id", "replies_count"),
        condition="r.reply_to IS NOT NULL",
    ),
    _Kind(
        "quote",
        "posts",
        of="author_id",
        target="quote_of",
        counter=("posts", "id", "quotes_count"),
        condition="r.quote_of IS NOT NULL AND r.quote_state = 'accepted'",
    ),
    _Kind(
        "following",
        "follows",
        of="follower_id",
        target="followed_id",
        counter=("profiles", "user_id", "followers_count"),
    ),
    _Kind(
        "follower",
        "follows",
        of="followed_id",
        target="follower_id",
        counter=("profiles", "user_id", "following_count"),
    ),
    VOTES,
]

IS_SUSPENDED = Scalar("SELECT suspended_at IS NOT NULL FROM users WHERE id = $1", bool)
# Until the commit it stays so.
LOCK_IS_SUSPENDED = Scalar(f"{IS_SUSPENDED.sql} FOR SHARE", bool)

CountsChanged = Callable[[list[int]], None]


async def recount(
    db: Database,
    user_id: int,
    goes_on: Callable[[], bool],
    changed: CountsChanged,
    polls_changed: CountsChanged,
) -> bool:
    """Take what the account did out of the counters of others, or put it back, as it is now.

    In portions; repeating it, or doing it twice at once, changes nothing more.

    Args:
        db: The database.
        user_id: The account that was suspended or restored.
        goes_on: Is asked before each portion whether there is time for it.
        changed: Is told the ids of posts whose counts have changed.
        polls_changed: Is told the ids of posts in whose polls others are counted now.

    Returns:
        Whether that was all. Not so where the account was suspended or restored meanwhile, either.
    """
    suspended = await IS_SUSPENDED.maybe(db, user_id)
    if suspended is None:
        return True
    walk = _uncount if suspended else _recount
    for kind in KINDS:
        told = polls_changed if kind is VOTES else changed
        if not await walk(db, user_id, kind, goes_on, told):
            return False
    return True


async def _uncount(
    db: Database, user_id: int, kind: _Kind, goes_on: Callable[[], bool], changed: CountsChanged
) -> bool:
    place = 0
    while rows := await kind.rows.all(db, user_id, place):
        place = rows[-1].place
        counted = [row for row in rows if row.counted]
        if not goes_on():
            return False
        if counted and not await _change(db, user_id, kind, counted, changed, suspended=True):
            return False
    return True


async def _recount(
    db: Database, user_id: int, kind: _Kind, goes_on: Callable[[], bool], changed: CountsChanged
) -> bool:
    while marked := await kind.marked.all(db, user_id):
        if not goes_on():
            return False
        if not await _change(db, user_id, kind, marked, changed, suspended=False):
            return False
    return True


async def _change(
    db: Database,
    user_id: int,
    kind: _Kind,
    rows: Iterable[_Row | _Marked],
    changed: CountsChanged,
    *,
    suspended: bool,
) -> bool:
    """Change the counters for these rows; False where the account is no longer so."""
    owners = {row.owner_id for row in rows if row.owner_id is not None}
    async with db.transaction() as connection:
        await log.lock(connection, {user_id, *owners})
        if await LOCK_IS_SUSPENDED.maybe(connection, user_id) is not suspended:
            return False
        await log.mark_changed(connection, owners)  # for whoever has just asked is_counted
        statement = kind.uncount if suspended else kind.recount
        targets = await statement.all(connection, user_id, [row.id for row in rows])
    if kind.is_of_posts and targets:
        changed(targets)
    return True
