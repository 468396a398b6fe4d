"""Words that I have muted."""

from datetime import timedelta

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.operation import operation
from handlers.rate_limits import Bucket
from handlers.schemas.fields import ById, Nothing
from handlers.schemas.muted_words import AddMutedWord, UpdateMutedWord
from handlers.text.entities import hashtags
from storage.record import record
from storage.records import MutedWord
from storage.scopes import Scope
from storage.social import muted_words

SAME = -1  # seconds: how long it lasts is not said


@record
class MutedWords:
    """All words that I have muted, in the order in which I have."""

    results: list[MutedWord]


@operation(
    "muted_word.list",
    scope=Scope.RELATIONSHIPS_READ,
    request_schema=Nothing,
    response=MutedWords,
    is_command=True,
)
async def listed(context: Context, actor: Actor) -> MutedWords:
    """List the words that I have muted, but for those whose time is over."""
    return MutedWords(await muted_words.all_of(context.db, actor.user_id))


@operation(
    "muted_word.add",
    scope=Scope.RELATIONSHIPS_WRITE,
    request_schema=AddMutedWord,
    response=MutedWord,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.MUTED_WORD_LIMIT,),
    is_command=True,
)
async def add(
    context: Context,
    actor: Actor,
    text: str,
    contexts: list[str],
    action: str,
    expires_in: int | None,
) -> MutedWord:
    """Mute a word, phrase or hashtag; the very same again is changed to what is asked for."""
    tags = hashtags(text)
    tag = tags[0] if len(tags) == 1 and " " not in text and text[0] in "#＃" else None
    draft = muted_words.Draft(text, tag, contexts, action, _lasts(expires_in))
    changed = await muted_words.add(context.db, actor.user_id, draft)
    _notify(context, actor, changed)
    return _there(changed)


@operation(
    "muted_word.update",
    scope=Scope.RELATIONSHIPS_WRITE,
    request_schema=UpdateMutedWord,
    response=MutedWord,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def update(
    context: Context,
    actor: Actor,
    id: int,
    contexts: list[str] | None = None,
    action: str | None = None,
    expires_in: int | None = SAME,
) -> MutedWord:
    """Change where, how and for how long I have muted a word."""
    changes_end = expires_in != SAME
    lasts = _lasts(expires_in) if changes_end else None
    draft = muted_words.Draft(None, None, contexts, action, lasts, changes_end)
    changed = await muted_words.change(context.db, actor.user_id, id, draft)
    _notify(context, actor, changed)
    return _there(changed)


@operation(
    "muted_word.remove",
    scope=Scope.RELATIONSHIPS_WRITE,
    request_schema=ById,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
    is_command=True,
)
async def remove(context: Context, actor: Actor, id: int) -> None:
    """Mute a word no longer."""
    _notify(context, actor, await muted_words.remove(context.db, actor.user_id, id))


def _lasts(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _there(changed: muted_words.Change) -> MutedWord:
    if changed.word is None:
        raise RuntimeError("a word that was written is not there")
    return changed.word


def _notify(context: Context, actor: Actor, changed: muted_words.Change) -> None:
    context.notifier.appended(changed.event, actor.user_id, [changed.logged])
