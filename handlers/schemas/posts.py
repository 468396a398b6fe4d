"""Inputs about posts and feeds."""

from marshmallow import Schema

from handlers.media.purposes import POST
from handlers.schemas.fields import CLIENT_ID, SEARCH_MAX, File, Id, Prose, Text
from handlers.schemas.paging import Paged
from handlers.text.entities import TAG_MAX
from handlers.text.limits import POST as POST_LIMIT


class CreatePost(Schema):
    """A new post or reply."""

    content = Prose(POST_LIMIT, required=True)
    reply_to = Id(load_default=None, allow_none=True)
    image = File(POST, load_default=None)
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
    """A post, and its new content."""

    id = Id(required=True)
    content = Prose(POST_LIMIT, required=True)
