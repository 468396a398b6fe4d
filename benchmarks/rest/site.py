"""SQL that writes people, whom they follow, posts, and what is done with posts, as it came in time.

What triggers would have written is written here, as they do not fire.
"""

from collections.abc import Iterator

from benchmarks.rest.size import (
    CELEBRITY,
    COMMON,
    DELETING,
    DISCUSSED,
    KEPT_AWAY,
    POST,
    RARE,
    RARE_POSTS,
    READERS,
    Size,
)

FIRST_NAMES = "anna bert carla dmitri elena farid greta hugo irina jonas"
MIDDLE_NAMES = "sky rock river moon tree bird wolf star rain fire wind leaf snow"
LAST_NAMES = (
    "miller smith garcia tanaka okafor novak silva jensen rossi dubois kowalski petrov haddad "
    "nguyen larsen weber costa"
)

# Some people, or posts, are chosen far more often than others.
SOMEBODY = "1 + floor({people} * power(random(), {skew}))::bigint"
SCATTER = 7919  # a prime: what is chosen most lies anywhere in time


def _nth(words: str, number: str) -> str:
    return f"(string_to_array('{words}', ' '))[1 + {number} % {len(words.split())}]"


def people(size: Size, password_hash: str) -> Iterator[tuple[str, str]]:
    first, last = _nth(FIRST_NAMES, "i"), _nth(LAST_NAMES, "i")
    yield (
        "people",
        f"""
        INSERT INTO users (id, username, email, password_hash, display_name, created_at,
                           email_verified_at, digest_mails, last_seen_at) OVERRIDING SYSTEM VALUE
        SELECT i, {first} || '_' || {_nth(MIDDLE_NAMES, "i")} || '_' || i,
               'user' || i || '@example.org', '{password_hash}', initcap({first} || ' ' || {last}),
               now() - interval '400 days' * (1 - i / {size.people}::float8), now(), false,
               now() - random() * interval '30 days'
          FROM generate_series(1, {size.people}) AS i;
        SELECT setval(pg_get_serial_sequence('users', 'id'), {size.people});
        INSERT INTO user_names (user_id, username, display_name)
        SELECT id, lower(username), lower(display_name) FROM users WHERE id > 0 ORDER BY id;
        INSERT INTO sessions (user_id, expires_at)
        SELECT id, now() + interval '300 days' FROM users WHERE id > 0 ORDER BY id;
        INSERT INTO hashtags (tag) SELECT 'tag' || i FROM generate_series(1, {size.hashtags}) AS i;
        INSERT INTO hashtag_names (hashtag_id, name) SELECT id, tag FROM hashtags ORDER BY id""",
    )
    somebody = SOMEBODY.format(people=size.people, skew=3)
    few = " UNION ALL ".join(
        f"SELECT {reader}, 1 + {reader} + i * {step} FROM generate_series(1, {count - 1}) AS i"
        for count, reader in READERS.items()
        if (step := max(1, min(3, (size.people - 6) // count))) and count + 6 < size.people
    )
    yield (
        "follows",
        f"""
        INSERT INTO follows (follower_id, followed_id, created_at)
        SELECT a, b, now() - interval '300 days' * (1 - place / count::float8)
          FROM (SELECT a, b, row_number() OVER (ORDER BY random()) AS place,
                       count(*) OVER () AS count
                  FROM (SELECT DISTINCT a, b FROM (
                        SELECT a, {somebody} AS b
                          FROM generate_series({KEPT_AWAY}, {size.people}) AS a,
                               generate_series(1, {size.follows_each})
                        UNION ALL SELECT a, {CELEBRITY} FROM generate_series(2, {size.people}) AS a
                        {"UNION ALL" if few else ""} {few}) AS given (a, b) WHERE a <> b) AS pairs
               ) AS ordered ORDER BY place;
        INSERT INTO profiles (user_id, bio, followers_count, following_count)
        SELECT u.id, 'I am number ' || u.id || ' and write about this and that',
               coalesce(followers.count, 0), coalesce(following.count, 0)
          FROM users u
          LEFT JOIN (SELECT followed_id AS id, count(*) FROM follows GROUP BY 1) followers
                    USING (id)
          LEFT JOIN (SELECT follower_id AS id, count(*) FROM follows GROUP BY 1) following
                    USING (id)
         WHERE u.id > 0 ORDER BY u.id;
        INSERT INTO feed_versions (user_id, version)
        SELECT follower_id, count(*) FROM follows GROUP BY 1 ORDER BY 1""",
    )
    anybody = SOMEBODY.format(people=size.people, skew=1)
    yield (
        "blocks and mutes",
        "; ".join(
            f"""
            INSERT INTO {table} (SELECT DISTINCT a, b, now() FROM (
                SELECT {anybody}, {anybody} FROM generate_series(1, {size.people})
                UNION ALL SELECT {KEPT_AWAY}, i FROM generate_series(100, 2100) AS i
                UNION ALL SELECT i, {KEPT_AWAY} FROM generate_series(3000, 4000) AS i
            ) AS given (a, b) WHERE a <> b AND greatest(a, b) <= {size.people}
                AND {CELEBRITY} NOT IN (a, b) ORDER BY 1, 2)"""
            for table in ("blocks", "mutes")
        ),
    )


def posts(size: Size) -> Iterator[tuple[str, str]]:
    somebody = SOMEBODY.format(people=size.people, skew=2)
    deleted, special = size.to_delete, size.special_posts
    author = f"""CASE WHEN i = {POST} THEN {DISCUSSED}
        WHEN i BETWEEN {deleted.start} AND {deleted.stop - 1} THEN {DELETING}
        WHEN i <= {special} THEN 1 + i * 7 % {size.people} ELSE {somebody} END"""
    near = min(10_000, size.posts // 4)  # so many posts back, at most, is what a post replies to
    reply_to = f"""CASE WHEN i BETWEEN {POST + 1} AND {POST + size.replies} THEN {POST}
        WHEN i BETWEEN {size.first_of_thread + 1} AND {deleted.start - 1} THEN i - 1
        WHEN i BETWEEN {deleted.stop} AND {special}
             THEN {deleted.start} + (i - {deleted.stop}) / {size.replies}
        WHEN i > {special + near} AND random() < 0.2
             THEN i - 1 - floor(power(random(), 2) * {near})::bigint END"""
    yield (
        "what is posted",
        f"""
        CREATE UNLOGGED TABLE drafts AS
        SELECT i::bigint AS id, {author} AS author_id,
               floor(random() * {size.fragments})::integer AS one,
               floor(random() * {size.fragments})::integer AS two,
               CASE WHEN i > {special} AND random() < 0.3
                    THEN 1 + floor(power(random(), 3) * {size.hashtags - 1})::bigint END AS tag,
               CASE WHEN i > {special} AND random() < 0.1 THEN {somebody} END AS named,
               {reply_to} AS reply_to,
               now() - interval '365 days' * (1 - i / {size.last_post}::float8) AS at
          FROM generate_series(1, {size.last_post}) AS i""",
    )
    seldom = max(2, size.posts // RARE_POSTS)
    end = f"""CASE WHEN d.id % 3 = 0 THEN ' {COMMON}' ELSE '' END
        || CASE WHEN d.id % {seldom} = 1 AND d.id > {special} THEN ' {RARE}' ELSE '' END"""
    yield (
        "posts",
        f"""
        INSERT INTO posts (id, author_id, content, reply_to, created_at, likes_count,
                           retweets_count, replies_count) OVERRIDING SYSTEM VALUE
        SELECT d.id, author_id,
               a.text || coalesce(' @' || named.username, '') || ' ' || b.text
               || coalesce(' #tag' || d.tag, '') || {end},
               reply_to, at, coalesce(likes, 0), coalesce(retweets, 0), coalesce(replies, 0)
          FROM drafts d JOIN fragments a ON a.id = one JOIN fragments b ON b.id = two
          LEFT JOIN users named ON named.id = named
          LEFT JOIN (SELECT post_id, sum(likes) AS likes, sum(retweets) AS retweets,
                            sum(replies) AS replies FROM (
                SELECT post_id, count(*) AS likes, 0 AS retweets, 0 AS replies
                  FROM likes GROUP BY 1
                UNION ALL SELECT post_id, 0, count(*), 0 FROM retweets GROUP BY 1
                UNION ALL SELECT reply_to, 0, 0, count(*) FROM drafts GROUP BY 1) each
             GROUP BY 1) counts ON counts.post_id = d.id
         ORDER BY d.id;
        SELECT setval(pg_get_serial_sequence('posts', 'id'), {size.last_post});
        UPDATE profiles f SET posts_count = counts.posts
          FROM (SELECT author_id, count(*) AS posts FROM posts GROUP BY 1) counts
         WHERE counts.author_id = f.user_id""",
    )
    # To join two tsvectors moves the places of the second behind those of the first.
    name = """coalesce(replace(named.username, '_', ' '), '')"""
    yield (
        "words of posts",
        f"""
        INSERT INTO post_words (post_id, author_id, words)
        SELECT d.id, author_id,
               a.words || to_tsvector('simple', {name}) || b.words
               || CASE WHEN tag IS NULL THEN '' ELSE ('tag' || tag || ':1') END::tsvector
               || to_tsvector('simple', {end})
          FROM drafts d JOIN fragments a ON a.id = one JOIN fragments b ON b.id = two
          LEFT JOIN users named ON named.id = named
         ORDER BY d.id;
        INSERT INTO post_hashtags (post_id, hashtag_id, author_id, position, created_at)
        SELECT id, tag, author_id, 0, at FROM drafts WHERE tag IS NOT NULL ORDER BY id;
        INSERT INTO mentions (post_id, user_id, position)
        SELECT id, named, 0 FROM drafts WHERE named <> author_id ORDER BY id""",
    )


def reactions(size: Size) -> Iterator[tuple[str, str]]:
    anybody = SOMEBODY.format(people=size.people, skew=1)
    somebody = SOMEBODY.format(people=size.people, skew=2)
    any_post = f"{size.special_posts} + {SOMEBODY.format(people=size.posts, skew=1)}"
    popular = f"""{size.special_posts + 1} + floor({size.posts} * power(random(), 8))::bigint
        * {SCATTER} % {size.posts}"""
    likers = f"generate_series(2, {min(size.replies, size.people - 1) + 1}) AS i"
    deleted = f"generate_series({size.to_delete.start}, {size.to_delete.stop - 1}) AS p"
    yield (
        "likes",
        f"""
        INSERT INTO likes (user_id, post_id, created_at)
        SELECT a, p, at FROM (
            SELECT a, p, d.at + least(random() * (now() - d.at),
                   CASE WHEN p <= {size.special_posts} THEN random() * interval '300 days'
                        ELSE -ln(1 - random()) * interval '2 days' END) AS at
              FROM (SELECT DISTINCT a, p FROM (
                    SELECT {anybody}, {any_post} FROM generate_series(1, {size.likes * 9 // 10})
                    UNION ALL
                    SELECT {anybody}, {popular} FROM generate_series(1, {size.likes // 10})
                    UNION ALL
                    SELECT {CELEBRITY}, {any_post} FROM generate_series(1, {size.people * 2})
                    UNION ALL SELECT i, {POST} FROM {likers}
                    UNION ALL SELECT i, p FROM {likers}, {deleted}) AS given (a, p)) AS pairs
              JOIN drafts d ON d.id = p) AS ordered
         ORDER BY at""",
    )
    yield (
        "retweets and bookmarks",
        f"""
        CREATE UNLOGGED TABLE retweets AS
        SELECT a AS actor_id, p AS post_id,
               d.at + least(random() * (now() - d.at), -ln(1 - random()) * interval '1 day') AS at
          FROM (SELECT DISTINCT {somebody} AS a, {any_post} AS p
                  FROM generate_series(1, {size.posts // 10})) AS pairs
          JOIN drafts d ON d.id = p;
        INSERT INTO bookmarks (user_id, post_id, created_at)
        SELECT a, p, now() - random() * interval '100 days' FROM (
            SELECT DISTINCT a, p FROM (
                SELECT {anybody}, {any_post} FROM generate_series(1, {size.people * 5})
                UNION ALL SELECT {CELEBRITY}, {any_post}
                            FROM generate_series(1, {size.people // 5})) AS given (a, p)) AS pairs
         ORDER BY random()""",
    )


def feed_entries(first_transaction: int) -> str:
    return f"""
        INSERT INTO feed_entries (actor_id, post_id, kind, created_at, xid)
        SELECT actor_id, post_id, kind, at,
               ({first_transaction} + row_number() OVER (ORDER BY at) - 1)::text::xid8
          FROM (SELECT author_id AS actor_id, id AS post_id, 'post' AS kind, at FROM drafts
                UNION ALL SELECT actor_id, post_id, 'retweet', at FROM retweets) AS entries
         ORDER BY at"""
