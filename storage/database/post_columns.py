"""What is selected of posts, with what they quote and ask. $1 is the viewer, NULL for nobody."""

from typing import TypeVar

from storage.database.columns import Apart, Columns, Nested
from storage.database.user_columns import image_url, pictures, user_ref
from storage.database.visibility import (
    NOBODY,
    is_active,
    not_blocked,
    not_muted,
    there_is,
    visible_by_id,
)
from storage.records import Poll, PollOption, Post, Quoted, QuotedPost

R = TypeVar("R")


def _has(signs: str) -> str:
    """Return the condition that the post has one of these signs: without, nothing is looked up."""
    return "(" + " OR ".join(f"p.content LIKE '%{sign}%'" for sign in signs) + ")"


# From posts q and their authors, users quotee.
QUOTED_POST = Columns(
    QuotedPost,
    {
        "id": "q.id",
        "author": user_ref("quotee"),
        "content": "q.content",
        "image": image_url("q.image"),
        "media": pictures("post_id", "q"),
        "sensitive": "q.sensitive",
        "has_poll": "q.has_poll",
        "created_at": "q.created_at",
        "edited_at": "q.edited_at",
    },
)


def _of_post(value: Nested[R], has: str, *, is_viewed: bool) -> Apart[R]:
    return Apart(value, has, "p.id", "posts p", is_viewed)


def _quoted(state: str, *, is_viewed: bool = False, shown: bool = True) -> Apart[Quoted]:
    """Return the column with what a post p quotes.

    OFFSET 0 has the state said once: each place that it is pulled up to has sub-plans of its own.

    Args:
        state: SQL of the further WHENs that tell why a post q by quotee is not shown.
        is_viewed: Whether they depend on the viewer.
        shown: Whether the post itself is there, and not its state alone.
    """
    post = QUOTED_POST.within("CASE WHEN how.state = 'accepted' THEN {} END")
    columns = Columns(
        Quoted,
        {
            "state": "how.state",
            "post_id": "CASE WHEN how.state IN ('accepted', 'blocked_account', 'muted_account') "
            "THEN q.id END"
            if shown
            else "NULL::bigint",
            "post": post if shown else "NULL",
        },
    )
    value = columns.within(f"""CASE WHEN p.quote_state IS NOT NULL THEN (
            SELECT {{}} FROM (SELECT p.quote_of AS id) of
              LEFT JOIN posts q ON q.id = of.id AND q.author_id <> {NOBODY}
              LEFT JOIN users quotee ON quotee.id = q.author_id
             CROSS JOIN LATERAL (SELECT CASE
                   WHEN p.quote_state = 'revoked' THEN 'revoked' WHEN q.id IS NULL THEN 'deleted'
                   {state} ELSE 'accepted' END AS state OFFSET 0) how) END""")
    return _of_post(value, "p.quote_state IS NOT NULL", is_viewed=is_viewed)


# What p quotes: as viewer $1 has it; as a live event carries it, which the delivering instance
# hides from whom the quoted author is hidden from; and whether it is quoted still.
QUOTED = _quoted(
    f"""WHEN NOT ({visible_by_id("$1", "quotee")}) THEN 'unauthorized'
                   WHEN NOT ({not_blocked("$1", "quotee.id")}) THEN 'blocked_account'
                   WHEN NOT ({not_muted("$1", "quotee.id")}) THEN 'muted_account'""",
    is_viewed=True,
)
LIVE_QUOTED = _quoted(f"WHEN NOT ({is_active('quotee')}) THEN 'unauthorized'")
QUOTED_STATE = _quoted(f"WHEN NOT ({is_active('quotee')}) THEN 'unauthorized'", shown=False)


def lets_quote(viewer_id: str, author: str) -> str:
    """Return the condition that an author's setting lets the viewer quote them."""
    return f"""CASE {author}.who_may_quote_me WHEN 'everybody' THEN true
            WHEN 'followers' THEN {author}.id = {viewer_id} OR {
        there_is(f"follows WHERE follower_id = {viewer_id} AND followed_id = {author}.id")
    }
            ELSE {author}.id = {viewer_id} END"""


POLL_HAS_ENDED = "ballot.ends_at <= now()"
# From polls ballot and what is counted of each (POLL_SOURCES); of the viewer's row of poll_votes,
# own, where there is one.
POLL = Columns(
    Poll,
    {
        "options": Columns(
            PollOption,
            {
                "title": "option.title",
                "votes_count": f"""CASE WHEN NOT ballot.hide_totals OR {POLL_HAS_ENDED}
                    THEN tally.votes[option.place] END""",
            },
        ).within("""ARRAY(
            SELECT {} FROM unnest(ballot.options) WITH ORDINALITY option (title, place)
             ORDER BY option.place)"""),
        "multiple": "ballot.multiple",
        "hide_totals": "ballot.hide_totals",
        "votes_count": "tally.total",
        "voters_count": "tally.voters",
        "ends_at": "ballot.ends_at",
        "ended": POLL_HAS_ENDED,
        "voted": "own.choices IS NOT NULL",
        # Of arrays of numbers within a ROW(...) asyncpg reads those of oid alone.
        "own_votes": "coalesce(own.choices, '{}')::oid[]",
    },
)
POLL_SOURCES = """polls ballot CROSS JOIN LATERAL (
                SELECT coalesce(sum(voters), 0)::integer AS voters,
                       ARRAY[coalesce(sum(votes_0), 0), coalesce(sum(votes_1), 0),
                             coalesce(sum(votes_2), 0), coalesce(sum(votes_3), 0)]::integer[]
                       AS votes,
                       coalesce(sum(votes_0 + votes_1 + votes_2 + votes_3), 0)::integer AS total
                  FROM poll_tallies t WHERE t.post_id = ballot.post_id) tally"""
LIVE_POLL = POLL.replace(voted="NULL::boolean", own_votes="NULL::oid[]")


def _poll(columns: Columns[Poll], joined: str = "") -> Apart[Poll]:
    value = columns.within(f"""CASE WHEN p.has_poll THEN (
            SELECT {{}} FROM {POLL_SOURCES} {joined} WHERE ballot.post_id = p.id) END""")
    return _of_post(value, "p.has_poll", is_viewed=bool(joined))


# The poll of p: as viewer $1 has it, and as a live event carries it.
POST_POLL = _poll(
    POLL, "LEFT JOIN poll_votes own ON own.user_id = $1 AND own.post_id = ballot.post_id"
)
LIVE_POST_POLL = _poll(LIVE_POLL)


# From posts p and their authors, users u. What is tagged or mentioned begins with a sign
# (handlers/text/entities.py).
POST = Columns(
    Post,
    {
        "id": "p.id",
        "author": user_ref("u"),
        "content": "p.content",
        "image": image_url("p.image"),
        "media": pictures("post_id", "p"),
        "sensitive": "p.sensitive",
        "reply_to": """CASE WHEN p.reply_to IS NOT NULL THEN (
            SELECT id FROM posts parent
             WHERE parent.id = p.reply_to AND parent.author_id <> 0) END""",
        "replying_to": user_ref("answered").within(f"""CASE WHEN p.reply_to IS NOT NULL THEN (
            SELECT {{}} FROM posts parent JOIN users answered ON answered.id = parent.author_id
             WHERE parent.id = p.reply_to AND {visible_by_id("$1", "answered")}) END"""),
        "hashtags": f"""CASE WHEN {_has("#＃")} THEN ARRAY(
            SELECT h.tag FROM post_hashtags t JOIN hashtags h ON h.id = t.hashtag_id
             WHERE t.post_id = p.id ORDER BY t.position) END""",
        "mentions": user_ref("named").within(f"""CASE WHEN {_has("@＠")} THEN ARRAY(
            SELECT {{}} FROM mentions m JOIN users named ON named.id = m.user_id
             WHERE m.post_id = p.id ORDER BY m.position) END"""),
        "poll": POST_POLL,
        "likes_count": "p.likes_count",
        "retweets_count": "p.retweets_count",
        "replies_count": "p.replies_count",
        "liked": there_is("likes WHERE user_id = $1 AND post_id = p.id"),
        "retweeted": there_is("""feed_entries r WHERE r.actor_id = $1 AND r.post_id = p.id
               AND r.kind = 'retweet' AND r.removed_xid IS NULL"""),
        "bookmarked": there_is("bookmarks WHERE user_id = $1 AND post_id = p.id"),
        "created_at": "p.created_at",
        "edited_at": "p.edited_at",
        "retweeted_by": "NULL",
        "quoted": QUOTED,
        "quotes_count": "p.quotes_count",
        "quotable": f"coalesce({lets_quote('$1', 'u')}, false)",
    },
)


def live_post(post: Columns[Post]) -> Columns[Post]:
    """Return the columns as a live event carries them to everybody: without a viewer's marks."""
    return post.replace(
        liked="NULL::boolean",
        retweeted="NULL::boolean",
        bookmarked="NULL::boolean",
        replying_to="NULL",
        quoted=LIVE_QUOTED,
        quotable="NULL::boolean",
        poll=LIVE_POST_POLL,
    )
