"""Search in what was said to me and by me."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from handlers.context import Actor, Context
from handlers.errors import InvalidInput
from handlers.operation import operation
from handlers.schemas.message_search import SearchMessages
from storage.messaging import message_search
from storage.messaging.message_search import Sought
from storage.records import Message, Page
from storage.scopes import Scope

# `from:ann`, `in:"the team"`; what stands before the colon is nothing else's end.
OPERATOR = re.compile(
    r'(?<!\S)(?P<name>from|in|before|after):(?:"(?P<quoted>[^"]*)"?|(?P<bare>\S*))', re.IGNORECASE
)
QUOTED = re.compile(r'"[^"]*(?:"|$)')
ROUND = str.maketrans(dict.fromkeys("“”„‟＂", '"'))


@operation(
    "message.search",
    scope=Scope.MESSAGES_READ,
    request_schema=SearchMessages,
    response=[Message],
    is_command=True,
)
async def search(
    context: Context, actor: Actor, q: str, limit: int, cursor: str | None
) -> Page[Message]:
    """Find messages in my conversations by their words, the newest first.

    `from:NAME` (or `from:me`), `in:` a conversation's id, title or person, `before:` and `after:` a
    date narrow it down. A page may have fewer than `limit`, even none, and be followed by others.
    """
    return await message_search.page(context.db, actor.user_id, sought(q), limit, cursor)


def sought(text: str) -> Sought:
    """Return what is searched for by a text with operators. Raise InvalidInput.

    Of an operator that stands twice the last one counts.
    """
    text = text.translate(ROUND)
    found = Sought("")
    rest: list[str] = []
    at = 0
    for operator in _operators(text):
        rest.append(text[at : operator.start()])
        at = operator.end()
        found = _narrowed(found, operator["name"].lower(), operator["quoted"] or operator["bare"])
    return replace(found, words="".join([*rest, text[at:]]).strip())


def _operators(text: str) -> Iterator[re.Match[str]]:
    """Yield the operators, none of which stands in quotation marks."""
    quoted = [one.span() for one in QUOTED.finditer(text) if not text[: one.start()].endswith(":")]
    for operator in OPERATOR.finditer(text):
        if not any(start < operator.start() < end for start, end in quoted):
            yield operator


def _narrowed(found: Sought, name: str, value: str | None) -> Sought:
    value = (value or "").strip()
    if not value:
        raise _invalid(f"Behind `{name}:` stands nothing.")
    if name == "from":
        return replace(found, sender=value)
    if name == "in":
        return replace(found, place=value)
    try:
        day = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise _invalid(f"Behind `{name}:` stands a date, such as 2026-11-27.") from error
    return replace(found, before=day) if name == "before" else replace(found, after=day)


def _invalid(message: str) -> InvalidInput:
    return InvalidInput({"q": [message]})
