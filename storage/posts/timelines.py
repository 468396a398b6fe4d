"""Lists of posts, and what belongs to one post."""

from itertools import combinations

from storage.database.columns import Columns
from storage.database.paging import Ranked, after, encode, page_by_id, page_by_rank
from storage.database.pool import Database
from storage.database.post_columns import POST
from storage.database.query import Query
from storage.database.user_columns import USER, media_of_ids
from storage.database.visibility import not_muted, visible_in_lists
from storage.posts import posts
from storage.records import Page, Post, PostVersion, User
from storage.search_index.matching import (
    MATCHING,
    Matching,
    matching_posts_among,
    newest_matching_posts,
)
from storage.search_index.words import Asked, asked

# How posts are filtered, each by one value.
TAGGED = "t.hashtag_id = (SELECT id FROM hashtags WHERE tag = {}::text)"
BY_AUTHOR = "{{author_id}} = {}::bigint"
FILTERS = (TAGGED, BY_AUTHOR)
EACH = [chosen for count in range(3) for chosen in combinations(FILTERS, count)]


def _seen(filters: tuple[str, ...]) -> str:
    """Return the condition on the authors u of posts; by a given author one gets the muted, too."""
    visible = visible_in_lists("$1", "u")
    return visible if BY_AUTHOR in filters else f"{visible} AND {not_muted('$1', 'u.id')}"


def _passed(filters: tuple[str, ...], first: int, id: str, author_id: str) -> str:
    """Return the condition of the filters, whose values begin with parameter `first`."""
    conditions = [each.format(f"${first + at}") for at, each in enumerate(filters)]
    return " AND ".join([f"{id} < $2", *conditions]).format(author_id=author_id)


def _newest_posts(filters: tuple[str, ...]) -> Query[Post]:
    """Select posts below $2 that pass these filters; $4 and on are their values."""
    joined = "JOIN post_hashtags t ON t.post_id = p.id" if TAGGED in filters else ""
    return Query(
        f"""
        SELECT {POST} FROM posts p JOIN users u ON u.id = p.author_id {joined}
         WHERE {_passed(filters, 4, "p.id", "p.author_id")} AND {_seen(filters)}
         ORDER BY p.id DESC LIMIT $3""",
        POST,
    )


def _matching_posts(filters: tuple[str, ...], candidates: str | None = None) -> Query[Matching]:
    """Find posts below $2 that pass these filters and match a search, $4 and $5.

    $6 and on are the values of filters, or the candidates.
    """
    if filters:
        table, id, author_id = "posts p", "p.id", "p.author_id"
        if TAGGED in filters:
            table, id, author_id = "post_hashtags t", "t.post_id", "t.author_id"
        found = matching_posts_among(
            f"""SELECT {id} AS id FROM {table}
                 WHERE {_passed(filters, 6, id, author_id)} ORDER BY {id} DESC""",
            _seen(filters),
            words="$4",
            typed="$5",
            limit="$3",
        )
    else:
        found = newest_matching_posts(
            _seen(filters),
            words="$4",
            typed="$5",
            candidates=candidates,
            limit="$3",
            below="$2",
        )
    return Query(f"{found} SELECT {MATCHING}", MATCHING)


NEWEST_POSTS = {filters: _newest_posts(filters) for filters in EACH}
NEWEST_MATCHING = _matching_posts((), "$6")
MATCHING_AMONG_NEWEST = _matching_posts(())
MATCHING_FILTERED = {filters: _matching_posts(filters) for filters in EACH[1:]}
POSTS_BY_ID = Query(
    f"""
    SELECT {POST} FROM posts p JOIN users u ON u.id = p.author_id
     WHERE p.id = ANY($2::bigint[]) ORDER BY p.id DESC""",
    POST,
)


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
    unless an author is given. Of a search a page may be short, or empty, and there be more.
    """
    given: dict[str, object] = {}
    if hashtag is not None:
        given[TAGGED] = hashtag
    if author_id is not None:
        given[BY_AUTHOR] = author_id
    below = after(cursor)
    if search is None:
        query = NEWEST_POSTS[tuple(given)]
        rows = await query.all(db, viewer_id, below, limit + 1, *given.values())
        return page_by_id(rows, limit)
    found = await _matching(db, viewer_id, below, limit + 1, asked(search), search, given)
    rows = await POSTS_BY_ID.all(db, viewer_id, found.ids) if found.ids else []
    if len(found.ids) <= limit:
        return Page(rows, encode(found.down_to) if found.down_to > 0 else None)
    return page_by_id(rows, limit)


async def _matching(
    db: Database,
    viewer_id: int | None,
    below: int,
    limit: int,
    sought: Asked,
    typed: str,
    given: dict[str, object],
) -> Matching:
    if not sought.query:
        return Matching([], 0)
    args = (viewer_id, below, limit, sought.query, typed)
    if given:
        return await MATCHING_FILTERED[tuple(given)].one(db, *args, *given.values())
    if sought.candidates is None or sought.begins:
        found = await MATCHING_AMONG_NEWEST.one(db, *args)
        if sought.candidates is None or len(found.ids) == limit:
            return found
    return await NEWEST_MATCHING.one(db, *args, sought.candidates)


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


POST_VERSION = Columns(
    PostVersion,
    {
        "id": "v.id",
        "content": "v.content",
        "media": media_of_ids("v.media_ids"),
        "created_at": "v.created_at",
    },
)
POST_VERSIONS = Query(
    f"""
    SELECT {POST_VERSION} FROM post_versions v
     WHERE v.post_id = $1 AND v.id < $2 ORDER BY v.id DESC LIMIT $3""",
    POST_VERSION,
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
