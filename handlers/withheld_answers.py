"""What is left out of answers to tokens that are not for all that is in them.

A write is answered with what it has changed. That may hold what others have said, and what is the
account's alone: a program that is only to write is not to read it so. Nor does one that is to read
notifications read messages by them.
"""

from dataclasses import replace
from typing import Any

from handlers.context import Actor
from storage.records import (
    Conversation,
    Joining,
    Me,
    Message,
    MutedWord,
    Notification,
    Page,
    UserRef,
    without_account,
)
from storage.scopes import Scope


def withheld(answer: Any, actor: Actor) -> Any:
    """Return the answer of an operation without what the token of the actor is not for."""
    match answer:
        case Message() if not actor.may(Scope.MESSAGES_READ):
            return _without_words_of_others(answer, actor.user_id)
        case Conversation() if not actor.may(Scope.MESSAGES_READ):
            return replace(answer, last_message=None)
        case Joining(conversation=Conversation() as conversation):
            return replace(answer, conversation=withheld(conversation, actor))
        case Page(results=[Notification(), *_]) if not actor.may(Scope.MESSAGES_READ):
            shown = [one for one in answer.results if one.message_id is None]
            return replace(answer, results=shown)
        case Notification() if not actor.may(Scope.NOTIFICATIONS_READ):
            return _without_what_was_done(answer)
        case MutedWord() if not actor.may(Scope.RELATIONSHIPS_READ):
            return replace(answer, text="", tag=None)
        case Me() if not actor.may(Scope.ACCOUNT_READ):
            return without_account(answer)
        case _:
            return answer


def _without_words_of_others(message: Message, user_id: int) -> Message:
    if message.sender.id == user_id:
        return replace(message, reply_to=None)
    return replace(message, content="", image=None, media=[], reply_to=None)


def _without_what_was_done(read: Notification) -> Notification:
    nobody = UserRef(0, "", "", None)
    gone = replace(read, actor=nobody, post_id=None, post=None)
    return replace(gone, message_id=None, conversation_id=None, message=None)
