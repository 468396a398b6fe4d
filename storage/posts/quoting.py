"""Quoting a post: whether one may, and what makes a post a quote.

It is asked once, when the quote is made, by the setting of the quoted author. What one sees of
what is quoted is in storage/database/post_columns.py; withdrawing it, in storage/posts/quotes.py.
"""

from dataclasses import dataclass

import asyncpg

from storage.database.pool import Database
from storage.database.post_columns import lets_quote
from storage.database.query import Command, Query
from storage.database.visibility import NOBODY, is_active, may_interact
from storage.errors import Blocked, NotFound, NotQuotable


@dataclass(frozen=True, slots=True)
class _Quotable:
    author_id: int
    may_interact: bool
    lets_quote: bool


POST_TO_QUOTE = Query(
    f"""
    SELECT p.author_id, {may_interact("$1", "p.author_id")} AS may_interact,
           {lets_quote("$1", "u")} AS lets_quote
      FROM posts p JOIN users u ON u.id = p.author_id WHERE p.id = $2 AND {is_active("u")}""",
    _Quotable,
)


async def author_to_quote(db: Database, user_id: int, post_id: int) -> int:
    """Return whose post it is, if the user may quote it.

    NotFound; Blocked where one of the two has blocked the other; NotQuotable.
    """
    found = await POST_TO_QUOTE.maybe(db, user_id, post_id)
    if found is None:
        raise NotFound("post to quote")
    if not found.may_interact:
        raise Blocked
    if not found.lets_quote:
        raise NotQuotable
    return found.author_id


# One that is deleted meanwhile is quoted as that.
ATTACH_QUOTE = Command(f"""
    WITH quoted AS (
        UPDATE posts SET quotes_count = quotes_count + 1
         WHERE id = $2 AND author_id <> {NOBODY} RETURNING id)
    UPDATE posts SET quote_of = (SELECT id FROM quoted), quote_state = 'accepted' WHERE id = $1""")


async def attach(connection: asyncpg.Connection, post_id: int, quote_of: int) -> None:
    """Have a post that was just stored quote another, whose author's counter is locked."""
    await ATTACH_QUOTE.run(connection, post_id, quote_of)
