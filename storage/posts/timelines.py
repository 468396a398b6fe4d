"""Lists of posts, and what belongs to one post."""

from itertools import chain, combinations

from storage.database.columns import POST, USER, Columns
from storage.database.paging import Ranked, after, page_by_id, page_by_rank
from storage.database.pool import Database
from storage.database.query import Query
from storage.database.visibility import not_muted, visible_in_lists
from storage.posts import posts
from storage.records import Page, Post, PostVersion, User
from storage.search_index.matching import matching_posts, newest_matching_posts
from storage.search_index.words import tsquery

# How posts are filtered, each by one value; a search by two.
SEARCH = "search"
TAGGED = "t.hashtag_id = (SELECT id FROM hashtags WHERE tag = {}::text)"
BY_AUTHOR = "{{author_id}} = {}::bigint"
TAGS = "JOIN post_hashtags t ON t.post_id = {id}"

FILTERS = (SEARCH, TAGGED, BY_AUTHOR)


def _newest_posts(filters: tuple[str, ...]) -> Query[Post]:
    """Select posts below $2 that pass these filters.

    $4 and on are their values, but of a search, which has $4 and $5.
    """
    first = 6 if SEARCH in filters else 4
    others = [each for each in filters if each != SEARCH]
    conditions = [each.format(f"${first + at}") for at, each in enumerate(others)]
    if BY_AUTHOR not in filters:
        conditions.append(not_muted("$1", "u.id"))
    condition = " AND ".join(["{id} < $2", *conditions, visible_in_lists("$1", "u")])
    source = TAGS if TAGGED in filters else ""
    if SEARCH not in filters:
        names = {"id": "p.id", "author_id": "p.author_id"}
        return Query(
            f"""
            SELECT {POST} FROM posts p JOIN users u ON u.id = p.author_id {source.format(**names)}
             WHERE {condition.format(**names)} ORDER BY p.id DESC LIMIT $3""",
            POST,
        )
    if others:
        found = matching_posts(
            "{id} AS id", condition, words="$4", typed="$5", limit="$3", source=source
        )
        matching = f"matching AS MATERIALIZED ({found})"
    else:
        matching = newest_matching_posts(condition, words="$4", typed="$5", limit="$3", below="$2")
    return Query(
        f"""
        WITH {matching}
        SELECT {POST} FROM matching JOIN posts p ON p.id = matching.id
          JOIN users u ON u.id = p.author_id ORDER BY p.id DESC""",
        POST,
    )


NEWEST_POSTS = {
    filters: _newest_posts(filters)
    for filters in chain.from_iterable(combinations(FILTERS, count) for count in range(4))
}


async def newest(
    db: Database,
    viewer_id: int | None,
    limit: int,
    cursor: str | None,
    *,
    search: str | None = None,
    hashtag: str | None = None,
    author_id: int | None = None,
) -> Page[Post]:
    """Return everybody's posts that pass every filter given, the newest first.

    A hashtag is in its one spelling, without its #. Left out are those whom the viewer has muted,
    unless an author is given.
    """
    given: dict[str, tuple[object, ...]] = {}
    if search is not None:
        given[SEARCH] = (tsquery(search), search)
    if hashtag is not None:
        given[TAGGED] = (hashtag,)
    if author_id is not None:
        given[BY_AUTHOR] = (author_id,)
    query = NEWEST_POSTS[tuple(given)]
    run = query.planned if SEARCH in given else query.all
    rows = await run(db, viewer_id, after(cursor), limit + 1, *chain(*given.values()))
    return page_by_id(rows, limit)


REPLIES = Query(
    f"""
    SELECT {POST} FROM posts p JOIN users u ON u.id = p.author_id
     WHERE p.reply_to = $2 AND p.id > $3 AND {visible_in_lists("$1", "u")}
     ORDER BY p.id LIMIT $4""",
    POST,
)


async def replies(
    db: Database, viewer_id: int | None, post_id: int, limit: int, cursor: str | None
) -> Page[Post]:
    """Return the replies to a post, the oldest first. NotFound as for the post."""
    await posts.get(db, viewer_id, post_id)
    rows = await REPLIES.all(db, viewer_id, post_id, after(cursor, start=0), limit + 1)
    return page_by_id(rows, limit)


POST_VERSIONS = Query(
    """
    SELECT id, content, created_at FROM post_versions
     WHERE post_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3""",
    PostVersion,
)


async def history(
    db: Database, viewer_id: int | None, post_id: int, limit: int, cursor: str | None
) -> Page[PostVersion]:
    """Return what was there before the present content, the latest first.

    NotFound as for the post.
    """
    await posts.get(db, viewer_id, post_id)
    return page_by_id(await POST_VERSIONS.all(db, post_id, after(cursor), limit + 1), limit)


LIKER = Columns(Ranked[User], {"rank": "l.id", "item": USER})
LIKERS = Query(
    f"""
    SELECT {LIKER}
      FROM likes l JOIN users u ON u.id = l.user_id JOIN profiles f ON f.user_id = u.id
     WHERE l.post_id = $2 AND l.id < $3 AND {visible_in_lists("$1", "u")}
     ORDER BY l.id DESC LIMIT $4""",
    LIKER,
)

RETWEETER = Columns(Ranked[User], {"rank": "e.id", "item": USER})
RETWEETERS = Query(
    f"""
    SELECT {RETWEETER}
      FROM feed_entries e JOIN users u ON u.id = e.actor_id JOIN profiles f ON f.user_id = u.id
     WHERE e.post_id = $2 AND e.id < $3 AND e.kind = 'retweet' AND e.removed_xid IS NULL
       AND {visible_in_lists("$1", "u")} ORDER BY e.id DESC LIMIT $4""",
    RETWEETER,
)


async def likers(
    db: Database, viewer_id: int | None, post_id: int, limit: int, cursor: str | None
) -> Page[User]:
    """Return who likes a post, the newest like first. NotFound as for the post."""
    return await _users(LIKERS, db, viewer_id, post_id, limit, cursor)


async def retweeters(
    db: Database, viewer_id: int | None, post_id: int, limit: int, cursor: str | None
) -> Page[User]:
    """Return who retweeted a post, the newest retweet first. NotFound as for the post."""
    return await _users(RETWEETERS, db, viewer_id, post_id, limit, cursor)


async def _users(
    query: Query[Ranked[User]],
    db: Database,
    viewer_id: int | None,
    post_id: int,
    limit: int,
    cursor: str | None,
) -> Page[User]:
    await posts.get(db, viewer_id, post_id)
    return page_by_rank(await query.all(db, viewer_id, post_id, after(cursor), limit + 1), limit)
