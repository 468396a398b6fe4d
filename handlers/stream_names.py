"""The names of streams as clients give them, and the cursors."""

from marshmallow import ValidationError

from handlers.context import Context
from handlers.error_codes import ErrorCode
from handlers.errors import InvalidInput
from handlers.schemas.connection import STREAM_NAME_MAX
from handlers.schemas.fields import ID_MAX, SEARCH_MAX, Text
from handlers.text.entities import TAG_MAX
from handlers.text.folding import name_asked_for, tag_asked_for
from handlers.text.limits import is_blank
from realtime.delivery.stream_cursor import StreamCursor
from storage.accounts import accounts, usernames
from storage.errors import NotFound
from storage.posts.streams import StreamName
from storage.search_index.words import asked

KINDS = "public, hashtag:TAG, author:ID, author:@USERNAME or search:WORDS"
SEARCH_TERMS_MAX = 8  # of a stream: each is looked for in every post that is made
TOO_MUCH = (
    f"A stream's search is of at most {SEARCH_TERMS_MAX} words and phrases, "
    "and names one that must be there."
)
NAME = Text(1, STREAM_NAME_MAX)


async def stream_named(context: Context, text: str, *, field: str = "stream") -> StreamName:
    """Return the stream that is asked for in a field, in its one spelling.

    Raises:
        InvalidInput: There is no such kind, or its value makes no sense.
        NotFound: There is no such author.
    """
    try:
        name: str = NAME.deserialize(text)
    except ValidationError as error:
        raise InvalidInput({field: [str(each) for each in error.messages]}) from error
    kind, _, value = name.strip().partition(":")
    value = "" if is_blank(value) else value.strip()
    if kind == "public" and not value:
        return StreamName("public")
    if kind == "hashtag" and 0 < len(tag := tag_asked_for(value)) <= TAG_MAX:
        return StreamName("hashtag", tag)
    if kind == "search" and len(value) <= SEARCH_MAX and (search := asked(value)).query:
        if search.candidates is None or search.terms > SEARCH_TERMS_MAX:
            raise InvalidInput({field: [TOO_MUCH]})
        return StreamName("search", value)
    if kind == "author" and value:
        return StreamName("author", str(await _author(context, value)))
    raise InvalidInput({field: [f"Not a stream: {KINDS}."]})


async def _author(context: Context, value: str) -> int:
    if value.isascii() and value.isdigit():
        author_id = int(value[:20])
    else:
        author_id = await usernames.user_id(context.db, name_asked_for(value)) or 0
    if not 0 < author_id <= ID_MAX:
        raise NotFound("user")
    await accounts.get(context.db, None, author_id)
    return author_id


def cursor_of(text: str | None) -> StreamCursor | None:
    """Read a cursor. Raise InvalidInput for what is none of ours."""
    try:
        return None if text is None else StreamCursor.parse(text)
    except ValueError as error:
        raise InvalidInput({"cursor": ["Not a cursor."]}, ErrorCode.INVALID_CURSOR) from error
