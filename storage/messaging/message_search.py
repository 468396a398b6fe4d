"""Search in one's messages: the newest first, for a bounded cost, however many there are.

It looks from the newest back, window by window of ids, as the search for posts does
(storage/search_index/matching.py); the index has besides the words of a message its conversation
and its sender, so that a window's candidates are those of the viewer's own conversations. What the
job has not read yet (storage/search_index/messages.py) is looked through here, conversation by
conversation. An answer has looked at no more than CANDIDATES_MAX or so; what then is left is for
the next page, which may find nothing either.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.database.columns import Columns
from storage.database.message_columns import MESSAGE
from storage.database.name_search import prefix_pattern
from storage.database.paging import MAX_ID, after, encode
from storage.database.pool import Database
from storage.database.query import Query, Scalar
from storage.database.visibility import not_blocked
from storage.records import Message, Page
from storage.search_index import names
from storage.search_index.fold import fold
from storage.search_index.matching import BITS, FIRST, MANY, TAG, WIDEST
from storage.search_index.words import Indexed, asked, matcher

CANDIDATES_MAX = 2_000
NEW_MAX = 200  # messages that the job has not read, and that one answer reads itself
SENDERS_MAX = 50  # that a name stands for
CONVERSATIONS_MAX = 50  # that a name stands for
# Ids are taken in the order of time, but for what was sent in the same moments.
DISORDER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Sought:
    """What is searched for; None: anything.

    sender: `me`, or whose name it is. place: of a conversation the id, the title, or the person.
    """

    words: str
    sender: str | None = None
    place: str | None = None
    before: datetime | None = None
    after: datetime | None = None


# Conversations of user $1, but for requests, by the row v.
MINE = "participants v WHERE v.user_id = $1 AND v.left_at IS NULL AND NOT v.is_request"

# $2: these senders, $3: these conversations, where they are not NULL.
ALLOWED = f"""m.deleted_at IS NULL AND m.id > v.visible_after
    AND ($2::bigint[] IS NULL OR m.sender_id = ANY($2::bigint[]))
    AND ($5::timestamptz IS NULL OR m.created_at < $5)
    AND ($6::timestamptz IS NULL OR m.created_at >= $6)
    AND {not_blocked("$1", "m.sender_id")}"""


@dataclass(frozen=True, slots=True)
class _New:
    id: int
    text: str


INDEXED_UP_TO = Scalar("SELECT new_to FROM message_index", int)
# In each conversation that has something so new (rank is its last message).
NEW_MESSAGES = Query(
    f"""
    SELECT m.id, m.content AS text
      FROM (SELECT v.conversation_id, v.visible_after FROM {MINE}
               AND ($3::bigint[] IS NULL OR v.conversation_id = ANY($3::bigint[])) OFFSET 0) v
      JOIN conversations c ON c.id = v.conversation_id AND c.rank > $4
     CROSS JOIN LATERAL (
           SELECT m.id, m.content FROM messages m
            WHERE m.conversation_id = v.conversation_id AND m.id > $4 AND m.id < $7
              AND {ALLOWED} ORDER BY m.id DESC LIMIT $8) m
     ORDER BY m.id DESC LIMIT $8""",
    _New,
)


@dataclass(frozen=True, slots=True)
class _Found:
    """The ids of messages that match, and the id down to which all were looked at."""

    ids: list[int]
    down_to: int


FOUND = Columns(
    _Found,
    {
        "ids": "ARRAY(SELECT unnest(ids) AS id FROM searched ORDER BY 1 DESC LIMIT $8)",
        "down_to": "(SELECT min(low) FROM searched)",
    },
)
SPANS_OF_MESSAGE = (
    "ARRAY[w.message_id >> 9 << 2, w.message_id >> 15 << 2 | 1, w.message_id >> 21 << 2 | 2]"
)
SCOPE_OF_MESSAGE = "ARRAY[w.conversation_id << 1, w.sender_id << 1 | 1]"


def _find(*, by_words: bool, by_sender: bool) -> Query[_Found]:
    """Return the statement that looks from below $7 for $8 messages, and no further than $4.

    $9 is what is searched for, $10 the candidates, both as words.asked makes them.
    """
    having = "w.words @@ (SELECT candidates FROM asked) AND" if by_words else ""
    said = (
        f"{SCOPE_OF_MESSAGE} && ARRAY(SELECT unnest($2::bigint[]) << 1 | 1) AND"
        if by_sender
        else ""
    )
    return Query(
        f"""
        WITH RECURSIVE asked AS MATERIALIZED (
            SELECT $9::text::tsquery AS query, $10::text::tsquery AS candidates),
        mine AS MATERIALIZED (
            SELECT v.conversation_id, v.visible_after FROM {MINE}
               AND ($3::bigint[] IS NULL OR v.conversation_id = ANY($3::bigint[]))),
        scope AS MATERIALIZED (
            SELECT coalesce(array_agg(conversation_id << 1), '{{}}') AS ids FROM mine),
        searched AS (
            SELECT ARRAY[]::bigint[] AS ids, 0::bigint AS found, 0::bigint AS looked_at,
                   {FIRST}::bigint AS width,
                   CASE WHEN (SELECT ids FROM scope) = '{{}}' THEN 0 ELSE least($7::bigint, (
                        SELECT coalesce(max(message_id) + 1, 0) FROM message_words)) END AS low
            UNION ALL
            SELECT new.ids, s.found + new.found, s.looked_at + new.candidates,
                   CASE WHEN new.candidates > {MANY} THEN s.width
                        ELSE least(4 * s.width, {WIDEST}) END, bound.low
              FROM searched s
              CROSS JOIN LATERAL (SELECT {BITS} AS bits, {TAG} AS tag) span
              CROSS JOIN LATERAL (
                   SELECT greatest(s.low - s.width, 0) >> span.bits << span.bits AS low) bound
              CROSS JOIN LATERAL (
                   SELECT array_agg(id) FILTER (WHERE matches) AS ids,
                          count(*) FILTER (WHERE matches) AS found, count(*) AS candidates
                     FROM (
                       SELECT w.message_id AS id,
                              ($9::text IS NULL
                               OR ts_match_vq(w.words, (SELECT query FROM asked)))
                              AND coalesce((
                                  SELECT {ALLOWED} FROM messages m
                                    JOIN mine v ON v.conversation_id = m.conversation_id
                                   WHERE m.id = w.message_id), false) AS matches
                         FROM message_words w
                        WHERE {having} {said}
                              {SCOPE_OF_MESSAGE} && (SELECT ids FROM scope)
                          AND {SPANS_OF_MESSAGE} && ARRAY(
                                  SELECT number << 2 | span.tag FROM generate_series(
                                      bound.low >> span.bits, (s.low - 1) >> span.bits) AS number)
                          AND w.message_id + 0 < s.low OFFSET 0) looked_at) new
             WHERE s.found < $8 AND s.looked_at < {CANDIDATES_MAX} AND s.low > $4)
        SELECT {FOUND}""",
        FOUND,
    )


FIND_BY_WORDS = _find(by_words=True, by_sender=False)
FIND_BY_WORDS_OF = _find(by_words=True, by_sender=True)
FIND_ALL = _find(by_words=False, by_sender=False)
FIND_ALL_OF = _find(by_words=False, by_sender=True)

FOUND_MESSAGES = Query(
    f"""
    SELECT {MESSAGE} FROM unnest($2::bigint[]) WITH ORDINALITY AS found (id, place)
      JOIN messages m ON m.id = found.id JOIN users s ON s.id = m.sender_id
      JOIN participants v ON v.conversation_id = m.conversation_id AND v.user_id = $1
     WHERE v.left_at IS NULL AND NOT v.is_request AND m.id > v.visible_after
       AND m.deleted_at IS NULL AND {not_blocked("$1", "m.sender_id")}
     ORDER BY found.place""",
    MESSAGE,
)


async def page(
    db: Database, user_id: int, sought: Sought, limit: int, cursor: str | None
) -> Page[Message]:
    """Return a page of what is found, the newest first; it may be shorter, and others follow."""
    below = after(cursor)
    senders = await _senders(db, user_id, sought.sender)
    places = await _places(db, user_id, sought.place)
    sought_words = asked(sought.words)
    nothing = sought.words.strip() and not sought_words.query
    if senders == [] or places == [] or nothing:
        return Page([], None)
    lowest = 0
    if sought.before is not None:
        below = min(below, await FIRST_SINCE.one(db, sought.before, DISORDER))
    if sought.after is not None:
        lowest = max(0, await FIRST_SINCE.one(db, sought.after, -DISORDER) - 1)
    given = (user_id, senders, places)
    dates = (sought.before, sought.after)
    indexed = await INDEXED_UP_TO.one(db)
    ids: list[int] = []
    if below > indexed + 1:
        new = await NEW_MESSAGES.all(db, *given, max(indexed, lowest), *dates, below, NEW_MAX)
        matches = _matches(sought.words)
        ids += [message.id for message in new if matches(message.text)]
        if len(ids) > limit:
            return await _page(db, user_id, ids[:limit], ids[limit - 1])
        if len(new) == NEW_MAX:
            return await _page(db, user_id, ids, new[-1].id)
        below = indexed + 1
    wanted = limit - len(ids) + 1
    statement = _statement(sought_words.candidates, sought_words.begins, senders)
    query = sought_words.query or None
    found = await statement.one(
        db, *given, lowest, *dates, below, wanted, query, sought_words.candidates
    )
    ids += found.ids
    if len(ids) > limit:
        return await _page(db, user_id, ids[:limit], ids[limit - 1])
    return await _page(db, user_id, ids, found.down_to if found.down_to > lowest else None)


def _statement(candidates: str | None, begins: bool, senders: list[int] | None) -> Query[_Found]:
    """Return how to look: not by what begins with a single sign, as so much may begin so."""
    if candidates is None or begins:
        return FIND_ALL if senders is None else FIND_ALL_OF
    return FIND_BY_WORDS if senders is None else FIND_BY_WORDS_OF


def _matches(words: str) -> Callable[[str], bool]:
    if not words.strip():
        return lambda text: True
    found = matcher(words)
    return lambda text: found(Indexed(text))


async def _page(
    db: Database, user_id: int, ids: Sequence[int], down_to: int | None
) -> Page[Message]:
    found = await FOUND_MESSAGES.all(db, user_id, ids) if ids else []
    return Page(found, encode(down_to) if down_to else None)


# The first message of all that are not older than $1 + $2, by halves: ids are in the order of time.
# They are added here, as a datetime has no days before the year 1.
FIRST_SINCE = Scalar(
    f"""
    WITH RECURSIVE halves AS (
        SELECT 0::bigint AS low, (SELECT coalesce(max(id), 0) + 1 FROM messages) AS high
        UNION ALL
        SELECT CASE WHEN m.created_at < at.at THEN m.id + 1 ELSE h.low END,
               CASE WHEN m.created_at < at.at THEN h.high ELSE (h.low + h.high) / 2 END
          FROM halves h CROSS JOIN (SELECT $1::timestamptz + $2::interval AS at) at
          LEFT JOIN LATERAL (
               SELECT id, created_at FROM messages
                WHERE id >= (h.low + h.high) / 2 ORDER BY id LIMIT 1) m ON true
         WHERE h.low < h.high)
    SELECT coalesce((SELECT low FROM halves WHERE low >= high LIMIT 1), {MAX_ID})""",
    int,
)

# Of those who are or were in my conversations.
SENDERS = Scalar(
    f"""
    SELECT DISTINCT n.user_id FROM (SELECT v.conversation_id FROM {MINE}) v
      JOIN participants o ON o.conversation_id = v.conversation_id
      JOIN user_names n ON n.user_id = o.user_id
     WHERE n.username = $2 OR n.display_name = $2 OR n.display_name LIKE $3
     LIMIT {SENDERS_MAX}""",
    int,
)


async def _senders(db: Database, user_id: int, name: str | None) -> list[int] | None:
    """Return whom a name means: None for anybody."""
    if name is None:
        return None
    if name.lower() == "me":
        return [user_id]
    spelled = names.spell(name.removeprefix("@"))
    return await SENDERS.all(db, user_id, spelled, prefix_pattern(spelled))


@dataclass(frozen=True, slots=True)
class _Titled:
    id: int
    title: str | None
    is_named: bool


# The latest of mine; of a direct one it is said whether the other one is called so.
TITLES = Query(
    f"""
    SELECT c.id, c.title, c.kind = 'direct' AND EXISTS (
               SELECT FROM participants o JOIN user_names n ON n.user_id = o.user_id
                WHERE o.conversation_id = c.id AND o.user_id <> $1
                  AND (n.username = $2 OR n.display_name = $2 OR n.display_name LIKE $3))
           AS is_named
      FROM (SELECT v.conversation_id FROM {MINE}) v JOIN conversations c ON c.id = v.conversation_id
     ORDER BY c.rank DESC""",
    _Titled,
)


async def _places(db: Database, user_id: int, name: str | None) -> list[int] | None:
    """Return which of a user's conversations a name or an id means: None for all."""
    if name is None:
        return None
    if name.isascii() and name.isdecimal() and int(name) < MAX_ID:
        return [int(name)]
    spelled = names.spell(name.removeprefix("@"))
    wanted = fold(name)
    found = [
        one.id
        for one in await TITLES.all(db, user_id, spelled, prefix_pattern(spelled))
        if one.is_named or (one.title is not None and wanted in fold(one.title))
    ]
    return found[:CONVERSATIONS_MAX]
