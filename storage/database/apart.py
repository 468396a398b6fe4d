"""The statements that read what stands Apart, by name: each is listed with all others."""

from storage.database.message_columns import ANSWERED, REACTED
from storage.database.post_columns import (
    LIVE_POST_POLL,
    LIVE_QUOTED,
    POST_POLL,
    QUOTED,
    QUOTED_STATE,
)
from storage.database.query import looked_up
from storage.records import MessageExcerpt, Poll, Quoted, Reaction

POLLS = looked_up(POST_POLL, Poll | None)
LIVE_POLLS = looked_up(LIVE_POST_POLL, Poll | None)
QUOTED_POSTS = looked_up(QUOTED, Quoted | None)
LIVE_QUOTED_POSTS = looked_up(LIVE_QUOTED, Quoted | None)
QUOTED_STATES = looked_up(QUOTED_STATE, Quoted | None)
ANSWERED_MESSAGES = looked_up(ANSWERED, MessageExcerpt | None)
REACTIONS = looked_up(REACTED, list[Reaction])
