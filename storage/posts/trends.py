"""Trends: hashtags that are used more than they were."""

from storage.database.pool import Database
from storage.database.query import Query
from storage.database.visibility import is_active
from storage.records import Trend

TRENDS_MAX = 100
ACCOUNTS_MIN = 2  # one is nobody's trend; on a busy site the order keeps small ones out of sight
EXPECTED_MIN = 1.0  # accounts a day: a tag nobody used before counts as if somebody had
HALF_LIFE_SECONDS = 4 * 3600

TRENDING_HASHTAGS = Query(
    f"""
    WITH users_of AS MATERIALIZED (
        SELECT t.hashtag_id, t.author_id, count(*) AS posts, max(t.created_at) AS last
          FROM post_hashtags t JOIN users u ON u.id = t.author_id
         WHERE t.created_at > now() - interval '1 day' AND {is_active("u")}
         GROUP BY t.hashtag_id, t.author_id),
    observed AS MATERIALIZED (
        SELECT hashtag_id, sum(posts)::bigint AS posts, count(*) AS accounts,
               avg(0.5 ^ (extract(epoch FROM now() - last)::float8 / $3::float8)) AS freshness
          FROM users_of GROUP BY hashtag_id HAVING count(*) >= $1::bigint),
    expected AS MATERIALIZED (
        SELECT hashtag_id, count(*) / 7.0 AS accounts
          FROM (SELECT DISTINCT o.hashtag_id, t.author_id,
                       floor(extract(epoch FROM now() - t.created_at)::float8 / 86400) AS days_ago
                  FROM observed o JOIN post_hashtags t ON t.hashtag_id = o.hashtag_id
                 WHERE t.created_at BETWEEN now() - interval '8 days' AND now() - interval '1 day'
               ) daily
         GROUP BY hashtag_id),
    compared AS (
        SELECT o.*, greatest(coalesce(e.accounts, 0), $2::float8) AS usual
          FROM observed o LEFT JOIN expected e ON e.hashtag_id = o.hashtag_id)
    SELECT h.tag, c.posts AS posts_count, c.accounts AS accounts_count,
           (c.accounts - c.usual) ^ 2 / c.usual * c.freshness AS score
      FROM compared c JOIN hashtags h ON h.id = c.hashtag_id
     WHERE c.accounts > c.usual ORDER BY score DESC, h.id LIMIT $4""",
    Trend,
)


async def trending(db: Database) -> list[Trend]:
    """Return the TRENDS_MAX hashtags furthest above their own baseline, the highest score first.

    score = (observed - expected)^2 / expected * freshness, as Mastodon has it (app/models/trends/
    tags.rb), for tags with observed > expected and at least ACCOUNTS_MIN accounts:

    observed: distinct accounts that used the tag within 24 hours;
    expected: distinct accounts a day, on average of the 7 days before; at least EXPECTED_MIN;
    freshness: 0.5^(age / half-life), on average over the accounts, by the last use of each.

    Nothing here grows with how often one account posts. The suspended do not count.
    """
    return await TRENDING_HASHTAGS.all(
        db, ACCOUNTS_MIN, EXPECTED_MIN, HALF_LIFE_SECONDS, TRENDS_MAX
    )
