"""Inputs about posts and feeds."""

from marshmallow import Schema, fields, validate

from handlers.media.purposes import POST
from handlers.schemas.fields import CLIENT_ID, SEARCH_MAX, File, Flag, Id, Prose, Text
from handlers.schemas.media import MediaIds
from handlers.schemas.paging import Paged, PagedById
from handlers.schemas.parts import Part
from handlers.schemas.polls import CreatePoll
from handlers.text.entities import TAG_MAX
from handlers.text.limits import POST as POST_LIMIT

# None are wanted where there is a picture.
WORDS = Prose(POST_LIMIT, minimum=0, load_default="", metadata={"example": "Hello"})
SENSITIVE = {"description": "true: its pictures are covered until one asks to see them."}


class CreatePost(Schema):
    """A new post or reply."""

    content = WORDS
    reply_to = Id(load_default=None, allow_none=True)
    quote_id = Id(
        load_default=None,
        allow_none=True,
        metadata={"description": "A post to quote, whose author's setting lets me."},
    )
    image = File(POST, load_default=None)
    media_ids = MediaIds(load_default=None)
    sensitive = Flag(load_default=None, metadata=SENSITIVE)
    poll = Part(CreatePoll, "What the post asks, for good.", load_default=None, allow_none=True)
    client_id = CLIENT_ID


class ListPosts(Paged):
    """Filters over everybody's posts."""

    search = Text(
        0,
        SEARCH_MAX,
        load_default="",
        metadata={
            "description": 'Words that a post must have; `or`, `-word`, `"a phrase"` as in web '
            "searches. It leaves out those whom I have muted, unless `author` names one."
        },
    )
    hashtag = Text(
        0,
        1 + TAG_MAX,
        load_default="",
        metadata={"description": "With its # or without, in any of its spellings."},
    )
    author = Text(
        0,
        31,
        load_default="",
        metadata={"description": "An id or a username; one of digits alone with an @ before it."},
    )


class ListUserPosts(PagedById):
    """Which of a user's posts."""

    kind = fields.String(
        load_default="all",
        validate=validate.OneOf(["all", "posts", "replies", "media", "likes", "pinned"]),
        metadata={
            "description": "`all`: posted and retweeted; `posts`: the same without replies; "
            "`replies`: the replies alone; `media`: posts with a picture; `likes`: what the user "
            "likes, by the latest like; `pinned`: the one that their page shows first, if any."
        },
    )


class ListFeed(Paged):
    """A page of one's feed."""

    since_id = Id(
        load_default=None,
        metadata={
            "description": "Only what stands above this post in my feed, where it stands at its "
            "newest retweet there, else at its own place. A post that is not in my feed counts by "
            "its own place, one that is gone by that of the post before it."
        },
    )


class UpdatePost(Schema):
    """Changes to a post; what is left out stays as it is."""

    id = Id(required=True)
    content = Prose(POST_LIMIT, minimum=0, metadata={"example": "Hello"})
    media_ids = MediaIds()
    sensitive = Flag(metadata=SENSITIVE)
