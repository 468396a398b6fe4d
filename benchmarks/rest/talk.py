"""SQL that writes conversations, notifications and the log of both, as it came in time."""

from collections.abc import Iterator

from benchmarks.rest.size import MEMBER, NOTIFIED, TALKER, Size

MESSAGES_TO_GROUP = 20
NOTIFIED_LIKES = 6  # of so many likes one is kept as a notification: the others are gone


def conversations(size: Size) -> Iterator[tuple[str, str]]:
    somebody = f"1 + floor({size.people} * power(random(), 2))::bigint"
    first = size.people // 3
    groups = " ".join(
        f"""UNION ALL SELECT {id}, 'group', '{members} people', {MEMBER + (members == 3)},
                   {MEMBER + members - 1}"""
        for members, id in size.groups.items()
    )
    many = " ".join(
        f"""UNION ALL SELECT {id}, now() - random() * interval '30 days'
              FROM generate_series(1, {size.unread if members == 3 else MESSAGES_TO_GROUP})"""
        for members, id in size.groups.items()
    )
    yield (
        "talks",
        f"""
        CREATE UNLOGGED TABLE talks AS
        SELECT row_number() OVER (ORDER BY one = {TALKER} DESC, random()) AS id, 'direct' AS kind,
               NULL AS title, one, other
          FROM (SELECT {TALKER} AS one, {first} + i AS other
                  FROM generate_series(1, {size.talks}) AS i
                UNION ALL
                (SELECT least(a, b), greatest(a, b)
                   FROM (SELECT {somebody} AS a, {somebody} AS b
                           FROM generate_series(1, {size.conversations})) AS drawn
                  WHERE a <> b AND {TALKER} NOT IN (a, b) GROUP BY 1, 2)) AS pairs
         LIMIT {size.conversations};
        INSERT INTO talks
        SELECT * FROM (
               SELECT 0::bigint, '', '', 0::bigint, 0::bigint WHERE false {groups}) AS given;
        CREATE UNLOGGED TABLE said AS
        SELECT 2 * row_number() OVER (ORDER BY at) AS id, talk, at, random() AS voice,
               floor(random() * {size.fragments})::integer AS fragment
          FROM (SELECT 1 + floor((SELECT max(id) FROM talks WHERE kind = 'direct')
                                 * random())::bigint AS talk,
                       now() - interval '365 days' * random() AS at
                  FROM generate_series(1, {size.messages}) {many}) AS drawn""",
    )
    # Messages have even numbers; what is odd is for conversations that begin.
    yield (
        "messages",
        """
        INSERT INTO messages (id, conversation_id, sender_id, content, created_at)
               OVERRIDING SYSTEM VALUE
        SELECT s.id, talk, CASE WHEN kind = 'group' THEN one + floor(voice * (other - one + 1))
                                WHEN voice < 0.5 THEN one ELSE other END, f.text, at
          FROM said s JOIN talks t ON t.id = s.talk JOIN fragments f ON f.id = fragment
         ORDER BY s.id;
        INSERT INTO conversations (id, kind, title, direct_key, creator_id, created_rank, rank,
                                   created_at, updated_at) OVERRIDING SYSTEM VALUE
        SELECT id, kind, title, CASE WHEN kind = 'direct' THEN one || ':' || other END, one,
               coalesce(first, 2 * count + 2 * id) - 1, coalesce(last, 2 * count + 2 * id - 1),
               coalesce(began, now()), coalesce(ended, now())
          FROM talks CROSS JOIN (SELECT count(*) FROM said) AS all_said
          LEFT JOIN (SELECT talk AS id, min(id) AS first, max(id) AS last, min(at) AS began,
                            max(at) AS ended FROM said GROUP BY 1) spans USING (id)
         ORDER BY id;
        SELECT setval(pg_get_serial_sequence('conversations', 'id'), max(id)),
               setval(pg_get_serial_sequence('messages', 'id'), max(rank) + 1)
          FROM conversations""",
    )
    # Of all others one half has read everything, and the other nothing.
    yield (
        "participants",
        f"""
        INSERT INTO participants (conversation_id, user_id, joined_at, last_read_id, unread_count)
        SELECT conversation_id, user_id, created_at, CASE WHEN has_read THEN rank ELSE 0 END,
               CASE WHEN has_read THEN 0 ELSE coalesce(messages, 0) - coalesce(own, 0) END
          FROM (SELECT c.id AS conversation_id, c.created_at, c.rank, v.id AS user_id,
                       random() < 0.5 AND v.id <> {MEMBER} AS has_read
                  FROM conversations c JOIN talks t USING (id)
                  CROSS JOIN LATERAL (
                       SELECT unnest(ARRAY[t.one, t.other]) AS id WHERE c.kind = 'direct'
                       UNION ALL SELECT generate_series({MEMBER}, t.other)
                                  WHERE c.kind = 'group') AS v) AS joined
          LEFT JOIN (SELECT conversation_id, count(*) AS messages FROM messages GROUP BY 1) counts
                    USING (conversation_id)
          LEFT JOIN (SELECT conversation_id, sender_id AS user_id, count(*) AS own
                       FROM messages GROUP BY 1, 2) owns USING (conversation_id, user_id)
         ORDER BY 1, 2""",
    )


def notifications(size: Size) -> str:
    deleted = size.to_delete
    return f"""
        INSERT INTO notifications (user_id, kind, actor_id, post_id, read_at, created_at)
        SELECT user_id, 'like', actor_id, post_id, CASE WHEN has_read THEN at END, at FROM (
            SELECT d.author_id AS user_id, l.user_id AS actor_id, l.post_id, l.created_at AS at,
                   random() < 0.9 AS has_read
              FROM likes l JOIN drafts d ON d.id = l.post_id
             WHERE d.author_id NOT IN (l.user_id, {NOTIFIED})
               AND (l.id % {NOTIFIED_LIKES} = 0
                    OR l.post_id BETWEEN {deleted.start} AND {deleted.stop - 1})
            UNION ALL
            SELECT {NOTIFIED}, actor, post, now() - random() * interval '20 days', false
              FROM (SELECT DISTINCT {NOTIFIED} + 1 + i % {size.people - NOTIFIED} AS actor,
                           1 + i * 3 % {size.posts} AS post
                      FROM generate_series(1, {size.people}) AS i) AS pairs) AS given
         ORDER BY at"""


EVENTS = """
    INSERT INTO events (user_id, seq, kind, ref, actor_id, at)
    SELECT user_id, row_number() OVER (PARTITION BY user_id ORDER BY at, kind, ref), kind, ref,
           actor_id, at
      FROM (SELECT v.user_id, 'message.created' AS kind, m.id AS ref, m.sender_id AS actor_id,
                   m.created_at AS at
              FROM messages m JOIN participants v USING (conversation_id)
            UNION ALL
            SELECT user_id, 'notification.created', id, actor_id, created_at FROM notifications
           ) AS happened ORDER BY at, kind, ref, user_id"""
COUNTERS = """
    INSERT INTO user_seq (user_id, seq, unread_notifications, unread_messages)
    SELECT u.id, coalesce(logged.seq, 0), coalesce(unread.count, 0), coalesce(talking.count, 0)
      FROM users u
      LEFT JOIN (SELECT user_id AS id, max(seq) AS seq FROM events GROUP BY 1) logged USING (id)
      LEFT JOIN (SELECT user_id AS id, count(*) FROM notifications WHERE read_at IS NULL
                  GROUP BY 1) unread USING (id)
      LEFT JOIN (SELECT user_id AS id, sum(unread_count) AS count FROM participants
                  GROUP BY 1) talking USING (id)
     WHERE u.id > 0 ORDER BY u.id"""
