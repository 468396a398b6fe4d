"""New posts as streams have them: everybody's, of a hashtag, of an author, with some words.

What a listener has missed is told by snapshot: a post counts by the transaction that made its feed
entry, since ids are taken before they commit. Retweets make no post, and are in no stream.
"""

from dataclasses import dataclass
from typing import Literal

from storage.database.pool import Database
from storage.database.query import Query
from storage.database.visibility import is_active, not_muted, there_is, visible_in_lists
from storage.events.log import EPOCH
from storage.posts.feed_entries import FEED_ENTRY, FEED_ENTRY_TO_ONE, FeedEntry
from storage.search_index.words import asked

Kind = Literal["public", "hashtag", "author", "search"]

# Entries of the whole site since a cursor: beyond that it is too old to be gone on from. To look
# through so many takes some 50 ms, and no longer however old a cursor is.
LOOKED_AT_MAX = 20_000


@dataclass(frozen=True, slots=True)
class StreamName:
    """Which posts: `value` is a hashtag in its one spelling, an author's id, or words."""

    kind: Kind
    value: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}" if self.value else self.kind

    @property
    def shows_muted(self) -> bool:
        """Whether it has authors whom its listener has muted, as the list of one author does."""
        return self.kind == "author"


@dataclass(frozen=True, slots=True)
class Missed:
    """What a listener has missed: entries, in the order of their transactions.

    `snapshot` is that in which was looked, as PostgreSQL writes it. Where more than LOOKED_AT_MAX
    were to be looked at, there is no entry.
    """

    snapshot: str
    epoch: str
    looked_at: int
    entry_ids: list[int]


def _missed(condition: str, *, muted: bool = False) -> Query[Missed]:
    """Select what came into a stream since snapshot $2 but for entries $3: the newest $4 of it.

    $1 is the listener; $5 belongs to the condition on posts, of entries e.
    """
    wanted = "" if muted else f"AND {not_muted('$1', 'u.id')}"
    return Query(
        f"""
    WITH later AS MATERIALIZED (
        SELECT id, xid, post_id, actor_id, kind, removed_xid FROM feed_entries
         WHERE xid >= pg_snapshot_xmin($2::text::pg_snapshot)
         ORDER BY xid LIMIT {LOOKED_AT_MAX} + 1),
    came AS MATERIALIZED (
        SELECT e.id, e.xid FROM later e
         CROSS JOIN LATERAL (SELECT * FROM users WHERE id = e.actor_id OFFSET 0) u
         WHERE (SELECT count(*) FROM later) <= {LOOKED_AT_MAX}
           AND e.kind = 'post' AND e.removed_xid IS NULL
           AND NOT pg_visible_in_snapshot(e.xid, $2::text::pg_snapshot)
           AND NOT (e.id = ANY($3::bigint[])) AND {condition}
           AND {visible_in_lists("$1", "u")} {wanted}
         ORDER BY e.xid DESC, e.id DESC LIMIT $4)
    SELECT pg_current_snapshot()::text AS snapshot, {EPOCH} AS epoch,
           (SELECT count(*) FROM later) AS looked_at,
           ARRAY(SELECT id FROM came ORDER BY xid, id) AS entry_ids""",
        Missed,
    )


MISSED: dict[Kind, Query[Missed]] = {
    "public": _missed("$5::text = ''"),
    "hashtag": _missed(
        there_is(
            "post_hashtags t WHERE t.post_id = e.post_id"
            " AND t.hashtag_id = (SELECT id FROM hashtags WHERE tag = $5::text)"
        )
    ),
    "author": _missed("e.actor_id = $5::text::bigint", muted=True),
    "search": _missed(
        there_is(
            "post_words w WHERE w.post_id = e.post_id AND ts_match_vq(w.words, $5::text::tsquery)"
        )
    ),
}


async def missed(
    db: Database,
    viewer_id: int | None,
    stream: StreamName,
    snapshot: str,
    excluded_ids: list[int],
    limit: int,
) -> Missed:
    """Find what came into a stream since a snapshot, the newest `limit` of it."""
    value = asked(stream.value).query if stream.kind == "search" else stream.value
    return await MISSED[stream.kind].one(db, viewer_id, snapshot, excluded_ids, limit, value)


ENTRIES_TO_REPLAY = Query(
    f"""
    SELECT {FEED_ENTRY_TO_ONE}
      FROM feed_entries e JOIN posts p ON p.id = e.post_id
      JOIN users u ON u.id = p.author_id JOIN users r ON r.id = e.actor_id
     WHERE e.id = ANY($2::bigint[]) AND e.removed_xid IS NULL AND {visible_in_lists("$1", "u")}
       AND ($3 OR {not_muted("$1", "u.id")})
     ORDER BY e.xid, e.id""",
    FEED_ENTRY_TO_ONE,
)


async def entries(
    db: Database, viewer_id: int | None, stream: StreamName, entry_ids: list[int]
) -> list[FeedEntry]:
    """Return these entries, in the order of their transactions, without those that are gone."""
    return await ENTRIES_TO_REPLAY.all(db, viewer_id, entry_ids, stream.shows_muted)


POSTS_SINCE = Query(
    f"""
    SELECT {FEED_ENTRY}
      FROM feed_entries e JOIN posts p ON p.id = e.post_id
      JOIN users u ON u.id = p.author_id JOIN users r ON r.id = e.actor_id
     WHERE e.xid >= $1::text::xid8 AND NOT (e.id = ANY($2::bigint[])) AND e.kind = 'post'
       AND e.removed_xid IS NULL AND {is_active("u")}
       AND ($3 OR e.actor_id = ANY($4::bigint[])
            OR {
        there_is(
            "post_hashtags t JOIN hashtags h ON h.id = t.hashtag_id"
            " WHERE t.post_id = e.post_id AND h.tag = ANY($5::text[])"
        )
    })
     ORDER BY e.xid, e.id LIMIT $6""",
    FEED_ENTRY,
)


async def since(
    db: Database,
    xid: int,
    excluded_ids: list[int],
    *,
    everybody: bool,
    author_ids: list[int],
    hashtags: list[str],
    limit: int,
) -> list[FeedEntry]:
    """Return posts made by transaction xid or later, but for the excluded.

    They are everybody's, or those of some authors and with some hashtags.
    """
    return await POSTS_SINCE.all(db, str(xid), excluded_ids, everybody, author_ids, hashtags, limit)
