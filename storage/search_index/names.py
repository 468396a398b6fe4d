"""Names of users and hashtags as search compares them: folded, and spelled in ASCII.

pg_trgm takes for a letter what the database's locale says is one, and under C drops whatever is not
ASCII. So each other letter is spelled by a code of four ASCII letters and digits: names that begin
alike do so spelled, and names that are alike are. Near letters have codes that share nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.database.pool import Database
from storage.database.query import Command, Executor, Query
from storage.search_index.fold import fold

PORTION = 500

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_CODES = len(_DIGITS) ** 4  # more than there are code points
_SCATTER = 1_000_003  # a prime that has no factor in common with _CODES: each code is of one letter


def spell(name: str) -> str:
    """Return the spelling of a name; one that begins another's also begins its spelling."""
    folded = fold(name)
    return folded if folded.isascii() else "".join(map(_spelled, folded))


def _spelled(sign: str) -> str:
    if sign.isascii():
        return sign
    number = ord(sign) * _SCATTER % _CODES
    code = ""
    for _ in range(4):
        number, digit = divmod(number, len(_DIGITS))
        code += _DIGITS[digit]
    return code


@dataclass(frozen=True, slots=True)
class Pending:
    """What is in the index as SQL made it, and the text that it is to be made of."""

    id: int
    text: str


PENDING_USERS = Query(
    """
    SELECT user_id AS id, pending AS text FROM user_names
     WHERE pending IS NOT NULL ORDER BY user_id LIMIT $1""",
    Pending,
)
# Only where the text is still that: whoever changes it meanwhile has the last word.
SPELL_USERS = Command("""
    UPDATE user_names n SET display_name = given.spelled, pending = NULL
      FROM unnest($1::bigint[], $2::text[], $3::text[]) AS given (id, text, spelled)
     WHERE n.user_id = given.id AND n.pending = given.text""")

PENDING_HASHTAGS = Query(
    """
    SELECT hashtag_id AS id, pending AS text FROM hashtag_names
     WHERE pending IS NOT NULL ORDER BY hashtag_id LIMIT $1""",
    Pending,
)
SPELL_HASHTAGS = Command("""
    UPDATE hashtag_names n SET name = given.spelled, pending = NULL
      FROM unnest($1::bigint[], $2::text[], $3::text[]) AS given (id, text, spelled)
     WHERE n.hashtag_id = given.id AND n.pending = given.text""")


async def index_users(db: Executor, users: Sequence[Pending]) -> None:
    """Spell display names in the index; a trigger has stored them there as they are.

    A name in ASCII needs nothing more, and a user whose name has changed meanwhile gets nothing.
    """
    await _index(SPELL_USERS, db, users)


async def index_hashtags(db: Executor, hashtags: Sequence[Pending]) -> None:
    """Spell hashtags in the index, as index_users does names."""
    await _index(SPELL_HASHTAGS, db, hashtags)


async def index_pending_users(db: Database) -> int:
    """Spell a portion of the display names that are not yet spelled; return how many there were."""
    users = await PENDING_USERS.all(db, PORTION)
    await index_users(db, users)
    return len(users)


async def index_pending_hashtags(db: Database) -> int:
    """Spell a portion of the hashtags that are not yet spelled; return how many there were."""
    hashtags = await PENDING_HASHTAGS.all(db, PORTION)
    await index_hashtags(db, hashtags)
    return len(hashtags)


async def _index(statement: Command, db: Executor, pending: Sequence[Pending]) -> None:
    if others := [each for each in pending if not each.text.isascii()]:
        await statement.run(
            db,
            [each.id for each in others],
            [each.text for each in others],
            [spell(each.text) for each in others],
        )
