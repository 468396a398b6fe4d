"""Words that a user has muted: kept here, and asked about before somebody is notified of a post.

What lists and live events say is not changed by them, as one answer and one frame are for many:
clients look at what they show. So they cost nothing where there are none, and nothing where a feed
is read.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from storage.database.columns import Columns
from storage.database.pool import Database
from storage.database.query import Command, Executor, Query, Scalar
from storage.errors import NotFound, TooManyMutedWords
from storage.events import log
from storage.events.types import MutedWordChanged
from storage.record import record
from storage.records import MutedWord
from storage.search_index.words import Indexed, phrase

WORDS_MAX = 100  # of one user


@dataclass(frozen=True, slots=True)
class Draft:
    """A muted word as it is asked for; None in a change: as it is.

    tag: the one spelling of a hashtag. lasts: None for ever; changes_end: whether that is to be so.
    """

    text: str | None
    tag: str | None
    contexts: Sequence[str] | None
    action: str | None
    lasts: timedelta | None
    changes_end: bool = True


@record
class Change:
    """A muted word after a change, None where it is gone, and the event of it."""

    id: int
    word: MutedWord | None
    logged: log.AppendedEvent

    @property
    def event(self) -> MutedWordChanged:
        """What the user's own sockets are told."""
        return MutedWordChanged(self.id, self.word)


# From muted_words w.
MUTED_WORD = Columns(
    MutedWord,
    {
        name: f"w.{name}"
        for name in ("id", "text", "tag", "contexts", "action", "expires_at", "created_at")
    },
)
HOLDS = "(w.expires_at IS NULL OR w.expires_at > now())"

MUTED_WORDS = Query(
    f"SELECT {MUTED_WORD} FROM muted_words w WHERE w.user_id = $1 AND {HOLDS} ORDER BY w.id",
    MUTED_WORD,
)


async def all_of(db: Database, user_id: int) -> list[MutedWord]:
    """Return the words that a user has muted, but for those whose time is over."""
    return await MUTED_WORDS.all(db, user_id)


MUTED_WORDS_BY_ID = Query(
    f"""
    SELECT {MUTED_WORD} FROM muted_words w
     WHERE w.user_id = $1 AND w.id = ANY($2::bigint[]) AND {HOLDS}""",
    MUTED_WORD,
)


async def get_many(db: Executor, user_id: int, ids: Sequence[int]) -> list[MutedWord]:
    """Return those of these that are the user's, in no order."""
    return await MUTED_WORDS_BY_ID.all(db, user_id, ids)


FORGET_PAST = Command(
    "DELETE FROM muted_words w WHERE w.user_id = $1 AND w.expires_at <= now() AND w.text <> $2"
)
COUNT_OTHERS = Scalar("SELECT count(*) FROM muted_words WHERE user_id = $1 AND text <> $2", int)
ADD_WORD = Query(
    f"""
    INSERT INTO muted_words AS w (user_id, text, tag, contexts, action, expires_at)
    VALUES ($1, $2, $3, $4, $5, now() + $6::interval)
    ON CONFLICT (user_id, text) DO UPDATE
       SET contexts = excluded.contexts, action = excluded.action,
           expires_at = excluded.expires_at
    RETURNING {MUTED_WORD}""",
    MUTED_WORD,
)
FLAG_WORDS = Command("""
    UPDATE user_seq SET has_muted_words = EXISTS (SELECT FROM muted_words WHERE user_id = $1)
     WHERE user_id = $1""")


async def add(db: Database, user_id: int, draft: Draft) -> Change:
    """Mute a word; one of this very text becomes what is asked for. TooManyMutedWords."""
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        await FORGET_PAST.run(connection, user_id, draft.text)
        if await COUNT_OTHERS.one(connection, user_id, draft.text) >= WORDS_MAX:
            raise TooManyMutedWords(WORDS_MAX)
        word = await ADD_WORD.one(
            connection,
            user_id,
            draft.text,
            draft.tag,
            draft.contexts,
            draft.action,
            draft.lasts,
        )
        return await _changed(connection, user_id, word.id, word)


CHANGE_WORD = Query(
    f"""
    UPDATE muted_words w SET contexts = coalesce($3::text[], w.contexts),
           action = coalesce($4, w.action),
           expires_at = CASE WHEN $6 THEN now() + $5::interval ELSE w.expires_at END
     WHERE w.user_id = $1 AND w.id = $2 AND {HOLDS} RETURNING {MUTED_WORD}""",
    MUTED_WORD,
)


async def change(db: Database, user_id: int, word_id: int, draft: Draft) -> Change:
    """Change where, how and for how long a word is muted. NotFound."""
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        word = await CHANGE_WORD.maybe(
            connection,
            user_id,
            word_id,
            draft.contexts,
            draft.action,
            draft.lasts,
            draft.changes_end,
        )
        if word is None:
            raise NotFound("muted word")
        return await _changed(connection, user_id, word_id, word)


REMOVE_WORD = Command("DELETE FROM muted_words WHERE user_id = $1 AND id = $2")


async def remove(db: Database, user_id: int, word_id: int) -> Change:
    """Mute a word no longer. NotFound."""
    async with db.transaction() as connection:
        await log.lock(connection, [user_id])
        if not await REMOVE_WORD.run(connection, user_id, word_id):
            raise NotFound("muted word")
        return await _changed(connection, user_id, word_id, None)


async def _changed(
    connection: asyncpg.Connection, user_id: int, word_id: int, word: MutedWord | None
) -> Change:
    await FLAG_WORDS.run(connection, user_id)
    draft = log.EventDraft(user_id=user_id, event=MutedWordChanged, actor_id=user_id, ref=word_id)
    (logged,) = await log.append(connection, [draft])
    return Change(word_id, word, logged)


@dataclass(frozen=True, slots=True)
class _Hidden:
    user_id: int
    text: str
    tag: str | None


HIDDEN_WORDS = Query(
    f"""
    SELECT w.user_id, w.text, w.tag
      FROM user_seq s JOIN muted_words w ON w.user_id = s.user_id
     WHERE s.user_id = ANY((SELECT $1::bigint[])::bigint[]) AND s.has_muted_words
       AND w.action = 'hide' AND 'notifications' = ANY(w.contexts) AND {HOLDS}""",
    _Hidden,
)


async def hiding(
    connection: asyncpg.Connection,
    user_ids: Iterable[int],
    texts: Sequence[str],
    tags: Iterable[str],
) -> set[int]:
    """Return those of these users who want no notifications of what has these texts and tags."""
    words = await HIDDEN_WORDS.all(connection, list(user_ids))
    if not words:
        return set()
    tagged, indexed = set(tags), [Indexed(text) for text in texts]
    return {
        word.user_id
        for word in words
        if (word.tag in tagged if word.tag else _stands(phrase(word.text), indexed))
    }


def _stands(matches: Callable[[Indexed], bool], texts: Iterable[Indexed]) -> bool:
    return any(matches(text) for text in texts)
