"""How a feed is walked through: the newest entries of many actors below an id, as of a snapshot.

Two ways lead to them. Each actor's newest entry can be looked at, which takes as long as there are
actors. Or the site's newest entries are searched for those by actors, which takes as long as such
are rare there. Who follows few goes the first way. Who follows many goes the second, since what
many people do is not rare among what all do; where it is, and a slice of the site has been searched
in vain, the rest is found the first way. So neither how much is written on the site nor what
transactions are open matters to what a page costs.
"""

from storage.database.columns import Columns
from storage.database.post_columns import POST
from storage.database.query import Query
from storage.database.user_columns import user_ref
from storage.database.visibility import is_active
from storage.record import record
from storage.records import Post

# Whom $1 has blocked, and who has blocked $1.
BLOCKED_EITHER_WAY = """
    SELECT blocked_id AS id FROM blocks WHERE blocker_id = $1
    UNION ALL SELECT blocker_id FROM blocks WHERE blocked_id = $1"""

# Whose posts $1 never sees in a feed, by whomever they are retweeted.
HIDDEN_AUTHORS = f"{BLOCKED_EITHER_WAY} UNION ALL SELECT muted_id FROM mutes WHERE muter_id = $1"


def followed(actor_id: str, few: str) -> str:
    """Return the condition that $1 follows a user, or is that user.

    `few` is the condition that few are asked about: each is then looked up. For many, all whom $1
    follows are read into a hash table once, which takes as long as to look up an eighth of them.
    Neither is a join, whose plan would depend on how many the planner thinks they are.
    """
    return f"""({actor_id} = $1 OR CASE WHEN {few} THEN coalesce((
            SELECT true FROM follows WHERE follower_id = $1 AND followed_id = {actor_id}), false)
        ELSE {actor_id} IN (SELECT followed_id FROM follows WHERE follower_id = $1) END)"""


def is_shown(user_id: str) -> str:
    """Return the condition that a user is active and not hidden from the viewer."""
    return f"""({user_id} NOT IN (SELECT id FROM hidden) AND coalesce((
        SELECT {is_active("a")} FROM users a WHERE a.id = {user_id}), false))"""


# Changes with whom $1 follows, blocks, mutes or is blocked by, and with who is active: of two
# numbers that only grow the sum is as good as both. Where commits were lost, by a restore or a
# failover, the numbers are given out again, but by a server that was started at another time.
# Each is looked up by itself: both at once are a reason to read a small table as a whole.
FEED_VERSION = """concat(
    extract(epoch FROM pg_postmaster_start_time()), '/',
    coalesce((SELECT version FROM feed_versions WHERE user_id = 0), 0)
        + coalesce((SELECT version FROM feed_versions WHERE user_id = $1), 0))"""

# The post p of an entry e, by users r.
ENTRY_POST = POST.replace(
    retweeted_by=user_ref("r").within("CASE e.kind WHEN 'retweet' THEN {} END")
)

# Entries e with their posts p, authors u and, of retweets, actors r. Each is looked up by its id: a
# join that the planner is free to turn round reads all users where it expects many entries.
ENTRY_SOURCES = """e CROSS JOIN LATERAL (SELECT * FROM posts WHERE id = e.post_id OFFSET 0) p
      CROSS JOIN LATERAL (SELECT * FROM users WHERE id = p.author_id OFFSET 0) u
      LEFT JOIN LATERAL (
           SELECT * FROM users WHERE id = e.actor_id AND e.kind = 'retweet' OFFSET 0) r ON true"""


@record
class Entry:
    """An entry of a feed as a snapshot sees it."""

    rank: int
    snapshot: str
    post: Post


@record
class WalkedEntry(Entry):
    """An entry that a walk has come to.

    It is not shown when a newer entry has shown its post. version is the FEED_VERSION of the feed's
    reader.
    """

    version: str | None
    shown: bool


def _visible(entry: str) -> str:
    return f"""pg_visible_in_snapshot({entry}.xid, (SELECT snapshot FROM walk))
        AND ({entry}.removed_xid IS NULL
             OR NOT pg_visible_in_snapshot({entry}.removed_xid, (SELECT snapshot FROM walk)))"""


# Who follows more has the site searched: to look at one entry of an author takes about 3 us, to see
# whether an entry is by somebody followed about 0.1 us.
MANY = 300
SLICE = 10_000  # the ids that are searched: a page is full if 1 in 476 is in the feed


def _searched(many: int, ids: int) -> str:
    """Select the newest $4 entries by those whom $1 follows, of ids from `top` to `bottom`.

    The first of them, down to `singly`, are few to ask about.
    """
    return f"""
    slice AS MATERIALIZED (
        SELECT top, top - following_count / 8 AS singly,
               top - CASE WHEN following_count > {many} THEN {ids} ELSE 1 END AS bottom
          FROM (SELECT least($2, (SELECT max(id) FROM feed_entries) + 1) AS top,
                       coalesce((SELECT following_count FROM profiles WHERE user_id = $1), 0)
                           AS following_count OFFSET 0) AS below),
    searched AS MATERIALIZED (
        SELECT e.* FROM (
            SELECT * FROM feed_entries
             WHERE id < (SELECT top FROM slice) AND id > (SELECT bottom FROM slice) AND id > $5
               AND {followed("actor_id", few="id > (SELECT singly FROM slice)")}
             ORDER BY id DESC OFFSET 0) e
         WHERE {_visible("e")} AND {is_shown("e.actor_id")}
         ORDER BY e.id DESC LIMIT $4)"""


NOTHING_SEARCHED = """
    slice AS MATERIALIZED (SELECT $2::bigint - 1 AS bottom),
    searched AS MATERIALIZED (SELECT * FROM feed_entries WHERE false)"""


def _merged(only: str) -> str:
    """Select the newest $4 entries of these actors down from the bottom of `slice`.

    Unless `searched` are enough. They are by the $4 actors whose newest are the newest, and none is
    older than the last of these: so one entry each is looked at of most actors, and not $4.
    """
    return f"""
    newest AS MATERIALIZED (
        SELECT * FROM (
            SELECT actors.id, entry.id AS rank FROM actors CROSS JOIN LATERAL (
                SELECT e.id FROM feed_entries e
                 WHERE e.actor_id = actors.id AND e.id <= (SELECT bottom FROM slice) AND e.id > $5
                   AND {_visible("e")} AND {only}
                 ORDER BY e.id DESC LIMIT 1) entry
             WHERE (SELECT count(*) FROM searched) < $4
             ORDER BY entry.id DESC OFFSET 0) heads
         WHERE {is_shown("heads.id")} ORDER BY rank DESC LIMIT $4),
    reach AS MATERIALIZED (
        SELECT CASE count(*) WHEN $4 THEN min(rank) ELSE $5 + 1 END AS rank FROM newest),
    merged AS MATERIALIZED (
        SELECT entry.* FROM newest CROSS JOIN LATERAL (
            SELECT e.* FROM feed_entries e
             WHERE e.actor_id = newest.id
               AND e.id BETWEEN (SELECT rank FROM reach) AND newest.rank
               AND {_visible("e")} AND {only}
             ORDER BY e.id DESC LIMIT $4) entry
         ORDER BY entry.id DESC LIMIT $4)"""


def _walk(
    hidden: str, actors: str, searched: str, version: str, by_actor: str, only: str = "true"
) -> Query[WalkedEntry]:
    """Select the newest $4 entries of these actors, without the posts of the hidden.

    They are below $2 and above $5, as snapshot $3 (NULL: now) sees them. $1 is the viewer. by_actor
    is the condition that an entry `newer` is by one of the actors, `only` one on entries e.
    """
    columns = Columns(
        WalkedEntry,
        {
            "rank": "e.id",
            "snapshot": "(SELECT snapshot FROM walk)::text",
            "post": ENTRY_POST,
            "version": version,
            "shown": f"""p.author_id NOT IN (SELECT id FROM hidden) AND {is_active("u")}
             AND NOT EXISTS (
                SELECT FROM feed_entries newer
                 WHERE newer.post_id = e.post_id AND newer.id > e.id AND {by_actor}
                   AND {_visible("newer")})""",
        },
    )
    return Query(
        f"""
        WITH walk AS MATERIALIZED (
            SELECT coalesce($3::text::pg_snapshot, pg_current_snapshot()) AS snapshot),
        hidden AS MATERIALIZED ({hidden}),
        actors AS MATERIALIZED ({actors}),
        {searched},
        {_merged(only)},
        recent AS MATERIALIZED (
            SELECT * FROM searched UNION ALL SELECT * FROM merged ORDER BY id DESC LIMIT $4)
        SELECT {columns} FROM recent {ENTRY_SOURCES} ORDER BY e.id DESC""",
        columns,
    )


def home_feed(many: int, ids: int) -> Query[WalkedEntry]:
    """Select what $1, and those whom $1 follows, posted and retweeted, as _walk() says.

    For who follows more than `many`, so many ids are searched.
    """
    return _walk(
        HIDDEN_AUTHORS,
        "SELECT $1 AS id UNION ALL SELECT followed_id FROM follows WHERE follower_id = $1",
        _searched(many, ids),
        FEED_VERSION,
        f"""{followed("newer.actor_id", few="p.retweets_count < 500")}
                   AND {is_shown("newer.actor_id")}""",
    )


HOME_FEED = home_feed(MANY, SLICE)


def _user_feed(only: str = "true") -> Query[WalkedEntry]:
    """Select what $6 posted and retweeted. A mute does not empty the page of the muted."""
    return _walk(
        BLOCKED_EITHER_WAY,
        "SELECT $6::bigint AS id",
        NOTHING_SEARCHED,
        "NULL::text",
        "newer.actor_id = $6",
        only,
    )


USER_FEED = _user_feed()
NO_REPLY = """(e.kind = 'retweet' OR (
    SELECT reply_to FROM posts own WHERE own.id = e.post_id) IS NULL)"""
USER_POSTS = _user_feed(NO_REPLY)
